package errs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
)

func TestKindAndHintSurviveWrapping(t *testing.T) {
	t.Parallel()
	cause := errs.New(errs.Robots, "line 3 says Disallow: /").WithHint("ask the shop")
	err := fmt.Errorf("importing: %w", errs.Wrap("fetching /", cause))
	if errs.KindOf(err) != errs.Robots || errs.HintOf(err) != "ask the shop" {
		t.Errorf("kind %s, hint %q", errs.KindOf(err), errs.HintOf(err))
	}
	if got := err.Error(); got != "importing: fetching /: line 3 says Disallow: /" {
		t.Errorf("%q", got)
	}
}

func TestKindOfOthers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		kind errs.Kind
	}{
		{context.Canceled, errs.Cancelled},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), errs.Timeout},
		{errors.New("x"), errs.Internal},
	} {
		if got := errs.KindOf(tt.err); got != tt.kind {
			t.Errorf("%v: %s", tt.err, got)
		}
	}
	if errs.Wrap("x", nil) != nil || errs.Is(nil, errs.Internal) {
		t.Error("nil is an error")
	}
}
