package agent_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
)

func load(t *testing.T, files map[string]string) *agent.Agents {
	t.Helper()
	all, err := agent.Load(folder(files))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func folder(files map[string]string) fstest.MapFS {
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

func ids(all []*agent.Agent) (list []string) {
	for _, a := range all {
		list = append(list, a.ID)
	}
	return list
}

func TestThereAreSixAgents(t *testing.T) {
	t.Parallel()
	all, err := agent.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"shopping-guide", "product-sales", "faq-support", "omotenashi-advisor", "sales-manager", "onboarding-guide"}
	if got := ids(all.All()); !slices.Equal(got, want) {
		t.Errorf("agents are %q, want %q", got, want)
	}
	for _, a := range all.All() {
		if active := a.ID != "sales-manager" && a.ID != "onboarding-guide"; a.Active != active {
			t.Errorf("%s: active is %t", a.ID, a.Active)
		}
	}
}

// foreign reports letters by which a text betrays another language.
func foreign(l agent.Language, r rune) bool {
	kana := r >= 0x3041 && r <= 0x30fa
	hangul := r >= 0xac00 && r <= 0xd7a3
	han := r >= 0x4e00 && r <= 0x9fff
	switch l {
	case agent.Japanese:
		return hangul
	case agent.Korean:
		return kana || han
	}
	return kana || hangul || han
}

func texts(p *agent.Persona) []string {
	all := []string{p.Description, p.AgentName, p.Personality, p.StartMessage, p.EndMessage, p.Role.Title, p.Role.Purpose, p.Tone}
	all = slices.Concat(all, p.Traits, p.SpeechPatterns, p.Guidelines)
	for _, s := range p.Steps {
		all = slices.Concat(all, []string{s.Goal, s.Example}, s.Variations, s.Questions, s.Guidelines, s.ExampleReplies)
	}
	return all
}

// TestNoLanguageIsHalfTranslated: each text is in its own script, and no
// language has fewer of them.
func TestNoLanguageIsHalfTranslated(t *testing.T) {
	t.Parallel()
	all, err := agent.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all.All() {
		size := len(texts(a.Texts.In(agent.Japanese)))
		for _, l := range agent.Languages() {
			list := texts(a.Texts.In(l))
			if len(list) != size {
				t.Errorf("%s has %d texts in %s, %d in Japanese", a.ID, len(list), l, size)
			}
			for _, text := range list {
				if strings.ContainsFunc(text, func(r rune) bool { return foreign(l, r) }) {
					t.Errorf("%s in %s: %s", a.ID, l, text)
				}
				if l != agent.English && !strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }) {
					t.Errorf("%s in %s: %q", a.ID, l, text)
				}
			}
		}
	}
}

func TestOperatorChangesAnAgent(t *testing.T) {
	t.Parallel()
	all := load(t, map[string]string{
		"guide.yaml": "id: shopping-guide\nactive: false\nnames: {en: Clerk}\ntexts:\n  en:\n    agent_name: Nina\n    traits: [Dry]\n    role: {title: Clerk}\n",
		"README.md":  "not an agent",
	})
	a, ok := all.Get("shopping-guide")
	if !ok || a.Active || a.Names.English != "Clerk" || a.Names.Japanese != "ショッピングガイド" {
		t.Fatalf("agent is %+v", a)
	}
	p := a.Texts.In(agent.English)
	if p.AgentName != "Nina" || !slices.Equal(p.Traits, []string{"Dry"}) || p.Role.Title != "Clerk" {
		t.Errorf("what the file names is not as it says: %+v", p)
	}
	if p.Role.Purpose == "" || len(p.Steps) != 4 || p.Tone == "" || a.Texts.Japanese.AgentName != "アヤ" || a.Color != "#3B82F6" {
		t.Errorf("what the file does not name is gone: %+v", a)
	}
	fresh, err := agent.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := fresh.Get("shopping-guide"); b.Names.English != "Shopping Guide" {
		t.Error("one list changed the other")
	}
}

// florist is a complete agent with one language's texts thrice.
func florist() string {
	persona := `
    description: D
    agent_name: N
    personality: P
    start_message: S
    end_message: E
    role: {title: T, purpose: U}
    traits: [a]
    tone: b
    speech_patterns: [c]
    guidelines: [d]
    steps: [{name: greeting, goal: g}]
`
	return "id: florist\norder: 5\nvoices: [coral]\ndefault_voice: coral\nplugin: prompt.flowers\naliases: [flowers]\n" +
		"names: {en: Florist, ja: 花屋, ko: 꽃집}\ntexts:\n  ja:" + persona + "  en:" + persona + "  ko:" + persona
}

