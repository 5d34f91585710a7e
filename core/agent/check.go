package agent

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/errs"
)

// Bounds of an agent. All of a persona goes into prompts.
const (
	maxText    = 1_000 // runes
	maxEntries = 20    // of each list
)

var (
	agentID  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	color    = regexp.MustCompile(`^#[0-9A-F]{6}$`)
	iconName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	stepName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

func wrong(format string, args ...any) error { return errs.New(errs.Invalid, format, args...) }

// check says what is wrong with an agent, or missing in one of the languages.
func (a *Agent) check() error {
	switch {
	case !agentID.MatchString(a.ID):
		return wrong("id %q is not lower case letters, digits and hyphens", a.ID)
	case !color.MatchString(a.Color):
		return wrong("color %q is not like #3B82F6", a.Color)
	case !iconName.MatchString(a.Icon):
		return wrong("icon %q is not a name in lower case", a.Icon)
	case len(a.Voices) == 0:
		return wrong("voices is empty")
	case !slices.Contains(a.Voices, a.DefaultVoice):
		return wrong("default_voice %q is not one of voices", a.DefaultVoice)
	}
	for _, v := range a.Voices {
		if _, ok := Voice(v); !ok {
			return wrong("there is no voice %q", v)
		}
	}
	for _, alias := range a.Aliases {
		if !agentID.MatchString(alias) {
			return wrong("alias %q is not lower case letters, digits and hyphens", alias)
		}
	}
	for _, l := range Languages() {
		c := checker{at: "texts." + l.Tag() + "."}
		c.persona(a.Texts.In(l))
		c.at = "names." + l.Tag()
		c.text("", a.Name(l), true)
		if c.err != nil {
			return c.err
		}
	}
	return a.sameSteps()
}

// Name is what the agent is called in a language.
func (a *Agent) Name(l Language) string {
	switch l {
	case English:
		return a.Names.English
	case Korean:
		return a.Names.Korean
	}
	return a.Names.Japanese
}

// sameSteps holds that no language has half of the conversation.
func (a *Agent) sameSteps() error {
	names := func(l Language) (all []string) {
		for _, s := range a.Texts.In(l).Steps {
			all = append(all, s.Name)
		}
		return all
	}
	first := Languages()[0]
	for _, l := range Languages()[1:] {
		if !slices.Equal(names(first), names(l)) {
			return wrong("texts.%s.steps and texts.%s.steps have other names: %s and %s",
				first.Tag(), l.Tag(), strings.Join(names(first), ", "), strings.Join(names(l), ", "))
		}
	}
	return nil
}

// checker remembers the first mistake.
type checker struct {
	at  string
	err error
}

func (c *checker) text(name, text string, needed bool) {
	at := c.at + name
	switch {
	case c.err != nil:
	case needed && strings.TrimSpace(text) == "":
		c.err = wrong("%s is missing", at)
	case utf8.RuneCountInString(text) > maxText:
		c.err = wrong("%s is longer than %d characters", at, maxText)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		c.err = wrong("%s holds control characters", at)
	}
}

func (c *checker) list(name string, list []string, needed bool) {
	switch {
	case c.err != nil:
	case needed && len(list) == 0:
		c.err = wrong("%s%s is missing", c.at, name)
	case len(list) > maxEntries:
		c.err = wrong("%s%s has more than %d entries", c.at, name, maxEntries)
	}
	for i, text := range list {
		c.text(name+"["+strconv.Itoa(i)+"]", text, true)
	}
}

func (c *checker) persona(p *Persona) {
	c.text("description", p.Description, true)
	c.text("agent_name", p.AgentName, true)
	c.text("personality", p.Personality, true)
	c.text("start_message", p.StartMessage, true)
	c.text("end_message", p.EndMessage, true)
	c.text("role.title", p.Role.Title, true)
	c.text("role.purpose", p.Role.Purpose, true)
	c.list("traits", p.Traits, true)
	c.text("tone", p.Tone, true)
	c.list("speech_patterns", p.SpeechPatterns, true)
	c.list("guidelines", p.Guidelines, true)
	if c.err == nil && (len(p.Steps) == 0 || len(p.Steps) > maxEntries) {
		c.err = wrong("%ssteps must have 1 to %d entries", c.at, maxEntries)
	}
	for i := range p.Steps {
		s, at := &p.Steps[i], "steps["+strconv.Itoa(i)+"]."
		if c.err == nil && !stepName.MatchString(s.Name) {
			c.err = wrong("%s%sname %q is not in snake_case", c.at, at, s.Name)
		}
		c.text(at+"goal", s.Goal, true)
		c.list(at+"variations", s.Variations, false)
		c.list(at+"questions", s.Questions, false)
		c.list(at+"guidelines", s.Guidelines, false)
		c.list(at+"example_replies", s.ExampleReplies, false)
		c.text(at+"example", s.Example, false)
	}
}
