// The omakase plugin SDK for AssemblyScript: one file, ABI version 1.0.
//
// A plugin extends Plugin, hands itself to serve(), and exports the three
// functions of the ABI from its entry file:
//
//   export { omakase_abi, omakase_alloc, omakase_call } from "../.omakase/as/omakase";
//
// A handler returns its reply, or fail(code, message), which is null. Nothing
// lasts from one call to the next but what the kv capability keeps.

@external("omakase", "host_call")
declare function host_call(fn: i32, ptr: usize, len: i32): i32;
@external("omakase", "host_read")
declare function host_read(ptr: usize): void;

// Operations and functions, as the ABI numbers them.
const OP_SELFTEST = 1, OP_DETECT = 16, OP_SCRAPE = 17, OP_EXTRACT = 18, OP_CHECKOUT = 19, OP_GENERATE = 32, OP_TOOL_LIST = 48, OP_TOOL_CALL = 49;
export const FN_LOG = 1, FN_CONFIG = 2, FN_CLOCK = 3, FN_HTTP_FETCH = 16, FN_BODY_READ = 17, FN_BODY_RELEASE = 18, FN_HTML_QUERY = 32,
  FN_KV_GET = 48, FN_KV_SET = 49, FN_KV_DELETE = 50, FN_KV_LIST = 51, FN_CRYPTO_HASH = 64, FN_CRYPTO_HMAC = 65, FN_CRYPTO_RANDOM = 66, FN_SECRET_USE = 80;
const STOPPED = -5;

export const IN_STOCK = "InStock", OUT_OF_STOCK = "OutOfStock", LIMITED_STOCK = "LimitedStock";

// ---- Errors -----------------------------------------------------------------

let failed = false;
let failCode = "", failMessage = "", failRetryable = false;
let stopped = false;

/** Makes the call answer with an error. Returns null, for handlers to return. */
export function fail(code: string, message: string, retryable: bool = false): Value | null {
  failed = true;
  failCode = code;
  failMessage = message;
  failRetryable = retryable;
  return null;
}

/** The code of the error so far, "" when there is none. */
export function failure(): string { return failed ? failCode : ""; }

/** Goes on in spite of the error so far. */
export function forgive(): void { failed = stopped; }

/** What the compiler calls where the program can't go on. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  log("error", "abort: " + (message ? message : "") + " at " + (file ? file : "") + ":" + line.toString() + ":" + column.toString());
  unreachable();
}

// ---- JSON: writing ----------------------------------------------------------

/** Writes JSON in UTF-8. Members that are empty are left out by put…, as the ABI has it. */
export class Writer {
  buf: ArrayBuffer = new ArrayBuffer(1024);
  len: i32 = 0;

  private reserve(n: i32): usize {
    if (this.len + n > this.buf.byteLength) {
      const bigger = new ArrayBuffer(max(this.buf.byteLength * 2, this.len + n));
      memory.copy(changetype<usize>(bigger), changetype<usize>(this.buf), <usize>this.len);
      this.buf = bigger;
    }
    return changetype<usize>(this.buf) + this.len;
  }
  byte(c: i32): void { store<u8>(this.reserve(1), <u8>c); this.len++; }
  private last(): i32 { return this.len == 0 ? 0 : <i32>load<u8>(changetype<usize>(this.buf) + this.len - 1); }
  private comma(open: i32): void { const c = this.last(); if (c != open && c != 0x3a && this.len > 0) this.byte(0x2c); }

