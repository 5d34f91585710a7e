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
	edit(t, source, "  int header = 0;", "  int header = 0;\n  __builtin_trap();")
	expect(t, exitFailed, []string{"where it ended:", "unreachable", "the guest crashed"}, "plugin", "run", dir, "detect", "--url", "https://shop.example")
	edit(t, source, "#include", "#inclood")
	expect(t, exitFailed, []string{"clang", "plugin.c:"}, "plugin", "build", dir)
}

func TestKitSaysWhatToDo(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	bare := write(t, "bare.wasm", "\x00asm\x01\x00\x00\x00")
	raw := write(t, "raw.wasm", "\x00asm\x01\x00\x00\x00")
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
		{exitFailed, []string{"there is no folder ./nowhere", "a .wasm file"}, []string{"plugin", "run", "./nowhere", "selftest"}},
		{exitUsage, []string{"name a .wasm file", "--conformance"}, []string{"plugin", "check"}},
		{exitUsage, []string{"there is no operation", "operations are checkout"}, []string{"plugin", "run", bare, "fly"}},
		{exitUsage, []string{"no place for its recordings", "--out"}, []string{"plugin", "record", bare, "scrape"}},
		{exitUsage, []string{"needs <dir> (The folder to make)", "usage: omakase plugin new <dir>"}, []string{"plugin", "new"}},
		{exitUsage, []string{`two: "a" and "b"`, "the name is one word: omakase plugin new a-b"}, []string{"plugin", "new", "a", "b"}},
		{exitUsage, []string{"the folder has no name"}, []string{"plugin", "new", ""}},
		{exitUsage, []string{"no id can be made", "--id"}, []string{"plugin", "new", filepath.Join(empty, "湯呑")}},
		{exitUsage, []string{"plugin new: unknown flag --colour", "usage: "}, []string{"plugin", "new", "--colour", "a"}},
		{exitUsage, []string{"plugin new: --kind needs a value"}, []string{"plugin", "new", "a", "--kind"}},
		{exitFailed, []string{"a file has that name"}, []string{"plugin", "new", bare}},
		{exitUsage, []string{"a command is missing behind omakase plugin", "commands are list, inspect"}, []string{"plugin"}},
		{exitUsage, []string{`no command plugin bild; did you mean "build"?`, "commands are list"}, []string{"plugin", "bild"}},
		{exitUsage, []string{"needs <operation> (selftest"}, []string{"plugin", "run", "x"}},
		{exitUsage, []string{`omakase scrape has no use for "b"`, "usage: omakase scrape <url>"}, []string{"scrape", "a", "b"}},
		{exitUsage, []string{"is a file, and a plugin's folder is needed"}, []string{"plugin", "build", bare}},
		{exitFailed, []string{"not a WASM module", "get it anew"}, []string{"plugin", "check", write(t, "text.wasm", "text")}},
		{exitFailed, []string{"no such file", "check the name"}, []string{"plugin", "check", filepath.Join(empty, "no.wasm")}},
		{exitFailed, []string{"is a folder; name a file"}, []string{"plugin", "verify", empty}},
		{exitFailed, []string{"there is no plugin.json"}, []string{"plugin", "dev", "--once", empty}},
		{exitUsage, []string{"no address of a server", "such as http://"}, []string{"plugin", "list", "--server", "shop"}},
		{exitUnavailable, []string{"asking the server", "is it running there?"}, []string{"plugin", "list", "--server", "http://127.0.0.1:1"}},
		{exitFailed, []string{"no manifest", "--embed"}, []string{"plugin", "sign", "--key", filepath.Join(empty, "key"), raw}},
	} {
		expect(t, tt.code, tt.wants, tt.args...)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("what failed left %v, %v", left, err)
	}
}

// TestWithoutCompilers is a machine on which something is missing: what it is
// and how to get it is said, and nothing is left behind.
func TestWithoutCompilers(t *testing.T) {
	dirs := map[string]string{}
	for _, language := range []string{"go", "as", "c"} {
		dirs[language] = filepath.Join(t.TempDir(), "shop")
		expect(t, exitOK, nil, "plugin", "new", "-l", language, dirs[language])
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	says := func(program, script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ language, program, script, want string }{
		{"go", "", "", "install Go 1.26 or newer"},
		{"as", "", "", "install Node 20 or newer with npm"},
		{"c", "", "", "apt-get install clang lld"},
		{"c", "clang", `echo 'Executable "wasm-ld-14" does not exist'; exit 1`, "apt-get install lld"},
		{"as", "npm", "echo 'npm error code ENOTFOUND'; exit 1", "needs the network"},
		{"as", "npm", "exit 0", "npm install --save-dev assemblyscript"},
		{"go", "go", "echo 'go: go.mod requires go >= 1.26'; exit 1", "install Go 1.26 or newer"},
	} {
		if tt.program != "" {
			says(tt.program, tt.script)
		}
		expect(t, exitFailed, []string{"hint: ", tt.want}, "plugin", "build", dirs[tt.language])
		if left, err := os.ReadDir(filepath.Join(dirs[tt.language], "dist")); err != nil || len(left) > 0 {
			t.Errorf("%s: the build left %v, %v", tt.language, left, err)
		}
	}
	expect(t, exitOK, []string{"node is not installed", "wasm-ld is not installed"}, "plugin", "doctor")
}
