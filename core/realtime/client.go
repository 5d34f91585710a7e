package realtime

// Client is the leg of a session to whoever speaks with it.
type Client interface {
	// Write sends events in order, from one goroutine. It may wait for the
	// network and keeps nothing of the slices. An error ends the leg.
	Write(events [][]byte) error
	// Close says that the session is over, for a reason of Ended, and for what
	// error if there was one. It is called once, after the last Write, and may
	// wait for the network.
	Close(reason string, err error)
}
