package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// row is one line of the table: what was measured, ours, the comparison of the
// same run, and whether the target holds.
type row struct {
	what, ours, theirs, ratio, target string
	ok                                bool
}

func (r row) verdict() string {
	if r.ok {
		return "yes"
	}
	return "NO"
}

// print writes the rows as a Markdown table with aligned columns.
func print(w io.Writer, rows []row) {
	cells := [][]string{{"what", "omakase", "comparison", "ratio", "target", "reached"}}
	for _, r := range rows {
		cells = append(cells, []string{r.what, r.ours, r.theirs, r.ratio, r.target, r.verdict()})
	}
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, c := range line {
			widths[i] = max(widths[i], len([]rune(c)))
		}
	}
	rule := make([]string, len(widths))
	for i, n := range widths {
		rule[i] = strings.Repeat("-", n)
	}
	for _, line := range slices.Insert(cells, 1, rule) {
		for i, c := range line {
			_, _ = fmt.Fprintf(w, "| %s%s ", c, strings.Repeat(" ", widths[i]-len([]rune(c))))
		}
		_, _ = fmt.Fprintln(w, "|")
	}
}

func median[T ~int64 | ~float64](v []T) T {
	slices.Sort(v)
	return v[len(v)/2]
}

func quantile(v []time.Duration, q float64) time.Duration {
	slices.Sort(v)
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

func micros(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d.Nanoseconds())/1e3) }
func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1e3) }
func megas(mb float64) string       { return fmt.Sprintf("%.1f MB", mb) }
func times(r float64) string        { return fmt.Sprintf("%.2f", r) }
