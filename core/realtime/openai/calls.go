package openai

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
)

// Call is a conversation over WebRTC whose media go past this host.
type Call struct {
	ID     string // for Upstream.Beside
	Answer string // SDP
}

// maxOffer is the largest SDP, in bytes.
const maxOffer = 256 << 10

// CreateCall hands a browser's offer to the provider, under the standard key:
// a conversation beside a call opens only with the key that made the call. The
// errors are those of CreateSecret, and Invalid for an offer that is none.
func (c *Client) CreateCall(ctx context.Context, offer string, session []byte) (Call, error) {
	if c.key == "" {
		return Call{}, ErrNoKey
	}
	if len(offer) > maxOffer || !strings.HasPrefix(offer, "v=0") {
		return Call{}, errs.New(errs.Invalid, "the offer is no SDP").WithHint("send what RTCPeerConnection.createOffer returned")
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range []struct{ name, value string }{{"sdp", offer}, {"session", string(session)}} {
		if err := form.WriteField(field.name, field.value); err != nil {
			return Call{}, errs.Wrap("writing the call", err)
		}
	}
	if err := form.Close(); err != nil {
		return Call{}, errs.Wrap("writing the call", err)
	}
	const op = "asking the provider for a call"
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/realtime/calls", &body)
	if err != nil {
		return Call{}, errs.Wrap(op, err)
	}
	rq.Header.Set("Authorization", "Bearer "+c.key)
	rq.Header.Set("Content-Type", form.FormDataContentType())
	rs, err := c.http.Do(rq)
	if err != nil {
		return Call{}, c.unreachable(op, err)
	}
	defer func() { _ = rs.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(rs.Body, maxAnswer))
	switch {
	case err != nil:
		return Call{}, c.unreachable(op, err)
	case rs.StatusCode != http.StatusOK && rs.StatusCode != http.StatusCreated:
		return Call{}, &RefusedError{rs.StatusCode, c.withoutKeys(answer)}
	}
	id := path.Base(rs.Header.Get("Location"))
	if !strings.HasPrefix(id, "rtc_") {
		return Call{}, errs.New(errs.BadData, "the provider's answer names no call")
	}
	return Call{ID: id, Answer: string(answer)}, nil
}