  /** Text as it is; it must be ASCII or JSON already. */
  raw(s: string): void { for (let i = 0; i < s.length; i++) this.rune(s, i); }
  bytes(b: ArrayBuffer): void {
    memory.copy(this.reserve(b.byteLength), changetype<usize>(b), <usize>b.byteLength);
    this.len += b.byteLength;
  }
  private rune(s: string, i: i32): void {
    let c: i32 = s.charCodeAt(i);
    if (c < 0x80) { this.byte(c); return; }
    if (c < 0x800) { this.byte(0xc0 | (c >> 6)); this.byte(0x80 | (c & 63)); return; }
    if ((c & 0xfc00) == 0xd800 && i + 1 < s.length && (s.charCodeAt(i + 1) & 0xfc00) == 0xdc00) {
      c = 0x10000 + ((c & 0x3ff) << 10) + (s.charCodeAt(i + 1) & 0x3ff);
      this.byte(0xf0 | (c >> 18)); this.byte(0x80 | ((c >> 12) & 63)); this.byte(0x80 | ((c >> 6) & 63)); this.byte(0x80 | (c & 63));
      return;
    }
    if ((c & 0xfc00) == 0xdc00 && i > 0 && (s.charCodeAt(i - 1) & 0xfc00) == 0xd800) return; // written with the one before
    if ((c & 0xf800) == 0xd800) c = 0xfffd;
    this.byte(0xe0 | (c >> 12)); this.byte(0x80 | ((c >> 6) & 63)); this.byte(0x80 | (c & 63));
  }
  string(s: string): void {
    this.byte(0x22);
    for (let i = 0; i < s.length; i++) {
      const c = s.charCodeAt(i);
      if (c == 0x22 || c == 0x5c) { this.byte(0x5c); this.byte(c); }
      else if (c >= 0x20) this.rune(s, i);
      else if (c == 0x0a) this.raw("\\n");
      else if (c == 0x0d) this.raw("\\r");
      else if (c == 0x09) this.raw("\\t");
      else { this.raw("\\u00"); this.byte(hex(c >> 4)); this.byte(hex(c & 15)); }
    }
    this.byte(0x22);
  }

  open(): void { this.byte(0x7b); }
  close(): void { this.byte(0x7d); }
  key(name: string): void { this.comma(0x7b); this.string(name); this.byte(0x3a); }
  list(name: string): void { this.key(name); this.byte(0x5b); }
  item(): void { this.comma(0x5b); }
  endList(): void { this.byte(0x5d); }

  put(name: string, s: string): void { if (s.length > 0) { this.key(name); this.string(s); } }
  putInt(name: string, n: i64): void { if (n != 0) { this.key(name); this.raw(n.toString()); } }
  putBool(name: string, b: bool): void { if (b) { this.key(name); this.raw("true"); } }
  putStrings(name: string, all: string[]): void {
    if (all.length == 0) return;
    this.list(name);
    for (let i = 0; i < all.length; i++) { this.item(); this.string(all[i]); }
    this.endList();
  }
  putValues<T extends Value>(name: string, all: T[]): void {
    if (all.length == 0) return;
    this.list(name);
    for (let i = 0; i < all.length; i++) { this.item(); all[i].write(this); }
    this.endList();
  }
}

function hex(n: i32): i32 { return n < 10 ? 0x30 + n : 0x57 + n; }

/** What can be written as a JSON object. */
export abstract class Value {
  abstract write(w: Writer): void;
}

/** The object that says nothing. */
export class Empty extends Value {
  write(w: Writer): void { w.open(); w.close(); }
}

// ---- JSON: reading ----------------------------------------------------------

/**
 * Reads one JSON document in UTF-8:
 *
 *   for (r.object(); r.field(); ) {
 *     if (r.key == "name") name = r.string(); else r.skip();
 *   }
 *   if (!r.end()) ...
 *
 * A null reads as what is zero. After a mistake everything reads as zero, and
 * end() is false.
 */
export class Reader {
  key: string = "";
  bad: bool = false;
  private at: usize;
  private stop: usize;
  private depth: i32 = 0;
  private first: bool = false;
  private data: ArrayBuffer; // keeps the document

  constructor(data: ArrayBuffer, len: i32 = -1) {
    this.data = data;
    this.at = changetype<usize>(data);
    this.stop = this.at + (len < 0 ? data.byteLength : len);
    if (this.peekAt(0) == 0xef && this.peekAt(1) == 0xbb && this.peekAt(2) == 0xbf) this.at += 3;
    // The syntax of all of it comes first: what is skipped later is right, too.
    const begin = this.at;
    this.value();
    this.space();
    if (this.at != this.stop) this.bad = true;
    this.at = begin;
  }
  static of(text: string): Reader { return new Reader(String.UTF8.encode(text)); }

