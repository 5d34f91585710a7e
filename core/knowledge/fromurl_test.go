package knowledge_test

import (
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/knowledge"
)

func TestFromURL(t *testing.T) {
	t.Parallel()
	for raw, name := range map[string]string{
		"https://www.green-tea.example/items?x=1":           "Green-tea",
		"https://ocha.myshop.example":                       "Ocha",
		"http://127.0.0.1:8080/generic":                     "127",
		"http://[::1]:8080/":                                "::1",
		"https://ÉTÉ.example/":                              "Été",
		"https://localhost/":                                "Localhost",
		"https://" + strings.Repeat("x", 500) + ".example/": "X" + strings.Repeat("x", knowledge.MaxContextName-1),
		"https://www./":                                     knowledge.DefaultName,
	} {
		c := knowledge.FromURL(raw)
		if c.Name != name || c.URL != raw {
			t.Errorf("%s: %q, want %q", raw, c.Name, name)
		}
		c.Normalize()
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
}
