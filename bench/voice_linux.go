package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Sizes of the measurements of voice sessions.
const (
	voiceSessions = 50
	voiceTime     = 3 * time.Second
	holdTime      = 6 * time.Second
	// voiceRest is between the opening of sessions and their speaking: a second
	// after many were opened the host gives back what that left.
	voiceRest   = 3 * time.Second
	idleSockets = 10_000
)

// Who runs where: the host has a core for itself.
const (
	hostCore = 0
	loadCore = 1
)

// benchVoice measures what the host adds between a client and a provider that
// sends each frame back at once: the same clients, direct and through the
// host, in turn. A relay that copies bytes and knows nothing of them says what
// there is to reach.
func benchVoice() (rows []row, err error) {
	p, err := startProvider()
	if err != nil {
		return nil, err
	}
	defer p.stop()
	err = voiceHost(p, func(host *process) error {
		frames, err := benchFrames(host, p)
		if err != nil {
			return err
		}
		turns, err := benchTurns(host)
		rows = append(append(rows, frames...), turns...)
		return err
	})
	if err != nil {
		return nil, err
	}
	memory, err := perTalker(p)
	if err != nil {
		return nil, err
	}
	rows = append(rows, memory)
	err = temp(func(dir string) error {
		host, err := serve(-1, dir)
		if err != nil {
			return err
		}
		defer host.stop()
		if err := host.ready("/api/ready", time.Millisecond); err != nil {
			return err
		}
		idle, err := benchIdle(host)
		rows = append(rows, idle...)
		return err
	})
	return rows, err
}

// voiceHost is a host whose provider is p, as long as f runs.
func voiceHost(p *provider, f func(host *process) error) error {
	return temp(func(dir string) error {
		host, err := serve(hostCore, dir, "OPENAI_API_KEY=sk-bench-upstream", "OPENAI_BASE_URL="+p.base, "OMAKASE_VOICE_SESSIONS=0")
		if err != nil {
			return err
		}
		defer host.stop()
		if err := host.ready("/api/ready", time.Millisecond); err != nil {
			return err
		}
		if err := f(host); err != nil {
			return fmt.Errorf("%w\n%s", err, host.log)
		}
		return nil
	})
}

// path is a way that frames take: to the provider, or through a process.
type path struct {
	name     string
	base     string
	provider *provider
	process  *process        // nil: none is between
	p50, p99 []time.Duration // of each talk
	cpu      []time.Duration // of the process, for a frame one way
	memory   float64         // of the process, in MB, when the last talk had just ended
}

// talk lets n clients speak over a path.
func (p *path) talk(n int, d time.Duration) (*spoken, error) {
	t, err := dialTalkers(p.base, n)
	if err != nil {
		return nil, err
	}
	defer t.loop.close()
	time.Sleep(voiceRest)
	before, err := p.used()
	if err != nil {
		return nil, err
	}
	s, err := t.speak(p.provider, loadCore, d)
	if err != nil {
		return nil, err
	}
	after, err := p.used()
	if p.process != nil && err == nil {
		p.memory, err = p.process.memory("RssAnon")
	}
	switch {
	case err != nil:
		return nil, err
	case len(s.rtts) == 0:
		return nil, fmt.Errorf("no frame came back from %s", p.base)
	}
	cpu := (after - before) / time.Duration(2*len(s.rtts))
	p50, p99, late := quantile(s.rtts, .5), quantile(s.rtts, .99), quantile(s.late, .99)
	p.p50, p.p99, p.cpu = append(p.p50, p50), append(p.p99, p99), append(p.cpu, cpu)
	fmt.Fprintf(os.Stderr, "  %s, %d sessions: p50 %s, p99 %s, %d lost, sent late p99 %s, CPU of a frame %s\n",
		p.name, n, micros(p50), micros(p99), s.lost, micros(late), micros(cpu))
	return s, nil
}

