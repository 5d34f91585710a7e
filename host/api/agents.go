package api

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

const agentMissing = "Agent type not found"

// agentView is an agent as the contract has it, its texts in one language.
type agentView struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"` // English
	NameJa      string     `json:"nameJa"`
	NameKo      string     `json:"nameKo"`
	Description string     `json:"description"`
	Icon        string     `json:"icon"`
	Color       string     `json:"color"`
	Role        agent.Role `json:"role"`
	Personality struct {
		Traits []string `json:"traits"`
		Tone   string   `json:"tone"`
	} `json:"personality"`
	Style struct {
		Patterns   []string `json:"speech_patterns"`
		Guidelines []string `json:"guidelines"`
	} `json:"style"`
	Flow struct {
		Steps []agent.Step `json:"steps"`
	} `json:"conversation_flow"`
	Voices       []string `json:"voices"`
	DefaultVoice string   `json:"defaultVoice"`
	Active       bool     `json:"isActive"`
	Defaults     struct {
		Name         string `json:"agentName"`
		Personality  string `json:"personality"`
		StartMessage string `json:"startMessage"`
		EndMessage   string `json:"endMessage"`
	} `json:"defaults"`
}

func viewAgent(a *agent.Agent, l agent.Language) agentView {
	p := a.Texts.In(l)
	v := agentView{
		ID: a.ID, Name: a.Names.English, NameJa: a.Names.Japanese, NameKo: a.Names.Korean, Description: p.Description,
		Icon: a.Icon, Color: a.Color, Role: p.Role, Voices: a.Voices, DefaultVoice: a.DefaultVoice, Active: a.Active,
	}
	v.Personality.Traits, v.Personality.Tone = p.Traits, p.Tone
	v.Style.Patterns, v.Style.Guidelines = p.SpeechPatterns, p.Guidelines
	v.Flow.Steps = p.Steps
	v.Defaults.Name, v.Defaults.Personality = p.AgentName, p.Personality
	v.Defaults.StartMessage, v.Defaults.EndMessage = p.StartMessage, p.EndMessage
	return v
}

// languageOf reads ?language=, by name or tag; Japanese without one.
func languageOf(c *fiber.Ctx) (agent.Language, error) {
	asked := string(c.Context().QueryArgs().Peek("language"))
	for _, l := range agent.Languages() {
		if asked == "" || strings.EqualFold(asked, string(l)) || strings.EqualFold(asked, l.Tag()) {
			return l, nil
		}
	}
	return "", errs.New(errs.Invalid, languageNeeded)
}

func (s *Server) listAgents(c *fiber.Ctx, b *Backend) error {
	return writeAgents(c, b.Prompts.Agents().All())
}

func (s *Server) listActiveAgents(c *fiber.Ctx, b *Backend) error {
	return writeAgents(c, active(b.Prompts.Agents()))
}

func active(all *agent.Agents) []*agent.Agent {
	list := []*agent.Agent{}
	for _, a := range all.All() {
		if a.Active {
			list = append(list, a)
		}
	}
	return list
}

func writeAgents(c *fiber.Ctx, all []*agent.Agent) error {
	l, err := languageOf(c)
	if err != nil {
		return err
	}
	all, next, err := agentPage(c, all)
	if err != nil {
		return err
	}
	views := make([]agentView, len(all))
	for i, a := range all {
		views[i] = viewAgent(a, l)
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool            `json:"success"`
		Count   int             `json:"count"`
		Agents  []agentView     `json:"agents"`
		Next    json.RawMessage `json:"nextCursor,omitempty"`
	}{true, len(views), views, next})
}

// agentPage is the part of a list that is asked for, and how to go on, as it
// stands in an answer: a cursor is the id of the agent before.
func agentPage(c *fiber.Ctx, all []*agent.Agent) (page []*agent.Agent, next json.RawMessage, err error) {
	limit, cursor, err := paging(c)
	if err != nil || limit == 0 {
		return all, nil, err
	}
	if cursor != "" {
		i := slices.IndexFunc(all, func(a *agent.Agent) bool { return a.ID == cursor })
		if i < 0 {
			return nil, nil, errs.New(errs.Invalid, "cursor is not one of this list")
		}
		all = all[i+1:]
	}
	if len(all) <= limit {
		return all, json.RawMessage("null"), nil
	}
	return all[:limit], catalog.AppendString(nil, all[limit-1].ID), nil
}

// agentAsked is the agent that the path names, and the language of its texts.
func agentAsked(c *fiber.Ctx, b *Backend) (*agent.Agent, agent.Language, error) {
	id, err := pathText(c, "id")
	if err != nil {
		return nil, "", err
	}
	l, err := languageOf(c)
	if err != nil {
		return nil, "", err
	}
	a, ok := b.Prompts.Agents().Get(id)
	if !ok {
		return nil, "", errs.New(errs.NotFound, agentMissing)
	}
	return a, l, nil
}

func (s *Server) getAgent(c *fiber.Ctx, b *Backend) error {
	a, l, err := agentAsked(c, b)
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool      `json:"success"`
		Agent   agentView `json:"agent"`
	}{true, viewAgent(a, l)})
}

// getAgentPrompt answers the agent's persona as a text for people.
func (s *Server) getAgentPrompt(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	a, l, err := agentAsked(c, b)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	p, err := b.Prompts.Compose(ctx, workspace, agent.Request{Mode: agent.Profile, AgentType: a.ID, Language: l})
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool   `json:"success"`
		Prompt  string `json:"prompt"`
	}{true, p.Text})
}

// promptTemplate is an agent as one chooses a prompt by.
type promptTemplate struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	NameJa      string `json:"nameJa"`
	Description string `json:"description"`
	Personality string `json:"defaultPersonality"`
}

func (s *Server) listTemplates(c *fiber.Ctx, b *Backend) error {
	l, err := languageOf(c)
	if err != nil {
		return err
	}
	page, next, err := agentPage(c, active(b.Prompts.Agents()))
	if err != nil {
		return err
	}
	list := []promptTemplate{}
	for _, a := range page {
		p := a.Texts.In(l)
		list = append(list, promptTemplate{a.ID, a.Names.English, a.Names.Japanese, p.Description, p.Personality})
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success   bool             `json:"success"`
		Templates []promptTemplate `json:"templates"`
		Next      json.RawMessage  `json:"nextCursor,omitempty"`
	}{true, list, next})
}
