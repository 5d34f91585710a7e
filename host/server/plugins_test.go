package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/wasm/hostile"
)

// well is a guest that does no harm unless it is called.
func well(t *testing.T) []byte {
	t.Helper()
	for _, g := range hostile.Guests() {
		if g.Name == "trap" {
			return g.Module
		}
	}
	t.Fatal("there is no such guest")
	return nil
}

func post(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Post(url, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestReload walks through the ways in which plugins are reloaded.
func TestReload(t *testing.T) {
	t.Parallel()
	o := options(t)
	dir := t.TempDir()
	o.Config.Plugins.Dir, o.Config.Plugins.Watch = dir, true
	var settings config.Plugin
	var wrong error
	o.Reread = func() (*config.Loaded, error) {
		l := *o.Config
		l.Plugins.Settings = map[string]config.Plugin{hostile.ID: settings}
		return &l, wrong
	}
	hangups := make(chan os.Signal, 1)
	o.Reload = hangups
	status, stop := run(t, o)
	defer func() { _ = stop() }()
	reload := "http://" + status.Addr + "/api/admin/plugins/reload"
	state := func() (state string, generation int) {
		t.Helper()
		var list struct {
			Plugins []struct {
				State      string
				Generation int
			}
		}
		_, body := get(t, "http://"+status.Addr+"/api/admin/plugins")
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Plugins) == 0 {
			return "", 0
		}
		return list.Plugins[0].State, list.Plugins[0].Generation
	}
	eventually := func(want string) {
		t.Helper()
		for limit := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			if s, _ := state(); s == want {
				return
			}
			if time.Now().After(limit) {
				s, n := state()
				t.Fatalf("it is %s in generation %d, want %s", s, n, want)
			}
		}
	}

	if err := os.WriteFile(filepath.Join(dir, "a.wasm"), well(t), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually("serving") // the folder is watched

	off := false
	settings.Enabled = &off
	hangups <- syscall.SIGHUP
	eventually("disabled")

	settings = config.Plugin{Limits: config.Limits{MemoryMB: 16}}
	if code, body := post(t, reload); code != http.StatusOK || !strings.Contains(body, `"outcome":"added"`) || !strings.Contains(body, `"success":true`) {
		t.Errorf("%d %s", code, body)
	}
	if s, n := state(); s != "serving" || n != 3 {
		t.Errorf("it is %s in generation %d", s, n)
	}
	settings.Config = map[string]any{"x": 1}
	if code, body := post(t, reload); code != http.StatusOK || !strings.Contains(body, `"outcome":"kept"`) || !strings.Contains(body, "nothing to configure") {
		t.Errorf("%d %s", code, body)
	}
	wrong = errors.New("line 5 is wrong")
	if code, body := post(t, reload); code != http.StatusConflict || !strings.Contains(body, "line 5 is wrong") || !strings.Contains(body, `"hint"`) {
		t.Errorf("%d %s", code, body)
	}
	if s, n := state(); s != "serving" || n != 3 {
		t.Errorf("it is %s in generation %d", s, n)
	}
}
