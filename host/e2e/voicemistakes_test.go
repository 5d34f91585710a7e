package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// What a client may get wrong on the contract's socket is answered, and what
// it does afterwards works.
func TestVoiceMistakes(t *testing.T) {
	s := serve(t, t.TempDir(), "OMAKASE_VOICE_SIMULATOR=true")
	url := strings.Replace(s.base, "http", "ws", 1)
	v := visit(t, url, "")
	expect := func(typ, sent string) heard {
		t.Helper()
		v.must(v.say(sent))
		for {
			h, err := v.next()
			if err != nil {
				t.Fatalf("no %s for %.80s: %v", typ, sent, err)
			}
			if h.typ() == typ {
				return h
			}
		}
	}
	if _, err := v.until("connected"); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "{", "null", "[]", "5", `"text"`, `{"type":"update_config","config":5}`, strings.Repeat("[", 1<<20)} {
		if e := expect("error", wrong); e["message"] != "Invalid message format" {
			t.Errorf("%.80q: %v", wrong, e)
		}
	}
	v.must(v.ws.Write(t.Context(), websocket.MessageBinary, []byte{0, 0xff, 1, 2}))
	if _, err := v.until("error"); err != nil {
		t.Error(err)
	}
	v.must(v.say(`{"type":"no.such.event"}`)) // without a session: nothing, as it always was
	expect("voice_session_ended", `{"type":"end_voice_session"}`)
	expect("voice_session_ended", `{"type":"end_voice_session"}`)
	expect("voice_session_started", `{"type":"start_voice_session"}`)
	expect("voice_session_started", `{"type":"start_voice_session"}`)
	for _, wrong := range []string{
		`{"type":"no.such.event"}`, `{"type":5}`, `{}`, `{"type":"conversation.item.create"}`, `{"type":"conversation.item.create","item":{"type":"message","role":"nobody","content":[]}}`,
		`{"type":"response.create","response":5}`, `{"type":"response.create","response":{"nonsense":1}}`, `{"type":"session.update","session":{"nonsense":1}}`,
		`{"type":"input_audio_buffer.append","audio":"no base64!"}`, `{"type":"input_audio_buffer.append"}`, `{"type":"input_audio_buffer.commit"}`,
		`{"type":"conversation.item.delete","item_id":"none"}`, `{"type":"conversation.item.truncate","item_id":"none","content_index":0,"audio_end_ms":1}`, `{"type":"response.cancel"}`,
	} {
		e := expect("error", wrong)
		if p, _ := e["error"].(map[string]any); p == nil || fmt.Sprint(p["message"]) == "" || p["code"] == nil {
			t.Errorf("%s: %v", wrong, e)
		}
	}
	v.must(v.write("こんにちは"))
	if _, err := v.until("response.audio_transcript.done"); err != nil {
		t.Error(err)
	}
	expect("voice_session_ended", `{"type":"end_voice_session"}`)
	expect("voice_session_ended", `{"type":"end_voice_session"}`)
	// More than any event has: only this client is told to go.
	_ = v.ws.Write(t.Context(), websocket.MessageText, bytes.Repeat([]byte(" "), 21<<20))
	for {
		if _, err := v.next(); err != nil {
			if websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
				t.Errorf("a message of 21 MB: %v", err)
			}
			break
		}
	}
	if status := s.call("GET", "/api/ready", nil, nil); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}
}

