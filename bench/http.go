package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	rounds   = 3
	duration = 2 * time.Second

	// readTarget is the share of Express's processor time that a read may take.
	readTarget = 0.1
)

// load is a kind of request that both servers answer.
type load struct {
	what   string
	target float64
	status int
	make   request
}

// benchHTTP compares the processor time of a request at full load with an
// Express server that answers the same routes from a map, in turn, each server
// on one core and the load on the other.
func benchHTTP() (rows []row, err error) {
	err = temp(func(dir string) error {
		ours, err := serve(0, dir)
		if err != nil {
			return err
		}
		defer ours.stop()
		theirs, err := start(0, nil, "node", "bench/express/server.mjs")
		if err != nil {
			return err
		}
		defer theirs.stop()
		var ids [2]string
		for i, p := range []*process{ours, theirs} {
			if err := p.ready("/api/health", time.Millisecond); err != nil {
				return err
			}
			if ids[i], err = seed(p, 1000); err != nil {
				return err
			}
		}
		loads := [][2]load{
			both("health", "/api/health"),
			both("list of 20 products", "/api/products?limit=20"),
			both("list of 100 products", "/api/products?limit=100"),
			both("list of 1,000 products", "/api/products"),
			{{"one product", readTarget, 200, get("/api/products/" + ids[0])}, {"", 0, 200, get("/api/products/" + ids[1])}},
			both("search, 100 hits of 1,000, asked again", "/api/products/search/w0k3"),
		}
		for _, l := range loads {
			r, err := compare(ours, theirs, l)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		rows, err = benchWrites(rows, theirs)
		return err
	})
	return rows, err
}

// benchWrites measures what no cache can answer: a search asked for the first
// time, and a creation.
func benchWrites(rows []row, theirs *process) ([]row, error) {
	err := temp(func(dir string) error {
		ours, err := serve(0, dir, "OMAKASE_SERVER_CACHE_MB=0")
		if err != nil {
			return err
		}
		defer ours.stop()
		if err := ours.ready("/api/health", time.Millisecond); err != nil {
			return err
		}
		if _, err := seed(ours, 1000); err != nil {
			return err
		}
		search := load{"search, 100 hits of 1,000, asked first", 1, 200, get("/api/products/search/w0k3")}
		create := load{"create a product", 1, 201, func(n int64, r *fasthttp.Request) {
			r.SetRequestURI("/api/products")
			r.Header.SetMethod("POST")
			r.Header.SetContentType("application/json")
			r.SetBodyString(product(int(n)))
		}}
		for _, l := range []load{search, create} {
			r, err := compare(ours, theirs, [2]load{l, l})
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return nil
	})
	return rows, err
}

func both(what, path string) [2]load {
	l := load{what, readTarget, 200, get(path)}
	return [2]load{l, l}
}

func compare(ours, theirs *process, l [2]load) (row, error) {
	var a, b []time.Duration
	for range rounds {
		x, err := ours.perRequest(l[0].status, l[0].make)
		if err != nil {
			return row{}, fmt.Errorf("%s: %w", l[0].what, err)
		}
		y, err := theirs.perRequest(l[1].status, l[1].make)
		if err != nil {
			return row{}, fmt.Errorf("%s, Express: %w", l[0].what, err)
		}
		a, b = append(a, x), append(b, y)
	}
	x, y := median(a), median(b)
	r := float64(x) / float64(y)
	return row{
		"CPU of a request: " + l[0].what, micros(x), micros(y) + " Express", times(r),
		fmt.Sprintf("≤ %.2f", l[0].target), r <= l[0].target,
	}, nil
}

// product is one of many, of which a tenth holds the word w0k0, a tenth w0k1,
// and so on.
func product(i int) string {
	return fmt.Sprintf(`{"name":"備前焼の湯呑み %d","description":"ひとつずつ手作りの器です。 w0k%d Handmade in Bizen, each piece is different.","price":%d,"imageUrl":"https://cdn.example/%d.jpg","productUrl":"https://shop.example/items/%d"}`, i, i%10, 500+i, i, i)
}

// seed creates n products and returns the id of one.
func seed(p *process, n int) (string, error) {
	var b strings.Builder
	b.WriteString(`{"products":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(product(i))
	}
	b.WriteString(`]}`)
	var got struct{ Products []struct{ ID string } }
	if err := p.post("/api/products/bulk", b.String(), &got); err != nil {
		return "", err
	}
	if len(got.Products) != n {
		return "", fmt.Errorf("%d products instead of %d", len(got.Products), n)
	}
	return got.Products[n/2].ID, nil
}

func (p *process) post(path, body string, into any) error {
	res, err := http.Post(p.base+path, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s: %d %s", path, res.StatusCode, raw)
	}
	return json.Unmarshal(raw, into)
}
