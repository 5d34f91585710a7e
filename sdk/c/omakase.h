// The omakase plugin SDK for C: one file, ABI version 1.0, no C library.
//
// A plugin includes it in one source file, implements omk_handle, and is built
// with clang for wasm32. All memory comes from an arena that is emptied when a
// call begins, so nothing is ever freed, and nothing lasts.
//
//   static int omk_handle(int op, omk_json *request, omk_out *reply) {
//     if (op != OMK_DETECT) return omk_unsupported();
//     ...
//     omk_open(reply); omk_put_int(reply, "score", 90); omk_close(reply);
//     return 0;
//   }
#ifndef OMAKASE_H
#define OMAKASE_H

#define OMK_EXPORT(name) __attribute__((export_name(#name)))
#define OMK_IMPORT(name) __attribute__((import_module("omakase"), import_name(#name)))

OMK_IMPORT(host_call) int omk_host_call(int fn, const void *request, unsigned len);
OMK_IMPORT(host_read) void omk_host_read(void *reply);

// Operations and functions, as the ABI numbers them.
enum { OMK_SELFTEST = 1, OMK_DETECT = 16, OMK_SCRAPE = 17, OMK_EXTRACT = 18, OMK_CHECKOUT = 19, OMK_GENERATE = 32, OMK_TOOL_LIST = 48, OMK_TOOL_CALL = 49 };
enum {
  OMK_LOG = 1, OMK_CONFIG = 2, OMK_CLOCK = 3, OMK_HTTP_FETCH = 16, OMK_BODY_READ = 17, OMK_BODY_RELEASE = 18, OMK_HTML_QUERY = 32,
  OMK_KV_GET = 48, OMK_KV_SET = 49, OMK_KV_DELETE = 50, OMK_KV_LIST = 51, OMK_CRYPTO_HASH = 64, OMK_CRYPTO_HMAC = 65, OMK_CRYPTO_RANDOM = 66, OMK_SECRET_USE = 80
};

// ---- Memory and text ----------------------------------------------------------

extern unsigned char __heap_base;
static unsigned omk_top, omk_size;

// Memory of the call. A plugin that wants more than it may have traps.
static inline void *omk_alloc(unsigned n) {
  unsigned at = (omk_top + 7) & ~7u;
  if (n > 0x7fffffff - at) __builtin_trap();
  if (at + n > omk_size) {
    unsigned pages = (at + n - omk_size + 65535) >> 16;
    if (__builtin_wasm_memory_grow(0, pages) == (unsigned long)-1) __builtin_trap();
    omk_size += pages << 16;
  }
  omk_top = at + n;
  return (void *)at;
}

// A text, which is not ended by anything.
typedef struct { const char *p; unsigned n; } omk_str;

static inline unsigned omk_len(const char *s) { unsigned n = 0; while (s[n]) n++; return n; }
static inline omk_str omk_lit(const char *s) { return (omk_str){s, omk_len(s)}; }
static inline int omk_same(omk_str a, omk_str b) {
  if (a.n != b.n) return 0;
  for (unsigned i = 0; i < a.n; i++) if (a.p[i] != b.p[i]) return 0;
  return 1;
}
static inline int omk_is(omk_str a, const char *word) { return omk_same(a, omk_lit(word)); }
static inline omk_str omk_from(omk_str s, unsigned at) { return (omk_str){s.p + at, s.n - at}; }
static inline omk_str omk_part(omk_str s, unsigned n) { return (omk_str){s.p, n < s.n ? n : s.n}; }
// Where a word stands in a text; -1 when it doesn't.
static inline int omk_find(omk_str s, const char *word) {
  omk_str w = omk_lit(word);
  for (unsigned i = 0; i + w.n <= s.n; i++) if (omk_same(omk_part(omk_from(s, i), w.n), w)) return (int)i;
  return -1;
}

// ---- JSON: writing --------------------------------------------------------------

// Text that grows. omk_put… leave out what is empty, as the ABI has it.
typedef struct { char *p; unsigned n, cap; } omk_out;

