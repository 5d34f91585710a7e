package sim

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// detection is how the ends of turns are heard.
type detection struct {
	on, create, interrupt bool
	level                 int // mean amplitude above which it is speech
	silence, prefix       time.Duration
}

// turns reads the turn detection of the session.
func (c *session) turns() detection {
	m, ok := part(c.config, "audio", "input")["turn_detection"].(map[string]any)
	if !ok {
		return detection{}
	}
	d := detection{on: true, create: m["create_response"] != false, interrupt: m["interrupt_response"] != false, silence: 500 * time.Millisecond, prefix: 300 * time.Millisecond}
	threshold := 0.5
	if v, ok := m["threshold"].(float64); ok {
		threshold = v
	}
	d.level = 100 + int(threshold*800)
	if v, ok := m["silence_duration_ms"].(float64); ok {
		d.silence = time.Duration(v) * time.Millisecond
	}
	if v, ok := m["prefix_padding_ms"].(float64); ok {
		d.prefix = time.Duration(v) * time.Millisecond
	}
	return d
}

// ear hears by energy.
type ear struct {
	turns    detection
	law      bool   // G.711, a byte a sample at 8 kHz
	buf      []byte // audio since the last commit
	at       time.Duration
	speaking bool
	item     string // the one that the speech will be
	loud     time.Duration
	quiet    time.Duration
}

// onset is how long it takes to believe that somebody speaks.
const onset = 60 * time.Millisecond

func (e *ear) clear() { e.buf, e.speaking, e.loud, e.quiet = nil, false, 0, 0 }

func (e *ear) length(n int) time.Duration {
	if e.law {
		return time.Duration(n) * time.Second / 8000
	}
	return time.Duration(n) * time.Second / 48000
}

// loudness is the mean amplitude of a piece of audio.
func (e *ear) loudness(sound []byte) int {
	sum, n := 0, 0
	if e.law {
		for _, b := range sound {
			sum += int(^b&0x7f) << 6
			n++
		}
	} else {
		for i := 0; i+1 < len(sound); i += 2 {
			v := int(int16(binary.LittleEndian.Uint16(sound[i:])))
			sum += max(v, -v)
			n++
		}
	}
	return sum / max(n, 1)
}

// maxAppend is the most audio of one event, maxBuffer of a turn.
const (
	maxAppend = 15 << 20
	maxBuffer = 64 << 20
)

// hear takes audio.
func (c *session) hear(text string) *problem {
	sound, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil || !c.ear.law && len(sound)%2 != 0:
		return &problem{"invalid_value", "Invalid 'audio'. Expected base64-encoded audio bytes in the session's input format.", "audio"}
	case len(sound) > maxAppend:
		return &problem{"invalid_value", "Invalid 'audio': more than 15 MiB.", "audio"}
	}
	e := &c.ear
	d := e.length(len(sound))
	e.at += d
	if !c.s.o.Mute || e.speaking {
		e.buf = append(e.buf, sound...)
	}
	if !e.turns.on {
		if len(e.buf) > maxBuffer {
			e.buf = e.buf[len(e.buf)-maxBuffer:]
		}
		return nil
	}
	if loud := e.loudness(sound) > e.turns.level; loud {
		e.loud, e.quiet = e.loud+d, 0
	} else {
		e.quiet += d
		if !e.speaking {
			e.loud = 0
		}
	}
	switch {
	case !e.speaking && e.loud >= onset:
		c.speechStarted()
	case e.speaking && e.quiet >= e.turns.silence:
		c.speechStopped()
	case !e.speaking: // no more is kept than what may belong to the beginning
		if most := int((e.turns.prefix+onset)/time.Millisecond) * 48; len(e.buf) > 2*most {
			e.buf = append(e.buf[:0], e.buf[len(e.buf)-most:]...)
		}
	}
	return nil
}

func (c *session) speechStarted() {
	e := &c.ear
	e.speaking, e.item = true, "item_"+random(10)
	c.send("input_audio_buffer.speech_started", map[string]any{
		"audio_start_ms": max(e.at-e.loud-e.turns.prefix, 0).Milliseconds(), "item_id": e.item,
	})
	if e.turns.interrupt && c.active != nil && c.active.inConversation {
		c.active.cancel("turn_detected")
	}
}

func (c *session) speechStopped() {
	e := &c.ear
	c.send("input_audio_buffer.speech_stopped", map[string]any{"audio_end_ms": e.at.Milliseconds(), "item_id": e.item})
	c.commitAs(e.item)
	if e.turns.create {
		if c.respond(nil) != nil && c.active != nil {
			c.active.again = true
		}
	}
}

// commit makes what was heard an item, as the client asks.
func (c *session) commit() *problem {
	e := &c.ear
	if had := e.length(len(e.buf)); had < 100*time.Millisecond {
		return &problem{"input_audio_buffer_commit_empty", fmt.Sprintf(
			"Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has %.2fms of audio.",
			float64(had)/float64(time.Millisecond)), ""}
	}
	id := e.item
	if !e.speaking {
		id = "item_" + random(10)
	}
	c.commitAs(id)
	return nil
}

func (c *session) commitAs(id string) {
	sound := c.ear.buf
	c.duration += c.ear.length(len(sound))
	c.ear.clear()
	it := &item{id: id, kind: "message", role: "user", status: "completed", content: []map[string]any{{"type": "input_audio", "transcript": nil}}}
	var previous any
	if n := len(c.items); n > 0 {
		previous = c.items[n-1].id
	}
	c.send("input_audio_buffer.committed", map[string]any{"previous_item_id": previous, "item_id": id})
	c.add(it, len(c.items))
	c.done(it)
	it.transcript = c.understand(sound)
	if part(c.config, "audio", "input")["transcription"] == nil {
		return
	}
	it.content[0]["transcript"] = it.transcript
	c.send("conversation.item.input_audio_transcription.delta", map[string]any{"item_id": id, "content_index": 0, "delta": it.transcript})
	seconds := c.ear.length(len(sound)).Seconds()
	c.send("conversation.item.input_audio_transcription.completed", map[string]any{
		"item_id": id, "content_index": 0, "transcript": it.transcript,
		"usage": map[string]any{"type": "duration", "seconds": seconds},
	})
}
