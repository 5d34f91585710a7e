package realtime

// wireUsage is usage as the service tells it.
type wireUsage struct {
	Type    string
	Seconds float64
	Input   int `json:"input_tokens"`
	Output  int `json:"output_tokens"`
	In      struct {
		Text   int `json:"text_tokens"`
		Audio  int `json:"audio_tokens"`
		Image  int `json:"image_tokens"`
		Cached struct {
			Text  int `json:"text_tokens"`
			Audio int `json:"audio_tokens"`
			Image int `json:"image_tokens"`
		} `json:"cached_tokens_details"`
	} `json:"input_token_details"`
	Out struct {
		Text  int `json:"text_tokens"`
		Audio int `json:"audio_tokens"`
	} `json:"output_token_details"`
}

func (w *wireUsage) response(model string) Usage {
	return Usage{
		Model: model, TextIn: w.In.Text, AudioIn: w.In.Audio, ImageIn: w.In.Image,
		CachedText: w.In.Cached.Text, CachedAudio: w.In.Cached.Audio, CachedImage: w.In.Cached.Image,
		TextOut: w.Out.Text, AudioOut: w.Out.Audio,
	}
}

// transcription is billed apart from the conversation, by another model.
func (w *wireUsage) transcription() Usage {
	return Usage{Model: "transcription", TextIn: w.In.Text, AudioIn: w.In.Audio, TextOut: w.Output, Seconds: w.Seconds}
}

func (u *Usage) add(o *Usage) {
	u.TextIn += o.TextIn
	u.AudioIn += o.AudioIn
	u.ImageIn += o.ImageIn
	u.CachedText += o.CachedText
	u.CachedAudio += o.CachedAudio
	u.CachedImage += o.CachedImage
	u.TextOut += o.TextOut
	u.AudioOut += o.AudioOut
	u.Seconds += o.Seconds
}

// Prices are those of a million tokens, in the currency of the budget. Zero
// prices count nothing.
type Prices struct {
	TextIn, AudioIn, ImageIn             float64
	CachedText, CachedAudio, CachedImage float64
	TextOut, AudioOut                    float64
	Minute                               float64 // of a transcription that is billed by time
}

// Cost is what usage costs. Cached tokens are a part of the input.
func (p *Prices) Cost(u *Usage) float64 {
	tokens := float64(u.TextIn-u.CachedText)*p.TextIn + float64(u.CachedText)*p.CachedText +
		float64(u.AudioIn-u.CachedAudio)*p.AudioIn + float64(u.CachedAudio)*p.CachedAudio +
		float64(u.ImageIn-u.CachedImage)*p.ImageIn + float64(u.CachedImage)*p.CachedImage +
		float64(u.TextOut)*p.TextOut + float64(u.AudioOut)*p.AudioOut
	return tokens/1e6 + u.Seconds/60*p.Minute
}

// use counts what the upstream says was used. A session that has cost its
// budget says goodbye.
func (s *Session) use(u Usage) {
	if u == (Usage{Model: u.Model}) {
		return
	}
	s.usage.add(&u)
	s.ledger.used(&u)
	l := &s.m.o.Limits
	if p, ok := l.Prices.Of(u.Model); ok {
		s.cost += p.Cost(&u)
	}
	if l.Budget > 0 && s.cost >= l.Budget && s.leaving == "" {
		s.goodbye("budget")
	}
}

// goodbye lets the model take its leave before the session ends.
func (s *Session) goodbye(reason string) {
	if s.leaving != "" || s.ended {
		return
	}
	s.turns.waiting = nil
	s.turns.want(s, &create{byHost: true, eventID: s.eventID(), body: map[string]any{
		"instructions": "This conversation has to end now. Say so in one or two friendly sentences, in its language, and thank the customer. Call no function.",
		"tool_choice":  "none",
	}})
	s.leave(reason, s.m.o.Times.Goodbye)
}
