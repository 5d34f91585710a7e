package wasm_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/host/wasm"
)

func TestCheckConfigsTellsEveryMistakeWithItsPlace(t *testing.T) {
	t.Parallel()
	const text = `{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"],"config_schema":{"type":"object","additionalProperties":false,
		"required":["token"],"properties":{"size":{"type":"integer"},"token":{"type":"string","secret":true,"pattern":"^t"},
		"list":{"type":"array","items":{"type":"object","properties":{"key":{"type":"string"}}}}}}}`
	const plain = `{"id":"scraper.y","version":"1.0.0","provides":["scraper/1"]}`
	for name, tt := range map[string]struct {
		x, y string
		want []string
	}{
		"fine":     {`{"token":"t0k3n","list":[{"key":"k"}]}`, `{}`, nil},
		"left out": {``, ``, nil},
		"short":    {`{"token":"tok"}`, ``, []string{"config of scraper.x: token: a secret has at least 4 characters"}},
		"not told": {`{"token":"hunter2"}`, ``, []string{"config of scraper.x: token: the value, which is secret, isn't as the manifest describes it"}},
		"many": {`{"size":"5","list":[{"key":"k"},{"key":1}]}`, `{"a":1}`, []string{
			"config of scraper.x: missing property 'token'",
			"config of scraper.x: list: 1: key: got number, want string",
			"config of scraper.x: size: got string, want integer",
			"config of scraper.y: the plugin has nothing to configure",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, map[string][]byte{"x.wasm": withManifestText(t, text), "y.wasm": withManifestText(t, plain)},
				wasm.Options{Settings: map[string]wasm.Settings{
					"scraper.x": {Config: json.RawMessage(tt.x)}, "scraper.y": {Config: json.RawMessage(tt.y)},
				}})
			var got []string
			for _, e := range h.CheckConfigs() {
				got = append(got, e.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
