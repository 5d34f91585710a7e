// A plugin with two tools for the voice agent: gift wrapping, and when a parcel
// can arrive. It asks a service of its own, which doesn't exist, with a token
// that it never sees.
import { FetchRequest, Header, Plugin, Reader, Value, Writer, config, fail, failure, fetch, serve, useSecret } from "../.omakase/as/omakase";

export { omakase_abi, omakase_alloc, omakase_call } from "../.omakase/as/omakase";

const WRAP_PARAMETERS = '{"type":"object","properties":{},"additionalProperties":false}';
const DELIVERY_PARAMETERS = '{"type":"object","properties":{"postcode":{"type":"string","pattern":"^[0-9]{3}-?[0-9]{4}$"}},"required":["postcode"],"additionalProperties":false}';

class Tool extends Value {
  constructor(public name: string, public description: string, public parameters: string) { super(); }
  write(w: Writer): void {
    w.open(); w.key("name"); w.string(this.name); w.key("description"); w.string(this.description); w.put("parameters", this.parameters); w.close();
  }
}

class Tools extends Value {
  constructor(public tools: Tool[]) { super(); }
  write(w: Writer): void { w.open(); w.putValues("tools", this.tools); w.close(); }
}

class Result extends Value {
  constructor(public result: string) { super(); }
  write(w: Writer): void { w.open(); w.key("result"); w.string(this.result); w.close(); }
}

class Gift extends Plugin {
  toolList(request: Reader): Value | null {
    let language = "";
    for (request.object(); request.field(); ) if (request.key == "language") language = request.string(); else request.skip();
    if (!request.end()) return fail("invalid_request", "the request can't be read");
    const ja = language == "ja";
    return new Tools([
      new Tool("gift_wrapping", ja ? "ギフト包装の種類と料金を調べます。贈り物のときに使います。" :
        "Lists the ways to wrap a gift, with their prices. Call it when the customer buys for somebody else.", WRAP_PARAMETERS),
      new Tool("delivery_date", ja ? "郵便番号から、お届けできる日の範囲を調べます。日にちを聞かれたときに使います。" :
        "Tells between which days a parcel can arrive at a postcode. Call it when the customer asks for a date.", DELIVERY_PARAMETERS),
    ]);
  }

  toolCall(request: Reader): Value | null {
    let name = "", args = "";
    for (request.object(); request.field(); ) {
      if (request.key == "name") name = request.string();
      else if (request.key == "arguments") args = request.string();
      else if (request.key == "language") request.string();
      else request.skip();
    }
    if (!request.end()) return fail("invalid_request", "the request can't be read");
    if (name == "gift_wrapping") return wrapping();
    if (name == "delivery_date") return delivery(args);
    return fail("not_found", "there is no tool " + name);
  }
}

serve(new Gift());

function textOf(w: Writer): string { return String.UTF8.decodeUnsafe(changetype<usize>(w.buf), w.len); }

function wrapping(): Value | null {
  const text = ask("/wraps");
  if (text == null) return null;
  const w = new Writer();
  w.open(); w.list("wraps");
  const r = new Reader(text);
  for (r.object(); r.field(); ) {
    if (r.key != "wraps") { r.skip(); continue; }
    for (r.array(); r.item(); ) {
      let name = "", price = "";
      for (r.object(); r.field(); ) if (r.key == "name") name = r.string(); else if (r.key == "price") price = r.text(); else r.skip();
      w.item(); w.open(); w.key("name"); w.string(name); w.key("price"); w.string(price + " JPY"); w.close();
    }
  }
  if (!r.end()) return fail("bad_data", "the gift service's answer can't be read");
  w.endList(); w.close();
  return new Result(textOf(w));
}

function delivery(args: string): Value | null {
  let postcode = "", earliest = "", latest = "";
  const a = Reader.of(args);
  for (a.object(); a.field(); ) if (a.key == "postcode") postcode = a.string().replaceAll("-", ""); else a.skip();
  if (!a.end()) return fail("invalid_request", "the arguments can't be read");
  const text = ask("/delivery?postcode=" + postcode);
  if (text == null) return null;
  if (status == 404) return new Result('{"error":"nobody delivers to that postcode; ask for another one"}');
  const r = new Reader(text);
  for (r.object(); r.field(); ) if (r.key == "earliest") earliest = r.string(); else if (r.key == "latest") latest = r.string(); else r.skip();
  if (!r.end()) return fail("bad_data", "the gift service's answer can't be read");
  const w = new Writer();
  w.open(); w.key("earliest"); w.string(earliest); w.key("latest"); w.string(latest); w.close();
  return new Result(textOf(w));
}

let status = 0;

// Fetches from the service. A status of 404 is an answer.
function ask(path: string): ArrayBuffer | null {
  let service = "https://gifts.example";
  const settings = config();
  if (settings) for (settings.object(); settings.field(); ) if (settings.key == "service") service = settings.string(); else settings.skip();
  if (failure() != "") return null;
  const token = useSecret("token");
  if (failure() != "") return null;
  const q = new FetchRequest(service + path);
  q.headers.push(new Header("Authorization", "Bearer " + token));
  const resp = fetch(q);
  if (resp == null) return null;
  status = resp.status;
  if (status != 200 && status != 404) {
    fail("unavailable", "the gift service does not answer now", true);
    return null;
  }
  return resp.text();
}
