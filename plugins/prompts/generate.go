package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// How wide the texts of a request may be in a prompt, where a Latin letter is
// one wide. They keep a prompt within what a model takes, whatever it is made
// of.
const (
	widthName    = 200   // of an agent, of a product
	widthLine    = 2_000 // of a persona's texts, messages and rules
	widthRules   = 12_000
	widthDetail  = 100 // of a product's description
	widthAspect  = 60  // of category and brand
	widthSays    = 1_500
	widthWord    = 80
	maxWords     = 40 // of a list about the shop
	maxListChars = 1_500
)

// prompt is a prompt that is being written.
type prompt struct {
	texts texts
	b     []byte
	notes []string

	// The tokens of b between these are counted already.
	counted, countedTo int
}

func generate(ctx *omakase.Context, q omakase.GenerateRequest) (omakase.GenerateReply, error) {
	t, err := loadTexts(ctx, q.Language)
	if err != nil {
		return omakase.GenerateReply{}, err
	}
	p := &prompt{texts: t, b: make([]byte, 0, 16<<10)}
	var reply omakase.GenerateReply
	switch q.Mode {
	case omakase.ModeDynamic, omakase.ModeStatic:
		p.session(&q, &reply)
	case omakase.ModePersona:
		p.profile(&q)
	default:
		return reply, omakase.Fail(omakase.CodeUnsupported, "there is no mode "+q.Mode)
	}
	reply.Prompt = string(p.b)
	reply.Tokens = tokens(reply.Prompt[:p.counted]) + reply.CatalogTokens + tokens(reply.Prompt[p.countedTo:])
	reply.Notes = p.notes
	return reply, nil
}

// session writes a prompt to speak by.
func (p *prompt) session(q *omakase.GenerateRequest, reply *omakase.GenerateReply) {
	p.identity(q)
	p.character(q)
	p.voice(q)
	p.course(q.Agent)
	p.heading("form")
	p.bullets(p.texts["form_lines"])
	if q.Mode == omakase.ModeDynamic {
		p.shop(q.Store)
		p.catalog(q, reply)
	}
	p.tools(q.Tools)
	p.features(q)
	p.rules(q.Rules)
	p.messages(q)
	p.heading("notes")
	p.bullets(p.texts["notes_lines"])
}

func (p *prompt) identity(q *omakase.GenerateRequest) {
	name := line(q.Name, widthName)
	if q.Agent == nil || q.Agent.Title == "" {
		p.line(p.texts.fill("identity_bare", "name", name))
	} else {
		p.line(p.texts.fill("identity", "name", name, "title", line(q.Agent.Title, widthName)))
	}
	if q.Agent != nil && q.Agent.Purpose != "" {
		p.line(p.texts.fill("purpose", "purpose", line(q.Agent.Purpose, widthLine)))
	}
}

func (p *prompt) character(q *omakase.GenerateRequest) {
	p.heading("character")
	if q.Personality != "" {
		p.bullet(p.texts.fill("personality", "personality", line(q.Personality, widthLine)))
	}
	if q.Agent != nil {
		p.list(q.Agent.Traits)
	}
}

func (p *prompt) voice(q *omakase.GenerateRequest) {
	p.heading("voice")
	p.bullet(p.texts["language"])
	if q.Agent != nil {
		if q.Agent.Tone != "" {
			p.bullet(p.texts.fill("tone", "tone", line(q.Agent.Tone, widthLine)))
		}
		p.list(q.Agent.SpeechPatterns)
	}
	p.bullet(p.texts["fillers"])
}

// course is what the agent holds to and the steps of the conversation.
func (p *prompt) course(a *omakase.Persona) {
	if a == nil {
		return
	}
	if len(a.Guidelines) > 0 {
		p.heading("guidelines")
		p.list(a.Guidelines)
	}
	if len(a.Steps) > 0 {
		p.heading("steps")
		for i := range a.Steps {
			p.step(i, &a.Steps[i])
		}
	}
}

func (p *prompt) step(i int, s *omakase.PersonaStep) {
	p.line(p.texts.fill("step", "number", strconv.Itoa(i+1), "name", line(s.Name, widthName), "goal", line(s.Goal, widthLine)))
}

// tools tells of the tools that the session offers, and of no other.
func (p *prompt) tools(names []string) {
	if len(names) == 0 {
		return
	}
	p.heading("tools")
	p.line(p.texts["tools_intro"])
	for _, name := range names {
		if text := p.texts["tool_"+name]; text != "" {
			p.bullet(text)
		}
	}
}

// features are of use to those who have tools to offer them with.
func (p *prompt) features(q *omakase.GenerateRequest) {
	if len(q.Tools) == 0 || len(q.Features) == 0 {
		return
	}
	p.heading("features")
	for _, name := range q.Features {
		if text := p.texts["feature_"+name]; text != "" {
			p.bullet(text)
		}
	}
}

func (p *prompt) rules(rules []string) {
	if len(rules) == 0 {
		return
	}
	p.heading("rules")
	p.line(p.texts["rules_intro"])
	left, n := widthRules, 0
	for _, rule := range rules {
		text := line(rule, widthLine)
		if text == "" {
			continue
		}
		if left -= len(text); left < 0 {
			p.notes = append(p.notes, p.texts.counts("cut_rules", n, len(rules)))
			return
		}
		n++
		p.line(strconv.Itoa(n) + ". " + text)
	}
}

func (p *prompt) messages(q *omakase.GenerateRequest) {
	if q.StartMessage == "" && q.EndMessage == "" {
		return
	}
	p.b = append(p.b, '\n')
	if q.StartMessage != "" {
		p.line(p.texts.fill("opening", "message", line(q.StartMessage, widthLine)))
	}
	if q.EndMessage != "" {
		p.line(p.texts.fill("closing", "message", line(q.EndMessage, widthLine)))
	}
}

func (p *prompt) heading(key string) {
	p.b = append(append(append(p.b, "\n# "...), p.texts[key]...), '\n')
}

func (p *prompt) line(text string) { p.b = append(append(p.b, text...), '\n') }

func (p *prompt) bullet(text string) { p.b = append(append(append(p.b, "- "...), text...), '\n') }

// bullets writes each line of one of our own texts.
func (p *prompt) bullets(lines string) {
	for text := range strings.SplitSeq(lines, "\n") {
		p.bullet(text)
	}
}

func (p *prompt) list(all []string) {
	for _, text := range all {
		p.bullet(line(text, widthLine))
	}
}

func line(text string, width int) string {
	text, _ = clean(text, width)
	return text
}
