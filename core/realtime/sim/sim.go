// Package sim is a stand-in for a provider of OpenAI's Realtime interface, as
// strict as the service: what that refuses, this refuses in the same words. It
// hears by energy, answers by rules in three languages, calls the tools that a
// session has, and speaks audio that can be heard, though not understood. It
// can be told to misbehave as services do.
//
// The demo and the tests hold conversations with it. It knows nothing of the
// product: everything it says of a shop it has from tools and instructions.
package sim

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// Options are what a Server is made of.
type Options struct {
	// Keys that are let in; none: every key is.
	Keys []string
	// Pace is how much faster than it is heard speech is made (8). Below 0 it
	// is made at once.
	Pace float64
	// Think is how long the model takes before it answers.
	Think time.Duration
	// MaxAge is how long a conversation may last (60 min).
	MaxAge time.Duration
	// Fault is asked before each event that is sent; nil: all goes well.
	Fault func(Moment) Fault
	// Mute leaves the audio out of what is kept, and transcripts of what was
	// said without words. It costs least, for measurements.
	Mute bool
}

// Moment is a point in a conversation.
type Moment struct {
	Conversation int // they are counted from 1
	Sent         int // events in it before this one; 0: it is being opened
	// Event is the type of the next one; "open" at the opening, "response" before
	// a response is made and "arguments" before those of a function call.
	Event string
}

// Fault is what goes wrong.
type Fault int

// The faults.
const (
	None      Fault = iota
	Drop            // the connection breaks
	Stall           // nothing is sent any more
	Expire          // the conversation is over its time
	Duplicate       // the event is sent twice
	RateLimit       // a response fails for the rate; an opening is refused with 429
	Refuse          // an opening is refused with 503
	Garble          // the arguments of a function call break off in the middle
)

// Server is the service. It is an http.Handler for paths below /v1. Close ends
// what it holds.
type Server struct {
	o       Options
	mux     *http.ServeMux
	opened  atomic.Int64
	live    atomic.Int64
	secrets sync.Map // short-lived keys → when they expire

	mu    sync.Mutex
	calls map[string]*session
	all   map[*session]int // how many legs hold it
}

// New returns a server.
func New(o Options) *Server {
	if o.Pace == 0 {
		o.Pace = 8
	}
	if o.MaxAge == 0 {
		o.MaxAge = time.Hour
	}
	s := &Server{o: o, mux: http.NewServeMux(), calls: map[string]*session{}, all: map[*session]int{}}
	s.mux.HandleFunc("GET /v1/realtime", s.socket)
	s.mux.HandleFunc("POST /v1/realtime/client_secrets", s.mint)
	s.mux.HandleFunc("POST /v1/realtime/calls", s.call)
	s.mux.HandleFunc("POST /v1/realtime/calls/{id}/hangup", s.hangup)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Opened is how many conversations there have been, and Live how many there
// are.
func (s *Server) Opened() int { return int(s.opened.Load()) }

// Live is how many conversations are open.
func (s *Server) Live() int { return int(s.live.Load()) }

// Close breaks all conversations.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.all {
		c.drop()
	}
	for _, c := range s.calls {
		c.cancel()
	}
}

// keyOf is the key of a request: a bearer's, or a browser's sub-protocol.
func keyOf(r *http.Request) string {
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return key
	}
	for _, p := range strings.Split(r.Header.Get("Sec-WebSocket-Protocol"), ",") {
		if key, ok := strings.CutPrefix(strings.TrimSpace(p), "openai-insecure-api-key."); ok {
			return key
		}
	}
	return ""
}

func (s *Server) knows(key string) bool {
	if expires, ok := s.secrets.Load(key); ok {
		return time.Now().Before(expires.(time.Time))
	}
	return key != "" && (len(s.o.Keys) == 0 || slices.Contains(s.o.Keys, key))
}

