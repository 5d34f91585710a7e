package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/auth"
)

// contractSocket is a socket of the contract with existing clients. It is
// there before a voice session and after it.
type contractSocket struct {
	s         *Server
	sock      *socket
	remote    string
	workspace string
	keyed     bool // it may begin sessions
	id        string
	cart      string
	config    members // nil: as it is for all

	mu      sync.Mutex
	session *realtime.Session
	leg     *contractLeg // the session's
}

// What is kept of a socket with a session, so that it can be resumed.
type contractState struct {
	id     string
	config members
}

// serveContract serves a socket until it closes.
func (s *Server) serveContract(sock *socket, k *knock) {
	c := &contractSocket{
		s: s, sock: sock, remote: k.remote, workspace: k.workspace, id: newSocketID(), cart: "voice-" + newSocketID() + newSocketID(),
		keyed: !s.o.Auth.Required() || s.o.Auth.Allows([]byte(keyOf(k))),
	}
	token := k.query["resume"]
	if !c.greet(token) {
		return
	}
	for {
		message, _, err := sock.read()
		if err != nil {
			break
		}
		if err := c.take(message); err != nil {
			break
		}
	}
	c.mu.Lock()
	session := c.session
	c.mu.Unlock()
	if session != nil {
		session.Detach()
	}
}

// keyOf is the key that a client gave, wherever its kind can put one.
func keyOf(k *knock) string {
	if key, ok := auth.Bearer([]byte(k.header.Get("Authorization"))); ok {
		return string(key)
	}
	if key := k.header.Get("Api-Key"); key != "" {
		return key
	}
	for p := range bytes.SplitSeq([]byte(k.header.Get("Sec-WebSocket-Protocol")), []byte(",")) {
		if key, ok := bytes.CutPrefix(bytes.TrimSpace(p), []byte("openai-insecure-api-key.")); ok {
			return string(key)
		}
	}
	return k.query["key"]
}

// newSocketID is a short name of a socket: it is shown and no secret.
func newSocketID() string { return rand.Text()[:10] }

func defaultConfig() members {
	return members{
		"name": "彩", "personality": "明るく親しみやすく、要点を短く伝え、お客様の目的に寄り添います。", "language": "Japanese",
		"voice": "Yuumi (Japanese Female)", "voiceOn": true, "speechSpeed": 1,
		"startMessage": "いらっしゃいませ！何かお探しのものはございますか？",
		"endMessage":   "ご利用ありがとうございました。またのお越しをお待ちしております。",
	}
}

// settings are the socket's configuration. Those that nobody changed are not
// kept.
func (c *contractSocket) settings() members {
	if c.config == nil {
		return defaultConfig()
	}
	return c.config
}

// greet says the first word, and takes up the session that a token names.
func (c *contractSocket) greet(token string) bool {
	hello := members{"type": "connected"}
	var resumed *realtime.Session
	leg := newContractLeg(c)
	if token != "" {
		if b := c.s.backend.Load(); b != nil && b.Voices != nil {
			resumed = b.Voices.Resume(token, leg)
		}
		hello["resumed"] = resumed != nil
	}
	if resumed != nil {
		if state, ok := resumed.State().(contractState); ok {
			c.id, c.config = state.id, maps.Clone(state.config)
		}
		c.cart, c.session, c.leg, leg.session = resumed.Cart(), resumed, leg, resumed
	}
	hello["sessionId"], hello["config"] = c.id, c.settings()
	ok := c.send(hello) == nil
	if ok && resumed != nil {
		ok = c.started(resumed) == nil
	}
	close(leg.ready)
	if !ok && resumed != nil {
		resumed.Detach()
	}
	return ok
}

func (c *contractSocket) send(m members) error {
	b, err := encode(m)
	if err != nil {
		return err
	}
	return c.sock.write(b)
}

func (c *contractSocket) sayError(text string) error {
	return c.send(members{"type": "error", "message": text})
}

