package sim

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/coder/websocket"
)

// call takes an offer of WebRTC. There is no media behind it: the answer is as
// the service's in form, and whoever connects beside the call has its
// conversation. One of them may play the browser, whose data channel carries
// the same events.
func (s *Server) call(w http.ResponseWriter, r *http.Request) {
	if key := keyOf(r); !s.knows(key) {
		refuse(w, http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+masked(key)+".")
		return
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	var offer string
	session := map[string]any{"type": "realtime"}
	switch media {
	case "application/sdp":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			refuse(w, http.StatusBadRequest, "invalid_offer", "The offer can't be read.")
			return
		}
		offer = string(body)
	case "multipart/form-data":
		offer = r.FormValue("sdp")
		if text := r.FormValue("session"); text != "" {
			session = nil
			if json.Unmarshal([]byte(text), &session) != nil {
				refuse(w, http.StatusBadRequest, "invalid_json", "The session is no JSON.")
				return
			}
		}
	default:
		refuse(w, http.StatusUnsupportedMediaType, "unsupported_content_type", "Unsupported content type.")
		return
	}
	if !strings.HasPrefix(offer, "v=0") || !strings.Contains(offer, "m=audio") {
		refuse(w, http.StatusBadRequest, "invalid_offer", "The SDP offer is invalid.")
		return
	}
	if p := checkSession(session); p != nil {
		refuse(w, http.StatusBadRequest, p.code, p.message)
		return
	}
	c := newSession(s, nil, 0, "")
	c.call = true
	c.apply(session)
	id := "rtc_" + random(12)
	s.mu.Lock()
	s.calls[id] = c
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/sdp")
	w.Header().Set("Location", "/v1/realtime/calls/"+id)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=inactive\r\n")
}

// join holds a leg beside a call until that or the call ends.
func (c *session) join(ws *websocket.Conn, number int) {
	c.s.hold(c)
	defer c.s.release(c)
	c.open.Lock()
	c.legs = append(c.legs, ws)
	c.open.Unlock()
	defer func() {
		c.open.Lock()
		defer c.open.Unlock()
		c.legs = slices.DeleteFunc(c.legs, func(other *websocket.Conn) bool { return other == ws })
	}()
	c.mu.Lock()
	c.number, c.sent, c.stalled, c.asker = number, 0, false, ws
	c.send("session.created", map[string]any{"session": c.shown()})
	c.asker = nil
	c.mu.Unlock()
	c.listen(ws)
}

// hangup ends a call.
func (s *Server) hangup(w http.ResponseWriter, r *http.Request) {
	if key := keyOf(r); !s.knows(key) {
		refuse(w, http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+masked(key)+".")
		return
	}
	s.mu.Lock()
	c, ok := s.calls[r.PathValue("id")]
	delete(s.calls, r.PathValue("id"))
	s.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "call_id_not_found", "No session found for the provided call_id.")
		return
	}
	c.cancel()
	c.close(websocket.StatusNormalClosure, "the call has ended")
	w.WriteHeader(http.StatusOK)
}

// Calls is how many calls there are.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}
