package main

import (
	"hash/fnv"
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// Phases of a scrape.
const (
	phaseSitemap = "s"
	phaseList    = "l"
)

const (
	maxQueue = 200 // addresses that wait
	maxSeen  = 1200
)

// cursor is what a scrape remembers: the addresses that wait, and fingerprints
// of those that waited already.
type cursor struct {
	phase string
	pages int // read so far
	dry   int // lists in a row that named nothing new
	queue []waiting
	seen  []string
}

// waiting is an address that waits.
type waiting struct {
	url   string
	depth int // how many links lead there from where the walk began
}

func (c *cursor) String() string {
	if len(c.queue) == 0 {
		return ""
	}
	queue := make([]string, len(c.queue))
	for i, w := range c.queue {
		queue[i] = strconv.Itoa(w.depth) + " " + w.url
	}
	return strings.Join([]string{"2", c.phase, strconv.Itoa(c.pages), strconv.Itoa(c.dry), strings.Join(c.seen, ","), strings.Join(queue, "\n")}, ";")
}

func parseCursor(s string) (cursor, error) {
	wrong := omakase.Fail(omakase.CodeInvalid, "the cursor is not one of this plugin's")
	f := strings.SplitN(s, ";", 6)
	if len(f) != 6 || f[0] != "2" || f[1] != phaseSitemap && f[1] != phaseList {
		return cursor{}, wrong
	}
	c := cursor{phase: f[1]}
	var err error
	for line := range strings.SplitSeq(f[5], "\n") {
		depth, url, _ := strings.Cut(line, " ")
		w := waiting{url: url}
		if w.depth, err = strconv.Atoi(depth); err != nil || w.depth < 0 || url == "" {
			return cursor{}, wrong
		}
		c.queue = append(c.queue, w)
	}
	if c.pages, err = strconv.Atoi(f[2]); err != nil || c.pages < 0 {
		return cursor{}, wrong
	}
	if c.dry, err = strconv.Atoi(f[3]); err != nil || c.dry < 0 {
		return cursor{}, wrong
	}
	if f[4] != "" {
		c.seen = strings.Split(f[4], ",")
	}
	if len(c.queue) > maxQueue || len(c.seen) > maxSeen {
		return cursor{}, wrong
	}
	return c, nil
}

// add lets an address wait, unless it did before or too many do.
func (c *cursor) add(url string, depth int) bool {
	if len(c.queue) >= maxQueue || len(c.seen) >= maxSeen || strings.ContainsAny(url, "\n;") {
		return false
	}
	mark := fingerprint(url)
	for _, s := range c.seen {
		if s == mark {
			return false
		}
	}
	c.seen = append(c.seen, mark)
	c.queue = append(c.queue, waiting{url, depth})
	return true
}

// next takes the first address that waits; the next page of a list was put
// before others.
func (c *cursor) next() waiting {
	first := c.queue[0]
	c.queue = c.queue[1:]
	c.pages++
	return first
}

func fingerprint(url string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(url)) // a hash never fails
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}
