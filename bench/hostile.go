package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing/fstest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/hostile"
)

// benchHostile measures what other plugins notice of each hostile guest.
func benchHostile() (rows []row, err error) {
	err = temp(func(dir string) error {
		if err := buildGuest(dir); err != nil {
			return err
		}
		f, err := child("hostile", dir)
		if err != nil {
			return err
		}
		rows = slices.Concat(rowsBeside(f, byCall, "p99 of calls of a plugin"), rowsBeside(f, byDue, "the same from when they were due"))
		return nil
	})
	return rows, err
}

// noticed is the ratio of p99 from which on a hostile guest counts as noticed.
const noticed = 1.20

// rowsBeside tells of the ratios whose names begin with kind.
func rowsBeside(f figures, kind, what string) []row {
	var ratios []float64
	worst, above, name := 0.0, 0, ""
	for guest, ratio := range f {
		if !strings.HasPrefix(guest, kind) {
			continue
		}
		ratios = append(ratios, ratio)
		if ratio > noticed {
			above++
		}
		if ratio > worst {
			worst, name = ratio, strings.TrimPrefix(guest, kind)
		}
	}
	m := median(ratios)
	return []row{
		{fmt.Sprintf("%s, beside each of %d hostile guests: median", what, len(ratios)), "", "1 idle", times(m), "≤ 1.20", m <= noticed},
		{fmt.Sprintf("worst of them: %s; %d above", name, above), "", "1 idle", times(worst), "≤ 1.20", worst <= noticed},
	}
}

const (
	hostileRounds = 7
	hostileCalls  = 200 // in a round, once alone and once beside the guest
	hostilePause  = 20 * time.Millisecond
	// A guest that seems to be noticed is measured again: whoever is noticed for
	// what it does is noticed every time, and p99 of a busy machine varies by a
	// third.
	hostileAttempts = 3
)

// What is measured of a call: how long it took, and when it had ended after it
// was due. The latter has the scheduler's delays in it, and the granularity of
// timers, which is a millisecond.
const (
	byCall = "call: "
	byDue  = "due: "
)

// measureHostile gives for each hostile guest the p99 of calls of another
// plugin beside it, divided by that without it. Both are measured in turn and
// are medians of the rounds, so that what the machine does otherwise falls out.
func measureHostile(ctx context.Context, l *lab) (figures, error) {
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	f := figures{}
	for _, g := range slices.Concat(hostile.Guests(), hostile.Tricks()) {
		for range hostileAttempts {
			alone, along, err := l.beside(ctx, g, client)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", g.Name, err)
			}
			seems := false
			for kind, idle := range alone {
				name, ratio := kind+g.Name, along[kind]/idle
				if before, ok := f[name]; !ok || ratio < before {
					f[name] = ratio
				}
				seems = seems || f[name] > noticed
			}
			if !seems {
				break
			}
		}
		fmt.Fprintf(os.Stderr, "  %.2f by call, %.2f by due: %s\n", f[byCall+g.Name], f[byDue+g.Name], g.Name)
	}
	return f, nil
}

// beside measures one hostile guest, called again and again: p99 in µs of the
// other's calls without it, and along with it.
func (l *lab) beside(ctx context.Context, g hostile.Guest, client *fetch.Client) (alone, along figures, err error) {
	logger := hclog.New(&hclog.LoggerOptions{Output: io.Discard})
	h, err := l.host(wasm.Options{
		Settings: map[string]wasm.Settings{
			hostile.ID: {Limits: wasm.Limits{Deadline: hostile.Deadline, MemoryMB: hostile.MemoryMB, Faults: -1}},
		},
		Logger:    logger,
		Functions: capability.New(capability.Services{Fetch: client, Logger: logger}),
	}, fstest.MapFS{"bad.wasm": {Data: g.Module}}, guestID)
	if err != nil {
		return nil, nil, err
	}
	defer h.Close()
	c, err := newCaller(h, guestID)
	if err != nil {
		return nil, nil, err
	}
	bad, err := h.Scraper(hostile.ID)
	if err != nil && !g.Unlisted {
		return nil, nil, err
	}
	call := func() {
		if !g.Unlisted { // else nobody can call it
			_, _, _ = bad.Detect(ctx, scrape.Probe{Workspace: c.workspace, URL: "https://shop.example/"}) // how it ends is for the tests
		}
	}
	call()
	if _, err := steady(ctx, c, hostileCalls); err != nil { // warms up
		return nil, nil, err
	}
	var idle, busy several
	for range hostileRounds {
		f, err := steady(ctx, c, hostileCalls)
		if err != nil {
			return nil, nil, err
		}
		idle.add(f)
		stop := make(chan struct{})
		var calling sync.WaitGroup
		calling.Go(func() { again(stop, call) })
		f, err = steady(ctx, c, hostileCalls)
		close(stop)
		calling.Wait()
		if err != nil {
			return nil, nil, err
		}
		busy.add(f)
	}
	return idle.median(), busy.median(), nil
}

// again calls f until stop, with a pause after each.
func again(stop <-chan struct{}, f func()) {
	for {
		f()
		select {
		case <-stop:
			return
		case <-time.After(hostilePause):
		}
	}
}

// several are the figures of several rounds, by name.
type several map[string][]float64

func (r *several) add(f figures) {
	if *r == nil {
		*r = several{}
	}
	for name, v := range f {
		(*r)[name] = append((*r)[name], v)
	}
}

func (r *several) median() figures {
	f := figures{}
	for name, all := range *r {
		f[name] = median(all)
	}
	return f
}

// steady makes n calls, one each millisecond, and returns their p99 in µs.
// While one takes longer, those that would have been due are left out.
func steady(ctx context.Context, c *caller, n int) (figures, error) {
	took, late := make([]time.Duration, n), make([]time.Duration, n)
	due := time.Now()
	for i := range n {
		due = due.Add(max(time.Millisecond, time.Since(due)))
		time.Sleep(time.Until(due))
		d, err := c.call(ctx)
		if err != nil {
			return nil, err
		}
		took[i], late[i] = d, time.Since(due)
	}
	return figures{byCall: inMicros(quantile(took, 0.99)), byDue: inMicros(quantile(late, 0.99))}, nil
}
