package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Origin is where a value was written: a file with line and column, or the
// name of a variable or flag with neither. The zero Origin is the default.
type Origin struct {
	Name         string
	Line, Column int // from 1; 0 where there is none
}

// String is "name:line:column", or the name alone.
func (o Origin) String() string {
	switch {
	case o.Line == 0:
		return o.Name
	case o.Column == 0:
		return fmt.Sprintf("%s:%d", o.Name, o.Line)
	}
	return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Column)
}

// Mistake is one thing that is wrong, and what to do about it.
type Mistake struct {
	Origin
	Key     string // such as network.gap; "" when the mistake is in no key
	Problem string
	Hint    string // may be ""
}

// String is one line: place, key, problem, hint.
func (m Mistake) String() string {
	parts := []string{m.Origin.String(), m.Key, m.Problem}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	line := strings.Join(parts, ": ")
	if m.Hint != "" {
		line += "; " + m.Hint
	}
	return line
}

// Mistakes are all that is wrong with a configuration, in the order in which
// it was read. It is the error of Load whenever the operator can mend it.
type Mistakes []Mistake

// Error is one line for each mistake.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// And is these mistakes and others, in order.
func (ms Mistakes) And(others Mistakes) Mistakes {
	all := slices.Concat(ms, others)
	all.sort()
	return all
}

// sort puts the mistakes of one file in the order of its lines; files and
// variables keep theirs.
func (ms Mistakes) sort() {
	rank := map[string]int{}
	for _, m := range ms {
		if _, ok := rank[m.Name]; !ok {
			rank[m.Name] = len(rank)
		}
	}
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		return cmp.Or(rank[a.Name]-rank[b.Name], a.Line-b.Line, a.Column-b.Column)
	})
}

// nearest is the candidate that a mistyped or shortened word most likely
// meant, or "".
func nearest(word string, candidates []string) string {
	best, limit := "", max(1, len(word)/3)
	for _, c := range candidates {
		a, b := plain(word), plain(c)
		d := distance(a, b)
		if min(len(a), len(b)) >= 3 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
			d = min(d, 1)
		}
		if d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// plain makes maxBody, max-body and max_body the same word.
func plain(word string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(word))
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(next[j-1]+1, row[j]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
