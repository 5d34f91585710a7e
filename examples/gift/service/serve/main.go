// Command serve serves the gift service of this example.
//
//	go run ./examples/gift/service/serve --token practice-token
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/omakase-ai/omakase/examples/gift/service"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:4050", "listen here")
	token := flag.String("token", "practice-token", "who has it is let in")
	flag.Parse()
	log.Printf("the gift service is at http://%s", *addr)
	server := http.Server{Addr: *addr, Handler: service.New(*token), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