  private peekAt(n: i32): i32 { return this.at + n < this.stop ? <i32>load<u8>(this.at + n) : -1; }
  private space(): void {
    while (this.at < this.stop) {
      const c = load<u8>(this.at);
      if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) return;
      this.at++;
    }
  }
  private next(): i32 { this.space(); return this.peekAt(0); }
  private wrong(): void { this.bad = true; this.at = this.stop; }

  // value checks and passes over one value.
  private value(): void {
    const c = this.next();
    if (c == 0x7b || c == 0x5b) {
      if (++this.depth > 128) { this.wrong(); return; }
      const close = c + 2;
      this.at++;
      if (this.next() == close) { this.at++; this.depth--; return; }
      while (!this.bad) {
        if (c == 0x7b) {
          if (this.next() != 0x22) { this.wrong(); return; }
          this.passString();
          if (this.next() != 0x3a) { this.wrong(); return; }
          this.at++;
        }
        this.value();
        const d = this.next();
        if (d == close) { this.at++; this.depth--; return; }
        if (d != 0x2c) { this.wrong(); return; }
        this.at++;
      }
    } else if (c == 0x22) this.passString();
    else if (c == 0x2d || (c >= 0x30 && c <= 0x39)) this.passNumber();
    else if (c == 0x74) this.passWord("true");
    else if (c == 0x66) this.passWord("false");
    else if (c == 0x6e) this.passWord("null");
    else this.wrong();
  }
  private passWord(word: string): void {
    for (let i = 0; i < word.length; i++) if (this.peekAt(i) != word.charCodeAt(i)) { this.wrong(); return; }
    this.at += word.length;
  }
  private digits(): bool {
    const from = this.at;
    while (this.peekAt(0) >= 0x30 && this.peekAt(0) <= 0x39) this.at++;
    return this.at > from;
  }
  private passNumber(): void {
    if (this.peekAt(0) == 0x2d) this.at++;
    if (this.peekAt(0) == 0x30) this.at++;
    else if (!this.digits()) { this.wrong(); return; }
    if (this.peekAt(0) == 0x2e) { this.at++; if (!this.digits()) { this.wrong(); return; } }
    if ((this.peekAt(0) | 32) == 0x65) {
      this.at++;
      if (this.peekAt(0) == 0x2b || this.peekAt(0) == 0x2d) this.at++;
      if (!this.digits()) this.wrong();
    }
  }
  private passString(): void {
    this.at++;
    while (this.at < this.stop) {
      const c = <i32>load<u8>(this.at++);
      if (c == 0x22) return;
      if (c < 0x20) break;
      if (c != 0x5c) continue;
      const e = this.peekAt(0);
      this.at++;
      if (e == 0x75) {
        for (let i = 0; i < 4; i++) if (unhex(this.peekAt(i)) < 0) { this.wrong(); return; }
        this.at += 4;
      } else if (e != 0x22 && e != 0x5c && e != 0x2f && e != 0x62 && e != 0x66 && e != 0x6e && e != 0x72 && e != 0x74) break;
    }
    this.wrong();
  }

  private enter(open: i32): bool {
    if (this.bad) return false;
    if (this.isNull()) { this.first = false; this.pendingNull = true; return true; }
    if (this.next() != open) { this.wrong(); return false; }
    this.at++;
    this.first = true;
    this.pendingNull = false;
    return true;
  }
  private pendingNull: bool = false;
  private more(close: i32): bool {
    if (this.bad) return false;
    if (this.pendingNull) { this.pendingNull = false; return false; }
    if (this.next() == close) { this.at++; this.first = false; return false; }
    if (!this.first) this.at++; // the comma
    this.first = false;
    return true;
  }
  /** Enters an object, whose members field() goes through. */
  object(): bool { return this.enter(0x7b); }
  field(): bool {
    if (!this.more(0x7d)) return false;
    this.key = this.string();
    this.next();
    this.at++; // the colon
    return true;
  }
  /** Enters an array, whose items item() goes through. */
  array(): bool { return this.enter(0x5b); }
  item(): bool { return this.more(0x5d); }

  /** Whether a null comes next; it is passed over. */
  isNull(): bool {
    if (this.next() != 0x6e) return false;
    this.at += 4;
    return true;
  }
  string(): string {
    if (this.bad || this.isNull()) return "";
    if (this.next() != 0x22) { this.wrong(); return ""; }
    const from = this.at + 1;
    this.passString();
    return decode(from, this.at - 1, true);
  }
  /** A whole number. */
  int(): i64 {
    if (this.bad || this.isNull()) return 0;
    const text = this.number();
    const negative = text.length > 0 && text.charCodeAt(0) == 0x2d;
    let n: u64 = 0;
    for (let i = negative ? 1 : 0; i < text.length; i++) {
      const d = text.charCodeAt(i) - 0x30;
      if (d < 0 || d > 9 || n > 922337203685477580) { this.wrong(); return 0; }
      n = n * 10 + d;
    }
    if (n > <u64>i64.MAX_VALUE + (negative ? 1 : 0)) { this.wrong(); return 0; }
    return negative ? -<i64>n : <i64>n;
  }
  private number(): string {
    const c = this.next();
    if (c != 0x2d && (c < 0x30 || c > 0x39)) { this.wrong(); return ""; }
    const from = this.at;
    this.passNumber();
    return decode(from, this.at, false);
  }
  bool(): bool {
    if (this.bad || this.isNull()) return false;
    const c = this.next();
    if (c == 0x74) { this.at += 4; return true; }
    if (c == 0x66) { this.at += 5; return false; }
    this.wrong();
    return false;
  }
  /** A string, or a number as it is written. */
  text(): string {
    if (this.bad) return "";
    const c = this.next();
    return c == 0x22 || c == 0x6e ? this.string() : this.number();
  }
  skip(): void { if (!this.bad) this.value(); }
  /** The bytes of the next value. */
  raw(): string {
    if (this.bad) return "";
    this.next();
    const from = this.at;
    this.value();
    return this.bad ? "" : decode(from, this.at, false);
  }
  strings(): string[] {
    const all: string[] = [];
    for (this.array(); this.item(); ) all.push(this.string());
    return all;
  }
  /** Whether the document was read without a mistake. */
  end(): bool { return !this.bad; }
}

