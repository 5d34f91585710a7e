package scrape

import (
	"fmt"
	"hash/maphash"
	"time"
)

// Bounds end walks that would not end by themselves: what makes up pages
// without end is told from a large shop only by what it costs. A walk that is
// ended so keeps what it found, is partial, and says why. 0 is the default.
type Bounds struct {
	Pages int           // of the catalogue: 20,000
	Idle  int           // pages in a row that name nothing new: 500
	Bytes int64         // downloaded: 4 GiB
	Time  time.Duration // since the import began: 24 h
}

func (b Bounds) withDefaults() Bounds {
	if b.Pages <= 0 {
		b.Pages = 20_000
	}
	if b.Idle <= 0 {
		b.Idle = 500
	}
	if b.Bytes <= 0 {
		b.Bytes = 4 << 30
	}
	if b.Time <= 0 {
		b.Time = 24 * time.Hour
	}
	return b
}

// maxKnown bounds what a Meter remembers. Beyond, everything counts as new, and
// the other bounds remain.
const maxKnown = 1 << 20

// Meter holds a walk against its bounds. It is used by one goroutine at a time.
type Meter struct {
	bounds Bounds
	began  time.Time
	idle   int
	bytes  int64
	seed   maphash.Seed
	known  map[uint64]struct{} // products and references so far, by hash
}

// NewMeter returns the meter of a walk that began then.
func NewMeter(b Bounds, began time.Time) *Meter {
	return &Meter{bounds: b.withDefaults(), began: began, seed: maphash.MakeSeed(), known: map[uint64]struct{}{}}
}

// Page counts the number-th page of the catalogue, and says why none is to be
// read after it; "" when one may be.
func (m *Meter) Page(reply *PageReply, number int) (stop string) {
	fresh := reply.Unchanged // its products are those of an earlier import
	for i := range reply.Drafts {
		fresh = m.note("p", reply.Drafts[i].PlatformID) || fresh
	}
	for i := range reply.Refs {
		fresh = m.note("r", reply.Refs[i].Key) || fresh
	}
	if m.idle++; fresh {
		m.idle = 0
	}
	if stop = m.Batch(reply); stop != "" {
		return stop
	}
	switch {
	case number >= m.bounds.Pages:
		return fmt.Sprintf("stopped after %d pages: the shop has more of them (jobs.max_pages)", number)
	case m.idle >= m.bounds.Idle:
		return fmt.Sprintf("stopped: the last %d pages showed nothing new (jobs.max_idle_pages)", m.idle)
	}
	return ""
}

// Batch counts a page of single products, and says why no more are to be read;
// "" when they may be.
func (m *Meter) Batch(reply *PageReply) (stop string) {
	m.bytes += reply.Bytes
	switch took := time.Since(m.began); {
	case m.bytes >= m.bounds.Bytes:
		return fmt.Sprintf("stopped after %d MB: the shop sends more than an import may take (jobs.max_bytes)", m.bytes>>20)
	case took >= m.bounds.Time:
		return fmt.Sprintf("stopped after %s: the shop takes longer than an import may (jobs.max_time)", took.Round(time.Second))
	}
	return ""
}

// Spent reports whether the walk has no bytes or no time left.
func (m *Meter) Spent() bool {
	return m.bytes >= m.bounds.Bytes || time.Since(m.began) >= m.bounds.Time
}

// note remembers a name and reports whether it is new.
func (m *Meter) note(kind, name string) bool {
	sum := maphash.String(m.seed, kind+name)
	if _, ok := m.known[sum]; ok {
		return false
	}
	if len(m.known) < maxKnown {
		m.known[sum] = struct{}{}
	}
	return true
}
