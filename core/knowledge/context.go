package knowledge

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/errs"
)

// DefaultName is the name of a shop that gave none.
const DefaultName = "My Store"

// Bounds of a context. It goes into every prompt, so it stays small.
const (
	MaxContextName = 200    // runes
	MaxContextText = 5_000  // runes of the description and of each policy
	MaxContextURL  = 4_096  // bytes
	MaxContextList = 200    // entries of each list
	MaxContextWord = 200    // runes of an entry and of the tone
	maxContextSize = 64_000 // runes of everything together
)

// Context is what a workspace's shop says about itself. Its JSON form is that
// of the REST contract and of the store. Values are plain data; the lists and
// pointers are shared by copies, so treat them as read-only.
type Context struct {
	Name        string      `json:"storeName"`
	Description string      `json:"storeDescription,omitempty"`
	URL         string      `json:"storeUrl,omitempty"`
	Categories  []string    `json:"categories,omitzero"` // nil: not said
	BrandVoice  *BrandVoice `json:"brandVoice,omitempty"`
	Policies    *Policies   `json:"policies,omitempty"`
}

// BrandVoice is how the shop wants to sound.
type BrandVoice struct {
	Tone       string   `json:"tone"`
	Keywords   []string `json:"keywords"`   // words to use; never nil after Normalize
	AvoidWords []string `json:"avoidWords"` // words to avoid; never nil after Normalize
}

// Policies are the shop's rules in its own words; each may be empty.
type Policies struct {
	Shipping string `json:"shipping,omitempty"`
	Returns  string `json:"returns,omitempty"`
	Payment  string `json:"payment,omitempty"`
	Support  string `json:"support,omitempty"`
}

// Normalize fills in what clients may leave out: a name, and the lists of a
// brand voice.
func (c *Context) Normalize() {
	if strings.TrimSpace(c.Name) == "" {
		c.Name = DefaultName
	}
	if v := c.BrandVoice; v != nil {
		filled := *v
		if filled.Keywords == nil {
			filled.Keywords = []string{}
		}
		if filled.AvoidWords == nil {
			filled.AvoidWords = []string{}
		}
		c.BrandVoice = &filled
	}
}

// Validate checks the bounds. Its error is Invalid and names the field as
// clients know it.
func (c *Context) Validate() error {
	texts := []bounded{
		{"storeName", c.Name, MaxContextName},
		{"storeDescription", c.Description, MaxContextText},
		{"storeUrl", c.URL, MaxContextURL},
	}
	lists := []boundedList{{"categories", c.Categories}}
	if v := c.BrandVoice; v != nil {
		texts = append(texts, bounded{"brandVoice.tone", v.Tone, MaxContextWord})
		lists = append(lists, boundedList{"brandVoice.keywords", v.Keywords}, boundedList{"brandVoice.avoidWords", v.AvoidWords})
	}
	if p := c.Policies; p != nil {
		texts = append(texts, bounded{"policies.shipping", p.Shipping, MaxContextText}, bounded{"policies.returns", p.Returns, MaxContextText},
			bounded{"policies.payment", p.Payment, MaxContextText}, bounded{"policies.support", p.Support, MaxContextText})
	}
	size := 0
	for _, t := range texts {
		if err := t.check(&size); err != nil {
			return err
		}
	}
	for _, l := range lists {
		if err := l.check(&size); err != nil {
			return err
		}
	}
	if size > maxContextSize {
		return errs.New(errs.Invalid, "the store context is longer than %d characters", maxContextSize)
	}
	return checkLink("storeUrl", c.URL)
}

// bounded is a text with its limit in runes.
type bounded struct {
	field, text string
	limit       int
}

func (b bounded) check(size *int) error {
	n := utf8.RuneCountInString(b.text)
	*size += n
	switch {
	case n > b.limit:
		return errs.New(errs.Invalid, "%s is longer than %d characters", b.field, b.limit)
	case !utf8.ValidString(b.text) || strings.ContainsRune(b.text, 0):
		return errs.New(errs.Invalid, "%s is not text", b.field)
	}
	return nil
}

type boundedList struct {
	field string
	list  []string
}

func (b boundedList) check(size *int) error {
	if len(b.list) > MaxContextList {
		return errs.New(errs.Invalid, "%s has more than %d entries", b.field, MaxContextList)
	}
	for _, text := range b.list {
		if err := (bounded{b.field, text, MaxContextWord}).check(size); err != nil {
			return err
		}
	}
	return nil
}

// checkLink lets through web addresses, paths and "": pages put links where
// any other scheme could run as a script.
func checkLink(field, link string) error {
	u, err := url.Parse(link)
	if err != nil || strings.ContainsAny(link, "\t\r\n") {
		return errs.New(errs.Invalid, "%s is not a URL", field)
	}
	if u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return errs.New(errs.Invalid, "%s must be an http or https URL", field)
	}
	return nil
}
