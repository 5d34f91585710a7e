package omakase_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	host.Page("https://shop.example/a", fakehost.Response{
		Status: 404, Headers: []omakase.Header{{Name: "content-type", Value: "text/html"}}, Body: "ページ",
	})
	ctx := host.Context()
	resp, err := ctx.HTTP().Get("https://shop.example/a")
	if err != nil {
		t.Fatal(err)
	}
	text, err := resp.Text()
	if err != nil || text != "ページ" || resp.Status != 404 || resp.Size != 9 || resp.Header("Content-Type") != "text/html" {
		t.Errorf("text = %q, %v; response %+v", text, err, resp.FetchReply)
	}
	if part, err := ctx.Body(resp.Body).Range(3, 3); err != nil || string(part) != "ー" {
		t.Errorf("part = %q, %v", part, err)
	}
	if resp.Header("missing") != "" {
		t.Error("a header that is not there")
	}
	resp.Release()
	if _, err := resp.Text(); omakase.CodeOf(err) != omakase.CodeNotFound {
		t.Errorf("err = %v, want not_found after Release", err)
	}
	if _, err := ctx.HTTP().Get("https://elsewhere.example"); omakase.CodeOf(err) != omakase.CodeUnavailable {
		t.Errorf("err = %v, want unavailable", err)
	}
}

func TestNoBodyIsEmpty(t *testing.T) {
	t.Parallel()
	body := fakehost.New().Context().Body("")
	body.Release()
	if text, err := body.Text(); text != "" || err != nil {
		t.Errorf("text = %q, %v", text, err)
	}
}

func TestHTMLGoesToTheHost(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	host.HTML = func(page string, req wire.HTMLRequest) (wire.HTMLReply, error) {
		return wire.HTMLReply{Title: page + " " + req.Select[0].CSS}, nil
	}
	req := omakase.HTMLRequest{Body: host.Body("<p>"), Select: []omakase.HTMLQuery{{CSS: "p"}}}
	if reply, err := host.Context().HTML().Query(req); err != nil || reply.Title != "<p> p" {
		t.Errorf("reply = %+v, %v", reply, err)
	}
	req.Body = "body:9"
	if _, err := host.Context().HTML().Query(req); omakase.CodeOf(err) != omakase.CodeNotFound {
		t.Errorf("err = %v, want not_found", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	ctx := host.Context()
	if text, err := ctx.Config(); text != "{}" || err != nil {
		t.Errorf("config = %q, %v, want {}", text, err)
	}
	host.Config = `{"pages": 3, "more": [1]}`
	pages := 0
	read := func(r *json.Reader) {
		for key := range r.Fields {
			if key == "pages" {
				pages = r.Int()
			}
		}
	}
	if err := ctx.ReadConfig(read); err != nil || pages != 3 {
		t.Errorf("pages = %d, %v", pages, err)
	}
	host.Config = `{"pages": "many"}`
	err := ctx.ReadConfig(read)
	if omakase.CodeOf(err) != omakase.CodeInvalid || !strings.Contains(err.Error(), "want a number, found a string") {
		t.Errorf("err = %v", err)
	}
}

func TestKV(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	kv := host.Context().KV()
	for key, ttl := range map[string]time.Duration{"a1": 0, "a2": 1500 * time.Millisecond, "b": 0} {
		if err := kv.Set(key, "v"+key, ttl); err != nil {
			t.Fatal(err)
		}
	}
	if err := kv.Set("", "v", 0); omakase.CodeOf(err) != omakase.CodeInvalid {
		t.Errorf("err = %v, want invalid_request", err)
	}
	if v, found, err := kv.Get("a1"); v != "va1" || !found || err != nil {
		t.Errorf("Get = %q, %v, %v", v, found, err)
	}
	if keys, err := kv.List("a", 0); err != nil || cmp.Diff([]string{"a1", "a2"}, keys) != "" {
		t.Errorf("List = %v, %v", keys, err)
	}
	if keys, err := kv.List("", 1); err != nil || cmp.Diff([]string{"a1"}, keys) != "" {
		t.Errorf("List of one = %v, %v", keys, err)
	}
	host.Now = host.Now.Add(2 * time.Second) // the TTL was rounded up to this
	if _, found, _ := kv.Get("a2"); found {
		t.Error("a2 outlives its TTL")
	}
	if err := kv.Delete("a1"); err != nil {
		t.Error(err)
	}
	if _, found, err := kv.Get("a1"); found || err != nil {
		t.Errorf("found = %v, %v after Delete", found, err)
	}
}

func TestCrypto(t *testing.T) {
	t.Parallel()
	c := fakehost.New().Context().Crypto()
	// RFC 4231, test case 2, and the empty SHA-256.
	if got, err := c.HMAC("sha256", "Jefe", "what do ya want for nothing?"); err != nil ||
		got != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Errorf("HMAC = %s, %v", got, err)
	}
	if got, err := c.Hash("sha256", ""); err != nil ||
		got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("Hash = %s, %v", got, err)
	}
	if _, err := c.Hash("rot13", ""); omakase.CodeOf(err) != omakase.CodeInvalid {
		t.Errorf("err = %v, want invalid_request", err)
	}
	if _, err := c.Random(0); omakase.CodeOf(err) != omakase.CodeInvalid {
		t.Errorf("err = %v, want invalid_request", err)
	}
	one, err := c.Random(40)
	two, err2 := c.Random(40)
	if err != nil || err2 != nil || len(one) != 80 || one == two {
		t.Errorf("Random = %q, %q, %v, %v", one, two, err, err2)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	log := host.Context().Log()
	log.Debug("d")
	log.Info("i\n")
	log.Warn("w")
	log.Error("e")
	want := []wire.LogRequest{{Level: "debug", Message: "d"}, {Level: "info", Message: "i\n"}, {Level: "warn", Message: "w"}, {Level: "error", Message: "e"}}
	if diff := cmp.Diff(want, host.Logged()); diff != "" {
		t.Error(diff)
	}
}
