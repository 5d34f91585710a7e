// A plugin for shops on Hinoki, a platform that doesn't exist: it reads their
// catalogue, their product pages, and makes links to their cart.
import {
  CheckoutReply, CheckoutRequest, DetectReply, DetectRequest, ExtractReply, ExtractRequest, FetchRequest, IN_STOCK, LIMITED_STOCK, NO_STOCK,
  OUT_OF_STOCK, Plugin, Product, Reader, ScrapeReply, ScrapeRequest, Shop, Value, Variant, bodyText, contains, fail, fetch, headerValue, select, serve,
} from "../.omakase/as/omakase";

export { omakase_abi, omakase_alloc, omakase_call } from "../.omakase/as/omakase";

class Hinoki extends Plugin {
  // A shop is known by a header, and else by a meta element.
  detect(request: DetectRequest): Value | null {
    if (headerValue(request.headers, "X-Platform") == "Hinoki") return new DetectReply(95, "the header X-Platform");
    const page = bodyText(request.body);
    if (page == null) return null;
    if (contains(page, 'content="Hinoki')) return new DetectReply(90, "the meta element generator");
    return new DetectReply(0);
  }

  // One page of the shop's list of items. The cursor is the number of the page,
  // so an import can stop and resume between any two.
  scrape(request: ScrapeRequest): Value | null {
    const shop = origin(request.url);
    const q = new FetchRequest(shop + "/hinoki/items?page=" + (request.cursor == "" ? "1" : request.cursor));
    q.conditional = true;
    const resp = fetch(q);
    if (resp == null) return null;
    const reply = new ScrapeReply();
    reply.source = resp.url;
    if (resp.notModified) {
      reply.unchanged = true;
      return reply;
    }
    if (resp.status == 404) return fail("not_a_shop", "there is no list of items at " + resp.url);
    if (resp.status != 200) return fail("unavailable", "the shop does not give its list of items now", true);
    const text = resp.text(["shop", "total", "next", "items"]);
    if (text == null) return null;
    const r = new Reader(text);
    for (r.object(); r.field(); ) {
      if (r.key == "shop") reply.shop = readShop(r);
      else if (r.key == "total") reply.total = r.int();
      else if (r.key == "next") reply.next = r.text();
      else if (r.key == "items") for (r.array(); r.item(); ) reply.products.push(readItem(r, shop));
      else r.skip();
    }
    if (!r.end()) return fail("bad_data", "the list of items can't be read");
    for (let i = 0; i < reply.products.length; i++) finish(reply.products[i], reply.shop);
    return reply;
  }

  // The item that a product page carries as JSON.
  extract(request: ExtractRequest): Value | null {
    const scripts = select(request.body, request.url, "script.hinoki-item", "text");
    if (scripts == null) return null;
    const reply = new ExtractReply();
    for (let i = 0; i < scripts.length; i++) {
      const r = Reader.of(scripts[i]);
      let item = new Product();
      for (r.object(); r.field(); ) {
        if (r.key == "shop") reply.shop = readShop(r);
        else if (r.key == "item") item = readItem(r, origin(request.url));
        else r.skip();
      }
      if (!r.end()) return fail("bad_data", "the item on the page can't be read");
      finish(item, reply.shop);
      reply.products.push(item);
    }
    return reply;
  }

  // A link to the shop's cart with the lines in it.
  checkout(request: CheckoutRequest): Value | null {
    const lines: string[] = [];
    for (let i = 0; i < request.lines.length; i++) {
      const l = request.lines[i];
      lines.push((l.variantID == "" ? l.productID : l.variantID) + ":" + l.quantity.toString());
    }
    if (lines.length == 0) return fail("invalid_request", "there is nothing to buy");
    return new CheckoutReply(origin(request.url) + "/cart?add=" + lines.join(","));
  }
}

serve(new Hinoki());

// Scheme and host of a URL.
function origin(url: string): string {
  const host = url.indexOf("://") + 3;
  const end = url.indexOf("/", host);
  return end < 0 ? url : url.substring(0, end);
}

function readShop(r: Reader): Shop {
  const shop = new Shop();
  for (r.object(); r.field(); ) {
    if (r.key == "name") shop.name = r.string();
    else if (r.key == "currency") shop.currency = r.string();
    else r.skip();
  }
  return shop;
}

// An item as the platform has it. Prices stay in minor units until finish,
// since the currency may come later.
function readItem(r: Reader, shop: string): Product {
  const p = new Product();
  for (r.object(); r.field(); ) {
    if (r.key == "code") {
      p.id = r.string();
      p.sku = p.id;
      p.url = shop + "/item/" + p.id;
    } else if (r.key == "title") p.name = r.string();
    else if (r.key == "text") p.description = r.string();
    else if (r.key == "price") p.price = r.text();
    else if (r.key == "was") p.compareAt = r.text();
    else if (r.key == "maker") p.brand = r.string();
    else if (r.key == "shelf") p.category = r.string();
    else if (r.key == "photos") for (r.array(); r.item(); ) p.imageURLs.push(shop + r.string());
    else if (r.key == "stock") p.stock = readStock(r);
    else if (r.key == "kinds") for (r.array(); r.item(); ) p.variants.push(readKind(r));
    else if (r.key == "updated") p.updatedAt = r.string();
    else r.skip();
  }
  return p;
}

function readKind(r: Reader): Variant {
  const v = new Variant();
  for (r.object(); r.field(); ) {
    if (r.key == "code") {
      v.id = r.string();
      v.sku = v.id;
    } else if (r.key == "label") v.title = r.string();
    else if (r.key == "price") v.price = r.text();
    else if (r.key == "stock") v.stock = readStock(r);
    else r.skip();
  }
  return v;
}

function readStock(r: Reader): i64 { return r.isNull() ? NO_STOCK : r.int(); }

// What follows from the item's kinds and the currency.
function finish(p: Product, shop: Shop | null): void {
  if (shop) p.currency = shop.currency;
  p.availability = p.variants.length > 0 ? OUT_OF_STOCK : availability(p.stock);
  let low = "", high = "";
  for (let i = 0; i < p.variants.length; i++) {
    const v = p.variants[i];
    v.availability = availability(v.stock);
    if (better(v.availability, p.availability)) p.availability = v.availability;
    if (low == "" || less(v.price, low)) low = v.price;
    if (high == "" || less(high, v.price)) high = v.price;
    v.price = decimal(v.price, p.currency);
  }
  if (low != "") p.price = low;
  if (high != p.price) p.priceMax = decimal(high, p.currency);
  p.price = decimal(p.price, p.currency);
  p.compareAt = decimal(p.compareAt, p.currency);
}

// What the platform itself calls the last ones.
const FEW = 3;

function availability(stock: i64): string {
  if (stock == NO_STOCK || stock > FEW) return IN_STOCK;
  return stock > 0 ? LIMITED_STOCK : OUT_OF_STOCK;
}

function better(a: string, b: string): bool {
  return (a == IN_STOCK && b != IN_STOCK) || (a == LIMITED_STOCK && b == OUT_OF_STOCK);
}

// Compares amounts in minor units.
function less(a: string, b: string): bool { return a.length != b.length ? a.length < b.length : a < b; }

// Minor units as the currency has them.
function decimal(minor: string, currency: string): string {
  if (minor == "" || currency == "JPY" || currency == "KRW") return minor;
  const padded = minor.padStart(3, "0");
  return padded.substring(0, padded.length - 2) + "." + padded.substring(padded.length - 2);
}
