// A plugin with two tools for the voice agent: gift wrapping, and when a parcel
// can arrive. It asks a service of its own, which doesn't exist, with a token
// that it never sees.
#include "omakase.h"

static const char wrap_parameters[] = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}";
static const char delivery_parameters[] =
  "{\"type\":\"object\",\"properties\":{\"postcode\":{\"type\":\"string\",\"pattern\":\"^[0-9]{3}-?[0-9]{4}$\"}},"
  "\"required\":[\"postcode\"],\"additionalProperties\":false}";

static void tool(omk_out *o, const char *name, const char *description, const char *parameters) {
  omk_next(o);
  omk_open(o);
  omk_put(o, "name", omk_lit(name)); omk_put(o, "description", omk_lit(description)); omk_put(o, "parameters", omk_lit(parameters));
  omk_close(o);
}

static int list(omk_json *in, omk_out *reply) {
  omk_str key, language = {0, 0};
  for (omk_object(in); omk_field(in, &key);) if (omk_is(key, "language")) language = omk_string(in); else omk_skip(in);
  if (in->bad) return omk_unreadable();
  int ja = omk_is(language, "ja");
  omk_open(reply);
  omk_list(reply, "tools");
  tool(reply, "gift_wrapping", ja ? "ギフト包装の種類と料金を調べます。贈り物のときに使います。" :
    "Lists the ways to wrap a gift, with their prices. Call it when the customer buys for somebody else.", wrap_parameters);
  tool(reply, "delivery_date", ja ? "郵便番号から、お届けできる日の範囲を調べます。日にちを聞かれたときに使います。" :
    "Tells between which days a parcel can arrive at a postcode. Call it when the customer asks for a date.", delivery_parameters);
  omk_end_list(reply);
  omk_close(reply);
  return 0;
}

// Fetches from the service. A status of 404 is an answer.
static int ask(omk_str path, omk_str *text, int *status) {
  omk_out empty = {0, 0, 0}, secret = {0, 0, 0}, headers = {0, 0, 0};
  omk_json j;
  omk_str key, service = omk_lit("https://gifts.example"), token = {0, 0};
  omk_response resp;
  omk_open(&empty); omk_close(&empty);
  if (omk_ask(OMK_CONFIG, &empty, &j)) return -1;
  for (omk_object(&j); omk_field(&j, &key);) if (omk_is(key, "service")) service = omk_string(&j); else omk_skip(&j);
  omk_open(&secret); omk_put(&secret, "name", omk_lit("token")); omk_close(&secret);
  if (omk_ask(OMK_SECRET_USE, &secret, &j)) return -1;
  for (omk_object(&j); omk_field(&j, &key);) if (omk_is(key, "placeholder")) token = omk_string(&j); else omk_skip(&j);
  omk_say(&headers, "\"headers\":[{\"name\":\"Authorization\",\"value\":");
  omk_string_to(&headers, omk_join(omk_lit("Bearer "), token));
  omk_say(&headers, "}]");
  if (omk_fetch(omk_join(service, path), omk_text_of(&headers), &resp)) return -1;
  *status = resp.status;
  if (resp.status != 200 && resp.status != 404) return omk_retry("unavailable", "the gift service does not answer now");
  return omk_body(resp.body, 0, text);
}

static int result(omk_out *reply, omk_str text) {
  omk_open(reply); omk_put(reply, "result", text); omk_close(reply);
  return 0;
}

static int wrapping(omk_out *reply) {
  omk_str text, key;
  omk_out o = {0, 0, 0};
  int status;
  if (ask(omk_lit("/wraps"), &text, &status)) return -1;
  omk_json j = omk_read(text);
  omk_open(&o); omk_list(&o, "wraps");
  for (omk_object(&j); omk_field(&j, &key);) {
    if (!omk_is(key, "wraps")) { omk_skip(&j); continue; }
    for (omk_array(&j); omk_item(&j);) {
      omk_str name = {0, 0}, price = {0, 0};
      for (omk_object(&j); omk_field(&j, &key);) {
        if (omk_is(key, "name")) name = omk_string(&j);
        else if (omk_is(key, "price")) price = omk_text(&j);
        else omk_skip(&j);
      }
      omk_next(&o);
      omk_open(&o);
      omk_key(&o, "name"); omk_string_to(&o, name); omk_key(&o, "price"); omk_string_to(&o, omk_join(price, omk_lit(" JPY")));
      omk_close(&o);
    }
  }
  if (j.bad) return omk_fail("bad_data", "the gift service's answer can't be read");
  omk_end_list(&o); omk_close(&o);
  return result(reply, omk_text_of(&o));
}

static int delivery(omk_str arguments, omk_out *reply) {
  omk_json a = omk_read(arguments);
  omk_str key, text, postcode, earliest = {0, 0}, latest = {0, 0};
  omk_out path = {0, 0, 0}, o = {0, 0, 0};
  int status;
  omk_say(&path, "/delivery?postcode=");
  for (omk_object(&a); omk_field(&a, &key);) {
    if (!omk_is(key, "postcode")) { omk_skip(&a); continue; }
    postcode = omk_string(&a);
    for (unsigned i = 0; i < postcode.n; i++) if (postcode.p[i] != '-') omk_byte(&path, postcode.p[i]);
  }
  if (a.bad) return omk_fail("invalid_request", "the arguments can't be read");
  if (ask(omk_text_of(&path), &text, &status)) return -1;
  if (status == 404) return result(reply, omk_lit("{\"error\":\"nobody delivers to that postcode; ask for another one\"}"));
  omk_json j = omk_read(text);
  for (omk_object(&j); omk_field(&j, &key);) {
    if (omk_is(key, "earliest")) earliest = omk_string(&j);
    else if (omk_is(key, "latest")) latest = omk_string(&j);
    else omk_skip(&j);
  }
  if (j.bad) return omk_fail("bad_data", "the gift service's answer can't be read");
  omk_open(&o);
  omk_key(&o, "earliest"); omk_string_to(&o, earliest); omk_key(&o, "latest"); omk_string_to(&o, latest);
  omk_close(&o);
  return result(reply, omk_text_of(&o));
}

static int call(omk_json *in, omk_out *reply) {
  omk_str key, name = {0, 0}, arguments = {0, 0};
  for (omk_object(in); omk_field(in, &key);) {
    if (omk_is(key, "name")) name = omk_string(in);
    else if (omk_is(key, "arguments")) arguments = omk_string(in);
    else if (omk_is(key, "language")) omk_string(in);
    else omk_skip(in);
  }
  if (in->bad) return omk_unreadable();
  if (omk_is(name, "gift_wrapping")) return wrapping(reply);
  if (omk_is(name, "delivery_date")) return delivery(arguments, reply);
  return omk_fail_text("not_found", omk_join(omk_lit("there is no tool "), name), 0);
}

static int omk_handle(int op, omk_json *in, omk_out *reply) {
  switch (op) {
  case OMK_SELFTEST: omk_open(reply); omk_close(reply); return 0;
  case OMK_TOOL_LIST: return list(in, reply);
  case OMK_TOOL_CALL: return call(in, reply);
  }
  return omk_unsupported();
}
