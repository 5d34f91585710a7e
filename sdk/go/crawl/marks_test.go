package crawl_test

import (
	"strconv"
	"testing"

	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

func TestMarks(t *testing.T) {
	t.Parallel()
	var m crawl.Marks
	if m.String() != "" {
		t.Errorf("no marks are %q", m.String())
	}
	known := 0
	for i := range 2_000 {
		if !m.New("/items/" + strconv.Itoa(i)) {
			known++
		}
	}
	if known > 250 { // an eighth of the marks is set
		t.Errorf("of 2,000 new keys %d are taken for known ones", known)
	}
	again, ok := crawl.ReadMarks(m.String())
	if !ok || again.String() != m.String() {
		t.Fatal("what is written is not what is read")
	}
	for i := range 2_000 {
		if again.New("/items/" + strconv.Itoa(i)) {
			t.Fatalf("key %d was forgotten", i)
		}
	}
	for i := range 100_000 { // beyond what it can tell it forgets, and everything is new again
		again.New("/more/" + strconv.Itoa(i))
	}
	known = 0
	for i := range 100 {
		if !again.New("/others/" + strconv.Itoa(i)) {
			known++
		}
	}
	if known > 75 {
		t.Errorf("of 100 new keys %d are taken for known ones", known)
	}
	for _, s := range []string{"x", "AAAA", m.String() + "A", m.String()[1:], m.String()[:2000] + "!" + m.String()[2001:]} {
		if _, ok := crawl.ReadMarks(s); ok {
			t.Errorf("%.10q is taken", s)
		}
	}
}
