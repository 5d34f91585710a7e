package sim

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
)

// call takes an offer of WebRTC. There is no media behind it: the answer is as
// the service's in form, and a conversation beside the call works.
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

func (s *Server) hangup(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	_, ok := s.calls[r.PathValue("id")]
	delete(s.calls, r.PathValue("id"))
	s.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "call_id_not_found", "No session found for the provided call_id.")
		return
	}
	w.WriteHeader(http.StatusOK)
}
