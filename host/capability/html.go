package capability

import (
	"context"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/page"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// pagesParsed is how many parsed pages a call keeps: they are many times as
// large as their text.
const pagesParsed = 2

// queryHTML answers a batch of queries on one page, which is parsed once.
func (c *Call) queryHTML(ctx context.Context, q *wire.HTMLRequest) (wire.Value, error) {
	b, err := c.body(q.Body)
	if err != nil {
		return nil, err
	}
	if err := c.parse(ctx, b); err != nil {
		return nil, err
	}
	l := c.session.plugin.Limits
	reply, err := b.page.Query(ctx, q, page.Limits{Nodes: l.Nodes, Bytes: l.Reply})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// parse parses a body once.
func (c *Call) parse(ctx context.Context, b *body) error {
	if b.page != nil {
		return nil
	}
	if most := c.session.plugin.Limits.PageBytes; len(b.data) > most {
		return errs.New(errs.TooLarge, "the page has %d bytes; %d are parsed", len(b.data), most)
	}
	p, err := page.Parse(ctx, b.data)
	if err != nil {
		return err
	}
	b.page = p
	c.parsed = append(c.parsed, b)
	if len(c.parsed) > pagesParsed {
		c.parsed[0].page = nil
		c.parsed = c.parsed[1:]
	}
	return nil
}
