// Package openai speaks to a provider of OpenAI's Realtime interface in its
// generally available form. Today it mints the short-lived keys with which a
// browser opens a conversation of its own.
//
// It knows nothing of shops, agents or our own clients: it is handed what to
// say. The standard key never leaves it, neither in answers nor in errors.
package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// Options are what a Client is made of.
type Options struct {
	BaseURL string        // the root of the provider's API, such as https://api.openai.com/v1
	Key     string        // the standard key; "": every call is refused with ErrNoKey
	Timeout time.Duration // of one request (20 s)
}

// Client talks to the provider. It is safe for concurrent use.
type Client struct {
	base, key string
	http      *http.Client
}

// ErrNoKey says that the operator has set no key.
var ErrNoKey = errs.New(errs.Unavailable, "OpenAI API key not configured").WithHint("set OPENAI_API_KEY")

const (
	defaultTimeout = 20 * time.Second
	maxAnswer      = 1 << 20  // bytes of an answer
	maxRefusal     = 16 << 10 // bytes of a refusal's text that are kept
)

// New returns a client. Its error is Invalid when the base URL is none.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errs.New(errs.Invalid, "the provider's base URL %q is no http or https URL", o.BaseURL).
			WithHint("set OPENAI_BASE_URL, such as https://api.openai.com/v1")
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return &Client{
		base: strings.TrimRight(o.BaseURL, "/"), key: o.Key,
		http: &http.Client{
			Timeout: o.Timeout,
			// A redirect would carry the key, or the session, elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Secret is a short-lived key and the session that it opens.
type Secret struct {
	Value     string `json:"value"`
	ExpiresAt int64  `json:"expires_at"` // seconds since 1970
	Session   Opened `json:"session"`
}

// Opened is what the provider says of a session.
type Opened struct {
	ID        string `json:"id"`
	Model     string `json:"model"`
	ExpiresAt int64  `json:"expires_at"`
	Audio     struct {
		Output struct {
			Voice string `json:"voice"`
		} `json:"output"`
	} `json:"audio"`
}

// RefusedError is an answer of the provider that is no success.
type RefusedError struct {
	Status int    // of HTTP, 300 or above
	Text   string // the body, shortened, without keys
}

// Error names the status; the text is for those who show it.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the provider answered %d %s", e.Status, http.StatusText(e.Status))
}

// CreateSecret mints a key for one session. The error is ErrNoKey, a
// *RefusedError where the provider said no, and else Timeout, Unavailable or
// BadData.
//
// Whoever holds the key can change the session's instructions and tools: it
// is no place to keep a policy.
func (c *Client) CreateSecret(ctx context.Context, s *Session) (Secret, error) {
	var secret Secret
	if c.key == "" {
		return secret, ErrNoKey
	}
	body, err := json.Marshal(struct {
		Session *Session `json:"session"`
	}{s})
	if err != nil {
		return secret, errs.Wrap("encoding the session", err)
	}
	answer, err := c.post(ctx, "/realtime/client_secrets", body)
	if err != nil {
		return secret, err
	}
	if err := json.Unmarshal(answer, &secret); err != nil || secret.Value == "" {
		return Secret{}, errs.New(errs.BadData, "the provider's answer holds no key")
	}
	return secret, nil
}

func (c *Client) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	const op = "asking the provider of voices"
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, errs.Wrap(op, err)
	}
	rq.Header.Set("Authorization", "Bearer "+c.key)
	rq.Header.Set("Content-Type", "application/json")
	rs, err := c.http.Do(rq)
	if err != nil {
		return nil, c.unreachable(op, err)
	}
	defer func() { _ = rs.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(rs.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.unreachable(op, err)
	case len(answer) > maxAnswer:
		return nil, errs.New(errs.BadData, "the provider's answer is longer than %d bytes", maxAnswer)
	case rs.StatusCode != http.StatusOK && rs.StatusCode != http.StatusCreated:
		return nil, &RefusedError{rs.StatusCode, c.withoutKeys(answer)}
	}
	return answer, nil
}

// unreachable says that no answer came, without the address, which is the
// operator's business.
func (c *Client) unreachable(op string, err error) error {
	kind := errs.Unavailable
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
		if failed.Timeout() {
			kind = errs.Timeout
		}
	}
	if k := errs.KindOf(err); k == errs.Timeout || k == errs.Cancelled {
		kind = k
	}
	return &errs.Error{Kind: kind, Op: op, Err: err}
}

// keys look like this in what the provider says, also half hidden by stars.
var keys = regexp.MustCompile(`\b(?:sk|ek)[-_][A-Za-z0-9*_-]{4,}`)

// withoutKeys is text that may be shown to anybody: some refusals quote the
// key that was sent.
func (c *Client) withoutKeys(text []byte) string {
	s := strings.ToValidUTF8(string(text[:min(len(text), maxRefusal)]), "\ufffd")
	if len(c.key) >= 4 { // a shorter one would be found everywhere
		s = strings.ReplaceAll(s, c.key, "[key]")
	}
	return keys.ReplaceAllString(s, "[key]")
}