// used is the processor time of what is between.
func (p *path) used() (time.Duration, error) {
	if p.process == nil {
		return 0, nil
	}
	return p.process.cpu()
}

// benchFrames measures latency, processor time and how many sessions a core
// holds.
func benchFrames(host *process, p *provider) ([]row, error) {
	bare, err := startRelay(p)
	if err != nil {
		return nil, err
	}
	defer bare.stop()
	direct := &path{name: "direct", base: p.base, provider: p}
	relayed := &path{name: "bare relay", base: bare.base + "/v1", provider: p, process: bare}
	ours := &path{name: "host", base: host.base + "/v1", provider: p, process: host}
	for range rounds {
		for _, way := range []*path{direct, relayed, ours} {
			if _, err := way.talk(voiceSessions, voiceTime); err != nil {
				return nil, err
			}
		}
	}
	d50, d99 := median(direct.p50), median(direct.p99)
	r50, r99 := median(relayed.p50)-d50, median(relayed.p99)-d99
	o50, o99 := median(ours.p50)-d50, median(ours.p99)-d99
	held, cpu, err := ours.most()
	if err != nil {
		return nil, err
	}
	bareHeld, bareCPU, err := relayed.most()
	if err != nil {
		return nil, err
	}
	return []row{
		{fmt.Sprintf("voice, %d sessions: added to a frame there and back, p50", voiceSessions), micros(o50), micros(r50) + " bare relay", ratio(o50, r50), "≤ 100 µs", o50 <= 100*time.Microsecond},
		{"the same, p99", micros(o99), micros(r99) + " bare relay", ratio(o99, r99), "≤ 1 ms", o99 <= time.Millisecond},
		{"voice sessions that one core holds at real time, no frame lost", fmt.Sprint(held), fmt.Sprintf("%d bare relay", bareHeld), times(float64(held) / float64(max(bareHeld, 1))), "≥ 600", held >= 600},
		{"CPU of a frame one way, with as many", micros(cpu), micros(bareCPU) + " bare relay", ratio(cpu, bareCPU), "≤ 16.7 µs", cpu <= time.Second/60_000},
	}, nil
}

func ratio(a, b time.Duration) string { return times(float64(a) / float64(max(b, 1))) }

// startRelay starts a relay of this program's that copies bytes.
func startRelay(p *provider) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r, err := start(hostCore, []string{"BENCH_PROVIDER=" + p.ln.Addr().String()}, self, "-child", "relay")
	if err != nil {
		return nil, err
	}
	return r, r.ready("/", time.Millisecond)
}

// runRelay copies between clients and the provider.
func runRelay() error {
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		return err
	}
	copyAll := func(to, from net.Conn) {
		buf := make([]byte, 8<<10)
		for {
			n, err := from.Read(buf)
			if err == nil {
				_, err = to.Write(buf[:n])
			}
			if err != nil {
				_ = to.Close()
				return
			}
		}
	}
	for {
		client, err := ln.Accept()
		if err != nil {
			return err
		}
		provider, err := net.Dial("tcp", os.Getenv("BENCH_PROVIDER"))
		if err != nil {
			return err
		}
		go copyAll(provider, client)
		go copyAll(client, provider)
	}
}

// most looks for how many sessions a path holds at real time, and what a frame
// of so many costs it.
func (p *path) most() (n int, cpu time.Duration, err error) {
	const begin, step = 600, 50
	next, by := begin, step
	for next > 0 {
		ok, err := p.holds(next)
		switch {
		case err != nil:
			return 0, 0, err
		case ok:
			n, cpu = next, p.cpu[len(p.cpu)-1]
			if by < 0 {
				return n, cpu, nil
			}
		case n > 0:
			return n, cpu, nil
		default:
			by = -step
		}
		next += by
	}
	return 0, 0, nil
}

