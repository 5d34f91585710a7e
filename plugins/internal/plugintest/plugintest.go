// Package plugintest is what the tests of the built-in plugins share: a native
// host whose html capability is the real one, simulated shops, and the corpus of
// saved pages that lies beside the repository on machines that develop it.
//
// It is for tests only; nothing in a plugin imports it.
package plugintest

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// NewHost returns a fake host that parses pages as the real host does.
func NewHost(t testing.TB) *fakehost.Host {
	t.Helper()
	host := fakehost.New()
	functions := capability.New(capability.Services{})
	plugin := capability.NewPlugin("scraper.test", "", capability.Grants{HTML: true}, capability.Limits{})
	host.HTML = func(page string, req wire.HTMLRequest) (reply wire.HTMLReply, err error) {
		session := functions.Session(plugin, capability.SessionOptions{})
		defer session.Close()
		call := session.Begin(func() time.Duration { return time.Minute })
		defer call.End()
		if req.Body, err = call.Hold([]byte(page), "text/html"); err != nil {
			return reply, err
		}
		answer, _ := call.Do(context.Background(), wire.FnHTMLQuery, req.AppendJSON(nil))
		return reply, wire.DecodeReply(bytes.Clone(answer), &reply)
	}
	return host
}

// Serve lets a handler be the whole web of a host: it answers every request,
// without a socket.
func Serve(host *fakehost.Host, shop http.Handler) {
	host.Fetch = func(req wire.FetchRequest) (fakehost.Response, error) {
		url := req.URL
		for range 10 {
			r := httptest.NewRequest(method(req), url, strings.NewReader(req.Body))
			for _, h := range req.Headers {
				r.Header.Set(h.Name, h.Value)
			}
			w := httptest.NewRecorder()
			shop.ServeHTTP(w, r)
			if to := w.Header().Get("Location"); w.Code >= 300 && w.Code < 400 && to != "" {
				next, err := r.URL.Parse(to)
				if err != nil {
					return fakehost.Response{}, err
				}
				url = next.String()
				continue
			}
			response := fakehost.Response{Status: w.Code, URL: url, Body: w.Body.String()}
			for name, values := range w.Header() {
				for _, v := range values {
					response.Headers = append(response.Headers, wire.Header{Name: name, Value: v})
				}
			}
			return response, nil
		}
		return fakehost.Response{Status: http.StatusLoopDetected, URL: url}, nil
	}
}

func method(req wire.FetchRequest) string {
	if req.Method == "" {
		return http.MethodGet
	}
	return req.Method
}