static inline char *omk_room(omk_out *o, unsigned n) {
  if (o->n + n > o->cap) {
    unsigned cap = o->cap * 2 > o->n + n ? o->cap * 2 : o->n + n + 256;
    char *p = omk_alloc(cap);
    if (o->n) __builtin_memcpy(p, o->p, o->n);
    o->p = p; o->cap = cap;
  }
  char *at = o->p + o->n;
  o->n += n;
  return at;
}
static inline void omk_byte(omk_out *o, int c) { *omk_room(o, 1) = (char)c; }
static inline void omk_add(omk_out *o, omk_str s) { if (s.n) __builtin_memcpy(omk_room(o, s.n), s.p, s.n); }
static inline void omk_say(omk_out *o, const char *s) { omk_add(o, omk_lit(s)); }
static inline omk_str omk_text_of(const omk_out *o) { return (omk_str){o->p, o->n}; }
static inline omk_str omk_join(omk_str a, omk_str b) { omk_out o = {0, 0, 0}; omk_add(&o, a); omk_add(&o, b); return omk_text_of(&o); }

static inline void omk_add_int(omk_out *o, long long n) {
  char digits[20]; unsigned i = 20; unsigned long long u = n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n;
  do digits[--i] = (char)('0' + u % 10); while (u /= 10);
  if (n < 0) omk_byte(o, '-');
  omk_add(o, (omk_str){digits + i, 20 - i});
}

// A JSON string of UTF-8, as all texts from an omk_json are.
static inline void omk_string_to(omk_out *o, omk_str s) {
  omk_byte(o, '"');
  for (unsigned i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c == '"' || c == '\\') { omk_byte(o, '\\'); omk_byte(o, c); }
    else if (c >= 0x20) omk_byte(o, c);
    else if (c == '\n') omk_say(o, "\\n");
    else if (c == '\r') omk_say(o, "\\r");
    else if (c == '\t') omk_say(o, "\\t");
    else { omk_say(o, "\\u00"); omk_byte(o, "0123456789abcdef"[c >> 4]); omk_byte(o, "0123456789abcdef"[c & 15]); }
  }
  omk_byte(o, '"');
}
static inline void omk_comma(omk_out *o, char open) { if (o->n && o->p[o->n - 1] != open && o->p[o->n - 1] != ':') omk_byte(o, ','); }
static inline void omk_open(omk_out *o) { omk_byte(o, '{'); }
static inline void omk_close(omk_out *o) { omk_byte(o, '}'); }
static inline void omk_key(omk_out *o, const char *name) { omk_comma(o, '{'); omk_string_to(o, omk_lit(name)); omk_byte(o, ':'); }
static inline void omk_list(omk_out *o, const char *name) { omk_key(o, name); omk_byte(o, '['); }
static inline void omk_next(omk_out *o) { omk_comma(o, '['); } // before each item of a list
static inline void omk_end_list(omk_out *o) { omk_byte(o, ']'); }
static inline void omk_put(omk_out *o, const char *name, omk_str s) { if (s.n) { omk_key(o, name); omk_string_to(o, s); } }
static inline void omk_put_int(omk_out *o, const char *name, long long n) { omk_key(o, name); omk_add_int(o, n); }
static inline void omk_put_bool(omk_out *o, const char *name, int b) { if (b) { omk_key(o, name); omk_say(o, "true"); } }

// ---- JSON: reading --------------------------------------------------------------

// Reads one JSON document:
//
//   omk_str key;
//   for (omk_object(&j); omk_field(&j, &key);)
//     if (omk_is(key, "name")) name = omk_string(&j); else omk_skip(&j);
//   if (j.bad) ...
//
// A null reads as what is zero. After a mistake everything does.
typedef struct { const char *p, *end; int bad, first, none; unsigned depth; } omk_json;

