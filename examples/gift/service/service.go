// Package service is the gift service that the plugin asks, made up for this
// example. Command serve beside it serves it on 127.0.0.1:4050.
package service

import (
	"encoding/json"
	"net/http"
)

// New returns the service, which lets in who has the token.
func New(token string) http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /wraps", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"wraps": []any{
			map[string]any{"name": "風呂敷", "price": 500}, map[string]any{"name": "Box \"classic\"", "price": 300},
		}})
	})
	mux.HandleFunc("GET /delivery", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("postcode") == "0000000" {
			http.NotFound(w, r)
			return
		}
		answer(w, map[string]string{"earliest": "2026-12-01", "latest": "2026-12-14"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
