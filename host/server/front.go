package server

import (
	"io/fs"
	"os"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/config"
)

// voice is how sessions are opened with the provider that is configured.
// Without a key every one is refused with the words of the contract.
func voice(c *config.OpenAI) (api.Voice, *openai.Client, error) {
	client, err := openai.New(openai.Options{BaseURL: c.BaseURL, Key: c.APIKey.Reveal(), Timeout: c.Timeout})
	if err != nil {
		return api.Voice{}, nil, err
	}
	return api.Voice{
		Model: c.Model, Transcription: c.TranscriptionModel, Secrets: client, PerMinute: c.SessionsPerMinute,
		Calls: calls{client, client.Upstream()},
	}, client, nil
}

// calls are calls over WebRTC with the provider.
type calls struct {
	*openai.Client
	upstream *openai.Upstream
}

// Beside implements api.Calls.
func (c calls) Beside(callID string) realtime.Sideband { return c.upstream.Beside(callID) }

// publicFiles are the files of a folder, out of which no link leads; nil
// without a folder.
func publicFiles(dir string) (fs.FS, error) {
	if dir == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, (&errs.Error{Kind: errs.Invalid, Op: "opening server.public_dir", Err: err}).
			WithHint("name a folder that is there, or leave it empty")
	}
	return root.FS(), nil
}
