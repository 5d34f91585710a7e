package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// outcome is what a user sees of a command.
type outcome struct {
	stdout, stderr string
	code           int
}

// command runs one command in a process with an empty environment, apart from
// a data folder and a cache of its own. What environ sets comes first and counts.
func command(t *testing.T, stdin string, environ []string, args ...string) outcome {
	t.Helper()
	var out, errOut bytes.Buffer
	dir := t.TempDir()
	code := Main(context.Background(), Process{
		Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errOut,
		Environ:  append(slices.Clone(environ), "OMAKASE_DATA_DIR="+filepath.Join(dir, "data"), "OMAKASE_PLUGINS_CACHE_DIR="+filepath.Join(dir, "cache")),
		Builtins: fs.FS(fstest.MapFS{}),
	})
	return outcome{out.String(), errOut.String(), code}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommands(t *testing.T) {
	t.Parallel()
	good := write(t, "good.yaml", "network: {gap: 2s}\ndatabase_url: postgres://u:secret@db/x\n")
	bad := write(t, "bad.yaml", "network: {gaps: 2s}\nlog: {level: loud}\n")
	junk := write(t, "junk.wasm", "\x00asm\x01\x00\x00\x00")
	tests := []struct {
		name   string
		args   []string
		env    []string
		code   int
		stdout []string
		stderr []string
	}{
		{"help", []string{"--help"}, nil, exitOK, []string{"Exit codes", "serve", "plugin list"}, nil},
		{"help of a command", []string{"scrape", "--help"}, nil, exitOK, []string{"--plugin", "--max"}, nil},
		{"version", []string{"version"}, nil, exitOK, []string{"omakase "}, nil},
		{"nothing", nil, nil, exitUsage, nil, []string{"a command is missing behind omakase", "hint: commands are serve, scrape"}},
		{"no such command", []string{"scrap"}, nil, exitUsage, nil, []string{"scrap"}},
		{"no such flag", []string{"version", "--colour"}, nil, exitUsage, nil, []string{"--colour"}},
		{"config", []string{"config", "check"}, nil, exitOK, []string{"The environment is fine", "(OMAKASE_DATA_DIR)"}, nil},
		{"config, good", []string{"config", "check", good}, nil, exitOK, []string{"good.yaml is fine", "network.gap = 2s", "good.yaml:1:16", "database_url = [redacted]"}, nil},
		{"config, bad", []string{"config", "check", bad}, nil, exitConfig, nil, []string{"bad.yaml:1:11: network.gaps", "hint: did you mean network.gap?", "bad.yaml:2:14: log.level"}},
		{"config by variable", []string{"config", "check"}, []string{"OMAKASE_CONFIG=" + bad}, exitConfig, nil, []string{"bad.yaml:1:11"}},
		{"any command, bad config", []string{"plugin", "list", "--config", bad}, nil, exitConfig, nil, []string{"bad.yaml:1:11"}},
		{"a mistyped variable", []string{"plugin", "list"}, []string{"OMAKASE_NETWORK_GAPS=1s"}, exitOK, nil, []string{"OMAKASE_NETWORK_GAP?"}},
		{"plugins, none", []string{"plugin", "list"}, nil, exitOK, []string{"ID"}, nil},
		{"no such plugin", []string{"plugin", "inspect", "scraper.x"}, nil, exitFailed, nil, []string{"scraper.x"}},
		{"no plugin in a file", []string{"plugin", "check", junk}, nil, exitFailed, nil, []string{"junk.wasm"}},
		{"no such operation", []string{"plugin", "run", "scraper.x", "fly"}, nil, exitUsage, nil, []string{"fly", "hint: operations are checkout, detect"}},
		{"no request", []string{"plugin", "run", "scraper.x", "scrape", "--request", "{"}, nil, exitUsage, nil, []string{"--request"}},
		{"no shop", []string{"scrape", "shop"}, nil, exitUsage, nil, []string{`"shop"`, "hint: give an absolute URL"}},
		{"less than nothing", []string{"scrape", "https://shop.example", "--max", "-1"}, nil, exitUsage, nil, []string{"--max"}},
		{"no plugin for a shop", []string{"scrape", "https://shop.example", "--plugin", "scraper.x"}, nil, exitFailed, nil, []string{"scraper.x"}},
		{"no page", []string{"extract", "--url", "https://shop.example", "nowhere.html"}, nil, exitFailed, nil, []string{"nowhere.html"}},
		{"no plugin for a page", []string{"extract", "--url", "https://shop.example", "-"}, nil, exitFailed, nil, []string{"no plugin"}},
		{"open to all", []string{"serve", "--addr", "0.0.0.0:0"}, nil, exitFailed, nil, []string{"0.0.0.0:0", "OMAKASE_API_KEYS"}},
		{"migrate", []string{"migrate"}, nil, exitOK, []string{"sqlite"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := command(t, "<html></html>", tt.env, tt.args...)
			if got.code != tt.code {
				t.Errorf("exit code %d, want %d; stderr: %s", got.code, tt.code, got.stderr)
			}
			for _, want := range tt.stdout {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("stdout lacks %q: %s", want, got.stdout)
				}
			}
			for _, want := range tt.stderr {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("stderr lacks %q: %s", want, got.stderr)
				}
			}
			if tt.code != exitOK && got.stdout != "" {
				t.Errorf("a failed command printed results: %s", got.stdout)
			}
			if strings.Contains(got.stdout+got.stderr, "secret") {
				t.Error("it printed a secret")
			}
		})
	}
}

