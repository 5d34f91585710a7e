// A plugin for shops on Hinoki, a platform that doesn't exist: it reads their
// catalogue, their product pages, and makes links to their cart.
#include "omakase.h"

enum { NO_STOCK = -1, FEW = 3, MOST_PHOTOS = 32, MOST_KINDS = 64 };

typedef struct { omk_str code, label, price, availability; long long stock; } kind;

typedef struct {
  omk_str code, title, text, price, price_max, was, maker, shelf, updated, availability;
  omk_str photos[MOST_PHOTOS];
  kind kinds[MOST_KINDS];
  unsigned photo_count, kind_count;
  long long stock;
} item;

typedef struct { omk_str name, currency; } shop;

static const char in_stock[] = "InStock", limited[] = "LimitedStock", sold_out[] = "OutOfStock";

// Scheme and host of a URL.
static omk_str origin(omk_str url) {
  int host = omk_find(url, "://");
  if (host < 0) return url;
  int path = omk_find(omk_from(url, (unsigned)host + 3), "/");
  return path < 0 ? url : omk_part(url, (unsigned)(host + 3 + path));
}

static long long read_stock(omk_json *j) { return omk_null(j) ? NO_STOCK : omk_int(j); }

static void read_kind(omk_json *j, kind *k) {
  omk_str key;
  *k = (kind){.stock = NO_STOCK};
  for (omk_object(j); omk_field(j, &key);) {
    if (omk_is(key, "code")) k->code = omk_string(j);
    else if (omk_is(key, "label")) k->label = omk_string(j);
    else if (omk_is(key, "price")) k->price = omk_text(j);
    else if (omk_is(key, "stock")) k->stock = read_stock(j);
    else omk_skip(j);
  }
}

// An item as the platform has it. Prices stay in minor units until it is
// written, since the currency may come later.
static item *read_item(omk_json *j) {
  omk_str key;
  item *i = omk_alloc(sizeof *i);
  *i = (item){.stock = NO_STOCK};
  for (omk_object(j); omk_field(j, &key);) {
    if (omk_is(key, "code")) i->code = omk_string(j);
    else if (omk_is(key, "title")) i->title = omk_string(j);
    else if (omk_is(key, "text")) i->text = omk_string(j);
    else if (omk_is(key, "price")) i->price = omk_text(j);
    else if (omk_is(key, "was")) i->was = omk_text(j);
    else if (omk_is(key, "maker")) i->maker = omk_string(j);
    else if (omk_is(key, "shelf")) i->shelf = omk_string(j);
    else if (omk_is(key, "updated")) i->updated = omk_string(j);
    else if (omk_is(key, "stock")) i->stock = read_stock(j);
    else if (omk_is(key, "photos")) {
      for (omk_array(j); omk_item(j);)
        if (i->photo_count < MOST_PHOTOS) i->photos[i->photo_count++] = omk_string(j); else omk_skip(j);
    } else if (omk_is(key, "kinds")) {
      for (omk_array(j); omk_item(j);)
        if (i->kind_count < MOST_KINDS) read_kind(j, &i->kinds[i->kind_count++]); else omk_skip(j);
    } else omk_skip(j);
  }
  return i;
}

static void read_shop(omk_json *j, shop *s) {
  omk_str key;
  for (omk_object(j); omk_field(j, &key);) {
    if (omk_is(key, "name")) s->name = omk_string(j);
    else if (omk_is(key, "currency")) s->currency = omk_string(j);
    else omk_skip(j);
  }
}

static const char *availability(long long stock) {
  if (stock == NO_STOCK || stock > FEW) return in_stock;
  return stock > 0 ? limited : sold_out;
}

static int rank(omk_str a) { return omk_is(a, in_stock) ? 2 : omk_is(a, limited) ? 1 : 0; }

// Compares amounts in minor units.
static int less(omk_str a, omk_str b) {
  if (a.n != b.n) return a.n < b.n;
  for (unsigned i = 0; i < a.n; i++) if (a.p[i] != b.p[i]) return a.p[i] < b.p[i];
  return 0;
}

