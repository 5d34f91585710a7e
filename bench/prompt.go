package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	// keptTarget is how many times the processor time of a health request a
	// prompt may take that nothing has changed.
	keptTarget = 2.0
	// freshTarget is what one may take when everything has.
	freshTarget = 2 * time.Millisecond
)

// benchPrompt asks for prompts of 100 products: the same again and again,
// beside health requests, and one after each change of the catalogue.
func benchPrompt() (rows []row, err error) {
	err = temp(func(dir string) error {
		p, err := serve(0, dir)
		if err != nil {
			return err
		}
		defer p.stop()
		if err := p.ready("/api/ready", time.Millisecond); err != nil {
			return err
		}
		id, err := seed(p, 100)
		if err != nil {
			return err
		}
		if _, err := p.perRequest(200, generate); err != nil { // loads the plugin
			return err
		}
		var kept, health, fresh []time.Duration
		for range rounds {
			k, err := p.perRequest(200, generate)
			if err != nil {
				return fmt.Errorf("prompts: %w", err)
			}
			h, err := p.perRequest(200, get("/api/health"))
			if err != nil {
				return err
			}
			f, err := p.freshPrompt(id)
			if err != nil {
				return err
			}
			kept, health, fresh = append(kept, k), append(health, h), append(fresh, f)
		}
		k, h, f := median(kept), median(health), median(fresh)
		r := float64(k) / float64(h)
		rows = []row{
			{"CPU of a prompt of 100 products, nothing changed", micros(k), micros(h) + " health", times(r), fmt.Sprintf("≤ %.2f", keptTarget), r <= keptTarget},
			{"CPU of a prompt of 100 products, all read anew", millis(f), "", "", "≤ " + millis(freshTarget), f <= freshTarget},
		}
		return nil
	})
	return rows, err
}

func generate(_ int64, r *fasthttp.Request) {
	r.SetRequestURI("/api/prompts/generate")
	r.Header.SetMethod("POST")
	r.Header.SetContentType("application/json")
	r.SetBodyString("{}")
}

// freshPrompt is the processor time of one prompt after a change: that of
// changes with a prompt after each, less that of changes alone.
func (p *process) freshPrompt(id string) (time.Duration, error) {
	const changes = 300
	client := &fasthttp.HostClient{Addr: p.base[len("http://"):]}
	defer client.CloseIdleConnections()
	price := 0
	spend := func(prompts bool) (time.Duration, error) {
		before, err := p.cpu()
		if err != nil {
			return 0, err
		}
		for range changes {
			price++
			change := func(_ int64, r *fasthttp.Request) {
				r.SetRequestURI("/api/products/" + id)
				r.Header.SetMethod("PUT")
				r.Header.SetContentType("application/json")
				r.SetBodyString(`{"price":` + strconv.Itoa(price) + `}`)
			}
			if err := once(client, change); err != nil {
				return 0, err
			}
			if prompts {
				if err := once(client, generate); err != nil {
					return 0, err
				}
			}
		}
		after, err := p.cpu()
		return after - before, err
	}
	alone, err := spend(false)
	if err != nil {
		return 0, err
	}
	both, err := spend(true)
	return (both - alone) / changes, err
}

func once(client *fasthttp.HostClient, make request) error {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	make(0, req)
	req.Header.SetHost(client.Addr)
	if err := client.Do(req, res); err != nil {
		return err
	}
	if res.StatusCode() != 200 {
		return fmt.Errorf("%d %s", res.StatusCode(), res.Body())
	}
	return nil
}
