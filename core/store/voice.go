package store

import (
	"context"
	"time"

	"github.com/omakase-ai/omakase/core/realtime"
)

// VoiceSession is a voice session as it is kept.
type VoiceSession struct {
	realtime.Begun

	Seq    int64
	Ended  *realtime.Ended  // nil while it goes on
	Usage  []realtime.Usage // told so far, summed up by model
	Orders []string         // numbers of the orders that were placed in it
	Said   int              // entries of the transcript
	Calls  int              // of tools
}

// VoiceSessions keep what happened in voice sessions. They are a
// realtime.Ledger whose Begin is Conflict for a session that is there already,
// and whose Append and End are NotFound for one that isn't (any more).
type VoiceSessions interface {
	realtime.Ledger

	// VoiceSession reads one. NotFound when it isn't there.
	VoiceSession(ctx context.Context, workspace, session string) (VoiceSession, error)
	// ListVoiceSessions are the sessions of a workspace, newest first.
	ListVoiceSessions(ctx context.Context, workspace string, limit int, cursor string) (list []VoiceSession, next string, err error)
	// VoiceEntries are what happened in a session, in order.
	VoiceEntries(ctx context.Context, workspace, session string, limit int, cursor string) (list []realtime.Entry, next string, err error)
	// DeleteVoiceSession deletes a session with all its entries.
	DeleteVoiceSession(ctx context.Context, workspace, session string) error
	// ForgetVoiceSessions deletes at most limit sessions of any workspace in
	// which nothing happened since before, and tells how many it deleted.
	ForgetVoiceSessions(ctx context.Context, before time.Time, limit int) (int, error)
	// CloseVoiceSessions ends at most limit sessions of any workspace that did
	// not end but in which nothing happened since before: their host died.
	CloseVoiceSessions(ctx context.Context, before time.Time, reason string, limit int) (int, error)
}
