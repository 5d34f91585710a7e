package main

import (
	"bytes"
	"context"
	"encoding/base64"
	endian "encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// provider stands for the provider of voices: each frame that comes in goes
// out again as a frame of speech, at once.
type provider struct {
	server *http.Server
	base   string // http://127.0.0.1:PORT/v1
}

func startProvider() (*provider, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{base: "http://" + ln.Addr().String() + "/v1"}
	p.server = &http.Server{Handler: http.HandlerFunc(p.talk), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(ln) }()
	return p, nil
}

func (p *provider) stop() { _ = p.server.Close() }

var (
	audioKey = []byte(`"audio":"`)
	head     = []byte(`{"type":"response.output_audio.delta","event_id":"event_1","response_id":"resp_0","item_id":"item_1","output_index":0,"content_index":0,"delta":"`)
)

const (
	wireCreated = `{"type":"response.created","response":{"id":"resp_1","conversation_id":"conv_1","status":"in_progress"}}`
	wireDelta   = `{"type":"response.output_audio.delta","response_id":"resp_1","item_id":"item_2","output_index":0,"content_index":0,"delta":"AAAA"}`
	wireDone    = `{"type":"response.done","response":{"id":"resp_1","status":"completed","output":[]}}`
)

// talk answers one conversation.
func (p *provider) talk(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	ctx := context.Background()
	say := func(event string) bool { return ws.Write(ctx, websocket.MessageText, []byte(event)) == nil }
	if !say(`{"type":"session.created","session":{"type":"realtime","id":"sess_1"}}`) {
		return
	}
	buf, out := []byte(nil), append([]byte(nil), head...)
	for {
		if buf, err = readMessage(ws, buf); err != nil {
			return
		}
		ok := true
		switch i := bytes.Index(buf, audioKey); {
		case i >= 0:
			audio := buf[i+len(audioKey):]
			audio = audio[:bytes.IndexByte(audio, '"')]
			out = append(append(out[:len(head)], audio...), '"', '}')
			ok = ws.Write(ctx, websocket.MessageText, out) == nil
		case bytes.Contains(buf, []byte(`"session.update"`)):
			ok = say(`{"type":"session.updated","session":{"type":"realtime"}}`)
		case bytes.Contains(buf, []byte(`"input_audio_buffer.clear"`)): // a turn ends
			stamp := time.Now().UnixNano()
			ok = say(`{"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":0}`) &&
				say(fmt.Sprintf(`{"type":"input_audio_buffer.speech_stopped","item_id":"item_1","audio_end_ms":1,"event_id":"%d"}`, stamp)) &&
				say(`{"type":"input_audio_buffer.committed","item_id":"item_1"}`)
		case bytes.Contains(buf, []byte(`"response.create"`)):
			ok = say(wireCreated) && say(wireDelta) && say(wireDone)
		}
		if !ok {
			return
		}
	}
}

// readMessage reads a message into a buffer that is used again.
func readMessage(ws *websocket.Conn, buf []byte) ([]byte, error) {
	_, r, err := ws.Reader(context.Background())
	if err != nil {
		return buf, err
	}
	buf = buf[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF { //nolint:errorlint // a reader returns it as it is
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// talker is a client that speaks in frames of 20 ms and hears as many.
type talker struct {
	ws   *websocket.Conn
	rtts []time.Duration
	sent int64
}

func dialTalker(base string) (*talker, error) {
	ws, _, err := websocket.Dial(context.Background(), strings.Replace(base, "http", "ws", 1)+"/realtime?model=m", &websocket.DialOptions{ //nolint:bodyclose // the connection has taken it over
		HTTPHeader: http.Header{"Authorization": {"Bearer sk-bench-0123456789"}},
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(-1)
	return &talker{ws: ws}, nil
}

// frame is 20 ms of quiet with the time in its first samples.
func frame(buf, raw []byte) []byte {
	endian.LittleEndian.PutUint64(raw, uint64(time.Now().UnixNano()))
	buf = append(buf[:0], `{"type":"input_audio_buffer.append","audio":"`...)
	buf = base64.StdEncoding.AppendEncode(buf, raw)
	return append(buf, `"}`...)
}

// speak talks for a while and hears until all is answered or nothing comes.
func (t *talker) speak(d, offset time.Duration) {
	heard := make(chan struct{})
	go func() { defer close(heard); t.hear() }()
	time.Sleep(offset)
	buf, raw := []byte(nil), make([]byte, 960)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		buf = frame(buf, raw)
		if t.ws.Write(context.Background(), websocket.MessageText, buf) != nil {
			break
		}
		atomic.AddInt64(&t.sent, 1)
	}
	time.Sleep(500 * time.Millisecond)
	_ = t.ws.CloseNow()
	<-heard
}

func (t *talker) hear() {
	var buf []byte
	var err error
	raw := make([]byte, 12)
	for {
		if buf, err = readMessage(t.ws, buf); err != nil {
			return
		}
		i := bytes.Index(buf, []byte(`"delta":"`))
		if i < 0 || len(buf) < i+9+16 {
			continue
		}
		if _, err := base64.StdEncoding.Decode(raw, buf[i+9:i+9+16]); err == nil {
			sent := int64(endian.LittleEndian.Uint64(raw))
			t.rtts = append(t.rtts, time.Duration(time.Now().UnixNano()-sent))
		}
	}
}

// talk lets n clients speak at once, and returns all times there and back, and
// how many frames were lost.
func talk(base string, n int, d time.Duration) (rtts []time.Duration, lost int64, err error) {
	talkers := make([]*talker, n)
	for i := range talkers {
		if talkers[i], err = dialTalker(base); err != nil {
			return nil, 0, err
		}
	}
	var wg sync.WaitGroup
	for i, t := range talkers {
		wg.Go(func() { t.speak(d, time.Duration(i)*20*time.Millisecond/time.Duration(n)) })
	}
	wg.Wait()
	for _, t := range talkers {
		rtts = append(rtts, t.rtts...)
		lost += t.sent - int64(len(t.rtts))
	}
	return rtts, lost, nil
}

// turns ends a turn n times, and returns what passes until the first audio of
// each answer.
func turns(base string, n int) ([]time.Duration, error) {
	t, err := dialTalker(base)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.ws.CloseNow() }()
	var all []time.Duration
	var buf []byte
	for range n {
		if err := t.ws.Write(context.Background(), websocket.MessageText, []byte(`{"type":"input_audio_buffer.clear"}`)); err != nil {
			return nil, err
		}
		var stopped int64
		for {
			if buf, err = readMessage(t.ws, buf); err != nil {
				return nil, err
			}
			if _, stamp, ok := bytes.Cut(buf, []byte(`"audio_end_ms":1,"event_id":"`)); ok {
				_, _ = fmt.Sscan(string(stamp[:bytes.IndexByte(stamp, '"')]), &stopped)
			}
			if stopped > 0 && bytes.Contains(buf, []byte(`output_audio.delta`)) {
				all = append(all, time.Duration(time.Now().UnixNano()-stopped))
			}
			if bytes.Contains(buf, []byte(`"response.done"`)) {
				break
			}
		}
	}
	return all, nil
}