// take does what a client's message asks for. Its error is that of the socket.
func (c *contractSocket) take(message []byte) error {
	c.mu.Lock()
	session, leg := c.session, c.leg
	c.mu.Unlock()
	switch string(realtime.TypeOf(message)) {
	case "input_audio_buffer.append", "input_audio_buffer.commit", "input_audio_buffer.clear", "omakase.playback":
		if session != nil {
			session.Receive(message)
		}
		return nil
	case "update_config":
		return c.updateConfig(message)
	case "start_voice_session":
		return c.start()
	case "end_voice_session":
		if session == nil {
			return c.send(members{"type": "voice_session_ended"})
		}
		session.End() // its leg says the rest
		leg.await()
		return nil
	case "get_products":
		return c.products()
	}
	var m members
	if json.Unmarshal(message, &m) != nil || m == nil {
		return c.sayError("Invalid message format")
	}
	if session != nil {
		session.Receive(inNewWords(message))
	}
	return nil
}

func (c *contractSocket) updateConfig(message []byte) error {
	var m struct{ Config members }
	if json.Unmarshal(message, &m) != nil {
		return c.sayError("Invalid message format")
	}
	if m.Config == nil {
		return nil
	}
	c.mu.Lock()
	changed := maps.Clone(c.settings())
	maps.Copy(changed, m.Config)
	c.config = changed
	c.mu.Unlock()
	return c.send(members{"type": "config_updated", "config": changed})
}

// products answers with the whole catalogue, joined from the bytes that the
// store keeps.
func (c *contractSocket) products() error {
	b, err := c.s.await()
	if err != nil {
		return c.sayError(err.Error())
	}
	ctx, cancel := c.s.storeContext()
	defer cancel()
	page, err := b.Store.ListProducts(ctx, c.workspace, store.ListQuery{})
	if err != nil {
		c.s.log.Error("products for a socket", "err", err)
		return c.sayError("The products can't be read")
	}
	body := append([]byte(`{"type":"products","products":[`), bytes.Join(page.Docs, []byte(","))...)
	return c.sock.write(append(body, "]}"...))
}

// start begins a voice session. One that runs already stays.
func (c *contractSocket) start() error {
	c.mu.Lock()
	running := c.session
	c.mu.Unlock()
	if running != nil {
		return c.started(running)
	}
	if !c.keyed {
		return c.sayError("an API key is needed")
	}
	switch err := c.open(); {
	case errors.Is(err, openai.ErrNoKey):
		return c.sayError(openai.ErrNoKey.Error())
	case err != nil && (errs.Is(err, errs.Busy) || errs.Is(err, errs.Unavailable)):
		return c.sayError(err.Error())
	case err != nil:
		c.s.log.Error("voice session not started", "err", err)
		return c.sayError("Failed to start voice session")
	}
	return nil
}

func (c *contractSocket) open() error {
	b, err := c.s.await()
	if err != nil {
		return err
	}
	if b.Voices == nil {
		return openai.ErrNoKey
	}
	ctx, cancel := c.s.storeContext()
	defer cancel()
	request, voice := c.request()
	leg := newContractLeg(c)
	config, err := c.s.voiceSetup(ctx, b, c.workspace, request, voice)
	if err != nil {
		return err
	}
	config.Way, config.Key, config.Cart = "socket", c.remote, c.cart
	config.ShowTools, config.Resumable, config.Client = true, true, leg
	config.State = contractState{c.id, c.config}
	session, err := b.Voices.Open(ctx, config)
	if leg.session = session; err == nil {
		c.mu.Lock()
		c.session, c.leg = session, leg
		c.mu.Unlock()
	}
	close(leg.ready) // only now it can end
	return err
}

