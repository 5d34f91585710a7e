package capability

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	// MinSecret is the length of the shortest secret: a shorter one could not
	// be told from other text where the host hides it.
	MinSecret = 4

	maxPlaceholders = 64 // in one call
	maxPrefix       = 1 << 10
	placeholderHead = "{secret:"
	hiddenWord      = "[secret]"
)

// SetSecrets gives a plugin its secrets by their names; "" is one that the
// operator hasn't set. It is to be called before the first session.
func (p *Plugin) SetSecrets(values map[string]string) {
	p.secrets = maps.Clone(values)
	seen := map[string]bool{"": true}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, form := range forms(values[name]) {
			if !seen[form] {
				seen[form] = true
				p.hidden = append(p.hidden, []byte(form))
			}
		}
	}
	// The longest first: one secret may begin as another.
	slices.SortStableFunc(p.hidden, func(a, b []byte) int { return len(b) - len(a) })
}

// forms are the spellings in which a server tells a secret that it was sent.
func forms(secret string) []string {
	if len(secret) < MinSecret {
		return nil
	}
	quoted, _ := json.Marshal(secret) // text never fails
	plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(quoted[1 : len(quoted)-1]))
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		string(quoted[1 : len(quoted)-1]), plain, strings.ReplaceAll(plain, "/", `\/`),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
}

// hide takes the plugin's secrets out of a text.
func (p *Plugin) hide(text string) string {
	for _, form := range p.hidden {
		if strings.Contains(text, string(form)) {
			text = strings.ReplaceAll(text, string(form), hiddenWord)
		}
	}
	return text
}

// hideIn takes the plugin's secrets, and what placeholders stood for, out of a
// response, which belongs to the caller.
func (c *Call) hideIn(resp *fetch.Response) {
	p := c.session.plugin
	if len(p.hidden) == 0 {
		return
	}
	hidden := p.hidden
	for _, value := range c.placeholders {
		hidden = append(slices.Clip(hidden), []byte(value))
	}
	for _, form := range hidden {
		if bytes.Contains(resp.Body, form) {
			resp.Body = bytes.ReplaceAll(resp.Body, form, []byte(hiddenWord))
		}
		for _, text := range []*string{&resp.URL, &resp.ETag, &resp.LastModified} {
			*text = strings.ReplaceAll(*text, string(form), hiddenWord)
		}
		for name, values := range resp.Header {
			for i, v := range values {
				if strings.Contains(v, string(form)) {
					resp.Header[name][i] = strings.ReplaceAll(v, string(form), hiddenWord)
				}
			}
		}
	}
}

// hidden takes the plugin's secrets out of an error's text.
func (c *Call) hidden(err error) error {
	text := err.Error()
	if safe := c.session.plugin.hide(text); safe != text {
		return &errs.Error{Kind: errs.KindOf(err), Msg: safe, Hint: c.session.plugin.hide(errs.HintOf(err))}
	}
	return err
}

// secret finds a secret of the plugin by its name.
func (c *Call) secret(name string) (string, error) {
	value, declared := c.session.plugin.secrets[name]
	switch {
	case !declared:
		return "", c.denied("secret", clip(name, 100), "config_schema marks no text of that name as secret")
	case value == "":
		return "", errs.New(errs.NotFound, "the operator has not set the secret %s", name).
			WithHint("set secrets.%s in the plugin's settings", name)
	case len(value) < MinSecret:
		return "", errs.New(errs.Invalid, "the secret %s has less than %d characters", name, MinSecret)
	}
	return value, nil
}

// useSecret answers a placeholder that fetch replaces. It is good for this
// call only and can't be guessed, so that no page a guest copies from holds
// one.
func (c *Call) useSecret(_ context.Context, q *wire.SecretRequest) (wire.Value, error) {
	value, err := c.secret(q.Name)
	if err != nil {
		return nil, err
	}
	switch {
	case len(q.Prefix) > maxPrefix:
		return nil, errs.New(errs.Invalid, "a prefix has at most %d bytes, this one %d", maxPrefix, len(q.Prefix))
	case len(c.placeholders) >= maxPlaceholders:
		return nil, errs.New(errs.TooLarge, "more than %d placeholders in one call", maxPlaceholders).WithHint("use one again")
	}
	value = q.Prefix + value
	switch q.Encoding {
	case "":
	case "base64":
		value = base64.StdEncoding.EncodeToString([]byte(value))
	default:
		return nil, errs.New(errs.Invalid, "%q is no encoding: use base64 or leave it out", clip(q.Encoding, 20))
	}
	if c.placeholders == nil {
		var nonce [8]byte
		if _, err := io.ReadFull(c.session.functions.Random, nonce[:]); err != nil {
			return nil, errs.Wrap("making a placeholder", err)
		}
		c.placeholders, c.nonce = map[string]string{}, hex.EncodeToString(nonce[:])
	}
	placeholder := placeholderHead + q.Name + ":" + c.nonce + strconv.Itoa(len(c.placeholders)) + "}"
	c.placeholders[placeholder] = value
	return &wire.SecretReply{Placeholder: placeholder}, nil
}

// reveal puts secrets in the place of their placeholders in a header's value.
// names are those of the secrets.
func (c *Call) reveal(value string) (revealed string, names []string, err error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(value, placeholderHead)
		b.WriteString(before)
		if !found {
			return b.String(), names, nil
		}
		inside, after, closed := strings.Cut(rest, "}")
		secret, known := c.placeholders[placeholderHead+inside+"}"]
		if !closed || !known {
			return "", nil, errs.New(errs.Invalid, "%q is no placeholder of a secret in this call", clip(placeholderHead+rest, 60)).
				WithHint("ask for the placeholder in the call that sends it")
		}
		name, _, _ := strings.Cut(inside, ":")
		b.WriteString(secret)
		names = append(names, name)
		value = after
	}
}

// misplaced reports whether a URL or body, which secrets may not go into, holds
// a placeholder.
func misplaced(text string) bool {
	return strings.Contains(text, placeholderHead) || strings.Contains(text, "%7Bsecret:") || strings.Contains(text, "%7bsecret:")
}
