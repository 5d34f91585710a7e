package api

import (
	"bufio"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	maxStreams = 256              // open at a time
	heartbeat  = 15 * time.Second // keeps proxies from closing a quiet stream
	lookAgain  = 2 * time.Second  // for changes that another host made
	lastEvent  = "end"
)

// jobEvents streams a job's progress as server-sent events: "progress" with
// the job after each change, and "end" with the job when it has ended.
func (s *Server) jobEvents(c *fiber.Ctx, b *Backend) error {
	// A browser comes back by itself after the last event; 204 stops it.
	if string(c.Request().Header.Peek("Last-Event-ID")) == lastEvent {
		return c.SendStatus(fiber.StatusNoContent)
	}
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	changes, stop := b.Jobs.Watch(id)
	_, j, err := s.findJob(c, b)
	if err != nil || c.Method() == fiber.MethodHead {
		stop()
		c.Response().Header.SetContentType("text/event-stream")
		return err
	}
	if s.streams.Add(1) > maxStreams {
		s.streams.Add(-1)
		stop()
		return errs.New(errs.Busy, "%d event streams are open", maxStreams).WithHint("poll the job instead")
	}
	c.Response().Header.SetContentType("text/event-stream")
	c.Response().Header.Set(fiber.HeaderCacheControl, "no-cache")
	c.Response().Header.Set("X-Accel-Buffering", "no")
	stream := &jobStream{s: s, store: b.Store, workspace: workspace, changes: changes}
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer s.streams.Add(-1)
		defer stop()
		stream.run(w, j)
	})
	return nil
}

// jobStream outlives the handler, so it holds nothing of the request.
type jobStream struct {
	s         *Server
	store     store.Store
	workspace string
	changes   <-chan store.Job
}

// run writes until the job has ended, the client is gone or the server stops.
func (st *jobStream) run(w *bufio.Writer, j store.Job) {
	beat, look := time.NewTicker(heartbeat), time.NewTicker(lookAgain)
	defer beat.Stop()
	defer look.Stop()
	if !send(w, &j) {
		return
	}
	for {
		next := j
		select {
		case <-st.s.stopping.Done():
			return
		case <-beat.C:
			if _, err := w.WriteString(": still here\n\n"); err != nil || w.Flush() != nil {
				return
			}
		case next = <-st.changes:
		case <-look.C:
			var err error
			if next, err = st.read(j.ID); err != nil {
				return // gone, or the store is: the client comes back
			}
		}
		// Both sources report the same change, and a late one must not turn
		// the picture back.
		if next.UpdatedAt.After(j.UpdatedAt) || next.State.Final() {
			j = next
			if !send(w, &j) {
				return
			}
		}
	}
}

func (st *jobStream) read(id string) (store.Job, error) {
	ctx, cancel := st.s.storeContext()
	defer cancel()
	return st.store.Job(ctx, st.workspace, id)
}

// send writes the job as an event and reports whether more may follow.
func send(w *bufio.Writer, j *store.Job) bool {
	body, err := encode(detail(j))
	if err != nil {
		return false
	}
	event, id := "progress", fmt.Sprint(j.UpdatedAt.UnixMilli())
	if j.State.Final() {
		event, id = lastEvent, lastEvent
	}
	if _, err := fmt.Fprintf(w, "event: %s\nid: %s\ndata: %s\n\n", event, id, body); err != nil {
		return false
	}
	return w.Flush() == nil && !j.State.Final()
}
