// Command serve serves the shop of this example.
//
//	go run ./examples/hinoki/shop/serve
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/omakase-ai/omakase/examples/hinoki/shop"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:4040", "listen here")
	flag.Parse()
	handler, err := shop.New()
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("a shop on Hinoki is at http://%s", *addr)
	server := http.Server{Addr: *addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