function unhex(c: i32): i32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  c |= 32;
  return c >= 0x61 && c <= 0x66 ? c - 0x57 : -1;
}

// decode reads UTF-8, and escapes where there may be some. What is neither
// becomes U+FFFD.
function decode(at: usize, stop: usize, escapes: bool): string {
  const out = new ArrayBuffer(<i32>(stop - at) * 2);
  const base = changetype<usize>(out);
  let n: usize = 0;
  while (at < stop) {
    let c = <u32>load<u8>(at++);
    if (c == 0x5c && escapes) {
      const e = load<u8>(at++);
      if (e == 0x75) {
        c = unit(at);
        at += 4;
        if ((c & 0xfc00) == 0xd800 && at + 5 < stop && load<u8>(at) == 0x5c && load<u8>(at + 1) == 0x75 && (unit(at + 2) & 0xfc00) == 0xdc00) {
          store<u16>(base + n, <u16>c); n += 2;
          c = unit(at + 2);
          at += 6;
        } else if ((c & 0xf800) == 0xd800) c = 0xfffd;
      } else c = e == 0x62 ? 8 : e == 0x66 ? 12 : e == 0x6e ? 10 : e == 0x72 ? 13 : e == 0x74 ? 9 : e;
    } else if (c >= 0x80) {
      const more: u32 = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
      let rune = c & (0x3f >> more), fine = c >= 0xc2 && c <= 0xf4;
      let i: u32 = 0;
      for (; fine && i < more; i++) {
        const d: u32 = at + i < stop ? load<u8>(at + i) : 0;
        if ((d & 0xc0) != 0x80) { fine = false; break; }
        rune = (rune << 6) | (d & 0x3f);
      }
      if (fine && ((more == 2 && (rune < 0x800 || (rune & 0xf800) == 0xd800)) || (more == 3 && (rune < 0x10000 || rune > 0x10ffff)))) fine = false;
      if (!fine) c = 0xfffd;
      else {
        at += more;
        c = rune;
        if (c > 0xffff) {
          store<u16>(base + n, <u16>(0xd7c0 + (c >> 10))); n += 2;
          c = 0xdc00 | (c & 0x3ff);
        }
      }
    }
    store<u16>(base + n, <u16>c);
    n += 2;
  }
  return String.UTF16.decodeUnsafe(base, n);
}

function unit(at: usize): u32 {
  return <u32>((unhex(load<u8>(at)) << 12) | (unhex(load<u8>(at + 1)) << 8) | (unhex(load<u8>(at + 2)) << 4) | unhex(load<u8>(at + 3)));
}

// ---- The host ---------------------------------------------------------------

