package omakase_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func TestDispatchReachesEachHandler(t *testing.T) {
	t.Parallel()
	p := &omakase.Plugin{
		Scraper: omakase.Scraper{
			Detect: func(_ *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
				return omakase.DetectReply{Score: 1, Reason: req.URL}, nil
			},
			Scrape: func(_ *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
				return omakase.ScrapeReply{Next: req.Cursor + "1"}, nil
			},
			Extract: func(_ *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
				return omakase.ExtractReply{Products: []omakase.Product{{Name: req.Body}}}, nil
			},
			Checkout: func(_ *omakase.Context, req omakase.CheckoutRequest) (omakase.CheckoutReply, error) {
				return omakase.CheckoutReply{URL: req.Lines[0].VariantID}, nil
			},
		},
		Prompt: omakase.Prompt{
			Generate: func(_ *omakase.Context, req omakase.GenerateRequest) (omakase.GenerateReply, error) {
				return omakase.GenerateReply{Prompt: req.Name, Included: len(req.Products)}, nil
			},
		},
		SelfTest: func(*omakase.Context) error { return nil },
	}
	for _, tt := range []struct {
		op            int32
		request, want string
	}{
		{wire.OpSelftest, ``, `{"ok":{}}`},
		{wire.OpDetect, `{"url":"u"}`, `{"ok":{"score":1,"reason":"u"}}`},
		{wire.OpScrape, `{"url":"u","cursor":"c"}`, `{"ok":{"next":"c1"}}`},
		{wire.OpExtract, `{"url":"u","body":"b"}`, `{"ok":{"products":[{"name":"b"}]}}`},
		{wire.OpCheckout, `{"url":"u","lines":[{"variant_id":"v","quantity":1}]}`, `{"ok":{"url":"v"}}`},
		{wire.OpDetect, `{"url":1}`, `{"error":{"code":"invalid_request","message":"reading the request: json: offset 7: want a string, found a number"}}`},
		{wire.OpGenerate, `{"mode":"static","language":"en","name":"Aya","products":[{"id":"1","name":"n"}]}`, `{"ok":{"prompt":"Aya","included":1}}`},
		{wire.OpToolCall, `{}`, `{"error":{"code":"unsupported","message":"the plugin has no handler for this operation"}}`},
		{-1, ``, `{"error":{"code":"unsupported","message":"the plugin knows no such operation"}}`},
	} {
		got := p.Dispatch(fakehost.New().Context(), tt.op, []byte(tt.request), []byte("kept "))
		if diff := cmp.Diff("kept "+tt.want, string(got)); diff != "" {
			t.Errorf("op %d: %s", tt.op, diff)
		}
	}
}

func TestMissingHandlersAreUnsupported(t *testing.T) {
	t.Parallel()
	p := &omakase.Plugin{}
	for _, op := range []int32{wire.OpDetect, wire.OpScrape, wire.OpExtract, wire.OpCheckout, wire.OpGenerate} {
		err := fakehost.New().Do(p, op, &wire.Empty{}, &wire.Empty{})
		if omakase.CodeOf(err) != omakase.CodeUnsupported {
			t.Errorf("op %d: err = %v, want unsupported", op, err)
		}
	}
	if err := fakehost.New().Do(p, wire.OpSelftest, &wire.Empty{}, &wire.Empty{}); err != nil {
		t.Errorf("a plugin without a self-test fails it: %v", err)
	}
}

func TestErrorsOfHandlersHaveCodes(t *testing.T) {
	t.Parallel()
	slow := omakase.Retry(omakase.CodeRateLimited, "slow down")
	syntax := json.NewReader("x")
	syntax.Skip()
	for _, tt := range []struct {
		name string
		err  error
		want omakase.Error
	}{
		{"ours", slow, *slow},
		{
			"ours, wrapped", fmt.Errorf("page 2: %w", slow),
			omakase.Error{Code: omakase.CodeRateLimited, Message: "page 2: rate_limited: slow down", Retryable: true},
		},
		{"any other", errors.New("boom"), omakase.Error{Code: omakase.CodeInternal, Message: "boom"}},
		{"cancelled", context.Canceled, omakase.Error{Code: omakase.CodeCancelled, Message: "context canceled"}},
		{"deadline", context.DeadlineExceeded, omakase.Error{Code: omakase.CodeTimeout, Message: "context deadline exceeded"}},
		{"not JSON", syntax.Err(), omakase.Error{Code: omakase.CodeBadData, Message: "json: offset 0: want a value"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &omakase.Plugin{SelfTest: func(*omakase.Context) error { return tt.err }}
			var got *omakase.Error
			if err := fakehost.New().Do(p, wire.OpSelftest, &wire.Empty{}, &wire.Empty{}); !errors.As(err, &got) {
				t.Fatalf("err = %v", err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := omakase.CodeOf(nil); got != "" {
		t.Errorf("CodeOf(nil) = %q", got)
	}
}

// codeHost answers every call with one negative code.
type codeHost int32

func (h codeHost) Call(int32, []byte) ([]byte, int32) { return nil, int32(h) }

func TestNegativeCodesAreErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[codeHost]string{
		wire.ErrNoFunction: omakase.CodeUnsupported,
		wire.ErrBadPointer: omakase.CodeInternal,
		wire.ErrTooLarge:   omakase.CodeTooLarge,
		wire.ErrLimit:      omakase.CodeDenied,
		wire.ErrStopped:    omakase.CodeCancelled,
		wire.ErrNoBody:     omakase.CodeNotFound,
		-99:                omakase.CodeInternal,
	} {
		_, err := omakase.NewContext(code).Config()
		if got := omakase.CodeOf(err); got != want {
			t.Errorf("code %d is %q, want %q", code, got, want)
		}
	}
}

func TestAStoppedCallEndsItsContext(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	ctx := host.Context()
	if ctx.Err() != nil || ctx.Now().IsZero() {
		t.Fatal("the call has ended before it was stopped")
	}
	host.Stop()
	if _, err := ctx.HTTP().Get("https://shop.example"); omakase.CodeOf(err) != omakase.CodeCancelled {
		t.Errorf("err = %v, want cancelled", err)
	}
	select {
	case <-ctx.Done():
	default:
		t.Error("Done is open")
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("Err() = %v", ctx.Err())
	}
	if _, err := ctx.Config(); omakase.CodeOf(err) != omakase.CodeCancelled {
		t.Errorf("a further call says %v, want cancelled", err)
	}
	ctx.Log().Info("into the void")
	if !ctx.Now().IsZero() {
		t.Error("the clock of a stopped call runs")
	}
}

func TestContextFollowsTheHostsClock(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	ctx := host.Context()
	if _, ok := ctx.Deadline(); ok {
		t.Error("a deadline that the host does not know")
	}
	host.Left = 1500 * time.Millisecond
	got, ok := ctx.Deadline()
	if want := host.Now.Add(host.Left); !ok || !got.Equal(want) {
		t.Errorf("Deadline() = %v, %v, want %v", got, ok, want)
	}
	if !ctx.Now().Equal(host.Now) || ctx.Value("any") != nil {
		t.Errorf("Now() = %v", ctx.Now())
	}
}

// brokenHost answers with something that is no reply.
type brokenHost struct{}

func (brokenHost) Call(int32, []byte) ([]byte, int32) { return []byte("?"), 0 }

func TestABrokenHostIsAnInternalError(t *testing.T) {
	t.Parallel()
	_, err := omakase.NewContext(brokenHost{}).Config()
	if omakase.CodeOf(err) != omakase.CodeInternal {
		t.Errorf("err = %v, want internal", err)
	}
}
