package realtime

import "time"

// playback is what the client has heard by now: what it says itself, and
// between its reports, or without any, an estimate: audio plays from the
// moment when it is sent, at its own speed, without gaps but those in which
// there was none.
type playback struct {
	items []*voiced // in the order in which they play, the last few
	end   time.Time // when all that was sent will have been heard
}

// voiced is the audio of one item.
type voiced struct {
	item     string
	sent     time.Duration
	reported time.Duration // played, as the client said; below 0: it did not
	at       time.Time     // of the report
}

const keepVoiced = 8

// add is audio that was sent to the client just now.
func (p *playback) add(item []byte, d time.Duration, now time.Time) *voiced {
	var v *voiced
	if n := len(p.items); n > 0 && p.items[n-1].item == string(item) {
		v = p.items[n-1]
	} else {
		v = &voiced{item: string(item), reported: -1}
		p.items = append(p.items, v)
		if len(p.items) > keepVoiced {
			p.items = append(p.items[:0], p.items[1:]...)
		}
	}
	v.sent += d
	if p.end.Before(now) {
		p.end = now
	}
	p.end = p.end.Add(d)
	return v
}

// report is the client's word of how much of an item it has played.
func (p *playback) report(item string, played time.Duration, now time.Time) {
	for _, v := range p.items {
		if v.item == item {
			v.reported, v.at = min(max(played, 0), v.sent), now
		}
	}
}

// find returns an item's audio, or nil.
func (p *playback) find(item string) *voiced {
	for _, v := range p.items {
		if v.item == item {
			return v
		}
	}
	return nil
}

// unheard are the items of which something has not been heard yet, with what
// was heard of each.
func (p *playback) unheard(now time.Time) (cut []*voiced, heard []time.Duration) {
	left := max(p.end.Sub(now), 0)
	for i := len(p.items) - 1; i >= 0; i-- {
		v := p.items[i]
		played := v.sent - min(left, v.sent)
		left -= v.sent - played
		if v.reported >= 0 {
			played = min(v.reported+now.Sub(v.at), v.sent)
		}
		if played < v.sent {
			cut, heard = append(cut, v), append(heard, played)
		}
	}
	return cut, heard
}

// stop is the client falling silent: what it was sent will not be heard.
func (p *playback) stop(now time.Time) {
	p.items, p.end = nil, now
}
