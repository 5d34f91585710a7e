package crawl

import (
	"strings"

	"github.com/omakase-ai/omakase/sdk/go/plaintext"
)

// Entry is an entry of a sitemap.
type Entry struct {
	URL      string
	Modified string // as written; "" when it does not say
	Images   int    // that the entry names
}

// Sitemap is the content of a sitemap's file.
type Sitemap struct {
	Index   bool // Entries are further files
	Entries []Entry
}

// maxEntries is how many entries a file of a sitemap may have by its protocol.
const maxEntries = 50_000

// ReadSitemap reads a sitemap, or a list of addresses as plain text. ok is
// false when it is neither: a web page in its place, or a file that was cut
// off before its first entry.
func ReadSitemap(text string) (m Sitemap, ok bool) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	element := "url"
	switch {
	case hasElement(text, "sitemapindex"):
		m.Index, element = true, "sitemap"
	case hasElement(text, "urlset"):
	default:
		return readList(text)
	}
	for len(m.Entries) < maxEntries {
		entry, rest, found := cutElement(text, element)
		if !found {
			break
		}
		if e := (Entry{
			URL: elementText(entry, "loc"), Modified: elementText(entry, "lastmod"), Images: strings.Count(entry, "<image:loc>"),
		}); e.URL != "" {
			m.Entries = append(m.Entries, e)
		}
		text = rest
	}
	return m, true
}

// readList reads a sitemap of one address a line.
func readList(text string) (m Sitemap, ok bool) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if _, isAddress := Parse(line); !isAddress || strings.ContainsAny(line, " <>") || len(m.Entries) == maxEntries {
			return Sitemap{}, false
		}
		m.Entries = append(m.Entries, Entry{URL: line})
	}
	return m, len(m.Entries) > 0
}

func hasElement(xml, name string) bool {
	i := strings.Index(xml, "<"+name)
	return i >= 0 && i < 4096
}

// cutElement is the content of the next element of that name, and what follows
// it. Elements with a prefix or attributes count as well.
func cutElement(xml, name string) (content, rest string, found bool) {
	for {
		i := strings.Index(xml, "<"+name)
		if i < 0 {
			return "", "", false
		}
		xml = xml[i+1+len(name):]
		if xml == "" || xml[0] != '>' && xml[0] != ' ' && xml[0] != '\n' && xml[0] != '\t' {
			continue // of another name that begins alike
		}
		_, xml, _ = strings.Cut(xml, ">")
		return strings.Cut(xml, "</"+name+">")
	}
}

// elementText is the text of the first element of that name.
func elementText(xml, name string) string {
	value, _, found := cutElement(xml, name)
	if !found {
		return ""
	}
	value = strings.TrimSpace(value)
	if data, ok := strings.CutPrefix(value, "<![CDATA["); ok {
		return strings.TrimSpace(strings.TrimSuffix(data, "]]>"))
	}
	if strings.Contains(value, "<") {
		return ""
	}
	return plaintext.Unescape(value)
}