/** Asks the host for a function. Null when that failed: fail() was called then. */
export function hostBytes(fn: i32, request: Writer): ArrayBuffer | null {
  if (stopped) return null;
  const n = host_call(fn, changetype<usize>(request.buf), request.len);
  if (n < 0) {
    if (n == STOPPED) { stopped = true; fail("cancelled", "the host is stopping the call"); }
    else if (n == -1) fail("unsupported", "this host does not have the function");
    else if (n == -3) fail("too_large", "the request is larger than the host takes");
    else if (n == -4) fail("denied", "the limit of host calls is used up");
    else if (n == -6) fail("not_found", "no such body in this call");
    else fail("internal", "the host refused the call");
    return null;
  }
  const reply = new ArrayBuffer(n);
  if (n > 0) host_read(changetype<usize>(reply));
  return reply;
}

/** Asks the host for a function whose reply is JSON. The reader stands at what is in "ok". */
export function hostCall(fn: i32, request: Writer): Reader | null {
  const reply = hostBytes(fn, request);
  if (reply == null) return null;
  const r = new Reader(reply);
  for (r.object(); r.field(); ) {
    if (r.key == "ok") return r;
    if (r.key == "error") {
      let code = "internal", message = "", retryable = false;
      for (r.object(); r.field(); ) {
        if (r.key == "code") code = r.string();
        else if (r.key == "message") message = r.string();
        else if (r.key == "retryable") retryable = r.bool();
        else r.skip();
      }
      fail(code, message, retryable);
      return null;
    }
    r.skip();
  }
  fail("internal", "the host's reply can't be read");
  return null;
}

/** Writes a line into the host's log: debug, info, warn or error. */
export function log(level: string, message: string): void {
  const w = new Writer();
  w.open(); w.key("level"); w.string(level); w.key("message"); w.string(message); w.close();
  host_call(FN_LOG, changetype<usize>(w.buf), w.len);
}

/** The plugin's configuration. */
export function config(): Reader | null {
  const w = new Writer();
  w.open(); w.close();
  return hostCall(FN_CONFIG, w);
}

/** The host's time, in milliseconds since 1970. */
export function now(): i64 {
  const w = new Writer();
  w.open(); w.close();
  const r = hostCall(FN_CLOCK, w);
  let ms: i64 = 0;
  if (r) for (r.object(); r.field(); ) if (r.key == "unix_ms") ms = r.int(); else r.skip();
  return ms;
}

export class Header extends Value {
  constructor(public name: string, public value: string) { super(); }
  write(w: Writer): void { w.open(); w.key("name"); w.string(this.name); w.key("value"); w.string(this.value); w.close(); }
}

/** The value of the first header of that name, in any case, or "". */
export function headerValue(headers: Header[], name: string): string {
  for (let i = 0; i < headers.length; i++) if (headers[i].name.toLowerCase() == name.toLowerCase()) return headers[i].value;
  return "";
}

function readHeaders(r: Reader): Header[] {
  const all: Header[] = [];
  for (r.array(); r.item(); ) {
    const h = new Header("", "");
    for (r.object(); r.field(); ) {
      if (r.key == "name") h.name = r.string(); else if (r.key == "value") h.value = r.string(); else r.skip();
    }
    all.push(h);
  }
  return all;
}

export class FetchRequest extends Value {
  method: string = "";
  headers: Header[] = [];
  body: string = "";
  timeoutMS: i32 = 0;
  maxBytes: i32 = 0;
  conditional: bool = false;
  prefetch: string[] = [];
  constructor(public url: string) { super(); }
  write(w: Writer): void {
    w.open();
    w.put("method", this.method); w.key("url"); w.string(this.url); w.putValues("headers", this.headers); w.put("body", this.body);
    w.putInt("timeout_ms", this.timeoutMS); w.putInt("max_bytes", this.maxBytes); w.putBool("conditional", this.conditional);
    w.putStrings("prefetch", this.prefetch);
    w.close();
  }
}

/** A response. Its body stays in the host until text() asks for it. */
export class Response {
  status: i32 = 0;
  url: string = "";
  headers: Header[] = [];
  contentType: string = "";
  body: string = "";
  size: i32 = 0;
  notModified: bool = false;
  text(keep: string[] = []): ArrayBuffer | null { return bodyText(this.body, keep); }
}

/** Fetches a URL; the host sees to robots.txt, gaps and retries. Null when there is no response. */
export function fetch(request: FetchRequest): Response | null {
  const w = new Writer();
  request.write(w);
  const r = hostCall(FN_HTTP_FETCH, w);
  if (r == null) return null;
  const out = new Response();
  for (r.object(); r.field(); ) {
    if (r.key == "status") out.status = <i32>r.int();
    else if (r.key == "url") out.url = r.string();
    else if (r.key == "headers") out.headers = readHeaders(r);
    else if (r.key == "content_type") out.contentType = r.string();
    else if (r.key == "body") out.body = r.string();
    else if (r.key == "size") out.size = <i32>r.int();
    else if (r.key == "not_modified") out.notModified = r.bool();
    else r.skip();
  }
  return out;
}

