package api

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/host/auth"
)

// issued is a short-lived key of ours: it opens sessions here and nowhere
// else, so that the host's tools and the provider's key stay here.
type issued struct {
	expires   time.Time
	workspace string
	session   json.RawMessage // in the service's form; nil: no wishes
}

// secretBook holds the keys that were issued and have not expired.
type secretBook struct {
	mu  sync.Mutex
	all map[string]issued
}

// maxIssued bounds how many keys are valid at once.
const maxIssued = 10_000

func (b *secretBook) add(key string, s issued) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) >= maxIssued {
		for key, old := range b.all {
			if time.Now().After(old.expires) {
				delete(b.all, key)
			}
		}
	}
	if len(b.all) >= maxIssued {
		return false
	}
	if b.all == nil {
		b.all = map[string]issued{}
	}
	b.all[key] = s
	return true
}

// take finds a key. It stays: a key opens sessions until it expires.
func (b *secretBook) take(key string) (issued, bool) {
	if !strings.HasPrefix(key, "ek_") {
		return issued{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.all[key]
	if ok && time.Now().After(s.expires) {
		delete(b.all, key)
		return issued{}, false
	}
	return s, ok
}

// How long a key is valid, in seconds.
const (
	secretLife  = 600
	secretLeast = 10
	secretMost  = 7200
)

// serviceKey lets those in who have a key. It answers the others.
func (s *Server) serviceKey(c *fiber.Ctx) (key string, ok bool) {
	given, has := auth.Bearer(c.Request().Header.Peek(fiber.HeaderAuthorization))
	key = string(given)
	if s.o.Auth.Required() && !has {
		writeServiceError(c.Context(), fiber.StatusUnauthorized, realtime.Problem{Type: serviceError, Message: "Missing bearer or basic authentication in header"})
		return "", false
	}
	if _, ok := s.admit(key); !ok {
		writeServiceError(c.Context(), fiber.StatusUnauthorized, *wrongKey(key))
		return "", false
	}
	return key, true
}

func badService(c *fiber.Ctx, code, message, param string) error {
	writeServiceError(c.Context(), fiber.StatusBadRequest, realtime.Problem{Type: serviceError, Code: code, Message: message, Param: param})
	return nil
}

// clientSecret issues a short-lived key, as the service does.
func (s *Server) clientSecret(c *fiber.Ctx, _ *Backend) error {
	if key, ok := s.serviceKey(c); !ok {
		return nil
	} else if strings.HasPrefix(key, "ek_") {
		return badService(c, "invalid_api_key", "A short-lived key can't make others.", "")
	}
	workspace, err := workspaceOf(c)
	if err != nil {
		return badService(c, "invalid_value", err.Error(), headerWorkspace)
	}
	var body struct {
		After struct {
			Anchor  string `json:"anchor"`
			Seconds *int   `json:"seconds"`
		} `json:"expires_after"`
		Session json.RawMessage `json:"session"`
	}
	// Fiber's own way to a body would unpack what is packed, however large.
	if wrong := checkMedia(c); wrong != nil {
		writeServiceError(c.Context(), fiber.StatusUnsupportedMediaType, realtime.Problem{Type: serviceError, Code: codeMediaType, Message: wrong.Error()})
		return nil //nolint:nilerr // it has been answered
	}
	if raw := c.Context().PostBody(); len(raw) > 0 {
		if json.Unmarshal(raw, &body) != nil || bytes.TrimSpace(raw)[0] != '{' {
			return badService(c, "invalid_json", "We could not parse the JSON body of your request.", "")
		}
	}
	life := secretLife
	if n := body.After.Seconds; n != nil {
		if life = *n; life < secretLeast || life > secretMost {
			return badService(c, "invalid_value", "expires_after.seconds must be between 10 and 7200.", "expires_after.seconds")
		}
	}
	shown := members{}
	if body.Session != nil && json.Unmarshal(body.Session, &shown) != nil {
		return badService(c, "invalid_type", "Invalid type for 'session': expected an object.", "session")
	}
	if kind := shown["type"]; body.Session != nil && kind != "realtime" {
		return badService(c, "invalid_value", "Invalid 'session.type': this server answers 'realtime' only.", "session.type")
	}
	value, expires := "ek_"+rand.Text()+rand.Text(), time.Now().Add(time.Duration(life)*time.Second)
	if !s.issued.add(value, issued{expires, workspace, body.Session}) {
		writeServiceError(c.Context(), fiber.StatusTooManyRequests, realtime.Problem{Type: "requests", Code: "rate_limit_exceeded", Message: "Too many keys are valid at once."})
		return nil
	}
	shown["type"], shown["object"], shown["id"] = "realtime", "realtime.session", "sess_"+newSocketID()
	if shown["model"] == nil {
		shown["model"] = s.o.Voice.Model
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return writeValue(c, fiber.StatusOK, members{"value": value, "expires_at": expires.Unix(), "session": shown})
}
