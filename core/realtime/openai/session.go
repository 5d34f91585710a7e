package openai

import (
	"encoding/json"

	"github.com/omakase-ai/omakase/core/realtime"
)

// Session is what a conversation is opened with, in the words of the
// provider's interface. What is zero is left to the provider.
type Session struct {
	Model        string
	Instructions string
	Voice        string
	// Transcription is the model that writes down what the customer says.
	Transcription string
	Turns         *TurnDetection
	Tools         []realtime.Tool
}

// TurnDetection is how the provider hears that somebody has finished speaking.
// Its JSON form is that of the REST contract and of the provider.
type TurnDetection struct {
	Type            string  `json:"type"`
	Threshold       float64 `json:"threshold"` // 0 to 1; higher wants louder speech
	PrefixPadding   int     `json:"prefix_padding_ms"`
	SilenceDuration int     `json:"silence_duration_ms"`
}

// StandardTurns is the turn detection of all sessions.
func StandardTurns() *TurnDetection {
	return &TurnDetection{Type: "server_vad", Threshold: 0.5, PrefixPadding: 300, SilenceDuration: 500}
}

// MarshalJSON writes the session as the provider takes it. One field that it
// does not know makes it refuse the whole, so nothing is sent that it need not
// hear.
func (s *Session) MarshalJSON() ([]byte, error) {
	type transcription struct {
		Model string `json:"model"`
	}
	type input struct {
		Transcription *transcription `json:"transcription,omitempty"`
		TurnDetection *TurnDetection `json:"turn_detection,omitempty"`
	}
	type output struct {
		Voice string `json:"voice,omitempty"`
	}
	type tool struct {
		Type string `json:"type"`
		realtime.Tool
	}
	var w struct {
		Type         string `json:"type"`
		Model        string `json:"model,omitempty"`
		Instructions string `json:"instructions,omitempty"`
		Audio        struct {
			Input  input  `json:"input"`
			Output output `json:"output"`
		} `json:"audio"`
		Tools []tool `json:"tools,omitempty"`
	}
	w.Type, w.Model, w.Instructions = "realtime", s.Model, s.Instructions
	if s.Transcription != "" {
		w.Audio.Input.Transcription = &transcription{s.Transcription}
	}
	w.Audio.Input.TurnDetection, w.Audio.Output.Voice = s.Turns, s.Voice
	for _, t := range s.Tools {
		w.Tools = append(w.Tools, tool{"function", t})
	}
	return json.Marshal(&w)
}
