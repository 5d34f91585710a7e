package realtime

import (
	"encoding/base64"
	"sync"
	"time"
)

// tape keeps events of a session's audio in the order in which they were sent,
// end to end in blocks: sessions are many, and each keeps dozens. The zero value
// is an empty one.
type tape struct {
	pieces []piece
	blocks []*block
	from   int // where the first piece begins in the first block
	size   int // of all pieces
}

// piece is an event for the upstream's audio buffer that was sent: audio, or a
// mark, which is a commit or a clear of the client's. A mark stays until the
// upstream has answered it, and so does what came before it.
type piece struct {
	at    int64 // when it was sent, in ns
	size  int32
	class class
	void  bool // it is nothing any more
}

// block is a part of tapes. It holds no pointers, so that it costs the collector
// nothing.
type block [2 << 10]byte

var blocks = sync.Pool{New: func() any { return new(block) }}

// add keeps a copy of an event that is sent now.
func (t *tape) add(event []byte, c class, now time.Time) {
	t.pieces = append(t.pieces, piece{at: now.UnixNano(), size: int32(len(event)), class: c}) //nolint:gosec // no event is that large
	end := t.from + t.size
	t.size += len(event)
	for len(event) > 0 {
		if end == len(t.blocks)*len(block{}) {
			t.blocks = append(t.blocks, blocks.Get().(*block))
		}
		n := copy(t.blocks[len(t.blocks)-1][end%len(block{}):], event)
		event, end = event[n:], end+n
	}
}

// drop lets go of the first n pieces.
func (t *tape) drop(n int) {
	if n == 0 {
		return
	}
	for _, p := range t.pieces[:n] {
		t.from += int(p.size)
		t.size -= int(p.size)
	}
	t.pieces = t.pieces[:copy(t.pieces, t.pieces[n:])]
	free := t.from / len(block{})
	if t.size == 0 {
		free, t.from = len(t.blocks), 0
	}
	for _, b := range t.blocks[:free] {
		blocks.Put(b)
	}
	kept := copy(t.blocks, t.blocks[free:])
	clear(t.blocks[kept:])
	t.blocks = t.blocks[:kept]
	t.from %= len(block{})
}

// each hands over the pieces from a number on. The event is valid until the next.
func (t *tape) each(from int, f func(p *piece, event []byte)) {
	var event []byte
	at := t.from
	for i := range t.pieces {
		p := &t.pieces[i]
		if i < from {
			at += int(p.size)
			continue
		}
		event = event[:0]
		for left := int(p.size); left > 0; {
			part := t.blocks[at/len(block{})][at%len(block{}):]
			part = part[:min(len(part), left)]
			event = append(event, part...)
			at, left = at+len(part), left-len(part)
		}
		f(p, event)
	}
}

// cut takes the first n pieces out. The others, which are copied, should be the
// fewer.
func (t *tape) cut(n int) (first tape) {
	if n == 0 {
		return first
	}
	var rest tape
	t.each(n, func(p *piece, event []byte) {
		rest.add(event, p.class, time.Unix(0, p.at))
		rest.pieces[len(rest.pieces)-1].void = p.void
	})
	first = *t
	first.pieces, first.size = first.pieces[:n], first.size-rest.size
	*t = rest
	return first
}

// audio is all that can be heard, as one text in base64.
func (t *tape) audio() string {
	var sound []byte
	t.each(0, func(p *piece, event []byte) {
		members, _ := object(event)
		part, err := base64.StdEncoding.DecodeString(textOf(members, "audio"))
		if err == nil && !p.void {
			sound = append(sound, part...)
		}
	})
	return base64.StdEncoding.EncodeToString(sound)
}