// Minor units as the currency has them.
static omk_str decimal(omk_str minor, omk_str currency) {
  if (!minor.n || omk_is(currency, "JPY") || omk_is(currency, "KRW")) return minor;
  omk_out o = {0, 0, 0};
  for (unsigned n = minor.n; n < 3; n++) omk_byte(&o, '0');
  omk_add(&o, minor);
  omk_str padded = omk_text_of(&o);
  return omk_join(omk_join(omk_part(padded, padded.n - 2), omk_lit(".")), omk_from(padded, padded.n - 2));
}

// What follows from the item's kinds and the currency.
static void finish(item *i, omk_str currency) {
  omk_str low = {0, 0}, high = {0, 0};
  i->availability = omk_lit(i->kind_count ? sold_out : availability(i->stock));
  for (unsigned n = 0; n < i->kind_count; n++) {
    kind *k = &i->kinds[n];
    k->availability = omk_lit(availability(k->stock));
    if (rank(k->availability) > rank(i->availability)) i->availability = k->availability;
    if (!low.n || less(k->price, low)) low = k->price;
    if (!high.n || less(high, k->price)) high = k->price;
    k->price = decimal(k->price, currency);
  }
  if (low.n) i->price = low;
  if (!omk_same(high, i->price)) i->price_max = decimal(high, currency);
  i->price = decimal(i->price, currency);
  i->was = decimal(i->was, currency);
}

static void write_item(omk_out *o, const item *i, omk_str home, omk_str currency) {
  omk_open(o);
  omk_put(o, "id", i->code);
  omk_key(o, "name"); omk_string_to(o, i->title);
  omk_put(o, "description", i->text);
  omk_put(o, "url", omk_join(omk_join(home, omk_lit("/item/")), i->code));
  omk_put(o, "price", i->price); omk_put(o, "price_max", i->price_max); omk_put(o, "compare_at", i->was);
  omk_put(o, "currency", currency); omk_put(o, "availability", i->availability);
  omk_put(o, "sku", i->code); omk_put(o, "brand", i->maker); omk_put(o, "category", i->shelf);
  if (i->photo_count) {
    omk_list(o, "image_urls");
    for (unsigned n = 0; n < i->photo_count; n++) { omk_next(o); omk_string_to(o, omk_join(home, i->photos[n])); }
    omk_end_list(o);
  }
  if (i->kind_count) {
    omk_list(o, "variants");
    for (unsigned n = 0; n < i->kind_count; n++) {
      const kind *k = &i->kinds[n];
      omk_next(o);
      omk_open(o);
      omk_put(o, "id", k->code); omk_put(o, "title", k->label); omk_put(o, "sku", k->code);
      omk_put(o, "price", k->price); omk_put(o, "availability", k->availability);
      if (k->stock != NO_STOCK) omk_put_int(o, "stock", k->stock);
      omk_close(o);
    }
    omk_end_list(o);
  }
  if (i->stock != NO_STOCK) omk_put_int(o, "stock", i->stock);
  omk_put(o, "updated_at", i->updated);
  omk_close(o);
}

static void write_shop(omk_out *o, const shop *s) {
  omk_key(o, "shop");
  omk_open(o);
  omk_put(o, "name", s->name); omk_put(o, "currency", s->currency);
  omk_close(o);
}

