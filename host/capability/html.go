package capability

import (
	"context"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func (c *Call) queryHTML(context.Context, *wire.HTMLRequest) (wire.Value, error) {
	return nil, errs.New(errs.Unsupported, "x")
}
