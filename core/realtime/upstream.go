package realtime

import "context"

// Upstream opens conversations with a model.
type Upstream interface {
	// Dial opens a conversation with the model. The error's kind tells what
	// may be done: Unavailable, Timeout, Busy and RateLimited may pass, others
	// won't.
	Dial(ctx context.Context, model string) (Link, error)
}

// Sideband is where a call is told of whose media other connections carry.
type Sideband interface {
	Upstream
	// Hangup ends the call. That it has ended already is no error.
	Hangup(ctx context.Context) error
}

// Link is one open conversation with a provider. Its events are those of the
// generally available Realtime interface.
type Link interface {
	// Read returns the next event. The slice is valid until the next Read. The
	// error of a link that the provider closed is a *ClosedError.
	Read() ([]byte, error)
	// Write sends events in order, by one goroutine at a time, also while Read
	// waits. It keeps nothing of the slices.
	Write(events [][]byte) error
	// Ping returns when the provider has shown that it is there, and has been
	// sent all that was written before. It needs a Read that waits.
	Ping(ctx context.Context) error
	// Close ends the conversation and lets Read and Write return. It does not
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
