package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Sizes of the measurements of voice sessions.
const (
	voiceSessions = 50
	voiceTime     = 5 * time.Second
	idleSockets   = 10_000
)

// benchVoice measures what the host adds between a client and a provider that
// sends each frame back at once: the same clients, direct and through the
// host, in turn.
func benchVoice() (rows []row, err error) {
	p, err := startProvider()
	if err != nil {
		return nil, err
	}
	defer p.stop()
	err = temp(func(dir string) error {
		host, err := serve(0, dir, "OPENAI_API_KEY=sk-bench-upstream", "OPENAI_BASE_URL="+p.base, "OMAKASE_VOICE_SESSIONS=0")
		if err != nil {
			return err
		}
		defer host.stop()
		if err := host.ready("/api/ready", time.Millisecond); err != nil {
			return err
		}
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

// benchFrames measures latency, processor time and memory of sessions that
// speak.
func benchFrames(host *process, p *provider) ([]row, error) {
	through := host.base + "/v1"
	var direct50, direct99, ours50, ours99, share []time.Duration
	var lost int64
	for range rounds {
		d, _, err := talk(p.base, voiceSessions, voiceTime)
		if err != nil {
			return nil, err
		}
		cpu, err := host.cpu()
		if err != nil {
			return nil, err
		}
		began := time.Now()
		o, missing, err := talk(through, voiceSessions, voiceTime)
		took := min(time.Since(began), voiceTime)
		if err != nil {
			return nil, err
		}
		after, err := host.cpu()
		if err != nil {
			return nil, err
		}
		if len(d) == 0 || len(o) == 0 {
			return nil, fmt.Errorf("no frame came back: %d directly, %d through the host\n%s", len(d), len(o), host.log)
		}
		lost += missing
		direct50, direct99 = append(direct50, quantile(d, .5)), append(direct99, quantile(d, .99))
		ours50, ours99 = append(ours50, quantile(o, .5)), append(ours99, quantile(o, .99))
		share = append(share, time.Duration(float64(after-cpu)/took.Seconds())) // of a second
	}
	perCore := float64(voiceSessions) * float64(time.Second) / float64(max(median(share), 1))
	d50, d99, o50, o99 := median(direct50), median(direct99), median(ours50), median(ours99)
	perSession, err := perTalker(host)
	if err != nil {
		return nil, err
	}
	return []row{
		{fmt.Sprintf("voice, %d sessions: a frame there and back, p50", voiceSessions), micros(o50), micros(d50) + " direct", "+" + micros(o50-d50), "≤ +100 µs", o50-d50 <= 100*time.Microsecond},
		{"the same, p99", micros(o99), micros(d99) + " direct", "+" + micros(o99-d99), "≤ +1 ms", o99-d99 <= time.Millisecond},
		{"voice sessions that one core holds at real time", fmt.Sprintf("%.0f, %d frames lost", perCore, lost), "540 a good Node relay", "", "≥ 600, none lost", perCore >= 600 && lost == 0},
		{"memory of a voice session that speaks", fmt.Sprintf("%.0f KB", perSession), "", "", "≤ 150 KB", perSession <= 150},
	}, nil
}

// perTalker is by how many KB a session that speaks lets the host grow: from
// some sessions to many, so that what the first one brings in does not count.
func perTalker(host *process) (float64, error) {
	var at [2]float64
	counts := [2]int{voiceSessions, 4 * voiceSessions}
	for i, n := range counts {
		var now float64
		probe := time.AfterFunc(voiceTime-500*time.Millisecond, func() { now, _ = host.memory("VmRSS") })
		if _, _, err := talk(host.base+"/v1", n, voiceTime); err != nil {
			return 0, err
		}
		probe.Stop()
		at[i] = now
	}
	return (at[1] - at[0]) * 1024 / float64(counts[1]-counts[0]), nil
}

func benchTurns(host *process) ([]row, error) {
	all, err := turns(host.base+"/v1", 500)
	if err != nil {
		return nil, err
	}
	p50, p99 := quantile(all, .5), quantile(all, .99)
	return []row{{"end of speech to first audio, beyond the provider's own time", fmt.Sprintf("p50 %s, p99 %s", micros(p50), micros(p99)), "", "", "≤ 2 ms", p50 <= 2*time.Millisecond}}, nil
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