// A plugin's own settings are checked by its manifest, and mistakes in them
// told like any other.
func TestPluginSettingsAreChecked(t *testing.T) {
	t.Parallel()
	module, err := abi.SetManifest([]byte("\x00asm\x01\x00\x00\x00"), []byte(`{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"],
		"config_schema":{"type":"object","additionalProperties":false,"properties":{"size":{"type":"integer"},"names":{"type":"array","items":{"type":"string"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.wasm"), module, 0o600); err != nil {
		t.Fatal(err)
	}
	file := write(t, "c.yaml", `plugins:
  settings:
    scraper.x:
      config:
        size: large
        names: [a, 2]
        colour: red
`)
	for _, args := range [][]string{{"config", "check", file}, {"plugin", "list", "--config", file}, {"serve", "--addr", "127.0.0.1:0", "--config", file}} {
		got := command(t, "", []string{"OMAKASE_PLUGINS_DIR=" + dir}, args...)
		if got.code != exitConfig {
			t.Errorf("%v: exit code %d: %s", args, got.code, got.stderr)
		}
		for _, want := range []string{
			"c.yaml:5:9: plugins.settings.scraper.x.config.size: got string, want integer",
			"c.yaml:6:20: plugins.settings.scraper.x.config.names[1]: got number, want string",
			"c.yaml:7:9: plugins.settings.scraper.x.config.colour: there is no such key",
			"hint: see omakase plugin inspect scraper.x",
		} {
			if !strings.Contains(got.stderr, want) {
				t.Errorf("%v: stderr lacks %q: %s", args, want, got.stderr)
			}
		}
	}
}

// TestConfigCheckTellsAllAtOnce holds that mistakes of a plugin's part show
// beside those of the host's.
func TestConfigCheckTellsAllAtOnce(t *testing.T) {
	t.Parallel()
	module, err := abi.SetManifest([]byte("\x00asm\x01\x00\x00\x00"), []byte(`{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"],
		"config_schema":{"type":"object","properties":{"size":{"type":"integer"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.wasm"), module, 0o600); err != nil {
		t.Fatal(err)
	}
	file := write(t, "c.yaml", `plugins:
  settings:
    scraper.x:
      config: {size: large}
network:
  gap: soon
log:
  levels: info
`)
	got := command(t, "", []string{"OMAKASE_PLUGINS_DIR=" + dir}, "config", "check", file)
	at := -1
	for _, want := range []string{"c.yaml:4:16: plugins.settings.scraper.x.config.size: got string, want integer", "c.yaml:6:8: network.gap", "c.yaml:8:3: log.levels"} {
		i := strings.Index(got.stderr, want)
		if i < at || i < 0 {
			t.Errorf("stderr lacks %q, or has it in another place: %s", want, got.stderr)
		}
		at = i
	}
	if got.code != exitConfig {
		t.Errorf("exit code %d", got.code)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for kind, want := range map[errs.Kind]int{
		errs.Internal: exitFailed, errs.NotFound: exitFailed, errs.Password: exitFailed, errs.Invalid: exitUsage,
		errs.Unavailable: exitUnavailable, errs.RateLimited: exitUnavailable, errs.Timeout: exitUnavailable, errs.Cancelled: exitCancelled,
	} {
		var errOut bytes.Buffer
		p := Process{Stderr: &errOut}
		if got := p.report(errs.New(kind, "it went wrong").WithHint("mend it")); got != want {
			t.Errorf("%s: exit code %d, want %d", kind, got, want)
		}
		if errOut.String() != "omakase: it went wrong\n  hint: mend it\n" {
			t.Errorf("%s: %q", kind, errOut.String())
		}
	}
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("<p>緑茶</p>"))
	_ = w.Close()
	for name, tt := range map[string]struct{ file, stdin, want string }{
		"plain":     {write(t, "a.html", "<p>緑茶</p>"), "", "<p>緑茶</p>"},
		"packed":    {write(t, "a.html.gz", packed.String()), "", "<p>緑茶</p>"},
		"stdin":     {"-", "{}", "{}"},
		"Shift_JIS": {"-", "<meta charset=shift_jis><p>\x97\xce\x92\x83</p>", "<meta charset=shift_jis><p>緑茶</p>"},
		"nothing":   {"-", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readBody(tt.file, strings.NewReader(tt.stdin))
			if err != nil || string(got) != tt.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	if _, err := readBody("-", strings.NewReader("\x1f\x8bno")); !errs.Is(err, errs.BadData) {
		t.Errorf("broken gzip: %v", err)
	}
}
