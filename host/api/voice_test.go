package api_test

import (
	"testing"

	"github.com/omakase-ai/omakase/host/api"
)

func TestVoiceConfig(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{Voice: api.Voice{Model: "some-model"}})
	h.run(scenario{
		path: "/api/voice/config", status: 200, lacks: []string{"success"},
		want: `{"voices":["alloy","ash","ballad","coral","echo","sage","shimmer","verse","marin","cedar"],"defaultVoice":"shimmer","model":"some-model",
			"turnDetection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500}}`,
	})
}
