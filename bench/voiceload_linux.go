package main

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // the handshake wants it
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// The load has to cost less than what it measures: with two cores the host has
// one, and everything that speaks with it the other. So clients and provider
// are event loops over bare sockets, a thread each, and their frames are made
// beforehand.

const (
	frameTime  = 20 * time.Millisecond
	appendHead = `{"type":"input_audio_buffer.append","audio":"`
	deltaHead  = `{"type":"response.output_audio.delta","event_id":"event_1","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"`
)

// quiet is 20 ms of it. The time of sending stands in its first characters.
var quiet = base64.StdEncoding.EncodeToString(make([]byte, 960))

// What the provider says.
const (
	saidSession = `{"type":"session.created","session":{"type":"realtime","id":"sess_1"}}`
	saidUpdated = `{"type":"session.updated","session":{"type":"realtime"}}`
	saidBegan   = `{"type":"response.created","response":{"id":"resp_1","conversation_id":"conv_1","status":"in_progress"}}`
	saidItem    = `{"type":"conversation.item.added","item":{"id":"item_1","type":"message","role":"assistant","content":[]}}`
	saidDelta   = `{"type":"response.output_audio.delta","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"AAAA"}`
	saidOver    = `{"type":"response.done","response":{"id":"resp_1","status":"completed","output":[]}}`
)

// provider stands for the provider of voices: each frame that comes in goes out
// again as a frame of speech of one long response, at once.
type provider struct {
	ln   net.Listener
	loop *loop
	base string // http://127.0.0.1:PORT/v1
	over chan struct{}
	all  sync.WaitGroup
	mu   sync.Mutex // held by whoever answers
}

func startProvider() (*provider, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l, err := newLoop()
	if err != nil {
		return nil, err
	}
	p := &provider{ln: ln, loop: l, base: "http://" + ln.Addr().String() + "/v1", over: make(chan struct{})}
	p.all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if p.accept(c) != nil {
				_ = c.Close()
			}
		}
	})
	p.all.Go(func() {
		for {
			select {
			case <-p.over:
				return
			case <-time.After(time.Millisecond): // and whoever else answers gets in
			}
			if p.answer(10*time.Millisecond) != nil {
				return
			}
		}
	})
	return p, nil
}

// answer answers what comes within the time.
func (p *provider) answer(d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.loop.wait(d, answer)
}

func (p *provider) stop() {
	_ = p.ln.Close()
	close(p.over)
	p.all.Wait()
	p.loop.close()
}

// accept shakes hands. Whoever wants no WebSocket hears that all is well.
func (p *provider) accept(c net.Conn) error {
	rq, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return err
	}
	key := rq.Header.Get("Sec-WebSocket-Key")
	if key == "" {
		_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		_ = c.Close()
		return err
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // the handshake wants it
	hello := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
	if _, err := c.Write(append([]byte(hello), framed(opText, []byte(saidSession), nil)...)); err != nil {
		return err
	}
	frame := framed(opText, []byte(deltaHead+quiet+`"}`), nil)
	return p.loop.add(c, &line{frame: frame, stamp: bytes.Index(frame, []byte(quiet))})
}

// answer is the provider's take of what it hears.
func answer(ln *line, op byte, payload, mask []byte) {
	if op == opText && len(payload) == len(appendHead)+len(quiet)+len(`"}`) {
		var begin [len(appendHead) + stampLen]byte
		copy(begin[:], payload)
		unmask(begin[:], mask)
		if string(begin[:len(appendHead)]) == appendHead {
			if !ln.begun {
				ln.begun = true
				ln.say(saidBegan, saidItem)
			}
			copy(ln.frame[ln.stamp:], begin[len(appendHead):])
			ln.send(ln.frame)
			return
		}
	}
	unmask(payload, mask)
	switch {
	case op == opPing:
		ln.send(framed(opPong, payload, nil))
	case bytes.Contains(payload, []byte(`"session.update"`)):
		ln.say(saidUpdated)
	case bytes.Contains(payload, []byte(`"input_audio_buffer.clear"`)): // a turn ends
		ln.say(`{"type":"input_audio_buffer.cleared"}`,
			`{"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":0}`,
			fmt.Sprintf(`{"type":"input_audio_buffer.speech_stopped","item_id":"item_1","audio_end_ms":1,"event_id":"%d"}`, time.Now().UnixNano()),
			`{"type":"input_audio_buffer.committed","item_id":"item_1"}`)
	case bytes.Contains(payload, []byte(`"response.create"`)):
		ln.say(saidBegan, saidDelta, saidOver)
	}
}