/** The bytes of a page or response; of JSON only the fields that keep leads to. */
export function bodyText(handle: string, keep: string[] = []): ArrayBuffer | null {
  if (handle == "") return new ArrayBuffer(0);
  const w = new Writer();
  w.open(); w.key("body"); w.string(handle); w.putStrings("keep", keep); w.close();
  return hostBytes(FN_BODY_READ, w);
}

/** Whether text, in UTF-8, holds a word. */
export function contains(text: ArrayBuffer, word: string): bool {
  const b = String.UTF8.encode(word);
  const n = b.byteLength, last = text.byteLength - n;
  for (let i = 0; i <= last; i++) if (memory.compare(changetype<usize>(text) + i, changetype<usize>(b), n) == 0) return true;
  return false;
}

/** The values of one attribute ("text" and "html" are special) of the nodes that a selector finds on a page. */
export function select(handle: string, url: string, css: string, attr: string): string[] | null {
  const w = new Writer();
  w.open(); w.key("body"); w.string(handle); w.put("url", url);
  w.list("select"); w.item(); w.open(); w.key("css"); w.string(css); w.list("attrs"); w.item(); w.string(attr); w.endList(); w.close(); w.endList();
  w.close();
  const r = hostCall(FN_HTML_QUERY, w);
  if (r == null) return null;
  const found: string[] = [];
  for (r.object(); r.field(); ) {
    if (r.key != "select") { r.skip(); continue; }
    for (r.array(); r.item(); ) for (r.object(); r.field(); ) {
      if (r.key != "nodes") { r.skip(); continue; }
      for (r.array(); r.item(); ) for (r.object(); r.field(); ) {
        if (r.key != "values") { r.skip(); continue; }
        const values = r.strings();
        found.push(values.length > 0 ? values[0] : "");
      }
    }
  }
  return found;
}

/** A placeholder for a secret, for the value of a request's header. "" when that failed. */
export function useSecret(name: string): string {
  const w = new Writer();
  w.open(); w.key("name"); w.string(name); w.close();
  const r = hostCall(FN_SECRET_USE, w);
  let placeholder = "";
  if (r) for (r.object(); r.field(); ) if (r.key == "placeholder") placeholder = r.string(); else r.skip();
  return placeholder;
}

// ---- Requests and replies ---------------------------------------------------

export class DetectRequest {
  url: string = "";
  status: i32 = 0;
  headers: Header[] = [];
  body: string = "";
  static read(r: Reader): DetectRequest {
    const q = new DetectRequest();
    for (r.object(); r.field(); ) {
      if (r.key == "url") q.url = r.string();
      else if (r.key == "status") q.status = <i32>r.int();
      else if (r.key == "headers") q.headers = readHeaders(r);
      else if (r.key == "body") q.body = r.string();
      else r.skip();
    }
    return q;
  }
}

export class DetectReply extends Value {
  constructor(public score: i32, public reason: string = "") { super(); }
  write(w: Writer): void { w.open(); w.key("score"); w.raw(this.score.toString()); w.put("reason", this.reason); w.close(); }
}

export class Ref extends Value {
  key: string = "";
  url: string = "";
  write(w: Writer): void { w.open(); w.key("key"); w.string(this.key); w.put("url", this.url); w.close(); }
}

export class ScrapeRequest {
  url: string = "";
  cursor: string = "";
  refs: Ref[] = [];
  seen: i64 = 0;
  total: i64 = 0;
  max: i64 = 0;
  static read(r: Reader): ScrapeRequest {
    const q = new ScrapeRequest();
    for (r.object(); r.field(); ) {
      if (r.key == "url") q.url = r.string();
      else if (r.key == "cursor") q.cursor = r.string();
      else if (r.key == "refs") {
        for (r.array(); r.item(); ) {
          const ref = new Ref();
          for (r.object(); r.field(); ) if (r.key == "key") ref.key = r.string(); else if (r.key == "url") ref.url = r.string(); else r.skip();
          q.refs.push(ref);
        }
      } else if (r.key == "seen") q.seen = r.int();
      else if (r.key == "total") q.total = r.int();
      else if (r.key == "max") q.max = r.int();
      else r.skip();
    }
    return q;
  }
}

