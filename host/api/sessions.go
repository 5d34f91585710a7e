package api

import (
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/store"
)

const sessionMissing = "Session not found"

// Costs are what voice sessions are charged with.
type Costs struct {
	Prices   realtime.PriceTable
	Currency string
}

// voiceView is a voice session as operators see it.
type voiceView struct {
	ID         string           `json:"id"`
	Way        string           `json:"way"`
	Agent      string           `json:"agent,omitempty"`
	Language   string           `json:"language,omitempty"`
	Model      string           `json:"model"`
	Voice      string           `json:"voice,omitempty"`
	CartID     string           `json:"cartId,omitempty"`
	StartedAt  string           `json:"startedAt"`
	EndedAt    string           `json:"endedAt,omitempty"`
	DurationMS int64            `json:"durationMs,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	Error      string           `json:"error,omitempty"`
	Said       int              `json:"transcriptCount"`
	Calls      int              `json:"toolCallCount"`
	Responses  int              `json:"responses"`
	Reconnects int              `json:"reconnects"`
	Orders     []string         `json:"orders"`
	Usage      []realtime.Usage `json:"usage"`
	Cost       costView         `json:"cost"`
}

// costView is what the usage costs. Models without prices are not in it.
type costView struct {
	Amount   float64  `json:"amount"`
	Currency string   `json:"currency,omitempty"`
	Unpriced []string `json:"unpriced,omitempty"`
}

func (s *Server) viewVoice(v *store.VoiceSession) voiceView {
	view := voiceView{
		ID: v.Session, Way: v.Way, Agent: v.Agent, Language: v.Language, Model: v.Model, Voice: v.Voice, CartID: v.Cart, StartedAt: instant(v.At),
		Said: v.Said, Calls: v.Calls, Orders: append([]string{}, v.Orders...), Usage: append([]realtime.Usage{}, v.Usage...),
		Cost: costView{Currency: s.o.Costs.Currency},
	}
	view.Cost.Amount, view.Cost.Unpriced = s.o.Costs.Prices.Cost(v.Usage)
	if e := v.Ended; e != nil {
		view.EndedAt, view.DurationMS, view.Reason, view.Error = instant(e.At), e.At.Sub(v.At).Milliseconds(), e.Reason, e.Error
		view.Responses, view.Reconnects = e.Responses, e.Reconnects
	}
	return view
}

func (s *Server) listSessions(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	limit, cursor, err := paging(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	list, next, err := b.Store.ListVoiceSessions(ctx, workspace, limit, cursor)
	if err != nil {
		return err
	}
	views := make([]voiceView, len(list))
	for i := range list {
		views[i] = s.viewVoice(&list[i])
	}
	body, err := encode(struct {
		Success  bool        `json:"success"`
		Count    int         `json:"count"`
		Sessions []voiceView `json:"sessions"`
	}{true, len(views), views})
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, append(appendNext(body[:len(body)-1], next, limit), '}'))
}

// What happened in a session, by kind and each in order.
type (
	saidView struct {
		At      string `json:"at"`
		Item    string `json:"itemId,omitempty"`
		Role    string `json:"role"`
		Text    string `json:"text"`
		HeardMS int64  `json:"heardMs,omitempty"`
	}
	callView struct {
		At        string          `json:"at"`
		Call      string          `json:"callId"`
		Name      string          `json:"name"`
		Arguments string          `json:"arguments"`
		Result    json.RawMessage `json:"result"`
		Error     string          `json:"error,omitempty"`
		TookMS    float64         `json:"tookMs"`
		Late      bool            `json:"late,omitempty"`
	}
	timingView struct {
		At     string  `json:"at"`
		What   string  `json:"what"`
		TookMS float64 `json:"tookMs"`
	}
	sessionDetail struct {
		Transcript []saidView   `json:"transcript"`
		ToolCalls  []callView   `json:"toolCalls"`
		Timings    []timingView `json:"timings"`
	}
)

func viewEntries(entries []realtime.Entry) sessionDetail {
	d := sessionDetail{[]saidView{}, []callView{}, []timingView{}}
	for i := range entries {
		e := &entries[i]
		at := instant(e.At)
		switch {
		case e.Said != nil:
			d.Transcript = append(d.Transcript, saidView{at, e.Said.Item, e.Said.Role, e.Said.Text, e.Said.Heard.Milliseconds()})
		case e.Tool != nil:
			t := e.Tool
			result := t.Result
			if len(result) == 0 {
				result = json.RawMessage("null")
			}
			d.ToolCalls = append(d.ToolCalls, callView{at, t.Call, t.Name, t.Arguments, result, t.Error, milliseconds(t.Took), t.Late})
		case e.Timing != nil:
			d.Timings = append(d.Timings, timingView{at, e.Timing.What, milliseconds(e.Timing.Took)})
		}
	}
	return d
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// getSession tells a session with what happened in it. With a limit, that comes
// by pages.
func (s *Server) getSession(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	limit, cursor, err := paging(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	v, err := b.Store.VoiceSession(ctx, workspace, id)
	if err != nil {
		return named(err, sessionMissing)
	}
	entries, next, err := b.Store.VoiceEntries(ctx, workspace, id, limit, cursor)
	if err != nil {
		return err
	}
	body, err := encode(struct {
		Success bool      `json:"success"`
		Session voiceView `json:"session"`
		sessionDetail
	}{true, s.viewVoice(&v), viewEntries(entries)})
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, append(appendNext(body[:len(body)-1], next, limit), '}'))
}

func (s *Server) deleteSession(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.DeleteVoiceSession(ctx, workspace, id); err != nil {
		return named(err, sessionMissing)
	}
	return writeMessage(c, "Session deleted")
}
