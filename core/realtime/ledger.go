package realtime

import (
	"context"
	"encoding/json"
	"time"
)

// Ledger keeps what happened in sessions. A session calls it from one
// goroutine, in order and beside the audio. An error is logged, and the
// session goes on.
type Ledger interface {
	// Begin is called once when a session begins, before anything else.
	Begin(ctx context.Context, b Begun) error
	// Append adds entries to a session that has begun and not ended.
	Append(ctx context.Context, workspace, session string, entries []Entry) error
	// End is called once, after the last entry.
	End(ctx context.Context, workspace, session string, e Ended) error
}

// Begun is a session that begins.
type Begun struct {
	Workspace string    `json:"workspace"`
	Session   string    `json:"session"`
	Cart      string    `json:"cart"`
	Way       string    `json:"way"` // how the client came: "socket", "realtime" or "webrtc"
	Agent     string    `json:"agent,omitempty"`
	Language  string    `json:"language,omitempty"`
	Model     string    `json:"model"`
	Voice     string    `json:"voice,omitempty"`
	At        time.Time `json:"at"`
}

// Ended is how a session ended.
type Ended struct {
	At time.Time `json:"at"`
	// Reason is "client" (it said so), "vanished" (it was gone), "idle",
	// "length", "budget", "shutdown" or "upstream" (it was lost for good).
	Reason     string `json:"reason"`
	Error      string `json:"error,omitempty"`
	Usage      Usage  `json:"usage"`      // of the whole session
	Responses  int    `json:"responses"`  // that the model gave
	ToolCalls  int    `json:"toolCalls"`  // that the host ran
	Reconnects int    `json:"reconnects"` // to the upstream
}

// Entry is one thing that happened. Exactly one of the pointers is set.
type Entry struct {
	At     time.Time   `json:"at"`
	Said   *Said       `json:"said,omitempty"`
	Tool   *ToolCalled `json:"tool,omitempty"`
	Usage  *Usage      `json:"usage,omitempty"` // of one response or transcription
	Timing *Timing     `json:"timing,omitempty"`
}

// Said is something that was said or written.
type Said struct {
	Item string `json:"item"` // its id in the conversation
	Role string `json:"role"` // "user" or "assistant"
	Text string `json:"text"`
	// Heard is how much of the assistant's speech was played before the
	// customer interrupted it; 0: it was not interrupted.
	Heard time.Duration `json:"heard,omitempty"`
}

// ToolCalled is a tool call of the host with its result.
type ToolCalled struct {
	Call      string          `json:"call"`
	Name      string          `json:"name"`
	Arguments string          `json:"arguments"`
	Result    json.RawMessage `json:"result"` // as the model was told
	Error     string          `json:"error,omitempty"`
	Took      time.Duration   `json:"took"`
	Late      bool            `json:"late,omitempty"` // the model had been told to go on without it
}

// Usage is tokens by modality. Cached ones are a part of the input.
type Usage struct {
	Model       string `json:"model,omitempty"`
	TextIn      int    `json:"textIn,omitempty"`
	AudioIn     int    `json:"audioIn,omitempty"`
	ImageIn     int    `json:"imageIn,omitempty"`
	CachedText  int    `json:"cachedText,omitempty"`
	CachedAudio int    `json:"cachedAudio,omitempty"`
	CachedImage int    `json:"cachedImage,omitempty"`
	TextOut     int    `json:"textOut,omitempty"`
	AudioOut    int    `json:"audioOut,omitempty"`
	// Seconds are those of a transcription that is billed by time.
	Seconds float64 `json:"seconds,omitempty"`
}

// Timing is one measured time.
type Timing struct {
	// What is "turn" (end of speech to first audio sent on), "tool" or
	// "barge_in" (begin of speech to the last audio sent on).
	What string        `json:"what"`
	Took time.Duration `json:"took"`
}
