package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/realtime/sim"
)

const providerKey = "sk-provider-0123456789"

// provider is a simulator of the service, beside the host.
type provider struct {
	*sim.Server
	url string
}

func openProvider(t *testing.T, o sim.Options) *provider {
	t.Helper()
	o.Keys = []string{providerKey}
	p := &provider{Server: sim.New(o)}
	web := httptest.NewServer(p)
	t.Cleanup(func() { p.Close(); web.Close() })
	p.url = web.URL + "/v1"
	return p
}

// serveVoices starts a host that talks to the provider and sells cups.
func serveVoices(t *testing.T, p *provider, env ...string) *server {
	t.Helper()
	s := serve(t, t.TempDir(), append([]string{"OPENAI_API_KEY=" + providerKey, "OPENAI_BASE_URL=" + p.url}, env...)...)
	if status := s.call("POST", "/api/products", map[string]any{"name": "Blue cup", "price": 1200}, nil); status != http.StatusCreated {
		t.Fatalf("the product: %d", status)
	}
	return s
}

// visitor is a client of a socket, of the host or of the provider.
type visitor struct {
	t  *testing.T
	ws *websocket.Conn
}

func visit(t *testing.T, url, key string) *visitor {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + key}}})
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(-1)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &visitor{t, ws}
}

func (v *visitor) say(text string) error {
	return v.ws.Write(v.t.Context(), websocket.MessageText, []byte(text))
}