func (ln *line) say(events ...string) {
	for _, event := range events {
		ln.send(framed(opText, []byte(event), nil))
	}
}

// talkers are clients that speak in frames of 20 ms and hear as many.
type talkers struct {
	loop   *loop
	all    []*line
	spoken spoken
}

// spoken is what came of it.
type spoken struct {
	rtts []time.Duration // of the frames that came back
	late []time.Duration // by how much each was sent after its time
	lost int
}

// dialTalkers opens n sessions and waits until each is there.
func dialTalkers(base string, n int) (*talkers, error) {
	l, err := newLoop()
	if err != nil {
		return nil, err
	}
	t := &talkers{loop: l}
	for i := range n {
		ln, err := t.dial(base)
		if err != nil {
			l.close()
			return nil, fmt.Errorf("session %d: %w", i, err)
		}
		t.all = append(t.all, ln)
	}
	return t, nil
}

func (t *talkers) dial(base string) (*line, error) {
	address := base[len("http://"):]
	address = address[:bytes.IndexByte([]byte(address), '/')]
	c, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	br := bufio.NewReaderSize(c, 64<<10)
	_, err = fmt.Fprintf(c, "GET /v1/realtime?model=m HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer sk-bench-0123456789\r\n\r\n", address)
	if err != nil {
		return nil, err
	}
	rs, err := http.ReadResponse(br, nil)
	if err != nil {
		return nil, err
	}
	_ = rs.Body.Close()
	if rs.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("no WebSocket: %s", rs.Status)
	}
	mask := []byte{0x5a, 0xc3, 0x96, 0x0f}
	ln := &line{frame: framed(opText, []byte(appendHead+quiet+`"}`), mask), mask: mask}
	ln.stamp = len(ln.frame) - len(quiet) - len(`"}`)
	for there := false; !there; { // the first event is that the session is there
		if _, err := br.Peek(max(br.Buffered(), 1)); err != nil {
			return nil, err
		}
		early, _ := br.Peek(br.Buffered())
		ln.rest = bytes.Clone(frames(early, func(op byte, _, _ []byte) { there = there || op == opText }))
		if !there {
			_, err = br.Peek(br.Buffered() + 1)
		}
		if err != nil {
			return nil, err
		}
	}
	return ln, t.loop.add(c, ln)
}

// speak talks on a core for a while, and hears until all is answered or
// nothing comes. It answers for the provider meanwhile, and never sleeps: what
// it costs to wake up whoever is far away is not the host's to pay.
func (t *talkers) speak(p *provider, core int, d time.Duration) (*spoken, error) {
	defer pin(core)()
	p.mu.Lock()
	defer p.mu.Unlock()
	n := time.Duration(len(t.all))
	total := int(d/frameTime) * len(t.all)
	s := &t.spoken
	s.rtts, s.late = make([]time.Duration, 0, total), make([]time.Duration, 0, total)
	began := time.Now()
	for sent := 0; ; {
		now := time.Since(began)
		due := time.Duration(sent) * frameTime / n
		for burst := 0; sent < total && due <= now && burst < 32; burst++ {
			if !t.all[sent%len(t.all)].speak() {
				s.lost++ // which was never on its way
			}
			s.late = append(s.late, now-due)
			sent++
			due = time.Duration(sent) * frameTime / n
		}
		if sent == total && (len(s.rtts)+s.lost >= total || now > d+time.Second) {
			break
		}
		if err := errors.Join(p.loop.wait(0, answer), t.loop.wait(0, t.hear)); err != nil {
			return nil, err
		}
	}
	s.lost = total - len(s.rtts)
	return s, nil
}

// speak sends a frame with the time in it.
func (ln *line) speak() bool {
	stamp := ln.frame[ln.stamp : ln.stamp+stampLen]
	putStamp(stamp, time.Now().UnixNano())
	for i := range stamp {
		stamp[i] ^= ln.mask[(ln.stamp+i-8)&3] // 8 bytes of head
	}
	return ln.send(ln.frame)
}

// hear takes a frame that came back. One that is out of order is none.
func (t *talkers) hear(ln *line, op byte, payload, _ []byte) {
	if op != opText || len(payload) != len(deltaHead)+len(quiet)+len(`"}`) || string(payload[:len(deltaHead)]) != deltaHead {
		return
	}
	if at := stampOf(payload[len(deltaHead):][:stampLen]); at > ln.last {
		ln.last = at
		t.spoken.rtts = append(t.spoken.rtts, time.Duration(time.Now().UnixNano()-at))
	}
}