static inline void omk_wrong(omk_json *j) { j->bad = 1; j->p = j->end; }
static inline int omk_peek(omk_json *j) {
  while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t')) j->p++;
  return j->p < j->end ? (unsigned char)*j->p : -1;
}
static inline int omk_hex(int c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static inline void omk_pass_string(omk_json *j) {
  for (j->p++; j->p < j->end;) {
    unsigned char c = (unsigned char)*j->p++;
    if (c == '"') return;
    if (c < 0x20) break;
    if (c != '\\') continue;
    int e = j->p < j->end ? *j->p++ : 0;
    if (e == 'u') {
      for (int i = 0; i < 4; i++) if (j->p >= j->end || omk_hex((unsigned char)*j->p++) < 0) { omk_wrong(j); return; }
    } else if (e != '"' && e != '\\' && e != '/' && e != 'b' && e != 'f' && e != 'n' && e != 'r' && e != 't') break;
  }
  omk_wrong(j);
}
static inline int omk_digits(omk_json *j) {
  const char *from = j->p;
  while (j->p < j->end && *j->p >= '0' && *j->p <= '9') j->p++;
  return j->p > from;
}
static inline void omk_pass_number(omk_json *j) {
  if (*j->p == '-') j->p++;
  if (j->p < j->end && *j->p == '0') j->p++;
  else if (!omk_digits(j)) { omk_wrong(j); return; }
  if (j->p < j->end && *j->p == '.') { j->p++; if (!omk_digits(j)) { omk_wrong(j); return; } }
  if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
    j->p++;
    if (j->p < j->end && (*j->p == '+' || *j->p == '-')) j->p++;
    if (!omk_digits(j)) omk_wrong(j);
  }
}
static inline void omk_pass_word(omk_json *j, const char *word) {
  for (; *word; word++, j->p++) if (j->p >= j->end || *j->p != *word) { omk_wrong(j); return; }
}
// Checks and passes over one value.
static inline void omk_value(omk_json *j) {
  int c = omk_peek(j);
  if (c == '{' || c == '[') {
    int close = c + 2;
    if (++j->depth > 128) { omk_wrong(j); return; }
    j->p++;
    if (omk_peek(j) == close) { j->p++; j->depth--; return; }
    while (!j->bad) {
      if (c == '{') {
        if (omk_peek(j) != '"') { omk_wrong(j); return; }
        omk_pass_string(j);
        if (omk_peek(j) != ':') { omk_wrong(j); return; }
        j->p++;
      }
      omk_value(j);
      int d = omk_peek(j);
      if (d == close) { j->p++; j->depth--; return; }
      if (d != ',') { omk_wrong(j); return; }
      j->p++;
    }
  } else if (c == '"') omk_pass_string(j);
  else if (c == '-' || (c >= '0' && c <= '9')) omk_pass_number(j);
  else if (c == 't') omk_pass_word(j, "true");
  else if (c == 'f') omk_pass_word(j, "false");
  else if (c == 'n') omk_pass_word(j, "null");
  else omk_wrong(j);
}
// A reader of a document, whose syntax is checked at once: what is skipped
// later is right, too.
static inline omk_json omk_read(omk_str doc) {
  if (doc.n >= 3 && (unsigned char)doc.p[0] == 0xef && (unsigned char)doc.p[1] == 0xbb && (unsigned char)doc.p[2] == 0xbf) doc = omk_from(doc, 3);
  omk_json j = {doc.p, doc.p + doc.n, 0, 0, 0, 0};
  omk_value(&j);
  if (omk_peek(&j) != -1) j.bad = 1;
  j.p = j.bad ? j.end : doc.p;
  return j;
}
static inline int omk_null(omk_json *j) { if (omk_peek(j) != 'n') return 0; j->p += 4; return 1; }
static inline int omk_enter(omk_json *j, int open) {
  if (j->bad) return 0;
  if (omk_null(j)) { j->none = 1; return 1; }
  if (omk_peek(j) != open) { omk_wrong(j); return 0; }
  j->p++; j->first = 1; j->none = 0;
  return 1;
}
static inline int omk_more(omk_json *j, int close) {
  if (j->bad) return 0;
  if (j->none) { j->none = 0; return 0; }
  if (omk_peek(j) == close) { j->p++; j->first = 0; return 0; }
  if (!j->first) j->p++; // the comma
  j->first = 0;
  return 1;
}
static inline void omk_add_rune(omk_out *o, unsigned c) {
  if (c < 0x80) omk_byte(o, (int)c);
  else if (c < 0x800) { omk_byte(o, (int)(0xc0 | c >> 6)); omk_byte(o, (int)(0x80 | (c & 63))); }
  else if (c < 0x10000) { omk_byte(o, (int)(0xe0 | c >> 12)); omk_byte(o, (int)(0x80 | (c >> 6 & 63))); omk_byte(o, (int)(0x80 | (c & 63))); }
  else { omk_byte(o, (int)(0xf0 | c >> 18)); omk_byte(o, (int)(0x80 | (c >> 12 & 63))); omk_byte(o, (int)(0x80 | (c >> 6 & 63))); omk_byte(o, (int)(0x80 | (c & 63))); }
}
static inline unsigned omk_unit(const char *p) {
  return (unsigned)(omk_hex(p[0]) << 12 | omk_hex(p[1]) << 8 | omk_hex(p[2]) << 4 | omk_hex(p[3]));
}
// How many bytes of UTF-8 a character has at p; 0 where there is none.
static inline unsigned omk_rune_len(const unsigned char *p, const unsigned char *end) {
  unsigned c = *p, more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
  if (c < 0x80) return 1;
  if (c < 0xc2 || c > 0xf4 || (unsigned)(end - p) <= more) return 0;
  for (unsigned i = 1; i <= more; i++) if ((p[i] & 0xc0) != 0x80) return 0;
  if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f)) return 0;
  return more + 1;
}
static inline omk_str omk_decoded(const char *p, const char *end) {
  const char *q = p;
  for (unsigned n; q < end && *q != '\\' && (n = omk_rune_len((const unsigned char *)q, (const unsigned char *)end)); q += n) {}
  if (q == end) return (omk_str){p, (unsigned)(end - p)}; // as it stands there
  omk_out o = {0, 0, 0};
  while (p < end) {
    if (*p == '\\') {
      int e = p[1];
      p += 2;
      if (e != 'u') { omk_byte(&o, e == 'b' ? 8 : e == 'f' ? 12 : e == 'n' ? 10 : e == 'r' ? 13 : e == 't' ? 9 : e); continue; }
      unsigned c = omk_unit(p);
      p += 4;
      if ((c & 0xfc00) == 0xd800 && p + 5 < end && p[0] == '\\' && p[1] == 'u' && (omk_unit(p + 2) & 0xfc00) == 0xdc00) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (omk_unit(p + 2) & 0x3ff);
        p += 6;
      } else if ((c & 0xf800) == 0xd800) c = 0xfffd;
      omk_add_rune(&o, c);
      continue;
    }
    unsigned n = omk_rune_len((const unsigned char *)p, (const unsigned char *)end);
    if (n) omk_add(&o, (omk_str){p, n}); else omk_add_rune(&o, 0xfffd);
    p += n ? n : 1;
  }
  return omk_text_of(&o);
}
static inline omk_str omk_string(omk_json *j) {
  if (j->bad || omk_null(j)) return (omk_str){0, 0};
  if (omk_peek(j) != '"') { omk_wrong(j); return (omk_str){0, 0}; }
  const char *from = j->p + 1;
  omk_pass_string(j);
  return omk_decoded(from, j->p - 1);
}
static inline int omk_object(omk_json *j) { return omk_enter(j, '{'); }
static inline int omk_field(omk_json *j, omk_str *key) {
  if (!omk_more(j, '}')) return 0;
  omk_peek(j);
  *key = omk_string(j);
  omk_peek(j);
  j->p++; // the colon
  return 1;
}
static inline int omk_array(omk_json *j) { return omk_enter(j, '['); }
static inline int omk_item(omk_json *j) { return omk_more(j, ']'); }
static inline omk_str omk_number(omk_json *j) {
  int c = omk_peek(j);
  if (c != '-' && (c < '0' || c > '9')) { omk_wrong(j); return (omk_str){0, 0}; }
  const char *from = j->p;
  omk_pass_number(j);
  return (omk_str){from, (unsigned)(j->p - from)};
}
// A whole number.
static inline long long omk_int(omk_json *j) {
  if (j->bad || omk_null(j)) return 0;
  omk_str s = omk_number(j);
  int negative = s.n && s.p[0] == '-';
  unsigned long long n = 0;
  for (unsigned i = negative ? 1 : 0; i < s.n; i++) {
    unsigned d = (unsigned)(s.p[i] - '0');
    if (d > 9 || n > 922337203685477580ull) { omk_wrong(j); return 0; }
    n = n * 10 + d;
  }
  if (n > 0x7fffffffffffffffull + (negative ? 1 : 0)) { omk_wrong(j); return 0; }
  return negative ? (long long)(0 - n) : (long long)n;
}
static inline int omk_bool(omk_json *j) {
  if (j->bad || omk_null(j)) return 0;
  int c = omk_peek(j);
  if (c == 't') { j->p += 4; return 1; }
  if (c == 'f') { j->p += 5; return 0; }
  omk_wrong(j);
  return 0;
}
// A string, or a number as it is written.
static inline omk_str omk_text(omk_json *j) {
  int c = omk_peek(j);
  return c == '"' || c == 'n' ? omk_string(j) : omk_number(j);
}
static inline void omk_skip(omk_json *j) { if (!j->bad) omk_value(j); }

