package sim

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// response is what the model says at one time.
type response struct {
	c              *session
	id             string
	inConversation bool
	body           map[string]any // its own parameters
	ctx            context.Context
	stop           context.CancelFunc
	reason         string // why it was cancelled
	again          bool   // another one is wanted when it is over
	output         []*item
	items          []*item // what it answers to
	spoken         time.Duration
}

// respond begins a response.
func (c *session) respond(body map[string]any) *problem {
	r := &response{c: c, id: "resp_" + random(10), inConversation: body["conversation"] != "none", body: body}
	if r.inConversation && c.active != nil {
		return &problem{"conversation_already_has_active_response", "Conversation already has an active response in progress: " + c.active.id + ". Wait until the response is finished before creating a new one.", ""}
	}
	r.items = slices.Clone(c.items)
	if input, ok := body["input"].([]any); ok {
		r.items = nil
		for i, one := range input {
			f := one.(map[string]any)
			if f["type"] == "item_reference" {
				id, _ := f["id"].(string)
				it := c.find(id)
				if it == nil {
					return &problem{"item_not_found", fmt.Sprintf("Item with id '%s' not found.", id), fmt.Sprintf("response.input[%d].id", i)}
				}
				r.items = append(r.items, it)
				continue
			}
			it := &item{}
			if p := c.message(it, f); p != nil {
				return p
			}
			it.kind, it.role = "message", fmt.Sprint(f["role"])
			r.items = append(r.items, it)
		}
	}
	if r.inConversation {
		c.active = r
	}
	r.ctx, r.stop = context.WithCancel(c.ctx)
	c.send("response.created", map[string]any{"response": r.shown("in_progress", nil)})
	c.running.Go(r.run)
	return nil
}

// setting is a parameter of the response, or of the session.
func (r *response) setting(name string) any {
	if v := r.body[name]; v != nil {
		return v
	}
	return r.c.config[name]
}

func (r *response) audible() bool {
	list, _ := r.setting("output_modalities").([]any)
	return len(list) == 0 || list[0] == "audio"
}

// cancel ends the response. The rest happens where it is being made.
func (r *response) cancel(reason string) {
	if r.reason == "" {
		r.reason = reason
	}
	r.stop()
}

// run makes the response. It holds the session's lock except while it waits.
func (r *response) run() {
	defer r.stop()
	c := r.c
	r.wait(c.s.o.Think)
	c.mu.Lock()
	defer c.mu.Unlock()
	status, detail := "completed", map[string]any(nil)
	if c.s.fault(Moment{c.number, c.sent, "response"}) == RateLimit {
		status, detail = "failed", map[string]any{"type": "failed", "error": map[string]any{
			"type": "requests", "code": "rate_limit_exceeded", "message": "Rate limit reached.",
		}}
	} else {
		for i, p := range r.plan() {
			if r.ctx.Err() != nil {
				break
			}
			if p.call != "" {
				r.callOut(i, p)
			} else {
				r.sayOut(i, p.text)
			}
		}
	}
	if r.reason != "" {
		status, detail = "cancelled", map[string]any{"type": "cancelled", "reason": r.reason}
	}
	if c.active == r {
		c.active = nil
	}
	c.send("response.done", map[string]any{"response": r.shown(status, detail)})
	c.send("rate_limits.updated", map[string]any{"rate_limits": []any{
		map[string]any{"name": "tokens", "limit": 250000, "remaining": 249000, "reset_seconds": 0.2},
	}})
	if r.again {
		_ = c.respond(nil)
	}
}

// wait lets the session go on for a while.
func (r *response) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.ctx.Done():
	}
}

// pause is wait from within the lock.
func (r *response) pause(d time.Duration) {
	r.c.mu.Unlock()
	r.wait(d)
	r.c.mu.Lock()
}

func (r *response) event(index int, it *item, more map[string]any) map[string]any {
	m := map[string]any{"response_id": r.id, "output_index": index, "item_id": it.id}
	maps.Copy(m, more)
	return m
}

// begin puts an item of the model into the conversation.
func (r *response) begin(index int, it *item) {
	it.id, it.status = "item_"+random(10), "in_progress"
	r.output = append(r.output, it)
	r.c.send("response.output_item.added", map[string]any{"response_id": r.id, "output_index": index, "item": it.shown()})
	if r.inConversation {
		r.c.add(it, len(r.c.items))
	}
}

func (r *response) finish(index int, it *item) {
	it.status = "completed"
	if r.ctx.Err() != nil {
		it.status = "incomplete"
	}
	if r.inConversation && r.c.find(it.id) != nil {
		r.c.done(it)
	}
	r.c.send("response.output_item.done", map[string]any{"response_id": r.id, "output_index": index, "item": it.shown()})
}

func (r *response) callOut(index int, p planned) {
	it := &item{kind: "function_call", callID: "call_" + random(8), name: p.call}
	r.begin(index, it)
	if r.c.s.fault(Moment{r.c.number, r.c.sent, "arguments"}) == Garble {
		p.arguments = p.arguments[:len(p.arguments)/2]
	}
	for _, piece := range pieces(p.arguments, 12) {
		it.arguments += piece
		r.c.send("response.function_call_arguments.delta", r.event(index, it, map[string]any{"call_id": it.callID, "delta": piece}))
	}
	r.c.send("response.function_call_arguments.done", r.event(index, it, map[string]any{
		"call_id": it.callID, "name": it.name, "arguments": it.arguments,
	}))
	r.finish(index, it)
}

