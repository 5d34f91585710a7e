package agent

import "testing"

// FuzzFile reads any text as the file of a new agent.
func FuzzFile(f *testing.F) {
	f.Add("id: a\ntexts: {en: {steps: [{name: a, goal: b}]}}")
	f.Add("id: b\nvoices: !!binary aGk=\n")
	f.Add("id: &x c\naliases: [*x, *x]\n<<: *x")
	text, err := builtin.ReadFile("data/faq-support.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Fuzz(func(t *testing.T, text string) {
		l := loader{agents: map[string]*Agent{}}
		if err := l.parse([]byte(text), "x.yaml"); err != nil {
			return
		}
		for id, a := range l.agents {
			if a.ID != id || a.check() != nil {
				t.Errorf("%q is kept as %+v", text, a)
			}
		}
	})
}
