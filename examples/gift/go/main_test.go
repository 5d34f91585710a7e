package main

import (
	"os"
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/plugintest"
)

// TestRecordings replays what the service once said. The recordings are in this
// folder, or beside it where plugins in several languages share them.
func TestRecordings(t *testing.T) {
	dir := "recordings"
	if _, err := os.Stat(dir); err != nil {
		dir = "../recordings"
	}
	plugintest.Recordings(t, &plugin, dir)
}

func TestTokenGoesIntoTheHeader(t *testing.T) {
	host := fakehost.New()
	host.Secrets = map[string]string{"token": "abc"}
	host.Page("https://gifts.example/wraps", fakehost.Response{Body: `{"wraps":[]}`})
	if _, err := call(host.Context(), omakase.ToolCallRequest{Name: "gift_wrapping", Arguments: "{}"}); err != nil {
		t.Fatal(err)
	}
	if got := omakase.HeaderValue(host.Fetched()[0].Headers, "Authorization"); !strings.HasPrefix(got, "Bearer {secret:token") {
		t.Errorf("the header is %q", got)
	}
}

func TestErrors(t *testing.T) {
	host := fakehost.New()
	host.Secrets = map[string]string{"token": "abc"}
	host.Page("https://gifts.example/wraps", fakehost.Response{Status: 503})
	for name, want := range map[string]string{"gift_wrapping": omakase.CodeUnavailable, "no_such_tool": omakase.CodeNotFound} {
		if _, err := call(host.Context(), omakase.ToolCallRequest{Name: name, Arguments: "{}"}); omakase.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
