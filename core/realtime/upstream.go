package realtime

import "context"

// Upstream opens conversations with a model.
type Upstream interface {
	// Dial opens a conversation with the model. The error's kind tells what
	// may be done: Unavailable, Timeout and RateLimited may pass, others won't.
	Dial(ctx context.Context, model string) (Link, error)
}

// Link is one open conversation with a provider.
type Link interface {
	// Read returns the next event. The slice is valid until the next Read. The
	// error of a link that the provider closed is a *ClosedError.
	Read(ctx context.Context) ([]byte, error)
	// Write sends one event. It may be called while Read waits, by one
	// goroutine at a time, and keeps nothing of the slice.
	Write(ctx context.Context, event []byte) error
	// Ping returns when the provider has shown that it is there. It needs a
	// Read that waits.
	Ping(ctx context.Context) error
	// Close ends the conversation and lets a waiting Read return. It does not
	// wait for the provider, and may be called more than once.
	Close()
}

// ClosedError is a link that the provider closed.
type ClosedError struct {
	Code   int // of the WebSocket
	Reason string
}

// Error implements error.
func (e *ClosedError) Error() string { return "the provider closed the conversation: " + e.Reason }
