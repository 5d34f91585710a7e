package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestShip goes from a folder to a plugin in another host: packed, signed,
// verified, installed, and replaced by a version that asks for more.
func TestShip(t *testing.T) {
	t.Parallel()
	dir := hinoki(t)
	home := t.TempDir()
	key, plugins := filepath.Join(home, "key.pem"), filepath.Join(home, "plugins")
	module := filepath.Join(dir, "dist", "scraper.hinoki.wasm")

	signed := expect(t, exitOK, []string{"made the key", "ed25519:"}, "plugin", "sign", "--key", key, dir)
	public := strings.TrimSpace(signed.stdout)
	again := expect(t, exitOK, nil, "plugin", "sign", "--key", key, module)
	if strings.TrimSpace(again.stdout) != public {
		t.Errorf("the key is %q and then %q", public, again.stdout)
	}
	archive := filepath.Join(home, "a.zip")
	expect(t, exitOK, []string{"scraper.hinoki.wasm", "a.zip"}, "plugin", "pack", dir, "-o", archive)
	first, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, exitOK, nil, "plugin", "pack", dir, "-o", archive)
	if second, err := os.ReadFile(archive); err != nil || string(second) != string(first) {
		t.Errorf("the same files make another archive: %v", err)
	}

	strict := filepath.Join(home, "strict.yaml")
	writeFile(t, strict, "plugins:\n  dir: "+plugins+"\n  signatures: require\n  keys: [\""+public+"\"]\n")
	expect(t, exitOK, []string{"sha256", "signed  ed25519:"}, "plugin", "verify", "--config", strict, module)
	expect(t, exitFailed, []string{"not one of plugins.keys"}, "plugin", "verify", module)
	expect(t, exitUsage, []string{"no folder for plugins", "plugins.dir"}, "plugin", "install", module)
	expect(t, exitUsage, []string{"needs a digest", "--sha256"}, "plugin", "install", "--config", strict, "https://shop.example/a.wasm")
	expect(t, exitUsage, []string{"not https"}, "plugin", "install", "--config", strict, "http://shop.example/a.wasm")
	expect(t, exitFailed, []string{"not the one that was asked for"}, "plugin", "install", "--config", strict, "--sha256", "00", module)
	got := expect(t, exitOK, []string{
		"installed scraper.hinoki 0.1.0", "fetch from the web, at the shop being imported", "Reads the shop's list of items.",
		"http: {hosts: [\"{shop}\"]", "digest: ",
	}, "plugin", "install", "--config", strict, module)
	// What it proposes to add is a configuration.
	writeFile(t, filepath.Join(home, "proposed.yaml"), got.stdout)
	expect(t, exitOK, []string{"proposed.yaml is fine"}, "config", "check", filepath.Join(home, "proposed.yaml"))
	expect(t, exitOK, []string{
		"scraper.hinoki 0.1.0", `may have pages parsed ("Reads product pages.")`, `may not fetch from the web ("Reads the shop's list of items."); the operator's settings don't grant it`,
	}, "config", "check", strict)

	// One that isn't signed is not taken.
	bare := filepath.Join(home, "bare.wasm")
	expect(t, exitOK, nil, "plugin", "build", newVersion(t, dir, "0.1.1"))
	copyFile(t, module, bare)
	expect(t, exitUsage, []string{"it is not installed", "it is not signed", "omakase plugin sign"}, "plugin", "install", "--config", strict, bare)
	expect(t, exitUsage, []string{"is pinned", "hint: "}, "plugin", "check", "--config", pinned(t, home), bare)

	expect(t, exitOK, []string{"Agreed: scraper.hinoki 0.1.0 may ask to", "have pages parsed"}, "plugin", "agree", "--config", strict, "scraper.hinoki")
	expect(t, exitFailed, []string{"there is no scraper.other"}, "plugin", "agree", "--config", strict, "scraper.other")
}

func pinned(t *testing.T, home string) string {
	t.Helper()
	name := filepath.Join(home, "pinned.yaml")
	writeFile(t, name, "plugins:\n  settings:\n    scraper.hinoki: {digest: "+strings.Repeat("0", 64)+"}\n")
	return name
}

// newVersion changes the version in a project's manifest.
func newVersion(t *testing.T, dir, version string) string {
	t.Helper()
	edit(t, filepath.Join(dir, "plugin.json"), `"version": "0.1.0"`, `"version": "`+version+`"`)
	return dir
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, string(text))
}

// TestListShowsWhatServes has a version that asks for more lie in the folder:
// the list shows the one before until the operator agrees.
func TestListShowsWhatServes(t *testing.T) {
	t.Parallel()
	dir, home := hinoki(t), t.TempDir()
	plugins := filepath.Join(home, "plugins")
	config := write(t, "omakase.yaml", "plugins: {dir: "+plugins+"}\n")
	say := func(want string, args ...string) {
		t.Helper()
		got := command(t, "", []string{"OMAKASE_DATA_DIR=" + filepath.Join(home, "data")}, append(args, "--config", config)...)
		if got.code != exitOK || !strings.Contains(got.stdout, want) {
			t.Errorf("%v ends with %d and doesn't say %q:\n%s%s", args, got.code, want, got.stdout, got.stderr)
		}
	}
	install := func() {
		t.Helper()
		expect(t, exitOK, nil, "plugin", "build", dir)
		copyFile(t, filepath.Join(dir, "dist", "scraper.hinoki.wasm"), filepath.Join(plugins, "scraper.hinoki.wasm"))
	}
	if err := os.Mkdir(plugins, 0o700); err != nil {
		t.Fatal(err)
	}

	install()
	say("scraper.hinoki  0.1.0", "plugin", "list")
	say("Agreed: scraper.hinoki 0.1.0", "plugin", "agree", "scraper.hinoki")
	edit(t, filepath.Join(dir, "plugin.json"), `"html": {`, `"kv": {"reason": "Knows items again."}, "html": {`)
	newVersion(t, dir, "0.2.0")
	install()
	say("scraper.hinoki  0.1.0", "plugin", "list")
	say("Agreed: scraper.hinoki 0.2.0", "plugin", "agree", "scraper.hinoki")
	say("scraper.hinoki  0.2.0", "plugin", "list")
}