// write sends a message and asks for an answer.
func (v *visitor) write(text string) error {
	if err := v.say(fmt.Sprintf(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":%q}]}}`, text)); err != nil {
		return err
	}
	return v.say(`{"type":"response.create"}`)
}

type heard map[string]any

func (h heard) typ() string { return fmt.Sprint(h["type"]) }

// next is the next event.
func (v *visitor) next() (heard, error) {
	ctx, stop := context.WithTimeout(v.t.Context(), time.Minute)
	defer stop()
	_, b, err := v.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	var h heard
	if err := json.Unmarshal(b, &h); err != nil {
		return nil, fmt.Errorf("%w in %s", err, b)
	}
	return h, nil
}

// until reads up to an event of the type. An error event is an error.
func (v *visitor) until(typ string) (heard, error) {
	var before []string
	for {
		h, err := v.next()
		switch {
		case err != nil:
			return nil, fmt.Errorf("no %s after %v: %w", typ, before, err)
		case h.typ() == typ:
			return h, nil
		case h.typ() == "error":
			return nil, fmt.Errorf("waiting for %s: %v", typ, h)
		}
		before = append(before, h.typ())
	}
}

// hears reads until the agent has said a text.
func (v *visitor) hears(text string) error {
	for {
		h, err := v.until("response.output_audio_transcript.done")
		if err != nil {
			return fmt.Errorf("nobody said %q: %w", text, err)
		}
		if strings.Contains(fmt.Sprint(h["transcript"]), text) {
			return nil
		}
	}
}

func (v *visitor) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

// asked is a number of the environment, or otherwise.
func asked(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// A host that is told to stop while its sessions talk tells them, lets each
// finish its turn, and is gone within 15 seconds.
// OMAKASE_VOICE_STOPPED is how many sessions there are (20).
func TestStopUnderLoad(t *testing.T) {
	p := openProvider(t, sim.Options{Pace: 4, Think: 300 * time.Millisecond})
	s := serveVoices(t, p)
	n := asked("OMAKASE_VOICE_STOPPED", 20)
	var talking, over sync.WaitGroup
	talking.Add(n)
	for i := range n {
		v := visit(t, strings.Replace(s.base, "http", "ws", 1)+"/v1/realtime?language=en", "any")
		over.Go(func() {
			begun := sync.OnceFunc(talking.Done)
			defer begun()
			if err := finishes(v, begun); err != nil {
				t.Errorf("session %d: %v", i, err)
			}
		})
	}
	talking.Wait()
	began := time.Now()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	err := s.cmd.Wait()
	took := time.Since(began)
	over.Wait()
	if err != nil || took > 15*time.Second {
		t.Errorf("stopped after %v: %v\n%s", took, err, tail(s.log.String()))
	}
	if live := p.Live(); live > 0 {
		t.Errorf("%d conversations are open at the provider", live)
	}
	t.Logf("%d sessions ended, and the host, within %v", n, took.Round(time.Millisecond))
}

// finishes lets an answer begin, and sees it end as it should when the host
// goes.
func finishes(v *visitor, begun func()) error {
	if _, err := v.until("session.created"); err != nil {
		return err
	}
	if err := v.write("find a cup"); err != nil {
		return err
	}
	if _, err := v.until("response.created"); err != nil {
		return err
	}
	begun()
	if _, err := v.until("omakase.session.ending"); err != nil {
		return err
	}
	if said, done, code := v.rest(); code != websocket.StatusGoingAway || !strings.Contains(said, "Blue cup") || done != "completed" {
		return fmt.Errorf("it heard %q, the answer is %q, and it was closed with %d", said, done, code)
	}
	return nil
}

// rest is what is said last, what becomes of it, and how the socket is closed.
func (v *visitor) rest() (said, done string, code websocket.StatusCode) {
	for {
		h, err := v.next()
		if err != nil {
			return said, done, websocket.CloseStatus(err)
		}
		switch h.typ() {
		case "response.output_audio_transcript.done":
			said = fmt.Sprint(h["transcript"])
		case "response.done":
			done = fmt.Sprint(h["response"].(map[string]any)["status"])
		}
	}
}

const offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"

// ring posts an offer and returns the name of the call.
func (s *server) ring(to, kind string, body []byte) string {
	s.t.Helper()
	rq, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.base+to, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	rq.Header.Set("Content-Type", kind)
	rs, err := http.DefaultClient.Do(rq)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = rs.Body.Close() }()
	answer, _ := io.ReadAll(rs.Body)
	if rs.StatusCode != http.StatusCreated || !bytes.Contains(answer, []byte("v=0")) {
		s.t.Fatalf("%s: %d %s", to, rs.StatusCode, answer)
	}
	return path.Base(rs.Header.Get("Location"))
}

// Over WebRTC the browser and the provider talk past the host, and the host's
// tools fill the cart and take the order all the same.
func TestCallsSell(t *testing.T) {
	p := openProvider(t, sim.Options{Pace: 1000})
	s := serveVoices(t, p)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("sdp", offer)
	_ = w.WriteField("session", `{"type":"realtime","audio":{"output":{"voice":"cedar"}}}`)
	_ = w.Close()
	asJSON, _ := json.Marshal(map[string]any{"sdp": offer, "language": "English"})
	for name, call := range map[string]string{
		"the host's way":    s.ring("/api/voice/calls", "application/json", asJSON),
		"the service's way": s.ring("/v1/realtime/calls?language=en", "application/sdp", []byte(offer)),
		"with a session":    s.ring("/v1/realtime/calls?language=en", w.FormDataContentType(), form.Bytes()),
	} {
		t.Run(name, func(t *testing.T) {
			// What the browser hears on its data channel.
			browser := visit(t, strings.Replace(p.url, "http", "ws", 1)+"/realtime?call_id="+call, providerKey)
			browser.must(offered(browser))
			browser.must(browser.write("find a cup"))
			browser.must(browser.hears("Blue cup"))
			browser.must(browser.write("please add it to the cart"))
			browser.must(browser.hears("cart"))
			browser.must(browser.write("place the order"))
			browser.must(browser.hears("1,320"))
			hangUp(t, p, call)
		})
	}
	var kept struct {
		Sessions []struct {
			Way, Reason, Error string
			Orders             []string
			Calls              int `json:"toolCallCount"`
		}
	}
	for looks := 0; ; looks++ {
		s.call("GET", "/api/voice/sessions", nil, &kept)
		ended := 0
		for _, one := range kept.Sessions {
			if one.Reason != "" {
				ended++
			}
		}
		if ended == 3 {
			break
		}
		if looks > 500 {
			t.Fatalf("%+v", kept)
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, one := range kept.Sessions {
		if one.Way != "webrtc" || one.Reason != "client" || one.Error != "" || len(one.Orders) != 1 || one.Calls != 3 {
			t.Errorf("%+v", one)
		}
	}
}

// offered waits until the model has the host's tools.
func offered(v *visitor) error {
	for typ := "session.created"; ; typ = "session.updated" {
		h, err := v.until(typ)
		if err != nil {
			return err
		}
		if session, _ := h["session"].(map[string]any); session != nil {
			if tools, _ := session["tools"].([]any); len(tools) > 0 {
				return nil
			}
		}
	}
}

func hangUp(t *testing.T, p *provider, call string) {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/realtime/calls/"+call+"/hangup", nil)
	if err != nil {
		t.Fatal(err)
	}
	rq.Header.Set("Authorization", "Bearer "+providerKey)
	rs, err := http.DefaultClient.Do(rq)
	if err != nil || rs.StatusCode != http.StatusOK {
		t.Fatalf("%v %+v", err, rs)
	}
	_ = rs.Body.Close()
}

// Calls that the host has to end are ended at the provider too: nobody would
// answer their model, or count what they cost.
func TestCallsEndWithTheHost(t *testing.T) {
	p := openProvider(t, sim.Options{Pace: 1000})
	s := serveVoices(t, p)
	call := s.ring("/v1/realtime/calls?language=en", "application/sdp", []byte(offer))
	browser := visit(t, strings.Replace(p.url, "http", "ws", 1)+"/realtime?call_id="+call, providerKey)
	browser.must(offered(browser))
	s.stop()
	if n := p.Calls(); n != 0 {
		t.Errorf("%d calls go on", n)
	}
}