export class Shop extends Value {
  name: string = "";
  currency: string = "";
  country: string = "";
  locale: string = "";
  write(w: Writer): void {
    w.open(); w.put("name", this.name); w.put("currency", this.currency); w.put("country", this.country); w.put("locale", this.locale); w.close();
  }
}

/** Nobody counts the stock. */
export const NO_STOCK: i64 = i64.MIN_VALUE;

export class Variant extends Value {
  id: string = "";
  title: string = "";
  sku: string = "";
  gtin: string = "";
  price: string = "";
  compareAt: string = "";
  availability: string = "";
  options: string[] = [];
  imageURL: string = "";
  stock: i64 = NO_STOCK;
  write(w: Writer): void {
    w.open();
    w.put("id", this.id); w.put("title", this.title); w.put("sku", this.sku); w.put("gtin", this.gtin); w.put("price", this.price);
    w.put("compare_at", this.compareAt); w.put("availability", this.availability); w.putStrings("options", this.options); w.put("image_url", this.imageURL);
    if (this.stock != NO_STOCK) { w.key("stock"); w.raw(this.stock.toString()); }
    w.close();
  }
}

export class Option extends Value {
  name: string = "";
  values: string[] = [];
  write(w: Writer): void { w.open(); w.key("name"); w.string(this.name); w.putStrings("values", this.values); w.close(); }
}

export class Product extends Value {
  id: string = "";
  handle: string = "";
  name: string = "";
  description: string = "";
  url: string = "";
  price: string = "";
  priceMax: string = "";
  compareAt: string = "";
  currency: string = "";
  availability: string = "";
  sku: string = "";
  gtin: string = "";
  brand: string = "";
  category: string = "";
  tags: string[] = [];
  imageURLs: string[] = [];
  options: Option[] = [];
  variants: Variant[] = [];
  stock: i64 = NO_STOCK;
  createdAt: string = "";
  updatedAt: string = "";
  write(w: Writer): void {
    w.open();
    w.put("id", this.id); w.put("handle", this.handle); w.key("name"); w.string(this.name); w.put("description", this.description);
    w.put("url", this.url); w.put("price", this.price); w.put("price_max", this.priceMax); w.put("compare_at", this.compareAt);
    w.put("currency", this.currency); w.put("availability", this.availability); w.put("sku", this.sku); w.put("gtin", this.gtin);
    w.put("brand", this.brand); w.put("category", this.category); w.putStrings("tags", this.tags); w.putStrings("image_urls", this.imageURLs);
    w.putValues("options", this.options); w.putValues("variants", this.variants);
    if (this.stock != NO_STOCK) { w.key("stock"); w.raw(this.stock.toString()); }
    w.put("created_at", this.createdAt); w.put("updated_at", this.updatedAt);
    w.close();
  }
}

export class ScrapeReply extends Value {
  products: Product[] = [];
  refs: Ref[] = [];
  next: string = "";
  total: i64 = 0;
  shop: Shop | null = null;
  source: string = "";
  unchanged: bool = false;
  notes: string[] = [];
  partial: bool = false;
  write(w: Writer): void {
    w.open();
    w.putValues("products", this.products); w.putValues("refs", this.refs); w.put("next", this.next); w.putInt("total", this.total);
    const shop = this.shop;
    if (shop) { w.key("shop"); shop.write(w); }
    w.put("source", this.source); w.putBool("unchanged", this.unchanged); w.putStrings("notes", this.notes); w.putBool("partial", this.partial);
    w.close();
  }
}

export class ExtractRequest {
  url: string = "";
  body: string = "";
  contentType: string = "";
  static read(r: Reader): ExtractRequest {
    const q = new ExtractRequest();
    for (r.object(); r.field(); ) {
      if (r.key == "url") q.url = r.string();
      else if (r.key == "body") q.body = r.string();
      else if (r.key == "content_type") q.contentType = r.string();
      else r.skip();
    }
    return q;
  }
}

export class ExtractReply extends Value {
  products: Product[] = [];
  shop: Shop | null = null;
  write(w: Writer): void {
    w.open();
    w.putValues("products", this.products);
    const shop = this.shop;
    if (shop) { w.key("shop"); shop.write(w); }
    w.close();
  }
}

