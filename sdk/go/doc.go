// Package omakase is the SDK for plugins written in Go. A plugin is a WASM
// module that the omakase host runs in a sandbox: it has no files, no sockets
// and no environment, and asks the host for everything.
//
// A plugin is a main package that registers its handlers:
//
//	package main
//
//	import omakase "github.com/omakase-ai/omakase/sdk/go"
//
//	func main() {} // never called: the host calls the handlers
//
//	func init() {
//		omakase.Serve(omakase.Plugin{
//			Scraper: omakase.Scraper{Detect: detect, Scrape: scrape},
//		})
//	}
//
//	func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
//		page, err := ctx.Body(req.Body).Text()
//		…
//	}
//
// It is built by the ordinary Go toolchain, and gets its manifest from
// plugin.json:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o shop.wasm .
//	go run github.com/omakase-ai/omakase/sdk/go/cmd/embed-manifest shop.wasm plugin.json
//
// The same package compiles natively, where package fakehost stands in for
// the host: handlers are plain functions, so tests and a debugger call them as
// such.
//
// # Life of a call
//
// The host makes one call at a time in an instance and may throw the instance
// away after any call, so state in variables is lost without notice; KV is
// the only memory. Handles of bodies end with the call. Strings in requests
// stay valid as long as they are referenced.
//
// A handler that fails returns an *[Error] with one of the codes; any other
// error becomes the code internal. A panic ends the instance, and the host
// reports what Go writes about it.
//
// This package imports the standard library only, and of it nothing that
// makes modules large: no fmt, no encoding/json, no net/http. Use package
// sdk/go/json to read JSON quickly.
package omakase
