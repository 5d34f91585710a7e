package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// request makes the n-th request of a load.
type request func(n int64, r *fasthttp.Request)

func get(path string) request {
	return func(_ int64, r *fasthttp.Request) { r.SetRequestURI(path) }
}

// perRequest loads a server from 32 connections for a while and returns the
// processor time that one request cost it.
func (p *process) perRequest(want int, make request) (time.Duration, error) {
	var n, failed atomic.Int64
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	client := &fasthttp.HostClient{Addr: p.base[len("http://"):], MaxConns: 64, MaxResponseBodySize: 64 << 20}
	defer client.CloseIdleConnections()
	end := time.Now().Add(duration)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(res)
			for time.Now().Before(end) {
				req.Reset()
				make(n.Add(1), req)
				req.Header.SetHost(client.Addr)
				if err := client.Do(req, res); err != nil || res.StatusCode() != want {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	after, err := p.cpu()
	if err != nil {
		return 0, err
	}
	if failed.Load() > n.Load()/1000 {
		return 0, fmt.Errorf("%d of %d requests failed", failed.Load(), n.Load())
	}
	return (after - before) / time.Duration(max(n.Load(), 1)), nil
}
