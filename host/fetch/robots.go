package fetch

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// productToken is what a robots.txt calls us.
const productToken = "omakase"

const (
	maxRobotsBytes = 500 << 10 // RFC 9309, section 2.5
	maxCrawlDelay  = 30 * time.Second
)

// robots is the part of a robots.txt that concerns our product token. The zero
// value allows everything. It is immutable.
type robots struct {
	agent string // as the group names us: the token or "*"
	rules []robotsRule
	// crawlDelay is what the file asks for, capped. It is not of RFC 9309, but
	// those who write it mean it.
	crawlDelay time.Duration
}

type robotsRule struct {
	line  string // as written, for people
	allow bool
	parts []string // literals between wildcards, in the spelling of robotsPath
	end   bool     // the path ends where the pattern does
	size  int      // octets of the pattern, which rank it
}

// parseRobots reads a robots.txt as RFC 9309 has it. It never fails: what it
// can't read it skips, and of a file over the cap it reads the beginning.
func parseRobots(body []byte) *robots {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if len(body) > maxRobotsBytes {
		body = body[:maxRobotsBytes]
		body = body[:bytes.LastIndexAny(body, "\r\n")+1] // half a rule is another rule
	}
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return &robots{} // a page that answers any path
	}
	var ours, all robotsGroup
	var open []*robotsGroup // the groups that the next rule belongs to
	naming := false         // the last record was a user-agent
	for line := range bytes.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		key, value, ok := robotsRecord(string(line))
		if !ok {
			continue
		}
		switch key {
		case "user-agent", "useragent":
			if !naming {
				open = open[:0]
			}
			naming = true
			switch agent := robotsAgent(value); {
			case strings.EqualFold(agent, productToken):
				ours.named = true
				open = append(open, &ours)
			case agent == "*":
				open = append(open, &all)
			}
		case "allow", "disallow", "crawl-delay":
			naming = false
			for _, g := range open {
				g.add(key, value)
			}
		}
	}
	if ours.named {
		return &robots{agent: productToken, rules: ours.rules, crawlDelay: ours.delay}
	}
	return &robots{agent: "*", rules: all.rules, crawlDelay: all.delay}
}

// robotsGroup gathers the rules of one agent; a file may spread them.
type robotsGroup struct {
	named bool
	rules []robotsRule
	delay time.Duration
}

func (g *robotsGroup) add(key, value string) {
	if key == "crawl-delay" {
		if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 && !math.IsInf(s, 0) {
			g.delay = time.Duration(min(s, maxCrawlDelay.Seconds()) * float64(time.Second))
		}
		return
	}
	if value == "" {
		return // an empty rule forbids nothing and allows nothing
	}
	if rule, ok := newRobotsRule(key == "allow", value); ok {
		g.rules = append(g.rules, rule)
	}
}

func robotsRecord(line string) (key, value string, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	key, value, ok = strings.Cut(line, ":")
	return strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), ok
}

// robotsAgent cuts a user-agent's value down to the product token.
func robotsAgent(value string) string {
	if value == "*" || strings.HasPrefix(value, "* ") {
		return "*"
	}
	for i, c := range []byte(value) {
		if (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' && c != '_' {
			return value[:i]
		}
	}
	return value
}

func newRobotsRule(allow bool, value string) (robotsRule, bool) {
	r := robotsRule{allow: allow, line: "Disallow: " + clip(value, 80)}
	if allow {
		r.line = "Allow: " + clip(value, 80)
	}
	pattern := value
	if pattern[0] != '/' && pattern[0] != '*' {
		pattern = "/" + pattern // a common slip, and clear enough
	}
	if pattern, r.end = strings.CutSuffix(pattern, "$"); pattern == "" {
		return r, false
	}
	for part := range strings.SplitSeq(pattern, "*") {
		part = robotsPath(part)
		r.size += len(part) + 1
		r.parts = append(r.parts, part)
	}
	r.size-- // one wildcard less than parts
	if r.end {
		r.size++
	}
	return r, true
}

// robotsPath brings a path to the spelling in which RFC 9309 compares octets:
// unreserved characters plain, all others that need it percent-encoded in
// upper case, and the pattern's own characters encoded, so that they stand for
// themselves.
func robotsPath(path string) string {
	const hexits = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(path))
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) {
			if n, err := strconv.ParseUint(path[i+1:i+3], 16, 8); err == nil {
				if i += 2; unreserved(byte(n)) {
					b.WriteByte(byte(n))
				} else {
					b.WriteString("%" + hexits[n>>4:n>>4+1] + hexits[n&15:n&15+1])
				}
				continue
			}
		}
		if c <= ' ' || c >= 0x7f || c == '*' || c == '$' {
			b.WriteString("%" + hexits[c>>4:c>>4+1] + hexits[c&15:c&15+1])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// test reports whether the path, with its query if it has one, may be fetched,
// and the line that says so; no line where no rule matched. The longest rule
// wins, and of two equals the one that allows.
func (r *robots) test(path string) (allowed bool, line string) {
	if path == "/robots.txt" {
		return true, ""
	}
	path = robotsPath(path)
	allowed, size := true, -1
	for _, rule := range r.rules {
		if rule.size < size || rule.size == size && !rule.allow || !rule.matches(path) {
			continue
		}
		allowed, line, size = rule.allow, rule.line, rule.size
	}
	return allowed, line
}

// matches takes each part at the first place where it fits, which is enough:
// an earlier place never leaves less for the parts that follow.
func (r *robotsRule) matches(path string) bool {
	rest, ok := strings.CutPrefix(path, r.parts[0])
	if !ok {
		return false
	}
	last := len(r.parts) - 1
	if last == 0 {
		return !r.end || rest == ""
	}
	for _, part := range r.parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	if r.end {
		return strings.HasSuffix(rest, r.parts[last])
	}
	return strings.Contains(rest, r.parts[last])
}

// clip shortens text from outside for a message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
