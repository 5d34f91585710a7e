package product

import (
	"strings"

	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// choose picks the product that the page is about: pages describe related ones
// too. many reports that it is about several.
func (p *Page) choose(things []schema.Thing) (best *schema.Thing, many bool) {
	score, main, named := -1<<30, 0, map[string]bool{}
	for i := range things {
		t := &things[i]
		if !t.IsProduct() || t.Name == "" && len(t.Offers) == 0 && t.SKU == "" {
			continue
		}
		s := p.fit(t)
		if t.Role != schema.Related && !named[t.Name] {
			named[t.Name] = true
			main++
		}
		if best == nil || s > score {
			best, score = t, s
		}
	}
	if best == nil {
		return nil, false
	}
	// Several products that are alike and none of which is the page's own.
	if score < 40 && (main > 2 || best.Role != schema.Main) {
		return nil, main > 2
	}
	return best, false
}

// fit is how well a thing fits the page.
func (p *Page) fit(t *schema.Thing) int {
	s := 0
	switch t.Role {
	case schema.Main:
		s += 20
	case schema.Listed:
		s -= 10
	case schema.Related:
		s -= 30
	}
	if t.URL != "" && p.samePage(t.URL) || t.ID != "" && p.samePage(t.ID) {
		s += 30
	}
	title := p.title
	if p.heading != nil {
		title += " " + p.heading.Text
	}
	if like := likeness(t.Name, title); like >= 8 {
		s += 30
	} else if like >= 5 {
		s += 15
	}
	if len(t.Offers) > 0 || len(t.Variants) > 0 {
		s += 10
	}
	if t.Name == "" {
		s -= 20
	}
	if len(t.Variants) > 0 {
		s += 5
	}
	return s
}

// samePage reports whether a link leads to this page.
func (p *Page) samePage(link string) bool {
	to, ok := p.at.Resolve(link)
	if !ok || to.Path == "/" && p.at.Path != "/" {
		return false
	}
	id := to.Identity()
	return id == p.id || p.canonicalID != "" && id == p.canonicalID
}

// shopSuffixes are what stands between a product's name and the shop's in
// titles.
var shopSuffixes = [...]string{" | ", " – ", " — ", " - ", "｜", "：", " : ", " :: ", " » ", " · ", " • "}

// withoutShop is a title without the name of the shop at its end: it ends with
// the site's name, or the page shows what stands before it by itself.
func (p *Page) withoutShop(title string) string {
	site := strings.ToLower(p.meta("og:site_name"))
	shown := plaintext.Tidy(p.HTML.Opening)
	for _, sep := range shopSuffixes {
		i := strings.LastIndex(title, sep)
		if i <= 0 {
			continue
		}
		name := strings.TrimSpace(title[:i])
		end := strings.ToLower(strings.TrimSpace(title[i+len(sep):]))
		switch {
		case site != "" && strings.HasPrefix(end, site), site == "" && p.namesHost(end), sep == " | ",
			strings.Contains(shown, name) && !strings.Contains(shown, title), p.statesName(name):
			return name
		}
	}
	return title
}

// statesName reports whether the state of the scripts has that name.
func (p *Page) statesName(name string) bool {
	for _, s := range p.statedProducts() {
		if plaintext.Tidy(s.name) == name {
			return true
		}
	}
	return false
}

// namesHost reports whether a text is the name of the page's host.
func (p *Page) namesHost(s string) bool {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	host := strings.TrimPrefix(p.at.Host, "www.")
	return len(plain) > 2 && strings.HasPrefix(strings.ReplaceAll(host, "-", ""), strings.TrimSuffix(plain, "com"))
}