// request is what the socket's configuration says of the agent.
func (c *contractSocket) request() (q agent.Request, voice string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	settings := c.settings()
	text := func(name string) string { s, _ := settings[name].(string); return s }
	q = agent.Request{
		AgentType: text("agentType"), Language: agent.Language(text("language")), Name: text("name"), Personality: text("personality"),
		StartMessage: text("startMessage"), EndMessage: text("endMessage"),
	}
	if !q.Language.Known() {
		q.Language = agent.Japanese
	}
	voice, ok := agent.Voice(text("voice"))
	if !ok {
		voice = agent.DefaultVoice
	}
	return q, voice
}

// started says that a session runs, and how to resume it.
func (c *contractSocket) started(session *realtime.Session) error {
	_, voice := c.request()
	return c.send(members{"type": "voice_session_started", "voice": voice, "resumeToken": session.Token()})
}

// over forgets a session.
func (c *contractSocket) over(session *realtime.Session) {
	c.mu.Lock()
	if c.session == session {
		c.session = nil
	}
	c.mu.Unlock()
}

// await waits until a leg has said its session's end: what a client asks for
// next is for the time after. A provider that doesn't hang up is not waited for
// long.
func (l *contractLeg) await() {
	late := time.NewTimer(endPatience)
	defer late.Stop()
	select {
	case <-l.closed:
	case <-late.C:
		l.c.over(l.session)
	}
}

// endPatience is how long the end of a session may take.
const endPatience = 5 * time.Second

// contractLeg is the leg of one session to a socket, in old words.
type contractLeg struct {
	c       *contractSocket
	session *realtime.Session
	ready   chan struct{} // closed when session is known
	closed  chan struct{} // closed when the end was said
	events  [][]byte
}

func newContractLeg(c *contractSocket) *contractLeg {
	return &contractLeg{c: c, ready: make(chan struct{}), closed: make(chan struct{})}
}

// Write implements realtime.Client.
func (l *contractLeg) Write(events [][]byte) error {
	<-l.ready
	l.events = l.events[:0]
	for _, e := range events {
		if bytes.Equal(realtime.TypeOf(e), []byte("session.created")) {
			if err := l.c.started(l.session); err != nil {
				return err
			}
		}
		l.events = append(l.events, inOldWords(e))
	}
	err := l.c.sock.write(l.events...)
	clear(l.events)
	return err
}

// Close implements realtime.Client.
func (l *contractLeg) Close(reason string, err error) {
	<-l.ready
	defer close(l.closed)
	l.c.over(l.session)
	if reason == "vanished" {
		return
	}
	if err != nil {
		text := "OpenAI connection error"
		if errors.Is(err, openai.ErrNoKey) {
			text = openai.ErrNoKey.Error()
		}
		_ = l.c.sayError(text) // a socket that is gone needs no words
	}
	_ = l.c.send(members{"type": "voice_session_ended", "reason": reason})
}

// sessionPrompt is what the agent of a session is told. Sessions that begin in a
// crowd wait here, where a plugin would refuse those that it can't take.
func (s *Server) sessionPrompt(ctx context.Context, b *Backend, workspace string, q agent.Request) (agent.Prompt, error) {
	select {
	case s.composing <- struct{}{}:
	case <-ctx.Done():
		return agent.Prompt{}, ctx.Err()
	}
	defer func() { <-s.composing }()
	return b.Prompts.Compose(ctx, workspace, q)
}

// voiceSetup is a session of an agent: who it is and what it is told.
func (s *Server) voiceSetup(ctx context.Context, b *Backend, workspace string, q agent.Request, voice string) (realtime.Config, error) {
	config := realtime.Config{
		Workspace: workspace, Agent: q.AgentType, Language: q.Language.Tag(), Model: s.o.Voice.Model, Voice: voice,
	}
	told := &openai.Session{Voice: voice, Transcription: s.o.Voice.Transcription, Turns: openai.StandardTurns()}
	if b.Prompts != nil {
		prompt, err := s.sessionPrompt(ctx, b, workspace, q)
		if err != nil {
			return config, err
		}
		told.Instructions = prompt.Text
	}
	var err error
	config.Session, err = json.Marshal(told)
	return config, err
}
