package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hinoki begins a plugin in C, which builds in no time, outside of this
// repository.
func hinoki(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("clang"); err != nil && os.Getenv("OMAKASE_REQUIRE_LANGUAGES") == "" {
		t.Skip("clang is not installed")
	}
	dir := filepath.Join(t.TempDir(), "hinoki")
	expect(t, exitOK, []string{"scraper.hinoki is in", "omakase plugin test"}, "plugin", "new", "-l", "c", dir)
	return dir
}

func edit(t *testing.T, name, old, with string) {
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

// expect runs a command and looks at how it ends and what it says.
func expect(t *testing.T, code int, wants []string, args ...string) outcome {
	t.Helper()
	got := command(t, "", nil, args...)
	if got.code != code {
		t.Errorf("%v: exit code %d, want %d:\n%s%s", args, got.code, code, got.stdout, got.stderr)
	}
	for _, want := range wants {
		if !strings.Contains(got.stdout+got.stderr, want) {
			t.Errorf("%v doesn't say %q:\n%s%s", args, want, got.stdout, got.stderr)
		}
	}
	return got
}

func TestRecordAndTest(t *testing.T) {
	t.Parallel()
	dir := hinoki(t)
	page := write(t, "page.html", `<meta name="generator" content="Hinoki 3">`)

	expect(t, exitOK, []string{"built scraper.hinoki 0.1.0", "scraper.hinoki.wasm"}, "plugin", "build", dir)
	expect(t, exitOK, []string{`"score": 90`, "body_read", "units of fuel"}, "plugin", "run", dir, "detect", "--url", "https://shop.example", "--body", page)
	expect(t, exitOK, []string{"ok    scrape-first", "7 recordings"}, "plugin", "test", dir)
	expect(t, exitOK, []string{"recorded in", "detect-page.json"}, "plugin", "record", dir, "detect", "--url", "https://shop.example", "--body", page, "--name", "detect-page")
	expect(t, exitOK, []string{"ok    detect-page", "8 recordings"}, "plugin", "test", dir)
	expect(t, exitOK, []string{"RECORDING", "detect-page"}, "plugin", "bench", dir, "--for", "1ms")
	expect(t, exitOK, []string{"keeps all", "a plugin that this host can run", "omakase.host_read", "There is nothing to mend"}, "plugin", "check", "--conformance", dir)

	// A change of the answer is shown, and taken over when asked to.
	source := filepath.Join(dir, "plugin.c")
	edit(t, source, "score = 90", "score = 80")
	expect(t, exitFailed, []string{"FAIL  detect-page", "- ok.score: 90", "+ ok.score: 80", "hint: where the new answers are right"}, "plugin", "test", dir)
	expect(t, exitOK, nil, "plugin", "test", dir, "--update")
	expect(t, exitOK, []string{"ok    detect-page"}, "plugin", "test", dir)

	// More work, what the recordings don't know, and what the manifest leaves
	// out are failures, too.
	edit(t, source, "  int header = 0;", "  int header = 0;\n  for (volatile int n = 0; n < 10000; n++) {}")
	expect(t, exitFailed, []string{"units of fuel", "more than the"}, "plugin", "test", dir)
	edit(t, source, `"/hinoki/items?page="`, `"/hinoki/list?page="`)
	expect(t, exitFailed, []string{"the recording has no reply to http_fetch", "record it again"}, "plugin", "test", dir)
	edit(t, filepath.Join(dir, "plugin.json"), `,
    "html": {"reason": "Reads product pages."}`, "")
	expect(t, exitFailed, []string{"it uses html, which plugin.json doesn't ask for"}, "plugin", "test", dir)
	edit(t, source, "#include", "#inclood")
	expect(t, exitFailed, []string{"clang", "plugin.c:"}, "plugin", "build", dir)
}

func TestKitSaysWhatToDo(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	bare := write(t, "bare.wasm", "\x00asm\x01\x00\x00\x00")
	unbuilt := t.TempDir()
	if err := os.WriteFile(filepath.Join(unbuilt, "plugin.json"), []byte(`{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		code  int
		wants []string
		args  []string
	}{
		{exitFailed, []string{"there is no plugin.json", "omakase plugin new"}, []string{"plugin", "build", empty}},
		{exitFailed, []string{"not empty", "another folder"}, []string{"plugin", "new", unbuilt}},
		{exitUsage, []string{"kind", "scraper, prompt and tool"}, []string{"plugin", "new", "--kind", "oven", filepath.Join(empty, "a")}},
		{exitUsage, []string{"template in", "AssemblyScript"}, []string{"plugin", "new", "-l", "cobol", filepath.Join(empty, "a")}},
		{exitUsage, []string{"no id of a plugin", "--id"}, []string{"plugin", "new", "--id", "My Shop", filepath.Join(empty, "a")}},
		{exitFailed, []string{"no sources in Go, AssemblyScript or C", "--embed"}, []string{"plugin", "build", unbuilt}},
		{exitOK, []string{"scraper.x.wasm"}, []string{"plugin", "build", unbuilt, "--embed", bare}},
		{exitFailed, []string{"bare.wasm", "omakase plugin build"}, []string{"plugin", "run", bare, "selftest"}},
		{exitFailed, []string{"no folder and no .wasm file"}, []string{"plugin", "run", "./nowhere", "selftest"}},
		{exitUsage, []string{"name a .wasm file", "--conformance"}, []string{"plugin", "check"}},
		{exitUsage, []string{"there is no operation", "operations are checkout"}, []string{"plugin", "run", bare, "fly"}},
		{exitUsage, []string{"no place for its recordings", "--out"}, []string{"plugin", "record", bare, "scrape"}},
	} {
		expect(t, tt.code, tt.wants, tt.args...)
	}
}
