package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevSwaps develops a plugin against a running host: each round that
// succeeds serves at once, and one that doesn't leaves what serves.
func TestDevSwaps(t *testing.T) {
	t.Parallel()
	plugins := t.TempDir()
	host := serve(t, t.TempDir(), "OMAKASE_PLUGINS_DIR="+plugins, "OMAKASE_API_KEYS=a-key-for-the-author")
	for _, language := range []string{"c", "as"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			dir := begin(t, language)
			dev := func(folder, key string) (string, error) {
				cmd := command(t, []string{"OMAKASE_PLUGINS_DIR=" + folder, "OMAKASE_PLUGINS_CACHE_DIR=" + cacheDir(t)},
					"plugin", "dev", "--once", "--server", host.base, "--key", key, dir)
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			id := "scraper.shop-" + language
			expect := func(want, version, generation string) {
				t.Helper()
				out, err := dev(plugins, "a-key-for-the-author")
				if (err == nil) != strings.HasPrefix(want, "http") || !strings.Contains(out, want) {
					t.Fatalf("%v, and it doesn't say %q:\n%s", err, want, out)
				}
				if v, g := host.plugin(id); v != version || g != generation {
					t.Errorf("the host has %s, generation %s; want %s, %s", v, g, version, generation)
				}
			}
			expect(host.base+": added, generation 1", "0.1.0", "1")
			change(t, filepath.Join(dir, "plugin.json"), `"version": "0.1.0"`, `"version": "0.2.0"`)
			expect(host.base+": replaced, generation 2", "0.2.0", "2")
			if language == "as" {
				return // what is left is the same for all, and C is built sooner
			}
			change(t, filepath.Join(dir, "plugin.json"), `"version": "0.2.0"`, `"version": "0.3.0"`)
			change(t, filepath.Join(dir, "recordings", "detect.json"), `"score": 90`, `"score": 80`)
			expect("1 of 7 recordings fail", "0.2.0", "2")
			change(t, filepath.Join(dir, "recordings", "detect.json"), `"score": 80`, `"score": 90`)
			if out, err := dev(plugins, "another-key-than-that"); err == nil || !strings.Contains(out, "OMAKASE_API_KEYS") {
				t.Errorf("with a wrong key: %v\n%s", err, out)
			}
			expect(host.base+": replaced, generation 3", "0.3.0", "3")
			change(t, filepath.Join(dir, "plugin.json"), `"version": "0.3.0"`, `"version": "0.4.0"`)
			if out, err := dev(t.TempDir(), "a-key-for-the-author"); err == nil || !strings.Contains(out, "its plugins.dir has to be this one") {
				t.Errorf("with another folder: %v\n%s", err, out)
			}
		})
	}
}

// begin makes a plugin in a folder of its own, with the compiler of the
// examples where that is installed.
func begin(t *testing.T, language string) string {
	t.Helper()
	for _, tool := range map[string][]string{"c": {"clang", "wasm-ld"}, "as": {"node", "npm"}}[language] {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("OMAKASE_REQUIRE_LANGUAGES") == "" {
			t.Skipf("needs %s", tool)
		}
	}
	dir := filepath.Join(t.TempDir(), "shop-"+language)
	if out, err := command(t, nil, "plugin", "new", "-l", language, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if language != "as" {
		return dir
	}
	shared, err := filepath.Abs("../../examples/hinoki/as/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	// npm writes this last.
	if _, err := os.Stat(filepath.Join(shared, ".package-lock.json")); err == nil {
		if err := os.Symlink(shared, filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
	} else if out, err := command(t, nil, "plugin", "build", dir).CombinedOutput(); err != nil {
		if os.Getenv("OMAKASE_REQUIRE_LANGUAGES") == "" && strings.Contains(string(out), "needs the network") {
			t.Skip("npm can't get the compiler")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// plugin is the version and the generation of a plugin that the host has.
func (s *server) plugin(id string) (version, generation string) {
	s.t.Helper()
	out, err := command(s.t, []string{"OMAKASE_API_KEYS=a-key-for-the-author"}, "plugin", "list", "--server", s.base).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == id {
			return f[1], f[2]
		}
	}
	return "", ""
}

func change(t *testing.T, name, old, with string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), old, with, 1)
	if changed == string(text) {
		t.Fatalf("%s has no %q", name, old)
	}
	if err := os.WriteFile(name, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}