// socket opens a conversation.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	key := keyOf(r)
	if key == "" {
		refuse(w, http.StatusUnauthorized, "", "Missing bearer or basic authentication in header")
		return
	}
	n := int(s.opened.Add(1))
	switch s.fault(Moment{Conversation: n, Event: "open"}) {
	case Refuse:
		refuse(w, http.StatusServiceUnavailable, "server_error", "The server is overloaded.")
		return
	case RateLimit:
		refuse(w, http.StatusTooManyRequests, "rate_limit_exceeded", "Rate limit reached.")
		return
	case Drop:
		panic(http.ErrAbortHandler)
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"realtime"}, InsecureSkipVerify: true})
	if err != nil {
		return
	}
	ws.SetReadLimit(32 << 20)
	c := newSession(s, ws, n, r.URL.Query().Get("model"))
	switch callID := r.URL.Query().Get("call_id"); {
	case r.Header.Get("OpenAI-Beta") != "" || strings.Contains(r.Header.Get("Sec-WebSocket-Protocol"), "openai-beta"):
		c.turnAway(ws, 4000, "beta_api_shape_disabled", "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.")
		return
	case !s.knows(key):
		c.turnAway(ws, 3000, "invalid_api_key", "Incorrect API key provided: "+masked(key)+". You can find your API key at https://platform.openai.com/account/api-keys.")
		return
	case callID != "":
		s.mu.Lock()
		known := s.calls[callID]
		s.mu.Unlock()
		if known == nil {
			c.turnAway(ws, 4000, "call_id_not_found", "No session found for the provided call_id.")
			return
		}
		known.join(ws, n)
		return
	case c.model == "":
		c.turnAway(ws, 4000, "missing_model", "You must provide a model parameter.")
		return
	}
	s.hold(c)
	defer s.release(c)
	c.run(ws)
}

func (s *Server) hold(c *session) {
	s.live.Add(1)
	s.mu.Lock()
	s.all[c]++
	s.mu.Unlock()
}

func (s *Server) release(c *session) {
	s.mu.Lock()
	if s.all[c]--; s.all[c] == 0 {
		delete(s.all, c)
	}
	s.mu.Unlock()
	s.live.Add(-1)
}

func (s *Server) fault(m Moment) Fault {
	if s.o.Fault == nil {
		return None
	}
	return s.o.Fault(m)
}

// masked is a key as the service quotes it.
func masked(key string) string {
	if len(key) < 12 {
		return "***"
	}
	return key[:3] + strings.Repeat("*", len(key)-7) + key[len(key)-4:]
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"error": map[string]any{
		"message": message, "type": "invalid_request_error", "param": nil, "code": code,
	}})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// mint makes a short-lived key.
func (s *Server) mint(w http.ResponseWriter, r *http.Request) {
	if key := keyOf(r); !s.knows(key) {
		refuse(w, http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+masked(key)+".")
		return
	}
	var body struct {
		ExpiresAfter struct {
			Seconds int
		} `json:"expires_after"`
		Session map[string]any
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_json", "We could not parse the JSON body of your request.")
		return
	}
	if p := checkSession(body.Session); p != nil {
		refuse(w, http.StatusBadRequest, p.code, p.message)
		return
	}
	life := 600
	if n := body.ExpiresAfter.Seconds; n != 0 {
		if life = n; n < 10 || n > 7200 {
			refuse(w, http.StatusBadRequest, "invalid_value", "expires_after.seconds must be between 10 and 7200.")
			return
		}
	}
	c := newSession(s, nil, 0, "")
	c.apply(body.Session)
	expires := time.Now().Add(time.Duration(life) * time.Second)
	value := "ek_" + random(16)
	s.secrets.Store(value, expires)
	shown := c.shown()
	shown["expires_at"] = 0
	answer(w, http.StatusOK, map[string]any{"value": value, "expires_at": expires.Unix(), "session": shown})
}

// random is n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