// ---- Errors and the host ----------------------------------------------------------

static struct { omk_str code, message; int retryable; } omk_error;
static int omk_stopped;

// Makes the call answer with an error; returns what handlers return then.
static inline int omk_fail_text(const char *code, omk_str message, int retryable) {
  omk_error.code = omk_lit(code); omk_error.message = message; omk_error.retryable = retryable;
  return -1;
}
static inline int omk_fail(const char *code, const char *message) { return omk_fail_text(code, omk_lit(message), 0); }
static inline int omk_retry(const char *code, const char *message) { return omk_fail_text(code, omk_lit(message), 1); }
static inline int omk_unsupported(void) { return omk_fail("unsupported", "the plugin has no handler for this operation"); }
static inline int omk_unreadable(void) { return omk_fail("invalid_request", "the request can't be read"); }

// Asks the host for a function. -1 when that failed; the call answers with the
// same error then, if the handler returns -1.
static inline int omk_bytes(int fn, const omk_out *request, omk_str *reply) {
  if (omk_stopped) return -1;
  int n = omk_host_call(fn, request->p, request->n);
  if (n == -5) { omk_stopped = 1; return omk_fail("cancelled", "the host is stopping the call"); }
  if (n == -1) return omk_fail("unsupported", "this host does not have the function");
  if (n == -3) return omk_fail("too_large", "the request is larger than the host takes");
  if (n == -4) return omk_fail("denied", "the limit of host calls is used up");
  if (n == -6) return omk_fail("not_found", "no such body in this call");
  if (n < 0) return omk_fail("internal", "the host refused the call");
  char *p = omk_alloc((unsigned)n);
  if (n) omk_host_read(p);
  *reply = (omk_str){p, (unsigned)n};
  return 0;
}
// The same for functions whose reply is JSON; the reader stands at what is in
// "ok".
static inline int omk_ask(int fn, const omk_out *request, omk_json *ok) {
  omk_str reply, key;
  if (omk_bytes(fn, request, &reply)) return -1;
  *ok = omk_read(reply);
  for (omk_object(ok); omk_field(ok, &key);) {
    if (omk_is(key, "ok")) return 0;
    if (!omk_is(key, "error")) { omk_skip(ok); continue; }
    omk_error.code = omk_lit("internal"); omk_error.message = (omk_str){0, 0}; omk_error.retryable = 0;
    for (omk_object(ok); omk_field(ok, &key);) {
      if (omk_is(key, "code")) omk_error.code = omk_string(ok);
      else if (omk_is(key, "message")) omk_error.message = omk_string(ok);
      else if (omk_is(key, "retryable")) omk_error.retryable = omk_bool(ok);
      else omk_skip(ok);
    }
    return -1;
  }
  return omk_fail("internal", "the host's reply can't be read");
}

