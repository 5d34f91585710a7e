package main

import omakase "github.com/omakase-ai/omakase/sdk/go"

// profile writes the persona in full, for people to read.
func (p *prompt) profile(q *omakase.GenerateRequest) {
	p.identity(q)
	p.character(q)
	a := q.Agent
	if a == nil {
		return
	}
	if a.Tone != "" {
		p.heading("voice")
		p.line(p.texts.fill("tone", "tone", line(a.Tone, widthLine)))
	}
	p.section("profile_style", a.SpeechPatterns)
	p.section("guidelines", a.Guidelines)
	if len(a.Steps) == 0 {
		return
	}
	p.heading("steps")
	for i := range a.Steps {
		s := &a.Steps[i]
		if i > 0 {
			p.b = append(p.b, '\n')
		}
		p.step(i, s)
		p.inner("profile_variations", s.Variations)
		p.inner("profile_questions", s.Questions)
		p.inner("profile_guidelines", s.Guidelines)
		if s.Example != "" {
			p.line(p.texts.fill("profile_example", "text", line(s.Example, widthLine)))
		}
	}
}

func (p *prompt) section(key string, list []string) {
	if len(list) > 0 {
		p.heading(key)
		p.list(list)
	}
}

func (p *prompt) inner(key string, list []string) {
	if len(list) > 0 {
		p.line(p.texts[key])
		p.list(list)
	}
}