// pieces cuts a text into parts of n runes.
func pieces(text string, n int) (all []string) {
	runes := []rune(text)
	for len(runes) > n {
		all, runes = append(all, string(runes[:n])), runes[n:]
	}
	return append(all, string(runes))
}

// sayOut speaks, or writes.
func (r *response) sayOut(index int, text string) {
	c := r.c
	it := &item{kind: "message", role: "assistant"}
	r.begin(index, it)
	kind, shownAs := "output_audio", "audio"
	if !r.audible() {
		kind, shownAs = "output_text", "text"
	}
	it.content = []map[string]any{{"type": kind}}
	part := func() map[string]any {
		if shownAs == "text" {
			return map[string]any{"type": "text", "text": it.transcript}
		}
		return map[string]any{"type": "audio", "transcript": it.transcript}
	}
	c.send("response.content_part.added", r.event(index, it, map[string]any{"content_index": 0, "part": part()}))
	for _, piece := range pieces(text, 6) {
		if r.ctx.Err() != nil {
			break
		}
		it.transcript += piece
		if shownAs == "text" {
			c.send("response.output_text.delta", r.event(index, it, map[string]any{"content_index": 0, "delta": piece}))
			continue
		}
		c.send("response.output_audio_transcript.delta", r.event(index, it, map[string]any{"content_index": 0, "delta": piece}))
		r.speak(index, it, piece)
	}
	if shownAs == "text" {
		it.content[0]["text"] = it.transcript
		c.send("response.output_text.done", r.event(index, it, map[string]any{"content_index": 0, "text": it.transcript}))
	} else {
		it.content[0]["transcript"] = it.transcript
		c.send("response.output_audio.done", r.event(index, it, map[string]any{"content_index": 0}))
		c.send("response.output_audio_transcript.done", r.event(index, it, map[string]any{"content_index": 0, "transcript": it.transcript}))
	}
	c.send("response.content_part.done", r.event(index, it, map[string]any{"content_index": 0, "part": part()}))
	r.finish(index, it)
}

// speak sends the sound of a piece of text, at the pace of the server.
func (r *response) speak(index int, it *item, piece string) {
	c := r.c
	sound := Speak(piece)
	if c.outputLaw() {
		sound = toLaw(sound)
	}
	const chunk = 200 * time.Millisecond
	size := 9600
	if c.outputLaw() {
		size = 1600
	}
	for len(sound) > 0 && r.ctx.Err() == nil {
		n := min(size, len(sound))
		length := chunk * time.Duration(n) / time.Duration(size)
		it.audio += length
		r.spoken += length
		c.spoke = true
		c.send("response.output_audio.delta", r.event(index, it, map[string]any{
			"content_index": 0, "delta": base64.StdEncoding.EncodeToString(sound[:n]),
		}))
		sound = sound[n:]
		if c.s.o.Pace > 0 {
			r.pause(time.Duration(float64(length) / c.s.o.Pace))
		}
	}
}

func (c *session) outputLaw() bool {
	return part(c.config, "audio", "output", "format")["type"] != "audio/pcm"
}

// toLaw is 24 kHz PCM as 8 kHz in a byte a sample, coarsely: loud or not.
func toLaw(pcm []byte) []byte {
	law := make([]byte, 0, len(pcm)/6)
	for i := 0; i+1 < len(pcm); i += 6 {
		law = append(law, ^(pcm[i+1] & 0xff))
	}
	return law
}

// shown is the response as its events show it.
func (r *response) shown(status string, detail map[string]any) map[string]any {
	output := []any{}
	for _, it := range r.output {
		output = append(output, it.shown())
	}
	m := map[string]any{
		"id": r.id, "object": "realtime.response", "status": status, "status_details": nil, "output": output,
		"conversation_id": nil, "output_modalities": r.setting("output_modalities"), "max_output_tokens": "inf",
		"audio": part(r.c.config, "audio"), "usage": nil, "metadata": r.body["metadata"],
	}
	if detail != nil {
		m["status_details"] = detail
	}
	m["audio"] = map[string]any{"output": part(r.c.config, "audio", "output")}
	if r.inConversation {
		m["conversation_id"] = "conv_" + strings.TrimPrefix(r.c.id, "sess_")
	}
	if status != "in_progress" {
		m["usage"] = r.usage()
	}
	return m
}

// usage counts as the service does: audio by time, text by length, and what
// was said before as cached.
func (r *response) usage() map[string]any {
	c := r.c
	texts := len(fmt.Sprint(c.config["instructions"])) / 4
	for _, it := range r.items {
		texts += (len(it.transcript) + len(it.arguments) + len(it.output)) / 4
	}
	sounds := int(c.duration / (100 * time.Millisecond))
	cached := min(c.cached, texts)
	c.cached = texts
	said := 0
	for _, it := range r.output {
		said += (len(it.transcript) + len(it.arguments)) / 4
	}
	spoken := int(r.spoken / (50 * time.Millisecond))
	return map[string]any{
		"total_tokens": texts + sounds + said + spoken, "input_tokens": texts + sounds, "output_tokens": said + spoken,
		"input_token_details": map[string]any{
			"text_tokens": texts, "audio_tokens": sounds, "image_tokens": 0, "cached_tokens": cached,
			"cached_tokens_details": map[string]any{"text_tokens": cached, "audio_tokens": 0, "image_tokens": 0},
		},
		"output_token_details": map[string]any{"text_tokens": said, "audio_tokens": spoken},
	}
}