// Writes a line into the host's log: debug, info, warn or error.
static inline void omk_log(const char *level, omk_str message) {
  omk_out q = {0, 0, 0};
  omk_open(&q); omk_put(&q, "level", omk_lit(level)); omk_put(&q, "message", message); omk_close(&q);
  omk_host_call(OMK_LOG, q.p, q.n);
}

typedef struct { int status, not_modified; unsigned size; omk_str url, content_type, body; } omk_response;

// Fetches a URL; the host sees to robots.txt, gaps and retries. more is written
// into the request behind the URL, such as headers; it may be empty.
static inline int omk_fetch(omk_str url, omk_str more, omk_response *r) {
  omk_out q = {0, 0, 0};
  omk_json j;
  omk_str key;
  omk_open(&q); omk_put(&q, "url", url);
  if (more.n) { omk_byte(&q, ','); omk_add(&q, more); }
  omk_close(&q);
  *r = (omk_response){0, 0, 0, {0, 0}, {0, 0}, {0, 0}};
  if (omk_ask(OMK_HTTP_FETCH, &q, &j)) return -1;
  for (omk_object(&j); omk_field(&j, &key);) {
    if (omk_is(key, "status")) r->status = (int)omk_int(&j);
    else if (omk_is(key, "url")) r->url = omk_string(&j);
    else if (omk_is(key, "content_type")) r->content_type = omk_string(&j);
    else if (omk_is(key, "body")) r->body = omk_string(&j);
    else if (omk_is(key, "size")) r->size = (unsigned)omk_int(&j);
    else if (omk_is(key, "not_modified")) r->not_modified = omk_bool(&j);
    else omk_skip(&j);
  }
  return 0;
}

