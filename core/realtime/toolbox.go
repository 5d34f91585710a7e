package realtime

import (
	"context"
	"encoding/json"
)

// Toolbox holds the tools that the host runs for a session.
type Toolbox interface {
	// List is the tools of a workspace's sessions in the order in which the
	// model is told of them, described in the language (BCP 47, such as "ja").
	List(ctx context.Context, workspace, language string) ([]Tool, error)
	// Call runs a tool and returns a JSON value for the model and the client.
	//
	// It is called from many goroutines, for one session too. ctx ends at the
	// call's limit and not when the upstream breaks. The pair of Session and
	// ID is an idempotency key: called again with the same pair, it changes
	// nothing and returns the first result. What the model can mend, such as
	// an argument that is missing, is a result and no error; an error is told
	// to the model by its kind and hint only.
	Call(ctx context.Context, c Call) (json.RawMessage, error)
}

// Call is one call of a tool.
type Call struct {
	Workspace string
	Session   string // the voice session
	Cart      string // the session's cart; it outlives a reconnect
	Language  string // of the session, by BCP 47
	ID        string // given by the model, unique within the session
	Name      string
	Arguments json.RawMessage // what the model wrote: not always JSON
}
