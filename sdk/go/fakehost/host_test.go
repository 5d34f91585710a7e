package fakehost_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func TestFetchAnswersWhatNoPageDoes(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	host.Page("https://shop.example/", fakehost.Response{Body: "page"})
	host.Fetch = func(req wire.FetchRequest) (fakehost.Response, error) {
		switch req.URL {
		case "https://shop.example/slow":
			return fakehost.Response{}, omakase.Retry(omakase.CodeRateLimited, "slow down")
		case "https://shop.example/wrapped":
			return fakehost.Response{}, fmt.Errorf("hop 2: %w", omakase.Fail(omakase.CodeRobots, "no"))
		case "https://shop.example/same":
			return fakehost.Response{Status: 304, NotModified: true}, nil
		}
		return fakehost.Response{Body: req.Method + " " + req.Body, URL: "https://other.example/"}, nil
	}
	http := host.Context().HTTP()
	for _, tt := range []struct {
		req  omakase.FetchRequest
		want omakase.FetchReply
		err  string
	}{
		{
			omakase.FetchRequest{URL: "https://shop.example/"},
			omakase.FetchReply{Status: 200, URL: "https://shop.example/", Body: "body:1", Size: 4},
			"",
		},
		{
			omakase.FetchRequest{URL: "https://shop.example/", Method: "POST", Body: "x"},
			omakase.FetchReply{Status: 200, URL: "https://other.example/", Body: "body:2", Size: 6},
			"",
		},
		{
			omakase.FetchRequest{URL: "https://shop.example/same", Conditional: true},
			omakase.FetchReply{Status: 304, URL: "https://shop.example/same", NotModified: true},
			"",
		},
		{omakase.FetchRequest{URL: "https://shop.example/slow"}, omakase.FetchReply{}, "rate_limited: slow down"},
		{omakase.FetchRequest{URL: "https://shop.example/wrapped"}, omakase.FetchReply{}, "robots_disallowed: hop 2: robots_disallowed: no"},
	} {
		resp, err := http.Fetch(tt.req)
		if err != nil {
			if err.Error() != tt.err {
				t.Errorf("%s: err = %v, want %q", tt.req.URL, err, tt.err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, resp.FetchReply); diff != "" || tt.err != "" {
			t.Errorf("%s: no error %q: %s", tt.req.URL, tt.err, diff)
		}
	}
	if got := host.Fetched(); len(got) != 5 || got[1].Method != "POST" {
		t.Errorf("fetched = %+v", got)
	}
}

func TestCallKnowsItsFunctionsOnly(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	if _, code := host.Call(999, nil); code != wire.ErrNoFunction {
		t.Errorf("code = %d, want %d", code, wire.ErrNoFunction)
	}
	if _, code := host.Call(wire.FnBodyRead, []byte("?")); code != wire.ErrNoBody {
		t.Errorf("code = %d, want %d", code, wire.ErrNoBody)
	}
	reply, code := host.Call(wire.FnLog, []byte("?"))
	if err := wire.DecodeReply(reply, &wire.Empty{}); code != 0 || omakase.CodeOf(err) != wire.CodeInvalid {
		t.Errorf("code = %d, err = %v, want invalid_request", code, err)
	}
}

func TestHTMLNeedsTheTest(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	_, err := host.Context().HTML().Query(omakase.HTMLRequest{Body: host.Body("")})
	if omakase.CodeOf(err) != omakase.CodeUnsupported {
		t.Errorf("err = %v, want unsupported", err)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	host.Secrets = map[string]string{"token": "hunter2", "unset": ""}
	host.Page("https://api.example/", fakehost.Response{Body: "in"})
	ctx := host.Context()
	token, err := ctx.Secrets().Use("token")
	if err != nil {
		t.Fatal(err)
	}
	basic, err := ctx.Secrets().Basic("me", "token")
	if err != nil {
		t.Fatal(err)
	}
	headers := []omakase.Header{{Name: "X-Token", Value: token}, {Name: "Authorization", Value: basic}}
	if _, err := ctx.HTTP().Fetch(omakase.FetchRequest{URL: "https://api.example/", Headers: headers}); err != nil {
		t.Fatal(err)
	}
	want := []omakase.Header{{Name: "X-Token", Value: "{secret:token}"}, {Name: "Authorization", Value: "Basic {secret:base64(me:token)}"}}
	if diff := cmp.Diff(want, host.Fetched()[0].Headers); diff != "" {
		t.Error(diff)
	}
	signed, err := ctx.Crypto().HMACWith("sha256", "token", "data")
	if plain, _ := ctx.Crypto().HMAC("sha256", "hunter2", "data"); signed != plain || err != nil {
		t.Errorf("signed %s, want %s, %v", signed, plain, err)
	}
	_, unset := ctx.Secrets().Use("unset")
	_, foreign := ctx.Secrets().Use("foreign")
	_, inURL := ctx.HTTP().Get("https://api.example/?key=" + token)
	for _, tt := range []struct {
		err  error
		code string
	}{{unset, omakase.CodeNotFound}, {foreign, omakase.CodeDenied}, {inURL, omakase.CodeInvalid}} {
		if omakase.CodeOf(tt.err) != tt.code {
			t.Errorf("err = %v, want %s", tt.err, tt.code)
		}
	}
}

// An Example of a test of a plugin's handler: no network, no WASM.
func Example() {
	detect := func(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
		page, err := ctx.Body(req.Body).Text()
		if err != nil {
			return omakase.DetectReply{}, err
		}
		return omakase.DetectReply{Score: len(page)}, nil
	}
	host := fakehost.New()
	reply, err := detect(host.Context(), omakase.DetectRequest{
		URL:  "https://shop.example",
		Body: host.Body("<html>"),
	})
	fmt.Println(reply.Score, err)
	// Output: 6 <nil>
}
