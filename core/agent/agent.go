// Package agent is who speaks to customers: the one list of agents, their
// personas in each language, their voices, and the prompts that are made of
// them.
//
// Agents are data: YAML files, those that are compiled in and those of the
// operator, who can change any text or add agents without building anything.
// What a prompt looks like is the business of prompt plugins; this package
// decides what they are told: which persona, which products, and how much. It
// knows of no transport and of no sandbox.
package agent

import "slices"

// Language is a language of personas and prompts, by the name that clients
// send.
type Language string

// The languages. Everything is complete in each of them.
const (
	Japanese Language = "Japanese"
	English  Language = "English"
	Korean   Language = "Korean"
)

// Languages are all of them, the default first.
func Languages() []Language { return []Language{Japanese, English, Korean} }

// Known reports whether l is one of the languages.
func (l Language) Known() bool { return slices.Contains(Languages(), l) }

// Tag is the language by BCP 47, such as "ja".
func (l Language) Tag() string {
	switch l {
	case English:
		return "en"
	case Korean:
		return "ko"
	}
	return "ja"
}

// Agent is one kind of voice agent. It is read-only.
type Agent struct {
	ID string `yaml:"id"` // lower case with hyphens
	// Order is the place in the list; agents of the same order stand by id.
	Order int `yaml:"order"`
	// Active agents are offered to choose from. Others work all the same.
	Active bool   `yaml:"active"`
	Icon   string `yaml:"icon"`  // a name of the dashboard's set, such as heart
	Color  string `yaml:"color"` // #RRGGBB, upper case
	// Aliases are other ids by which clients ask for the agent.
	Aliases []string `yaml:"aliases"`
	// Sells says that shop, products and tools are of use to the agent.
	Sells        bool     `yaml:"sells"`
	Voices       []string `yaml:"voices"` // display names
	DefaultVoice string   `yaml:"default_voice"`
	// Plugin is the id of the prompt plugin for this agent, "" for the usual
	// one.
	Plugin string `yaml:"plugin"`
	Names  Names  `yaml:"names"`
	Texts  Texts  `yaml:"texts"`
}

// Names are what an agent is called in lists.
type Names struct {
	Japanese string `yaml:"ja"`
	English  string `yaml:"en"`
	Korean   string `yaml:"ko"`
}

// Texts are an agent's texts in each language.
type Texts struct {
	Japanese Persona `yaml:"ja"`
	English  Persona `yaml:"en"`
	Korean   Persona `yaml:"ko"`
}

// In returns the texts in a language, Japanese for one that isn't known.
func (t *Texts) In(l Language) *Persona {
	switch l {
	case English:
		return &t.English
	case Korean:
		return &t.Korean
	}
	return &t.Japanese
}

// Persona is who an agent is, in one language.
type Persona struct {
	Description    string   `yaml:"description"` // for those who choose an agent
	AgentName      string   `yaml:"agent_name"`  // unless the client gives one
	Personality    string   `yaml:"personality"` // likewise
	StartMessage   string   `yaml:"start_message"`
	EndMessage     string   `yaml:"end_message"`
	Role           Role     `yaml:"role"`
	Traits         []string `yaml:"traits"`
	Tone           string   `yaml:"tone"`
	SpeechPatterns []string `yaml:"speech_patterns"`
	Guidelines     []string `yaml:"guidelines"`
	Steps          []Step   `yaml:"steps"` // of a conversation, in order
}

// Role is what an agent is and what for.
type Role struct {
	Title   string `yaml:"title" json:"title"`
	Purpose string `yaml:"purpose" json:"purpose"`
}

// Step is a step of a conversation. Its JSON form is that of the REST
// contract.
type Step struct {
	Name           string   `yaml:"name" json:"name"` // snake_case, the same in each language
	Goal           string   `yaml:"goal" json:"goal"`
	Variations     []string `yaml:"variations" json:"variations,omitempty"`
	Questions      []string `yaml:"questions" json:"questions,omitempty"`
	Guidelines     []string `yaml:"guidelines" json:"guidelines,omitempty"`
	ExampleReplies []string `yaml:"example_replies" json:"example_replies,omitempty"`
	Example        string   `yaml:"example" json:"example,omitempty"`
}

// DefaultID is the agent that serves requests for an agent that is not known.
const DefaultID = "shopping-guide"

// Agents is the list. It is safe for concurrent use.
type Agents struct{ lists func() *lists }

type lists struct {
	list []*Agent
	byID map[string]*Agent // aliases, too
}

// All are the agents in order, those that are not active included. The slice
// is the caller's.
func (a *Agents) All() []*Agent { return slices.Clone(a.lists().list) }

// Get finds an agent by its id, and only by that.
func (a *Agents) Get(id string) (*Agent, bool) {
	found, ok := a.lists().byID[id]
	return found, ok && found.ID == id
}

// For is the agent that serves a request for the given type: by id, by alias,
// else the default.
func (a *Agents) For(agentType string) *Agent {
	byID := a.lists().byID
	if found, ok := byID[agentType]; ok {
		return found
	}
	return byID[DefaultID]
}