// A shop is known by a header, and else by a meta element.
static int detect(omk_json *request, omk_out *reply) {
  omk_str key, name, value, body = {0, 0}, page;
  int header = 0;
  for (omk_object(request); omk_field(request, &key);) {
    if (omk_is(key, "body")) body = omk_string(request);
    else if (omk_is(key, "headers")) {
      for (omk_array(request); omk_item(request);) {
        name = value = (omk_str){0, 0};
        for (omk_object(request); omk_field(request, &key);) {
          if (omk_is(key, "name")) name = omk_string(request);
          else if (omk_is(key, "value")) value = omk_string(request);
          else omk_skip(request);
        }
        header |= omk_is(name, "X-Platform") && omk_is(value, "Hinoki");
      }
    } else if (omk_is(key, "url")) omk_string(request);
    else omk_skip(request);
  }
  if (request->bad) return omk_unreadable();
  omk_str reason = {0, 0};
  int score = 0;
  if (header) {
    score = 95; reason = omk_lit("the header X-Platform");
  } else {
    if (omk_body(body, 0, &page)) return -1;
    if (omk_find(page, "content=\"Hinoki") >= 0) { score = 90; reason = omk_lit("the meta element generator"); }
  }
  omk_open(reply);
  omk_put_int(reply, "score", score); omk_put(reply, "reason", reason);
  omk_close(reply);
  return 0;
}

typedef struct each { item *item; struct each *next; } each;

// One page of the shop's list of items. The cursor is the number of the page,
// so an import can stop and resume between any two.
static int scrape(omk_json *request, omk_out *reply) {
  omk_str key, url = {0, 0}, cursor = {0, 0}, next = {0, 0}, text;
  omk_response resp;
  for (omk_object(request); omk_field(request, &key);) {
    if (omk_is(key, "url")) url = omk_string(request);
    else if (omk_is(key, "cursor")) cursor = omk_string(request);
    else if (omk_is(key, "seen") || omk_is(key, "total") || omk_is(key, "max")) omk_int(request);
    else omk_skip(request);
  }
  if (request->bad) return omk_unreadable();
  omk_str home = origin(url);
  url = omk_join(omk_join(home, omk_lit("/hinoki/items?page=")), cursor.n ? cursor : omk_lit("1"));
  if (omk_fetch(url, omk_lit("\"conditional\":true"), &resp)) return -1;
  if (resp.not_modified) {
    omk_open(reply);
    omk_put(reply, "source", resp.url); omk_put_bool(reply, "unchanged", 1);
    omk_close(reply);
    return 0;
  }
  if (resp.status == 404) return omk_fail_text("not_a_shop", omk_join(omk_lit("there is no list of items at "), resp.url), 0);
  if (resp.status != 200) return omk_retry("unavailable", "the shop does not give its list of items now");
  static const char *const keep[] = {"shop", "total", "next", "items", 0};
  if (omk_body(resp.body, keep, &text)) return -1;
  omk_json j = omk_read(text);
  each *items = 0, **last = &items;
  shop about = {{0, 0}, {0, 0}};
  int has_shop = 0;
  long long total = 0;
  for (omk_object(&j); omk_field(&j, &key);) {
    if (omk_is(key, "shop")) { has_shop = 1; read_shop(&j, &about); }
    else if (omk_is(key, "total")) total = omk_int(&j);
    else if (omk_is(key, "next")) next = omk_text(&j);
    else if (omk_is(key, "items")) {
      for (omk_array(&j); omk_item(&j);) {
        each *e = *last = omk_alloc(sizeof *e);
        *e = (each){read_item(&j), 0};
        last = &e->next;
      }
    } else omk_skip(&j);
  }
  if (j.bad) return omk_fail("bad_data", "the list of items can't be read");
  omk_open(reply);
  if (items) {
    omk_list(reply, "products");
    for (; items; items = items->next) {
      finish(items->item, about.currency);
      omk_next(reply);
      write_item(reply, items->item, home, about.currency);
    }
    omk_end_list(reply);
  }
  omk_put(reply, "next", next);
  if (total) omk_put_int(reply, "total", total);
  if (has_shop) write_shop(reply, &about);
  omk_put(reply, "source", resp.url);
  omk_close(reply);
  return 0;
}

// Reads the item that a script element holds.
static int read_script(omk_str text, omk_out *reply, omk_str home, shop *about, int *has_shop) {
  omk_json j = omk_read(text);
  omk_str key;
  item *i = 0;
  for (omk_object(&j); omk_field(&j, &key);) {
    if (omk_is(key, "shop")) { *has_shop = 1; read_shop(&j, about); }
    else if (omk_is(key, "item")) i = read_item(&j);
    else omk_skip(&j);
  }
  if (j.bad || !i) return omk_fail("bad_data", "the item on the page can't be read");
  finish(i, about->currency);
  omk_next(reply);
  write_item(reply, i, home, about->currency);
  return 0;
}

