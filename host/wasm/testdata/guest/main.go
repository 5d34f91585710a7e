// Command guest is a plugin for the host's own tests: it does what the URL of
// a request says.
package main

import (
	"os"
	"strconv"
	"strings"
	"time"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

func main() {}

func init() {
	omakase.Serve(omakase.Plugin{Scraper: omakase.Scraper{Detect: detect, Scrape: scrape, Extract: extract}})
}

var kept [][]byte

// detect does what the last segment of the path says.
func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	switch what := req.URL[strings.LastIndexByte(req.URL, '/')+1:]; what {
	case "panic":
		panic("boom: the guest gave up")
	case "exit":
		os.Exit(7)
	case "spin":
		for {
			if len(kept) > 1 {
				break
			}
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "nap":
		begun := time.Now()
		time.Sleep(20 * time.Millisecond)
		return omakase.DetectReply{Score: 1, Reason: strconv.FormatBool(time.Since(begun) >= 20*time.Millisecond)}, nil
	case "memory":
		for {
			kept = append(kept, make([]byte, 1<<20))
		}
	case "keep":
		kept = append(kept, make([]byte, 1<<20))
		return omakase.DetectReply{Score: len(kept)}, nil
	case "recurse":
		return omakase.DetectReply{Score: recurse(1)}, nil
	case "leave": // a goroutine that lives on and crashes in somebody else's call
		go func() {
			time.Sleep(5 * time.Millisecond)
			panic("left behind")
		}()
	case "leave busy": // one that never rests
		go func() {
			for {
				time.Sleep(0)
			}
		}()
	case "deadlock":
		select {}
	case "fail":
		return omakase.DetectReply{}, omakase.Fail(omakase.CodePassword, "the shop asks for a password")
	case "body":
		text, err := ctx.Body(req.Body).Text()
		return omakase.DetectReply{Score: 50, Reason: text}, err
	case "work":
		n := 0
		for i := range 2_000_000 {
			n += len(strconv.Itoa(i))
		}
		return omakase.DetectReply{Score: 1, Reason: strconv.Itoa(n)}, nil
	}
	return omakase.DetectReply{Score: 70, Reason: "url is " + req.URL}, nil
}

func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return recurse(n+1) + 1
}

// scrape reads /page/N of the shop until there are no more products.
func scrape(ctx *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
	page := 1
	if req.Cursor != "" {
		page, _ = strconv.Atoi(req.Cursor)
	}
	url := req.URL + "/page/" + strconv.Itoa(page)
	next := req.URL + "/page/" + strconv.Itoa(page+1)
	resp, err := ctx.HTTP().Fetch(omakase.FetchRequest{URL: url, Conditional: true, Prefetch: []string{next}})
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if resp.NotModified {
		return omakase.ScrapeReply{Source: url, Unchanged: true}, nil
	}
	text, err := resp.Text()
	if err != nil || text == "" {
		return omakase.ScrapeReply{}, err
	}
	reply := omakase.ScrapeReply{Source: url, Next: strconv.Itoa(page + 1), Shop: &omakase.Shop{Currency: "JPY"}}
	for _, line := range strings.Fields(text) {
		reply.Products = append(reply.Products, omakase.Product{ID: line, Name: "Product " + line, Price: "100"})
	}
	return reply, nil
}

func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	page, err := ctx.HTML().Query(omakase.HTMLRequest{Body: req.Body, URL: req.URL, Select: []omakase.HTMLQuery{
		{CSS: ".product", Each: []omakase.HTMLQuery{{CSS: "h2", Attrs: []string{"text"}}, {CSS: "a", Attrs: []string{"href"}}}},
	}})
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	var reply omakase.ExtractReply
	for _, node := range page.Select[0].Nodes {
		reply.Products = append(reply.Products, omakase.Product{Name: node.Each[0].Nodes[0].Values[0], URL: node.Each[1].Nodes[0].Values[0]})
	}
	return reply, nil
}
