// Package realtime is the voice sessions of the product: what a session offers
// to the model that speaks in it.
//
// Who the agent is and what it is told is core/agent's; the provider's own
// words are in the packages below. It knows of no transport to our clients.
package realtime

import (
	_ "embed" // the tools
	"encoding/json"

	"github.com/omakase-ai/omakase/core/realtime/openai"
)

//go:embed tools.json
var toolsJSON []byte

// Tools are the functions of a session that sells, as the model is told of
// them. The slice is the caller's.
func Tools() []openai.Tool {
	var tools []openai.Tool
	if err := json.Unmarshal(toolsJSON, &tools); err != nil {
		panic(err) // a test holds that what is compiled in is right
	}
	return tools
}