export class CheckoutLine {
  productID: string = "";
  variantID: string = "";
  quantity: i64 = 0;
}

export class CheckoutRequest {
  url: string = "";
  lines: CheckoutLine[] = [];
  static read(r: Reader): CheckoutRequest {
    const q = new CheckoutRequest();
    for (r.object(); r.field(); ) {
      if (r.key == "url") q.url = r.string();
      else if (r.key == "lines") {
        for (r.array(); r.item(); ) {
          const line = new CheckoutLine();
          for (r.object(); r.field(); ) {
            if (r.key == "product_id") line.productID = r.string();
            else if (r.key == "variant_id") line.variantID = r.string();
            else if (r.key == "quantity") line.quantity = r.int();
            else r.skip();
          }
          q.lines.push(line);
        }
      } else r.skip();
    }
    return q;
  }
}

export class CheckoutReply extends Value {
  constructor(public url: string) { super(); }
  write(w: Writer): void { w.open(); w.key("url"); w.string(this.url); w.close(); }
}

// ---- The guest --------------------------------------------------------------

/** What a plugin can do. Handlers that it doesn't have answer "unsupported". */
export class Plugin {
  /** Checks the plugin without the network; an error keeps it from serving. */
  selftest(): Value | null { return new Empty(); }
  detect(request: DetectRequest): Value | null { return unsupported(); }
  scrape(request: ScrapeRequest): Value | null { return unsupported(); }
  extract(request: ExtractRequest): Value | null { return unsupported(); }
  checkout(request: CheckoutRequest): Value | null { return unsupported(); }
  /** The request of prompt/1 as JSON; see the schema generate-request. */
  generate(request: Reader): Value | null { return unsupported(); }
  /** The requests of tool/1 as JSON. */
  toolList(request: Reader): Value | null { return unsupported(); }
  toolCall(request: Reader): Value | null { return unsupported(); }
}

function unsupported(): Value | null { return fail("unsupported", "the plugin has no handler for this operation"); }

let served: Plugin = new Plugin();

/** Makes a plugin the one that answers. */
export function serve(plugin: Plugin): void { served = plugin; }

let requestBuffer: ArrayBuffer = new ArrayBuffer(1);
let reply: Writer = new Writer();

export function omakase_abi(): i32 { return 1 << 16; }

export function omakase_alloc(len: i32): usize {
  reply = new Writer();
  requestBuffer = new ArrayBuffer(0);
  __collect(); // nothing of the last call is needed any more
  requestBuffer = new ArrayBuffer(max(len, 1));
  return changetype<usize>(requestBuffer);
}

export function omakase_call(op: i32, len: i32): u64 {
  failed = false;
  stopped = false;
  const request = len == 0 ? Reader.of("{}") : new Reader(requestBuffer, len);
  const value = dispatch(op, request);
  const w = new Writer();
  if (value && !failed) {
    w.raw('{"ok":');
    value.write(w);
    w.byte(0x7d);
  } else {
    if (!failed) fail("internal", "the plugin returned nothing");
    w.raw('{"error":');
    w.open(); w.key("code"); w.string(failCode); w.put("message", failMessage); w.putBool("retryable", failRetryable); w.close();
    w.byte(0x7d);
  }
  reply = w;
  return (<u64>changetype<usize>(w.buf) << 32) | <u64>w.len;
}

function dispatch(op: i32, r: Reader): Value | null {
  if (op == OP_SELFTEST) return served.selftest();
  if (op == OP_DETECT) { const q = DetectRequest.read(r); return r.end() ? served.detect(q) : unreadable(); }
  if (op == OP_SCRAPE) { const q = ScrapeRequest.read(r); return r.end() ? served.scrape(q) : unreadable(); }
  if (op == OP_EXTRACT) { const q = ExtractRequest.read(r); return r.end() ? served.extract(q) : unreadable(); }
  if (op == OP_CHECKOUT) { const q = CheckoutRequest.read(r); return r.end() ? served.checkout(q) : unreadable(); }
  if (op == OP_GENERATE) return r.end() ? served.generate(r) : unreadable();
  if (op == OP_TOOL_LIST) return r.end() ? served.toolList(r) : unreadable();
  if (op == OP_TOOL_CALL) return r.end() ? served.toolCall(r) : unreadable();
  return fail("unsupported", "the plugin knows no such operation");
}

function unreadable(): Value | null { return fail("invalid_request", "the request can't be read"); }
