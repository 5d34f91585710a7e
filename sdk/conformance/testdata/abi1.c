// The guest abi1.wasm, as ABI version 1.0 was when it was new. The binary is
// kept and must run on every host; it is never built again. It does what the
// url of a detect request says and answers what came of it as reason: commands
// with a space behind each.
//
//   c16:7b7d   host_call(16, "{}"): its result, and the reply in hexadecimal
//   n16:7b7d   the same without host_read
//   r          host_read once more: as many bytes as the last call had
//   b3         host_call(3) with a request outside of memory: its result
//   w          host_read to outside of memory
//   l3:40      40 times host_call(3, ""): the last result
//   e7b7d      ends with these bytes as the whole reply
//   t          traps
//
//   clang --target=wasm32 -Oz -nostdlib -Wl,--no-entry -o abi1.wasm abi1.c
#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("omakase"), import_name(#name)))

IMPORT(host_call) int host_call(int fn, const void *request, unsigned len);
IMPORT(host_read) void host_read(void *reply);

static char request[1 << 20], payload[1 << 20], answer[1 << 20], out[3 << 20];
static unsigned n, at;

EXPORT(omakase_abi) int abi(void) { return 1 << 16; }
EXPORT(omakase_alloc) void *alloc(unsigned len) {
  if (len >= sizeof request) __builtin_trap();
  return request;
}

static void put(char c) { if (n >= sizeof out) __builtin_trap(); out[n++] = c; }
static void say(const char *s) { while (*s) put(*s++); }
static void number(int v) {
  char digits[12]; unsigned i = 0, u = v < 0 ? 0u - (unsigned)v : (unsigned)v;
  if (v < 0) put('-');
  do digits[i++] = '0' + u % 10; while (u /= 10);
  while (i) put(digits[--i]);
}
static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }
static int integer(void) {
  int v = 0, negative = request[at] == '-';
  if (negative) at++;
  while (request[at] >= '0' && request[at] <= '9') v = v * 10 + request[at++] - '0';
  return negative ? -v : v;
}
static unsigned bytes(void) {
  unsigned len = 0;
  while (hex(request[at]) >= 0 && hex(request[at + 1]) >= 0) { payload[len++] = hex(request[at]) << 4 | hex(request[at + 1]); at += 2; }
  return len;
}
static void shown(int len) {
  put(':');
  for (int i = 0; i < len; i++) { put("0123456789abcdef"[answer[i] >> 4 & 15]); put("0123456789abcdef"[answer[i] & 15]); }
}

EXPORT(omakase_call) unsigned long long call(int op, unsigned len) {
  n = at = 0;
  request[len] = 0;
  if (op == 1) { say("{\"ok\":{}}"); goto done; }
  if (op != 16) { say("{\"error\":{\"code\":\"unsupported\",\"message\":\"only detect is here\"}}"); goto done; }
  static const char field[] = "\"url\":\"";
  for (unsigned same = 0; at < len && same < sizeof field - 1; at++) same = request[at] == field[same] ? same + 1 : request[at] == field[0];
  say("{\"ok\":{\"score\":7,\"reason\":\"");
  int last = 0;
  while (request[at] && request[at] != '"') {
    char c = request[at++];
    int fn = c == 'c' || c == 'n' || c == 'b' || c == 'l' ? integer() : 0, times = 1;
    if (request[at] == ':') at++;
    if (c == 'l') times = integer();
    unsigned size = c == 'c' || c == 'n' || c == 'e' ? bytes() : 0;
    if (c == 'e') { n = 0; for (unsigned i = 0; i < size; i++) put(payload[i]); goto done; }
    if (c == 't') __builtin_trap();
    if (c == 'w') host_read((void *)0xfffffff0);
    if (c == 'b') { number(host_call(fn, (void *)0xfffffff0, 8)); put(' '); }
    if (c == 'l') { while (times-- > 0) last = host_call(fn, payload, 0); number(last); put(' '); }
    if (c == 'c' || c == 'n') {
      last = host_call(fn, payload, size);
      number(last);
      if (last > (int)sizeof answer) __builtin_trap();
      if (c == 'c' && last >= 0) { host_read(answer); shown(last); }
      put(' ');
    }
    if (c == 'r' && last >= 0) { host_read(answer); shown(last); put(' '); }
    if (request[at] == ' ') at++;
  }
  say("\"}}");
done:
  return (unsigned long long)(unsigned)out << 32 | n;
}
