package realtime

import (
	"encoding/json"
	"slices"
	"time"
)

// item is a part of the conversation: what it takes to say it again to a new
// upstream, in a form that does not need its audio.
type item struct {
	id, kind, role string // kind is the item's type
	callID, name   string // of calls and outputs
	text           string // arguments, output, or what was said or written
	hidden         bool   // the client never sees it
	unsaid         bool   // not confirmed by the upstream
	asIs           []byte // the client's event, as long as it is not confirmed
	response       string // that makes it, while it is made

	sent  time.Duration // audio that the client was sent
	cut   bool          // the customer interrupted it
	heard time.Duration // before that

	voice tape // what the customer said, as long as it is not written down
}

// conversation is the items in order. It is bounded: the oldest messages are
// forgotten first, as a model forgets them.
type conversation struct {
	items []*item
	byID  map[string]*item
}

const maxItems = 500

func newConversation() *conversation { return &conversation{byID: map[string]*item{}} }

// place puts an item behind another one: "root" is the front, "" and one that
// is not known the end.
func (c *conversation) place(it *item, previous string) {
	if c.byID[it.id] != nil {
		return
	}
	at := len(c.items)
	if previous == "root" {
		at = 0
	} else if before := c.byID[previous]; before != nil {
		at = slices.Index(c.items, before) + 1
	}
	c.items = slices.Insert(c.items, at, it)
	c.byID[it.id] = it
	for len(c.items) > maxItems {
		delete(c.byID, c.items[0].id)
		c.items = slices.Delete(c.items, 0, 1)
	}
}

func (c *conversation) remove(id string) {
	if it := c.byID[id]; it != nil {
		delete(c.byID, id)
		c.items = slices.DeleteFunc(c.items, func(other *item) bool { return other == it })
	}
}

// visibleBefore is the id of the last item at or before id that the client may
// know, or "".
func (c *conversation) visibleBefore(id string) string {
	it := c.byID[id]
	if it == nil {
		return id
	}
	for i := slices.Index(c.items, it); i >= 0; i-- {
		if !c.items[i].hidden {
			return c.items[i].id
		}
	}
	return ""
}

// The types of items that are kept.
const (
	kindMessage = "message"
	kindCall    = "function_call"
	kindOutput  = "function_call_output"
)

// wireItem is an item as events carry it.
type wireItem struct {
	ID        string        `json:"id,omitempty"`
	Type      string        `json:"type"`
	Status    string        `json:"status,omitempty"`
	Role      string        `json:"role,omitempty"`
	Content   []wireContent `json:"content,omitempty"`
	CallID    string        `json:"call_id,omitempty"`
	Name      string        `json:"name,omitempty"`
	Arguments *string       `json:"arguments,omitempty"`
	Output    *string       `json:"output,omitempty"`
}

type wireContent struct {
	Type       string `json:"type"`
	Text       string `json:"text,omitempty"`
	Transcript string `json:"transcript,omitempty"`
	Audio      string `json:"audio,omitempty"`
}

// learn takes over what an event says of an item.
func (it *item) learn(w *wireItem) {
	it.kind, it.role, it.callID, it.name = w.Type, w.Role, w.CallID, w.Name
	said := ""
	for _, c := range w.Content {
		said += c.Text + c.Transcript
	}
	switch {
	case w.Arguments != nil && *w.Arguments != "":
		said = *w.Arguments
	case w.Output != nil:
		said = *w.Output
	}
	if said != "" {
		it.text = said
	}
}

// again is the event that says an item to a new upstream; nil for what can't
// be said again.
func (it *item) again(eventID string) []byte {
	if it.asIs != nil {
		return it.asIs
	}
	w := wireItem{ID: it.id, Type: it.kind}
	switch it.kind {
	case kindMessage:
		said := it.said()
		w.Role = it.role
		if said == "" && len(it.voice.pieces) > 0 {
			w.Content = []wireContent{{Type: "input_audio", Audio: it.voice.audio()}}
			break
		}
		if said == "" {
			return nil
		}
		content := "input_text"
		if it.role == "assistant" {
			content = "output_text"
		}
		w.Content = []wireContent{{Type: content, Text: said}}
	case kindCall:
		w.CallID, w.Name, w.Arguments = it.callID, it.name, &it.text
	case kindOutput:
		w.CallID, w.Output = it.callID, &it.text
	default:
		return nil
	}
	return itemCreate(eventID, "", &w)
}

// said is the text of a message as far as it was heard.
func (it *item) said() string {
	if !it.cut || it.sent <= 0 || it.heard >= it.sent {
		return it.text
	}
	runes := []rune(it.text)
	return string(runes[:int(int64(len(runes))*int64(it.heard)/int64(it.sent))])
}

func itemCreate(eventID, previous string, w *wireItem) []byte {
	return encode(struct {
		Type     string    `json:"type"`
		EventID  string    `json:"event_id,omitempty"`
		Previous string    `json:"previous_item_id,omitempty"`
		Item     *wireItem `json:"item"`
	}{"conversation.item.create", eventID, previous, w})
}

// raw is a JSON object whose members are not looked at.
type raw = map[string]json.RawMessage