// The item that a product page carries as JSON.
static int extract(omk_json *request, omk_out *reply) {
  omk_str key, url = {0, 0}, body = {0, 0};
  for (omk_object(request); omk_field(request, &key);) {
    if (omk_is(key, "url")) url = omk_string(request);
    else if (omk_is(key, "body")) body = omk_string(request);
    else omk_skip(request);
  }
  if (request->bad) return omk_unreadable();
  omk_out q = {0, 0, 0};
  omk_open(&q);
  omk_put(&q, "body", body); omk_put(&q, "url", url);
  omk_key(&q, "select"); omk_say(&q, "[{\"css\":\"script.hinoki-item\",\"attrs\":[\"text\"]}]");
  omk_close(&q);
  omk_json j;
  if (omk_ask(OMK_HTML_QUERY, &q, &j)) return -1;
  shop about = {{0, 0}, {0, 0}};
  int has_shop = 0, found = 0;
  omk_open(reply);
  for (omk_object(&j); omk_field(&j, &key);) {
    if (!omk_is(key, "select")) { omk_skip(&j); continue; }
    for (omk_array(&j); omk_item(&j);) for (omk_object(&j); omk_field(&j, &key);) {
      if (!omk_is(key, "nodes")) { omk_skip(&j); continue; }
      for (omk_array(&j); omk_item(&j);) for (omk_object(&j); omk_field(&j, &key);) {
        if (!omk_is(key, "values")) { omk_skip(&j); continue; }
        for (omk_array(&j); omk_item(&j);) {
          if (!found++) omk_list(reply, "products");
          if (read_script(omk_string(&j), reply, origin(url), &about, &has_shop)) return -1;
        }
      }
    }
  }
  if (found) omk_end_list(reply);
  if (has_shop) write_shop(reply, &about);
  omk_close(reply);
  return 0;
}

// A link to the shop's cart with the lines in it.
static int checkout(omk_json *request, omk_out *reply) {
  omk_str key, url = {0, 0};
  omk_out lines = {0, 0, 0};
  for (omk_object(request); omk_field(request, &key);) {
    if (omk_is(key, "url")) url = omk_string(request);
    else if (omk_is(key, "lines")) {
      for (omk_array(request); omk_item(request);) {
        omk_str product = {0, 0}, variant = {0, 0};
        long long quantity = 0;
        for (omk_object(request); omk_field(request, &key);) {
          if (omk_is(key, "product_id")) product = omk_string(request);
          else if (omk_is(key, "variant_id")) variant = omk_string(request);
          else if (omk_is(key, "quantity")) quantity = omk_int(request);
          else omk_skip(request);
        }
        if (lines.n) omk_byte(&lines, ',');
        omk_add(&lines, variant.n ? variant : product);
        omk_byte(&lines, ':');
        omk_add_int(&lines, quantity);
      }
    } else omk_skip(request);
  }
  if (request->bad) return omk_unreadable();
  if (!lines.n) return omk_fail("invalid_request", "there is nothing to buy");
  omk_open(reply);
  omk_put(reply, "url", omk_join(omk_join(origin(url), omk_lit("/cart?add=")), omk_text_of(&lines)));
  omk_close(reply);
  return 0;
}

static int omk_handle(int op, omk_json *request, omk_out *reply) {
  switch (op) {
  case OMK_SELFTEST: omk_open(reply); omk_close(reply); return 0;
  case OMK_DETECT: return detect(request, reply);
  case OMK_SCRAPE: return scrape(request, reply);
  case OMK_EXTRACT: return extract(request, reply);
  case OMK_CHECKOUT: return checkout(request, reply);
  }
  return omk_unsupported();
}
