// Package realtime is the voice sessions of the product: what passes between a
// customer and the model that speaks with them, and what the host does in
// between. It schedules responses, runs tools beside the audio, truncates what
// an interruption left unheard, and goes on where an upstream broke off.
//
// Between the legs of a session pass events in the generally available form of
// OpenAI's Realtime interface, one JSON object each. A provider with another
// form translates in its own package behind Upstream. Who the agent is and
// what it is told is core/agent's. The package knows of no transport to our
// clients and of no provider's address or key.
package realtime

import "encoding/json"

// Tool is a function that the model may call.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"` // JSON Schema of an object
}