// The bytes of a page or response. keep is the names of the fields of JSON that
// matter, ended by a null pointer; it may be null itself.
static inline int omk_body(omk_str handle, const char *const *keep, omk_str *text) {
  *text = (omk_str){0, 0};
  if (!handle.n) return 0;
  omk_out q = {0, 0, 0};
  omk_open(&q); omk_put(&q, "body", handle);
  if (keep) {
    omk_list(&q, "keep");
    for (; *keep; keep++) { omk_next(&q); omk_string_to(&q, omk_lit(*keep)); }
    omk_end_list(&q);
  }
  omk_close(&q);
  return omk_bytes(OMK_BODY_READ, &q, text);
}

// ---- The guest -----------------------------------------------------------------------

// What the plugin does: the operation's reply goes into reply, as one JSON
// object; -1 is an error, which omk_fail says more of.
static int omk_handle(int op, omk_json *request, omk_out *reply);

OMK_EXPORT(omakase_abi) int omk_abi(void) { return 1 << 16; }

static char *omk_request;

OMK_EXPORT(omakase_alloc) void *omk_begin(unsigned len) {
  omk_size = (unsigned)__builtin_wasm_memory_size(0) << 16;
  omk_top = (unsigned)&__heap_base;
  return omk_request = omk_alloc(len + 1);
}

OMK_EXPORT(omakase_call) unsigned long long omk_call(int op, unsigned len) {
  omk_out o = {0, 0, 0};
  omk_json request = omk_read(len ? (omk_str){omk_request, len} : omk_lit("{}"));
  omk_stopped = 0;
  omk_fail("internal", "the plugin failed");
  omk_say(&o, "{\"ok\":");
  int failed = request.bad ? omk_unreadable() : omk_handle(op, &request, &o);
  if (!failed && omk_stopped) failed = omk_fail("cancelled", "the host is stopping the call");
  if (failed) {
    o.n = 0;
    omk_say(&o, "{\"error\":");
    omk_open(&o); omk_put(&o, "code", omk_error.code); omk_put(&o, "message", omk_error.message); omk_put_bool(&o, "retryable", omk_error.retryable);
    omk_close(&o);
  }
  omk_byte(&o, '}');
  return (unsigned long long)(unsigned)o.p << 32 | o.n;
}

#endif
