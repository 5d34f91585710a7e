package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/host/config"
)

// load reads a configuration from YAML text and variables, in a folder of its
// own; file names in mistakes are relative to that folder.
func load(t *testing.T, yaml string, environ ...string) (*config.Loaded, []string) {
	t.Helper()
	dir := t.TempDir()
	s := config.Source{Environ: environ, DotEnv: filepath.Join(dir, ".env")}
	if yaml != "" {
		s.File = filepath.Join(dir, "c.yaml")
		write(t, s.File, yaml)
	}
	return loadFrom(t, dir, s)
}

func loadFrom(t *testing.T, dir string, s config.Source) (*config.Loaded, []string) {
	t.Helper()
	l, err := config.Load(s)
	if err == nil {
		return l, nil
	}
	var mistakes config.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("the error is no config.Mistakes: %v", err)
	}
	return nil, strings.Split(strings.ReplaceAll(mistakes.Error(), dir+string(os.PathSeparator), ""), "\n")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDefaultIsValid(t *testing.T) {
	t.Parallel()
	l, mistakes := load(t, "")
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	if diff := cmp.Diff(config.Default(), l.Config); diff != "" {
		t.Error(diff)
	}
	if set := l.Settings(); len(set) != 0 {
		t.Errorf("nothing was set, and yet: %v", set)
	}
}

func TestFileSetsEveryKind(t *testing.T) {
	t.Parallel()
	l, mistakes := load(t, `
server:
  addr: 0.0.0.0:80
  api_keys: [abcdefgh, 12345678]
  cache_mb: 2
  allow_open: true
log:
network:
  gap: 250ms
  allow:
    - 10.0.0.0/8
    - shop.internal:8080
schedules:
  - {url: "https://shop.example", every: 6h}
plugins:
  settings:
    scraper.shopify:
      enabled: false
      config: {retries: 3, names: [a, b], deep: {x: null, y: 1.5, z: true}}
      grants:
        http: {hosts: ["*.myshopify.com", "{shop}"], methods: [GET]}
        html: true
        kv: {quota: 64KiB}
      limits: {deadline: 10s, memory_mb: 64}
`)
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	yes, no := true, false
	want := config.Default()
	want.Server.Addr = "0.0.0.0:80"
	want.Server.APIKeys = []config.Secret{"abcdefgh", "12345678"}
	want.Server.CacheMB = 2
	want.Server.AllowOpen = true
	want.Network.Gap = 250 * time.Millisecond
	want.Network.Allow = []string{"10.0.0.0/8", "shop.internal:8080"}
	want.Schedules = []config.Schedule{{URL: "https://shop.example", Every: 6 * time.Hour}}
	want.Plugins.Settings = map[string]config.Plugin{"scraper.shopify": {
		Enabled: &no,
		Config: map[string]any{
			"retries": uint64(3),
			"names":   []any{"a", "b"},
			"deep":    map[string]any{"x": nil, "y": 1.5, "z": true},
		},
		Grants: config.Grants{
			HTTP: &config.HTTPGrant{Hosts: []string{"*.myshopify.com", "{shop}"}, Methods: []string{"GET"}},
			HTML: &yes,
			KV:   &config.KVGrant{Quota: 64 << 10},
		},
		Limits: config.Limits{Deadline: 10 * time.Second, MemoryMB: 64},
	}}
	if diff := cmp.Diff(want, l.Config); diff != "" {
		t.Error(diff)
	}
	if o := l.Origin("network.gap"); o.Line != 9 || o.Column != 8 {
		t.Errorf("network.gap comes from %v", o)
	}
}

