package api

import (
	"bytes"
	"time"

	"github.com/valyala/fasthttp"
)

// streamLife is how long one event stream may last; clients reconnect.
const streamLife = time.Hour

// limitsFor widens the server's limits for the routes that need it. It runs
// before the body is read, so that a body over the limit costs no memory.
func limitsFor(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if h.IsPost() {
		switch string(pathOf(h)) {
		case "/api/products/bulk", "/api/knowledge/import/csv", "/api/knowledge/import/json":
			return fasthttp.RequestConfig{MaxRequestBodySize: bulkLimit, ReadTimeout: 4 * readTimeout}
		}
		return fasthttp.RequestConfig{}
	}
	if bytes.HasSuffix(pathOf(h), []byte("/events")) {
		return fasthttp.RequestConfig{WriteTimeout: streamLife}
	}
	return fasthttp.RequestConfig{}
}

func pathOf(h *fasthttp.RequestHeader) []byte {
	path, _, _ := bytes.Cut(h.RequestURI(), []byte("?"))
	return path
}
