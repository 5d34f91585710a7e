package sim

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// session is one conversation. What it does to itself it does under mu.
type session struct {
	s      *Server
	number int
	model  string
	id     string
	began  time.Time
	ctx    context.Context
	cancel context.CancelFunc

	open  sync.Mutex
	legs  []*websocket.Conn // that hear the conversation
	asker *websocket.Conn   // whose event is being done, which is for whoever holds mu

	mu       sync.Mutex
	sent     int
	stalled  bool
	config   map[string]any
	items    []*item
	ear      ear
	active   *response
	spoke    bool // the voice can't be changed any more
	cached   int  // tokens of the conversation so far
	guesses  int  // of what was said without words
	running  sync.WaitGroup
	duration time.Duration // of all audio that came in
	call     bool          // its media are elsewhere, and these legs beside it
}

// item is a part of the conversation.
type item struct {
	id, kind, role, status string
	content                []map[string]any
	callID, name           string
	arguments, output      string
	audio                  time.Duration // of an assistant's speech
	transcript             string
}

func newSession(s *Server, ws *websocket.Conn, number int, model string) *session {
	c := &session{s: s, number: number, model: model, id: "sess_" + random(10), began: time.Now()}
	if ws != nil {
		c.legs = []*websocket.Conn{ws}
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.config = map[string]any{
		"type": "realtime", "instructions": "You are a helpful assistant.", "output_modalities": []any{"audio"},
		"tools": []any{}, "tool_choice": "auto", "max_output_tokens": "inf", "truncation": "auto", "parallel_tool_calls": true,
		"audio": map[string]any{
			"input": map[string]any{
				"format": map[string]any{"type": "audio/pcm", "rate": 24000}, "transcription": nil, "noise_reduction": nil,
				"turn_detection": map[string]any{
					"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
					"create_response": true, "interrupt_response": true, "idle_timeout_ms": nil,
				},
			},
			"output": map[string]any{"format": map[string]any{"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0},
		},
	}
	c.ear.turns = c.turns()
	return c
}

// shown is the session as its events show it.
func (c *session) shown() map[string]any {
	m := maps.Clone(c.config)
	m["id"], m["object"], m["model"] = c.id, "realtime.session", c.model
	m["expires_at"] = c.began.Add(c.s.o.MaxAge).Unix()
	return m
}

// run holds the conversation until it ends.
func (c *session) run(ws *websocket.Conn) {
	defer c.running.Wait()
	defer c.cancel()
	c.mu.Lock()
	c.send("session.created", map[string]any{"session": c.shown()})
	c.mu.Unlock()
	life := time.AfterFunc(c.s.o.MaxAge, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.expire()
	})
	defer life.Stop()
	c.listen(ws)
}

func (c *session) expire() {
	text := fmt.Sprintf("Your session hit the maximum duration of %d minutes.", int(c.s.o.MaxAge.Minutes()))
	c.fail("", &problem{"session_expired", text, ""})
	c.stalled = true
	c.close(websocket.StatusGoingAway, text)
}

// turnAway refuses a conversation as the service does: after it was opened.
func (c *session) turnAway(ws *websocket.Conn, code int, reason, message string) {
	c.mu.Lock()
	c.fail("", &problem{reason, message, ""})
	c.mu.Unlock()
	_ = ws.Close(websocket.StatusCode(code), "invalid_request_error."+reason)
}

// send sends an event, or does what goes wrong with it.
func (c *session) send(typ string, fields map[string]any) {
	to := c.all()
	if len(to) == 0 || c.stalled {
		return
	}
	if c.asker != nil && (typ == "error" || typ == "session.created") {
		to = []*websocket.Conn{c.asker}
	}
	fields["type"], fields["event_id"] = typ, "event_"+strconv.Itoa(c.number)+"_"+strconv.Itoa(c.sent)
	c.sent++
	times := 1
	switch c.s.fault(Moment{c.number, c.sent, typ}) {
	case Drop:
		c.drop()
		return
	case Stall:
		c.stalled = true
		return
	case Expire:
		if typ != "error" {
			c.expire()
		}
		return
	case Duplicate:
		times = 2
	}
	message, err := json.Marshal(fields)
	if err != nil {
		return
	}
	for range times {
		for _, ws := range to {
			c.write(ws, message)
		}
	}
}

func (c *session) fail(eventID string, p *problem) {
	var about any
	if eventID != "" {
		about = eventID
	}
	var param any
	if p.param != "" {
		param = p.param
	}
	c.send("error", map[string]any{"error": map[string]any{
		"type": "invalid_request_error", "code": p.code, "message": p.message, "param": param, "event_id": about,
	}})
}

// take does what a client's event asks for.
func (c *session) take(ws *websocket.Conn, message []byte) {
	typ, eventID, event, p := checkEvent(message)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asker = ws
	defer func() { c.asker = nil }()
	if p == nil {
		p = c.do(typ, event)
	}
	if p != nil {
		c.fail(eventID, p)
	}
}

func (c *session) do(typ string, e map[string]any) *problem {
	switch typ {
	case "session.update":
		return c.update(e["session"].(map[string]any))
	case "input_audio_buffer.append":
		return c.hear(e["audio"].(string))
	case "input_audio_buffer.commit":
		return c.commit()
	case "input_audio_buffer.clear":
		c.ear.clear()
		c.send("input_audio_buffer.cleared", map[string]any{})
	case "output_audio_buffer.clear":
		return &problem{"invalid_value", "output_audio_buffer.clear is for WebRTC only.", "type"}
	case "conversation.item.create":
		return c.create(e)
	case "conversation.item.delete":
		it := c.find(e["item_id"].(string))
		if it == nil {
			return notFound(e["item_id"])
		}
		c.items = slices.DeleteFunc(c.items, func(other *item) bool { return other == it })
		c.send("conversation.item.deleted", map[string]any{"item_id": it.id})
	case "conversation.item.retrieve":
		it := c.find(e["item_id"].(string))
		if it == nil {
			return notFound(e["item_id"])
		}
		c.send("conversation.item.retrieved", map[string]any{"item": it.shown()})
	case "conversation.item.truncate":
		return c.truncate(e)
	case "response.create":
		body, _ := e["response"].(map[string]any)
		return c.respond(body)
	case "response.cancel":
		id, _ := e["response_id"].(string)
		if c.active == nil || id != "" && id != c.active.id {
			return &problem{"response_cancel_not_active", "Cancellation failed: no active response found", ""}
		}
		c.active.cancel("client_cancelled")
	}
	return nil
}

func notFound(id any) *problem {
	return &problem{"item_not_found", fmt.Sprintf("Item with item_id '%v' not found.", id), "item_id"}
}

// update changes the configuration, all of it or nothing.
func (c *session) update(session map[string]any) *problem {
	if session["type"] != c.config["type"] {
		return &problem{"invalid_value", "The session type can't be changed.", "session.type"}
	}
	if v := part(session, "audio", "output")["voice"]; v != nil && c.spoke && v != part(c.config, "audio", "output")["voice"] {
		return &problem{"cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present.", "session.audio.output.voice"}
	}
	c.apply(session)
	c.send("session.updated", map[string]any{"session": c.shown()})
	return nil
}

func (c *session) apply(session map[string]any) {
	c.config = merged(c.config, session)
	c.ear.turns = c.turns()
	c.ear.law = part(c.config, "audio", "input", "format")["type"] != "audio/pcm"
	if turns, ok := part(c.config, "audio", "input")["turn_detection"].(map[string]any); ok {
		for _, name := range []string{"create_response", "interrupt_response"} {
			if turns[name] == nil {
				turns[name] = true
			}
		}
	}
	if model, ok := session["model"].(string); ok && c.model == "" {
		c.model = model
	}
	delete(c.config, "model")
}

func merged(to, from map[string]any) map[string]any {
	m := maps.Clone(to)
	if m == nil {
		m = map[string]any{}
	}
	for name, v := range from {
		inner, ok := v.(map[string]any)
		if ok && (name == "audio" || name == "input" || name == "output") {
			before, _ := m[name].(map[string]any)
			v = merged(before, inner)
		} else if ok {
			v = maps.Clone(inner)
		}
		m[name] = v
	}
	return m
}

// part is a member of members, empty where one is missing.
func part(m map[string]any, path ...string) map[string]any {
	for _, name := range path {
		m, _ = m[name].(map[string]any)
	}
	return m
}

func (c *session) find(id string) *item {
	for _, it := range c.items {
		if it.id == id {
			return it
		}
	}
	return nil
}

// create adds an item of the client's.
func (c *session) create(e map[string]any) *problem {
	fields := e["item"].(map[string]any)
	it, p := c.fromClient(fields)
	if p != nil {
		return p
	}
	at := len(c.items)
	switch previous, _ := e["previous_item_id"].(string); {
	case previous == "root":
		at = 0
	case previous != "":
		before := c.find(previous)
		if before == nil {
			return &problem{"item_not_found", "Previous item with id '" + previous + "' not found.", "previous_item_id"}
		}
		at = slices.Index(c.items, before) + 1
	}
	c.add(it, at)
	c.done(it)
	return nil
}

func (c *session) fromClient(f map[string]any) (*item, *problem) {
	str := func(name string) string { s, _ := f[name].(string); return s }
	it := &item{id: str("id"), kind: str("type"), role: str("role"), status: "completed", callID: str("call_id"), name: str("name"), arguments: str("arguments"), output: str("output")}
	switch {
	case len(it.id) > 32:
		return nil, &problem{"string_above_max_length", "Invalid 'item.id': string too long. Expected a string with maximum length 32.", "item.id"}
	case it.id != "" && c.find(it.id) != nil:
		return nil, &problem{"item_create_invalid_item_id", "Error adding item: an item with id '" + it.id + "' already exists.", "item.id"}
	case it.id == "":
		it.id = "item_" + random(10)
	}
	switch it.kind {
	case "message":
		return it, c.message(it, f)
	case "function_call":
		if it.callID == "" || it.name == "" {
			return nil, missing("item.call_id")
		}
	case "function_call_output":
		if f["output"] == nil {
			return nil, missing("item.output")
		}
		return it, c.outputOf(it)
	}
	return it, nil
}

// outputOf holds an output against the calls that there are.
func (c *session) outputOf(it *item) *problem {
	called := false
	for _, other := range c.items {
		if other.callID != it.callID {
			continue
		}
		called = called || other.kind == "function_call"
		if other.kind == "function_call_output" {
			return &problem{"invalid_tool_call_id", "Tool call '" + it.callID + "' has an output already.", "item.call_id"}
		}
	}
	if !called {
		return &problem{"invalid_tool_call_id", "Tool call ID '" + it.callID + "' not found in conversation.", "item.call_id"}
	}
	return nil
}

// message reads a message's content, which depends on who speaks.
func (c *session) message(it *item, f map[string]any) *problem {
	allowed := map[string][]string{
		"user": {"input_text", "input_audio", "input_image"}, "system": {"input_text"}, "assistant": {"output_text", "output_audio"},
	}[it.role]
	if allowed == nil {
		return missing("item.role")
	}
	parts, _ := f["content"].([]any)
	if len(parts) == 0 {
		return missing("item.content")
	}
	for i, p := range parts {
		m := p.(map[string]any)
		typ, _ := m["type"].(string)
		if !slices.Contains(allowed, typ) {
			return wrongValue(fmt.Sprintf("item.content[%d].type", i), typ, "'"+allowed[0]+"'")
		}
		if typ == "input_audio" {
			sound, err := base64.StdEncoding.DecodeString(fmt.Sprint(m["audio"]))
			if err != nil {
				return &problem{"invalid_value", "Invalid audio: not base64.", fmt.Sprintf("item.content[%d].audio", i)}
			}
			it.transcript = c.understand(sound)
		}
		it.content = append(it.content, m)
	}
	return nil
}

// add puts an item into the conversation.
func (c *session) add(it *item, at int) {
	c.items = slices.Insert(c.items, at, it)
	c.send("conversation.item.added", map[string]any{"previous_item_id": c.before(it), "item": it.shown()})
}

func (c *session) done(it *item) {
	c.send("conversation.item.done", map[string]any{"previous_item_id": c.before(it), "item": it.shown()})
}

func (c *session) before(it *item) any {
	if i := slices.Index(c.items, it); i > 0 {
		return c.items[i-1].id
	}
	return nil
}

func (it *item) shown() map[string]any {
	m := map[string]any{"id": it.id, "object": "realtime.item", "type": it.kind, "status": it.status}
	switch it.kind {
	case "message":
		content := []map[string]any{}
		for _, p := range it.content {
			p = maps.Clone(p)
			delete(p, "audio")
			content = append(content, p)
		}
		m["role"], m["content"] = it.role, content
	case "function_call":
		m["call_id"], m["name"], m["arguments"] = it.callID, it.name, it.arguments
	case "function_call_output":
		m["call_id"], m["output"] = it.callID, it.output
	}
	return m
}

// truncate takes back the rest of what the model said.
func (c *session) truncate(e map[string]any) *problem {
	id, ms := e["item_id"].(string), e["audio_end_ms"].(float64)
	it := c.find(id)
	switch {
	case it == nil:
		return notFound(id)
	case it.kind != "message" || it.role != "assistant" || it.audio == 0:
		return &problem{"unsupported_content_type", "Only model output audio messages can be truncated", "item_id"}
	case e["content_index"].(float64) != 0:
		return &problem{"invalid_value", "Content index out of range.", "content_index"}
	case time.Duration(ms)*time.Millisecond > it.audio:
		return &problem{"invalid_value", fmt.Sprintf("Audio content of %dms is already shorter than %dms", it.audio.Milliseconds(), int(ms)), "audio_end_ms"}
	}
	it.audio = time.Duration(ms) * time.Millisecond
	it.transcript = ""
	for _, p := range it.content {
		delete(p, "transcript")
	}
	c.send("conversation.item.truncated", map[string]any{"item_id": id, "content_index": 0, "audio_end_ms": int(ms)})
	return nil
}
