package abi_test

import (
	stdjson "encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/sdk/abi"
)

func TestParseManifest(t *testing.T) {
	t.Parallel()
	got, err := abi.ParseManifest([]byte(`{
		"id": "scraper.shopify", "version": "1.2.0-rc.1+7", "name": "Shopify", "description": "Reads Shopify shops.",
		"provides": ["scraper/1", "tool/1"],
		"marks": ["shop.example", "cdn.shop.example"],
		"needs": {
			"http": {"reason": "reads the shop", "hosts": ["*", "api.shop.example", "*.shop.example", "{shop}", "https://a.example:8443", "http://[::1]:80"], "methods": ["GET"]},
			"secret": {"reason": "signs in", "hosts": ["https://api.shop.example"]},
			"kv": {"reason": "remembers", "quota_bytes": 4096},
			"html": {"reason": "reads pages"}
		},
		"limits": {"memory_mb": 64, "deadline_ms": 30000, "host_calls": 1000, "instances": 2},
		"config_schema": {"type": "object", "properties": {"token": {"type": "string", "secret": true}}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &abi.Manifest{
		ID: "scraper.shopify", Version: "1.2.0-rc.1+7", Name: "Shopify", Description: "Reads Shopify shops.",
		Provides: []string{"scraper/1", "tool/1"},
		Marks:    []string{"shop.example", "cdn.shop.example"},
		Needs: map[string]abi.Need{
			"http":   {Reason: "reads the shop", Hosts: []string{"*", "api.shop.example", "*.shop.example", "{shop}", "https://a.example:8443", "http://[::1]:80"}, Methods: []string{"GET"}},
			"secret": {Reason: "signs in", Hosts: []string{"https://api.shop.example"}},
			"kv":     {Reason: "remembers", QuotaBytes: 4096},
			"html":   {Reason: "reads pages"},
		},
		Limits:       abi.Limits{MemoryMB: 64, DeadlineMS: 30000, HostCalls: 1000, Instances: 2},
		ConfigSchema: stdjson.RawMessage(`{"type": "object", "properties": {"token": {"type": "string", "secret": true}}}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const minimal = `"id":"scraper.x","version":"1.0.0","provides":["scraper/1"]`

// mistakes are manifests with one mistake each; the JSON Schema must refuse
// them too, unless they are beyond what it can say.
var mistakes = []struct {
	name, doc, want string
	beyondSchema    bool
}{
	{"id missing", `{"version":"1.0.0","provides":["scraper/1"]}`, "manifest: id is empty; write a kind and a name", false},
	{"id without kind", `{"id":"shopify","version":"1.0.0","provides":["scraper/1"]}`, `manifest: id is "shopify"; write a kind and a name`, false},
	{"id in capitals", `{"id":"scraper.Shopify","version":"1.0.0","provides":["scraper/1"]}`, `manifest: id is "scraper.Shopify"`, false},
	{"id as a path", `{"id":"scraper./../x","version":"1.0.0","provides":["scraper/1"]}`, `manifest: id is "scraper./../x"`, false},
	{"id too long", `{"id":"scraper.` + strings.Repeat("x", 60) + `","version":"1.0.0","provides":["scraper/1"]}`, "at most 64 characters", false},
	{"version", `{"id":"scraper.x","version":"1.0","provides":["scraper/1"]}`, `manifest: version is "1.0"; write three numbers`, false},
	{"version with zeros", `{"id":"scraper.x","version":"01.0.0","provides":["scraper/1"]}`, `manifest: version is "01.0.0"`, false},
	{"provides missing", `{"id":"scraper.x","version":"1.0.0"}`, "manifest: provides is empty; list what the plugin can do", false},
	{"provides unknown", `{"id":"scraper.x","version":"1.0.0","provides":["scraper/9"]}`, `manifest: provides[0] is "scraper/9"; use one of scraper/1, prompt/1, tool/1`, false},
	{"provides twice", `{"id":"scraper.x","version":"1.0.0","provides":["tool/1","tool/1"]}`, "manifest: provides[1] stands twice; remove one", false},
	{"marks of a tool", `{"id":"tool.x","version":"1.0.0","provides":["tool/1"],"marks":["shop.example"]}`, "manifest: marks is for scrapers only; remove it", false},
	{"short mark", `{` + minimal + `,"marks":["shop.example","abc"]}`, `manifest: marks[1] is "abc"; write a text of 4 to 100 characters`, false},
	{"many marks", `{` + minimal + `,"marks":["aaaa"` + strings.Repeat(`,"bbbb"`, 50) + `]}`, "manifest: marks has 51 entries; keep it to 50", false},
	{"long name", `{` + minimal + `,"name":"` + strings.Repeat("あ", 101) + `"}`, "manifest: name has 101 characters; keep it to 100", false},
	{"need unknown", `{` + minimal + `,"needs":{"files":{"reason":"r"}}}`, "manifest: needs.files is no capability; use one of cart, catalog,", false},
	{"need without reason", `{` + minimal + `,"needs":{"html":{}}}`, "manifest: needs.html.reason is empty; tell the operator in a sentence why the plugin needs html", false},
	{"blank reason", `{` + minimal + `,"needs":{"html":{"reason":" \n"}}}`, "manifest: needs.html.reason is empty", false},
	{"http without hosts", `{"id":"tool.x","version":"1.0.0","provides":["tool/1"],"needs":{"http":{"reason":"r"}}}`, `manifest: needs.http.hosts is empty; list the hosts`, false},
	{"host with scheme", `{` + minimal + `,"needs":{"http":{"reason":"r","hosts":["a","https://b/c"]}}}`, `manifest: needs.http.hosts[1] is "https://b/c"; write a host in lower case`, false},
	{"other scheme", `{` + minimal + `,"needs":{"http":{"reason":"r","hosts":["ftp://b"]}}}`, `manifest: needs.http.hosts[0] is "ftp://b"`, false},
	{"no port", `{` + minimal + `,"needs":{"http":{"reason":"r","hosts":["b:99999"]}}}`, `manifest: needs.http.hosts[0] is "b:99999"`, true},
	{"secret without hosts", `{` + minimal + `,"needs":{"secret":{"reason":"r"}}}`, `manifest: needs.secret.hosts is empty; list the hosts that the secret is for`, false},
	{"methods of secret", `{` + minimal + `,"needs":{"secret":{"reason":"r","hosts":["a.example"],"methods":["GET"]}}}`, "manifest: needs.secret.methods is not for this capability", false},
	{"star inside", `{` + minimal + `,"needs":{"http":{"reason":"r","hosts":["a.*.b"]}}}`, `manifest: needs.http.hosts[0] is "a.*.b"`, false},
	{"method", `{` + minimal + `,"needs":{"http":{"reason":"r","hosts":["*"],"methods":["get"]}}}`, `manifest: needs.http.methods[0] is "get"; write a method in capitals`, false},
	{"hosts of kv", `{` + minimal + `,"needs":{"kv":{"reason":"r","hosts":["*"]}}}`, "manifest: needs.kv.hosts is not for this capability; remove it", false},
	{"methods of kv", `{` + minimal + `,"needs":{"kv":{"reason":"r","methods":["GET"]}}}`, "manifest: needs.kv.methods is not for this capability; remove it", false},
	{"quota of html", `{` + minimal + `,"needs":{"html":{"reason":"r","quota_bytes":1}}}`, "manifest: needs.html.quota_bytes is not for this capability; remove it", false},
	{"quota negative", `{` + minimal + `,"needs":{"kv":{"reason":"r","quota_bytes":-1}}}`, "manifest: needs.kv.quota_bytes is negative; write a number of bytes", false},
	{"limit negative", `{` + minimal + `,"limits":{"memory_mb":-1}}`, "manifest: limits.memory_mb is -1; write 1 to 4096", false},
	{"limit too large", `{` + minimal + `,"limits":{"deadline_ms":600001}}`, "manifest: limits.deadline_ms is 600001; write 1 to 600000", false},
	{"config_schema", `{` + minimal + `,"config_schema":{"type":"string"}}`, `manifest: config_schema describes no object; write a JSON Schema with "type": "object"`, false},
	{"config_schema no schema", `{` + minimal + `,"config_schema":[]}`, "manifest: config_schema describes no object", false},
	{"unknown field", `{` + minimal + `,"requires":{}}`, "manifest: requires is no field of a manifest; correct its spelling or remove it", false},
	{"unknown field inside", `{` + minimal + `,"needs":{"http":{"reason":"r","host":["*"]}}}`, "manifest: host is no field of a manifest", false},
	{"wrong type", `{` + minimal + `,"limits":{"memory_mb":"64"}}`, "manifest: limits.memory_mb is a JSON string; look up its type in the manifest's schema", false},
	{"not JSON", `{` + minimal, "manifest: unexpected EOF", true},
	{"bad syntax", `{]`, "manifest: byte 2: invalid character ']'", true},
	{"two values", `{` + minimal + `} {}`, "manifest: more than one JSON value", true},
	{"no object", `[]`, "manifest: ", false},
}

func TestMistakesInManifests(t *testing.T) {
	t.Parallel()
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := abi.ParseManifest([]byte(tt.doc))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v\nwant  %s", err, tt.want)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := abi.ParseManifest([]byte(`{"id":"","version":"","provides":[]}`))
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 3 {
		t.Fatalf("err = %v, want three mistakes", err)
	}
	var field *abi.FieldError
	if !errors.As(err, &field) || field.Field != "id" {
		t.Errorf("the first mistake is in %+v", field)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte("{" + minimal + "}"))
	for _, m := range mistakes {
		f.Add([]byte(m.doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, err := abi.ParseManifest(doc)
		if err != nil {
			return
		}
		text, err := stdjson.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := abi.ParseManifest(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if twice, err := stdjson.Marshal(again); err != nil || string(twice) != string(text) {
			t.Fatalf("%s\nreads back as\n%s, %v", text, twice, err)
		}
	})
}