// Whoever comes when all places are taken is told so, and gets one when
// somebody leaves.
func TestVoicePlaces(t *testing.T) {
	s := serve(t, t.TempDir(), "OMAKASE_VOICE_SIMULATOR=true", "OMAKASE_VOICE_SESSIONS=2", "OMAKASE_VOICE_SESSIONS_PER_KEY=1")
	url := strings.Replace(s.base, "http", "ws", 1)
	enter := func(key string) (*visitor, error) {
		v := visit(t, url+"/v1/realtime?language=en", key)
		_, err := v.until("session.created")
		return v, err
	}
	turned := func(key string) {
		t.Helper()
		v, err := enter(key)
		if err == nil || !strings.Contains(err.Error(), "rate_limit_exceeded") {
			t.Errorf("%s was let in: %v", key, err)
			return
		}
		if _, err := v.next(); websocket.CloseStatus(err) != websocket.StatusTryAgainLater {
			t.Errorf("%s: %v", key, err)
		}
	}
	first, err := enter("one")
	if err != nil {
		t.Fatal(err)
	}
	turned("one") // it has its place
	if _, err := enter("two"); err != nil {
		t.Fatal(err)
	}
	turned("three") // there are no more
	contract := visit(t, url, "")
	contract.must(contract.say(`{"type":"start_voice_session"}`))
	if _, err := contract.until("voice_session_started"); err == nil || !strings.Contains(err.Error(), "as many as this server takes") {
		t.Errorf("the contract's socket: %v", err)
	}
	_ = first.ws.Close(websocket.StatusNormalClosure, "")
	for looks := 0; ; looks++ {
		if _, err := enter("three"); err == nil {
			return
		}
		if looks > 200 {
			t.Fatal("the place that became free was not given away")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// One client in ten stalls, vanishes or sends garbage; the others notice
// nothing: each is answered, and hears no error.
// OMAKASE_VOICE_CROWD is how many there are (60).
func TestVoiceCrowd(t *testing.T) {
	p := openProvider(t, sim.Options{Pace: 50})
	s := serveVoices(t, p)
	n := asked("OMAKASE_VOICE_CROWD", 60)
	url := strings.Replace(s.base, "http", "ws", 1) + "/v1/realtime?language=en"
	for _, bad := range []bool{false, true} {
		var mu sync.Mutex
		var took []time.Duration
		var all sync.WaitGroup
		for i := range n {
			v := visit(t, url, "any")
			all.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond) // nobody asks in chorus
				if bad && i%10 == 0 {
					misbehave(v, i/10%3)
					return
				}
				for range 2 {
					began := time.Now()
					err := v.write("find a cup")
					if err == nil {
						err = v.hears("Blue cup")
					}
					if err != nil {
						t.Errorf("client %d: %v", i, err)
						return
					}
					mu.Lock()
					took = append(took, time.Since(began))
					mu.Unlock()
				}
			})
		}
		all.Wait()
		t.Logf("%d clients, one in ten of them bad: %v; turns of the others: p50 %v, p99 %v", n, bad, quantile(took, .5), quantile(took, .99))
	}
	rs, err := http.Get(s.base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rs.Body.Close() }()
	metrics, _ := io.ReadAll(rs.Body)
	for line := range strings.Lines(string(metrics)) {
		if strings.HasPrefix(line, "omakase_voice_") && !strings.Contains(line, "_bucket") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

func misbehave(v *visitor, how int) {
	ctx := v.t.Context()
	switch how {
	case 0: // takes nothing, and wants ever more
		for range 50 {
			_ = v.write("find a cup")
		}
	case 1: // goes without a word, within an answer
		_ = v.write("find a cup")
		_, _ = v.until("response.created")
		_ = v.ws.CloseNow()
	case 2:
		for range 50 {
			_ = v.ws.Write(ctx, websocket.MessageText, []byte("{\"type\":\"\xff"))
			_ = v.ws.Write(ctx, websocket.MessageBinary, []byte{1, 2, 3})
			_ = v.say(`{"type":"session.update","session":{"type":"nonsense"}}`)
			_ = v.say(`{"type":"input_audio_buffer.append","audio":"` + strings.Repeat("A", 100_000) + `"}`)
		}
	}
}

func quantile(took []time.Duration, q float64) time.Duration {
	slices.Sort(took)
	if len(took) == 0 {
		return 0
	}
	return took[int(float64(len(took)-1)*q)].Round(time.Millisecond)
}