// holds reports whether no frame of n sessions is lost, and 99 of 100 come back
// before the next one is due. What fails beside a neighbour may try again.
func (p *path) holds(n int) (bool, error) {
	for range 2 {
		s, err := p.talk(n, holdTime)
		if err != nil {
			return false, err
		}
		if s.lost == 0 && quantile(s.rtts, .99) <= frameTime && quantile(s.late, .99) <= frameTime {
			return true, nil
		}
	}
	return false, nil
}

// perTalker is by how many KB a session that speaks lets the host grow: from
// some sessions to many, so that what the first one brings in does not count,
// each in a host that held none before. Both are as many as let the host give
// back what the openings left. The pages of the program's own file, which come
// and go with what it just did, are no session's.
func perTalker(p *provider) (row, error) {
	var at [2]float64
	counts := [2]int{2 * voiceSessions, 8 * voiceSessions}
	for i, n := range counts {
		err := voiceHost(p, func(host *process) error {
			way := &path{name: "host", base: host.base + "/v1", provider: p, process: host}
			_, err := way.talk(n, voiceTime)
			at[i] = way.memory
			return err
		})
		if err != nil {
			return row{}, err
		}
	}
	kb := (at[1] - at[0]) * 1024 / float64(counts[1]-counts[0])
	return row{"memory of a voice session that speaks", fmt.Sprintf("%.0f KB", kb), "", "", "≤ 150 KB", kb > 0 && kb <= 150}, nil
}

func benchTurns(host *process) ([]row, error) {
	all, err := turns(host.base+"/v1", 500)
	if err != nil {
		return nil, err
	}
	p50, p99 := quantile(all, .5), quantile(all, .99)
	return []row{{"end of speech to first audio, beyond the provider's own time", fmt.Sprintf("p50 %s, p99 %s", micros(p50), micros(p99)), "", "", "≤ 2 ms", p50 <= 2*time.Millisecond}}, nil
}

// turns ends a turn n times, and returns what passes until the first audio of
// each answer.
func turns(base string, n int) ([]time.Duration, error) {
	ctx := context.Background()
	ws, _, err := websocket.Dial(ctx, strings.Replace(base, "http", "ws", 1)+"/realtime?model=m", nil) //nolint:bodyclose // the connection has taken it over
	if err != nil {
		return nil, err
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	var all []time.Duration
	for range n {
		if err := ws.Write(ctx, websocket.MessageText, []byte(`{"type":"input_audio_buffer.clear"}`)); err != nil {
			return nil, err
		}
		var stopped int64
		for {
			_, event, err := ws.Read(ctx)
			if err != nil {
				return nil, err
			}
			if _, stamp, ok := bytes.Cut(event, []byte(`"audio_end_ms":1,"event_id":"`)); ok {
				_, _ = fmt.Sscan(string(stamp[:bytes.IndexByte(stamp, '"')]), &stopped)
			}
			if stopped > 0 && bytes.Contains(event, []byte(`output_audio.delta`)) {
				all = append(all, time.Duration(time.Now().UnixNano()-stopped))
			}
			if bytes.Contains(event, []byte(`"response.done"`)) {
				break
			}
		}
	}
	return all, nil
}

// benchIdle opens sockets of the contract that say nothing.
func benchIdle(host *process) ([]row, error) {
	var open []*websocket.Conn
	defer func() {
		for _, ws := range open {
			_ = ws.CloseNow()
		}
	}()
	for len(open) < idleSockets {
		ws, _, err := websocket.Dial(context.Background(), strings.Replace(host.base, "http", "ws", 1)+"/", nil) //nolint:bodyclose // the connection has taken it over
		if err != nil {
			return nil, fmt.Errorf("socket %d: %w", len(open), err)
		}
		open = append(open, ws)
	}
	time.Sleep(4 * time.Second)
	mb, err := host.memory("VmRSS")
	if err != nil {
		return nil, err
	}
	return []row{{fmt.Sprintf("RSS with %d idle sockets", idleSockets), megas(mb), "151 MB the original", times(mb / 151), "≤ 130 MB", mb <= 130}}, nil
}