func TestMistakesNameThePlaceAndTheRemedy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, yaml string
		environ    []string
		want       []string
	}{
		{
			name: "all at once, in order of lines",
			yaml: "server:\n  address: x\n  cors_origins: []\nnetwork:\n  max_bytes: much\n  gap: -1s\n  allow: [nowhere]\nlog: {level: loud}\n",
			want: []string{
				"c.yaml:2:3: server.address: there is no such key; did you mean server.addr?",
				`c.yaml:3:17: server.cors_origins: the list is empty; name one, or "*" for all`,
				`c.yaml:5:14: network.max_bytes: "much" is not a size; use a number of bytes or a unit, such as 512KiB or 32MiB`,
				"c.yaml:6:8: network.gap: -1s is negative; use 0s for no gap",
				`c.yaml:7:11: network.allow[0]: "nowhere" is no range of addresses; use a CIDR such as 127.0.0.0/8 or a host:port such as shop.internal:8080`,
				`c.yaml:8:14: log.level: "loud" is unknown; use one of debug, info, warn, error`,
			},
		},
		{
			name: "a key in the wrong section",
			yaml: "gap: 1s\n",
			want: []string{"c.yaml:1:1: gap: there is no such key; did you mean network.gap?"},
		},
		{
			name: "a key like nothing",
			yaml: "demo: {colour: red}\n",
			want: []string{"c.yaml:1:8: demo.colour: there is no such key; the keys here are enabled, addr"},
		},
		{
			name: "hyphens and capitals",
			yaml: "server:\n  cache-mb: 1\n  allowOpen: true\n",
			want: []string{
				"c.yaml:2:3: server.cache-mb: there is no such key; did you mean server.cache_mb?",
				"c.yaml:3:3: server.allowOpen: there is no such key; did you mean server.allow_open?",
			},
		},
		{
			name: "wrong shapes",
			yaml: "server: 3000\nnetwork:\n  allow: 10.0.0.0/8\n  gap: [1s]\nschedules:\n  -\n",
			want: []string{
				"c.yaml:1:9: server: a single value stands where settings belong; write keys and values",
				`c.yaml:3:10: network.allow: a single value stands where a list belongs; write a list, such as ["a", "b"]`,
				"c.yaml:4:8: network.gap: a list stands where one value belongs; write one value",
				"c.yaml:6:5: schedules[0]: there is nothing here; write a value or remove the dash",
			},
		},
		{
			name: "wrong types",
			yaml: "demo:\n  enabled: maybe\njobs:\n  workers: two\n  page_timeout: 90\n",
			want: []string{
				`c.yaml:2:12: demo.enabled: "maybe" is neither true nor false; use true or false`,
				`c.yaml:4:12: jobs.workers: "two" is not a whole number; use digits, such as 20`,
				`c.yaml:5:17: jobs.page_timeout: "90" is not a duration; use numbers with units, such as 500ms, 90s or 6h`,
			},
		},
		{
			name: "a key twice",
			yaml: "demo:\n  enabled: true\n  enabled: false\n",
			want: []string{"c.yaml:3:3: demo.enabled: this key stands in line 2 already; keep one of the two"},
		},
		{
			name: "no YAML",
			yaml: "server: {addr: x\n",
			want: []string{"c.yaml:1:9: this is not YAML: could not find flow mapping end token '}'; look at the indentation and quotes there"},
		},
		{
			name: "variables are named, with the key they set",
			environ: []string{
				"OMAKASE_NETWORK_GAP=fast", "PORT=http", "MAX_PRODUCTS=-1", "LOG_LEVEL=inof",
				"OMAKASE_SCHEDULES=[{url: https://shop.example, evry: 6h}]",
			},
			want: []string{
				`PORT: server.addr: "http" is not a port; use a number from 0 to 65535`,
				`OMAKASE_NETWORK_GAP: network.gap: "fast" is not a duration; use numbers with units, such as 500ms, 90s or 6h`,
				"OMAKASE_SCHEDULES: schedules[0].evry: there is no such key; did you mean schedules[0].every?",
				"OMAKASE_SCHEDULES: schedules[0].every: 0s is too often; use a minute or more, such as 6h",
				`LOG_LEVEL: log.level: "inof" is unknown; did you mean info?`,
				"MAX_PRODUCTS: store.max_products: -1 is too little; use 0 or more",
			},
		},
		{
			name:    "a file that is not there",
			environ: []string{"OMAKASE_CONFIG=/nowhere/c.yaml"},
			want:    []string{"OMAKASE_CONFIG: reading /nowhere/c.yaml: no such file or directory; name a readable YAML file"},
		},
		{
			name: "plugin settings",
			yaml: "plugins:\n  settings:\n    Shopify:\n      grants: {http: {hosts: [\"https://x/\"], methods: [get]}, secret: {hosts: [\"{shop}\"]}}\n      limits: {mem: 1}\n",
			want: []string{
				`c.yaml:3:5: plugins.settings.Shopify: "Shopify" is not a plugin id; use an id that omakase plugin list shows, such as scraper.shopify`,
				`c.yaml:4:31: plugins.settings.Shopify.grants.http.hosts[0]: "https://x/" is not a host pattern; use shop.example, https://shop.example:8443, *.shop.example, {shop} or *`,
				`c.yaml:4:56: plugins.settings.Shopify.grants.http.methods[0]: "get" is not a request method; use GET, HEAD or POST`,
				`c.yaml:4:80: plugins.settings.Shopify.grants.secret.hosts[0]: "{shop}" names no hosts that a secret could be for; use api.shop.example, *.shop.example or http://127.0.0.1:8080`,
				"c.yaml:5:16: plugins.settings.Shopify.limits.mem: there is no such key; did you mean plugins.settings.Shopify.limits.memory_mb?",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, got := load(t, tt.yaml, tt.environ...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLaterSourcesOverruleEarlier(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	write(t, file, "server: {addr: \"127.0.0.2:1\"}\nnetwork: {gap: 3s}\nlog: {level: warn}\n")
	dotEnv := filepath.Join(dir, ".env")
	write(t, dotEnv, "# local\nexport LOG_LEVEL=\"debug\"\nPORT=2 # ours\nOPENAI_API_KEY='sk#1'\n")
	tests := []struct {
		name    string
		environ []string
		flags   []config.Flag
		want    map[string]string // key to value and origin
	}{
		{"file and .env", nil, nil, map[string]string{
			"server.addr":    "127.0.0.2:2 PORT in .env:3",
			"network.gap":    "3s c.yaml:2:16",
			"log.level":      "debug LOG_LEVEL in .env:2",
			"openai.api_key": "[redacted] OPENAI_API_KEY in .env:4",
		}},
		{"environment over .env", []string{"PORT=3", "OMAKASE_LOG_LEVEL=error", "OMAKASE_NETWORK_GAP=0s"}, nil, map[string]string{
			"server.addr":    "127.0.0.2:3 PORT",
			"network.gap":    "0s OMAKASE_NETWORK_GAP",
			"log.level":      "error OMAKASE_LOG_LEVEL",
			"openai.api_key": "[redacted] OPENAI_API_KEY in .env:4",
		}},
		{"the full address over the port", []string{"PORT=3", "OMAKASE_SERVER_ADDR=[::1]:4"}, nil, map[string]string{
			"server.addr":    "[::1]:4 OMAKASE_SERVER_ADDR",
			"network.gap":    "3s c.yaml:2:16",
			"log.level":      "debug LOG_LEVEL in .env:2",
			"openai.api_key": "[redacted] OPENAI_API_KEY in .env:4",
		}},
		{"flags over all", []string{"PORT=3"}, []config.Flag{{Name: "--addr", Key: "server.addr", Value: "127.0.0.1:5"}}, map[string]string{
			"server.addr":    "127.0.0.1:5 --addr",
			"network.gap":    "3s c.yaml:2:16",
			"log.level":      "debug LOG_LEVEL in .env:2",
			"openai.api_key": "[redacted] OPENAI_API_KEY in .env:4",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, mistakes := loadFrom(t, dir, config.Source{File: file, DotEnv: dotEnv, Environ: tt.environ, Flags: tt.flags})
			if mistakes != nil {
				t.Fatal(mistakes)
			}
			got := map[string]string{}
			for _, s := range l.Settings() {
				got[s.Key] = s.Value + " " + strings.ReplaceAll(s.Origin.String(), dir+string(os.PathSeparator), "")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if l.OpenAI.APIKey.Reveal() != "sk#1" {
				t.Errorf("the key is %q", l.OpenAI.APIKey.Reveal())
			}
		})
	}
}

func TestVariablesReachListsAndPlugins(t *testing.T) {
	t.Parallel()
	l, mistakes := load(t, "plugins: {settings: {scraper.my-shop: {limits: {memory_mb: 32}}}}\n",
		"OMAKASE_NETWORK_ALLOW=127.0.0.0/8, shop.internal:80,",
		"OMAKASE_API_KEYS=abcdefgh,ijklmnop",
		"OMAKASE_SCHEDULES=[{url: https://shop.example, every: 6h}]",
		"OMAKASE_PLUGINS_DIR=more",
		"OMAKASE_PLUGINS_SETTINGS_SCRAPER_MY_SHOP_ENABLED=false",
		"OMAKASE_PLUGINS_SETTINGS_SCRAPER_NEW_GRANTS_HTTP_HOSTS=*.new.example",
		"OMAKASE_PLUGINS_SETTINGS_SCRAPER_NEW_CONFIG={token: t}",
		"LOG_LEVEL=", "STORE_URL=https://shop.example", "STORE_TYPE=shopify", "MAX_PRODUCTS=50",
		"DATABASE_URL=postgres://u:p@db/omakase",
	)
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	no := false
	want := config.Default()
	want.Network.Allow = []string{"127.0.0.0/8", "shop.internal:80"}
	want.Server.APIKeys = []config.Secret{"abcdefgh", "ijklmnop"}
	want.Schedules = []config.Schedule{{URL: "https://shop.example", Every: 6 * time.Hour}}
	want.Store.URL, want.Store.Type, want.Store.MaxProducts = "https://shop.example", "shopify", 50
	want.DatabaseURL = "postgres://u:p@db/omakase"
	want.Plugins.Dir = "more"
	want.Plugins.Settings = map[string]config.Plugin{
		"scraper.my-shop": {Enabled: &no, Limits: config.Limits{MemoryMB: 32}},
		"scraper.new": {
			Config: map[string]any{"token": "t"},
			Grants: config.Grants{HTTP: &config.HTTPGrant{Hosts: []string{"*.new.example"}}},
		},
	}
	if diff := cmp.Diff(want, l.Config); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsComeFromFilesToo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	write(t, path, "first-key\nsecond-key\n")
	l, mistakes := load(t, "", "OMAKASE_API_KEYS_FILE="+path, "OPENAI_API_KEY_FILE="+path)
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	if diff := cmp.Diff([]config.Secret{"first-key", "second-key"}, l.Server.APIKeys); diff != "" {
		t.Error(diff)
	}
	if got := l.OpenAI.APIKey.Reveal(); got != "first-key\nsecond-key" {
		t.Errorf("the key is %q", got)
	}
	_, mistakes = load(t, "", "DATABASE_URL_FILE=/nowhere/url")
	want := []string{"DATABASE_URL_FILE: database_url: reading /nowhere/url: no such file or directory; name a readable file that holds the secret"}
	if diff := cmp.Diff(want, mistakes); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsOfPlugins(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, "from a file\n")
	l, mistakes := load(t, "plugins: {settings: {scraper.my-shop: {secrets: {token: old, apiKey: old, other: kept}}}}\n",
		"OMAKASE_PLUGINS_SETTINGS_SCRAPER_MY_SHOP_SECRETS_TOKEN=new",
		"OMAKASE_PLUGINS_SETTINGS_SCRAPER_MY_SHOP_SECRETS_APIKEY_FILE="+path,
		"OMAKASE_PLUGINS_SETTINGS_SCRAPER_NEW_SECRETS_CONFIG=its name is a key's",
	)
	if mistakes != nil || len(l.Warnings) > 0 {
		t.Fatal(mistakes, l.Warnings)
	}
	want := map[string]config.Plugin{
		"scraper.my-shop": {Secrets: map[string]config.Secret{"token": "new", "apiKey": "from a file", "other": "kept"}},
		"scraper.new":     {Secrets: map[string]config.Secret{"config": "its name is a key's"}},
	}
	if diff := cmp.Diff(want, l.Plugins.Settings); diff != "" {
		t.Error("wrong secrets, which a test may not print")
	}
	if at := l.PluginMistake("scraper.my-shop", []string{"token"}, "is wrong").String(); !strings.HasPrefix(at,
		"OMAKASE_PLUGINS_SETTINGS_SCRAPER_MY_SHOP_SECRETS_TOKEN: plugins.settings.scraper.my-shop.secrets.token: is wrong") {
		t.Error(at)
	}
	_, mistakes = load(t, "", "OMAKASE_PLUGINS_SETTINGS_SCRAPER_NEW_SECRETS_KEY_FILE=/nowhere/key")
	if len(mistakes) != 1 || !strings.Contains(mistakes[0], "plugins.settings.scraper.new.secrets.key: reading /nowhere/key") {
		t.Errorf("mistakes: %q", mistakes)
	}
}

func TestMistypedVariablesAreWarnings(t *testing.T) {
	t.Parallel()
	l, mistakes := load(t, "", "OMAKASE_NETWORK_GAPS=1s", "OMAKASE_SERVICE_HOST=10.0.0.1", "OMAKASE_PORT=tcp://10.0.0.1:80")
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	want := []string{"OMAKASE_NETWORK_GAPS sets nothing; did you mean OMAKASE_NETWORK_GAP?"}
	if diff := cmp.Diff(want, l.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-s3cr3t"
	l, mistakes := load(t, "server: {api_keys: ["+secret+"]}\n", "DATABASE_URL=postgres://u:"+secret+"@db/x",
		"OMAKASE_PLUGINS_SETTINGS_TOOL_GIFT_CONFIG={token: "+secret+"}", "OMAKASE_PLUGINS_SETTINGS_TOOL_X_SECRETS_TOKEN="+secret)
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v %s %q %x", l.Server, l.Server, l.Server, l.DatabaseURL, l.DatabaseURL, l.DatabaseURL),
		fmt.Sprint(l.Settings()),
		fmt.Sprintf("%v %+v %#v", l.Plugins.Settings["tool.x"], l.Plugins.Settings["tool.x"], l.Plugins.Settings["tool.x"].Secrets),
	} {
		if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("the secret shows in %s", text)
		}
	}
	_, mistakes = load(t, "database_url: mysql://u:"+secret+"@db/x\nserver: {api_keys: [{a: "+secret+"}]}\n")
	if len(mistakes) != 2 || strings.Contains(strings.Join(mistakes, ""), secret) {
		t.Errorf("mistakes: %q", mistakes)
	}
}

// FuzzLoad: whatever a file holds, Load answers with a configuration that is
// valid or with mistakes that name the file.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "server: {addr: \"127.0.0.1:1\"}", "a: &x [1]\nb: *x", "<<: {}", "? [a]\n: b", "plugins: {settings: {a.b: {config: {x: .inf}}}}",
		"---\na: 1\n---\nb: 2", "plugins:\n  settings:\n    a.b:\n      config: !!binary x", "log: |\n  x", "\t", "schedules: [{}, []]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(config.Source{File: path})
		var mistakes config.Mistakes
		if err != nil && !errors.As(err, &mistakes) {
			t.Fatalf("not Mistakes: %v", err)
		}
		for _, m := range mistakes {
			if m.Name != path || m.Problem == "" {
				t.Errorf("a mistake without place or problem: %q", m)
			}
		}
	})
}

// FuzzDotEnv: whatever a .env file holds, it sets variables or is named.
func FuzzDotEnv(f *testing.F) {
	for _, seed := range []string{"A=1", "export LOG_LEVEL='x", "PORT=\"\\", "=", "\ufeffPORT=1", "A\x00=b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(config.Source{DotEnv: path})
		if err != nil && !strings.Contains(err.Error(), path) && !strings.Contains(string(text), "OMAKASE_CONFIG") {
			t.Errorf("the mistake does not name the file: %v", err)
		}
	})
}
