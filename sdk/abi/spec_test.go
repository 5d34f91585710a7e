package abi_test

import (
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// section is the part of spec.md under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("spec.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("spec.md has no %s", heading)
	}
	if end := regexp.MustCompile(`(?m)^##`).FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}

func TestTablesOfTheSpecification(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ heading, prefix, first string }{
		{"### Operations", "Op", `\d+`},
		{"### Functions", "Fn", `\d+`},
		{"### host_call", "Err", `-\d+`},
		{"## Messages", "Code", "`[a-z_]+`"},
	} {
		var got []string
		row := regexp.MustCompile(`(?m)^\| (` + tt.first + `) \|`)
		for _, m := range row.FindAllStringSubmatch(section(t, tt.heading), -1) {
			got = append(got, strings.Trim(m[1], "`"))
		}
		want := constants(t, tt.prefix)
		for _, value := range got {
			if _, ok := want[value]; !ok {
				t.Errorf("%s has %s, and package wire does not", tt.heading, value)
			}
			delete(want, value)
		}
		if len(want) > 0 {
			t.Errorf("%s lacks %v", tt.heading, want)
		}
	}
}

func TestLinksOfTheSpecification(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("spec.md")
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\[([a-z-]+)\]\(schemas/([a-z-]+)\.json\)`).FindAllStringSubmatch(string(text), -1)
	if len(links) < 20 {
		t.Fatalf("found %d links to schemas", len(links))
	}
	for _, link := range links {
		if _, err := fs.Stat(abi.Schemas(), link[2]+".json"); err != nil || link[1] != link[2] {
			t.Errorf("the link %s does not lead to its schema: %v", link[0], err)
		}
	}
}

func TestManifestOfTheSpecification(t *testing.T) {
	t.Parallel()
	text := []byte(block(t, "spec.md", "json"))
	if _, err := abi.ParseManifest(text); err != nil {
		t.Error(err)
	}
	if err := valid(t, compiled(t, "manifest.json"), text); err != nil {
		t.Error(err)
	}
}

func TestByteCountsOfTheSpecification(t *testing.T) {
	t.Parallel()
	lines := regexp.MustCompile(`(\d+) bytes: (\{.*\})`).FindAllStringSubmatch(block(t, "spec.md", "text"), -1)
	var want, got []string
	for _, line := range lines {
		got = append(got, line[1]+" "+line[2])
		want = append(want, strconv.Itoa(len(line[2]))+" "+line[2])
	}
	if diff := cmp.Diff(want, got); diff != "" || len(lines) != 4 {
		t.Errorf("%d messages; counted (-) and in spec.md (+):\n%s", len(lines), diff)
	}
}
