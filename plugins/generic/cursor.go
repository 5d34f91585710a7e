package main

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
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

// cursor is what a scrape remembers: the addresses that wait, fingerprints of
// those that waited already, and which products were named.
type cursor struct {
	phase string
	pages int         // read so far
	dry   int         // lists in a row that named nothing new
	again int         // pages in a row that showed nothing which their list had not shown before
	named crawl.Marks // products
	shown crawl.Marks // what the pages of one list showed so far
	queue []waiting   // further pages of that list are first
	seen  []string
}

// waiting is an address that waits.
type waiting struct {
	url   string
	depth int  // how many links lead there from where the walk began
	more  bool // a further page of the list that was read last
}

// pageMark stands between the depth and the address of a further page.
const pageMark = "+"

func (c *cursor) String() string {
	if len(c.queue) == 0 {
		return ""
	}
	queue := make([]string, len(c.queue))
	for i, w := range c.queue {
		queue[i] = strconv.Itoa(w.depth)
		if w.more {
			queue[i] += pageMark
		}
		queue[i] += " " + w.url
	}
	return strings.Join([]string{
		"3", c.phase, strconv.Itoa(c.pages), strconv.Itoa(c.dry), strconv.Itoa(c.again), c.named.String(), c.shown.String(),
		strings.Join(c.seen, ","), strings.Join(queue, "\n"),
	}, ";")
}

func parseCursor(s string) (cursor, error) {
	wrong := omakase.Fail(omakase.CodeInvalid, "the cursor is not one of this plugin's")
	f := strings.SplitN(s, ";", 9)
	if len(f) != 9 || f[0] != "3" || f[1] != phaseSitemap && f[1] != phaseList {
		return cursor{}, wrong
	}
	c := cursor{phase: f[1]}
	var err error
	for line := range strings.SplitSeq(f[8], "\n") {
		depth, url, _ := strings.Cut(line, " ")
		depth, more := strings.CutSuffix(depth, pageMark)
		w := waiting{url: url, more: more}
		if w.depth, err = strconv.Atoi(depth); err != nil || w.depth < 0 || url == "" {
			return cursor{}, wrong
		}
		c.queue = append(c.queue, w)
	}
	for i, number := range [...]*int{&c.pages, &c.dry, &c.again} {
		if *number, err = strconv.Atoi(f[2+i]); err != nil || *number < 0 {
			return cursor{}, wrong
		}
	}
	for i, marks := range [...]*crawl.Marks{&c.named, &c.shown} {
		var ok bool
		if *marks, ok = crawl.ReadMarks(f[5+i]); !ok {
			return cursor{}, wrong
		}
	}
	if f[7] != "" {
		c.seen = strings.Split(f[7], ",")
	}
	if len(c.queue) > maxQueue || len(c.seen) > maxSeen {
		return cursor{}, wrong
	}
	return c, nil
}

// add lets an address wait, unless it did before or too many do. A further page
// of the list that is read goes before all that is none.
func (c *cursor) add(w waiting) bool {
	if len(c.queue) >= maxQueue || len(c.seen) >= maxSeen || strings.ContainsAny(w.url, "\n;") {
		return false
	}
	mark := fingerprint(w.url)
	if slices.Contains(c.seen, mark) {
		return false
	}
	c.seen = append(c.seen, mark)
	at := len(c.queue)
	if w.more {
		at = c.morePages()
	}
	c.queue = slices.Insert(c.queue, at, w)
	return true
}

// morePages is how many further pages of the list that is read wait.
func (c *cursor) morePages() int {
	n := 0
	for n < len(c.queue) && c.queue[n].more {
		n++
	}
	return n
}

// next takes the first address that waits.
func (c *cursor) next() waiting {
	first := c.queue[0]
	c.queue = c.queue[1:]
	c.pages++
	if !first.more {
		c.shown, c.again = crawl.Marks{}, 0
	}
	return first
}

func fingerprint(url string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(url)) // a hash never fails
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}