func TestOperatorAddsAnAgent(t *testing.T) {
	t.Parallel()
	all := load(t, map[string]string{"florist.yml": florist()})
	if got := ids(all.All())[0]; got != "florist" {
		t.Errorf("the first agent is %s", got)
	}
	a := all.For("flowers")
	if a.ID != "florist" || !a.Active || !a.Sells || a.Plugin != "prompt.flowers" {
		t.Errorf("agent is %+v", a)
	}
	if _, ok := all.Get("flowers"); ok {
		t.Error("an alias is no id")
	}
}

func TestFor(t *testing.T) {
	t.Parallel()
	all := load(t, nil)
	for asked, want := range map[string]string{
		"": "shopping-guide", "whatever": "shopping-guide", "onboarding": "onboarding-guide", "robotics": "shopping-guide", "faq-support": "faq-support",
	} {
		if got := all.For(asked).ID; got != want {
			t.Errorf("For(%q) is %s, want %s", asked, got, want)
		}
	}
}

func TestMistakesInAgentFiles(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, want string }{
		"no YAML":             {"id: [", "agent file x.yaml"},
		"no id":               {"order: 1", `id "" is not`},
		"bad id":              {"id: Not Good", `id "Not Good"`},
		"unknown key":         {"id: shopping-guide\ncolour: red", "unknown field"},
		"wrong type":          {"id: shopping-guide\ntexts: 5", "agent file x.yaml"},
		"missing language":    {strings.Replace(florist(), "  ko:", "  xx:", 1), "unknown field"},
		"missing text":        {strings.Replace(florist(), "tone: b", "", 1), "texts.ja.tone is missing"},
		"half a conversation": {strings.Replace(florist(), "{name: greeting, goal: g}", "{name: hello, goal: g}", 1), "texts.ja.steps and texts.en.steps"},
		"no goal":             {strings.Replace(florist(), ", goal: g", "", 1), "texts.ja.steps[0].goal is missing"},
		"bad voice":           {strings.ReplaceAll(florist(), "coral", "robot"), `there is no voice "robot"`},
		"other default voice": {strings.Replace(florist(), "default_voice: coral", "default_voice: ash", 1), "default_voice"},
		"bad color":           {"id: shopping-guide\ncolor: red", `color "red"`},
		"taken alias":         {"id: faq-support\naliases: [onboarding]", "by which"},
		"control characters":  {"id: shopping-guide\ntexts: {en: {tone: \"a\\u0007b\"}}", "texts.en.tone holds control characters"},
		"too long":            {"id: shopping-guide\ntexts: {en: {tone: " + strings.Repeat("x", 1001) + "}}", "longer than 1000"},
		"too large":           {"id: shopping-guide # " + strings.Repeat("x", 300<<10), "larger than 256 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := agent.Load(folder(map[string]string{"x.yaml": tt.file}))
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want Invalid with %q", err, tt.want)
			}
			if errs.HintOf(err) == "" {
				t.Error("the error has no hint")
			}
		})
	}
	_, err := agent.Load(folder(map[string]string{"a.yaml": "id: faq-support", "b.yaml": "id: faq-support"}))
	if err == nil || !strings.Contains(err.Error(), "a.yaml has the id faq-support as well") {
		t.Errorf("two files of one agent: %v", err)
	}
}

func TestVoicesExistInRealtime(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "shimmer", "Yuumi (Japanese Female)": "shimmer", "Haru (Japanese Male)": "echo", "Ava (English Female)": "alloy",
		"Lily (English Female)": "coral", "Ken (Japanese Male)": "cedar", "nova": "coral", "onyx": "cedar", "fable": "ballad", "marin": "marin",
	} {
		got, ok := agent.Voice(name)
		if got != want || !ok || !slices.Contains(agent.Voices(), got) {
			t.Errorf("Voice(%q) = %q, %t, want %q", name, got, ok, want)
		}
	}
	if got, ok := agent.Voice("invalid-voice"); got != "invalid-voice" || ok {
		t.Errorf("an unknown voice is %q, %t", got, ok)
	}
}
