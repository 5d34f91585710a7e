package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// check looks at values that are of the right type and nevertheless wrong.
func (r *reader) check() {
	c := &r.config
	r.unread = len(r.mistakes)
	r.checkServer(&c.Server)
	r.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	r.oneOf("log.format", c.Log.Format, "text", "json")
	r.notEmpty("data_dir", c.DataDir)
	if !isPostgres(c.DatabaseURL.Reveal()) {
		r.wrong("database_url", "use postgres://USER:PASSWORD@HOST/NAME, or leave it empty for SQLite", "this does not name a PostgreSQL database")
	}
	r.webURL("openai.base_url", c.OpenAI.BaseURL)
	r.positive("openai.timeout", c.OpenAI.Timeout)
	r.atLeast("openai.sessions_per_minute", c.OpenAI.SessionsPerMinute, 0)
	if c.OpenAI.Model == "" {
		r.wrong("openai.model", "name one, such as gpt-realtime-2.1", "there is no model")
	}
	if c.Store.URL != "" {
		r.webURL("store.url", c.Store.URL)
	}
	r.checkVoice(&c.Voice)
	r.atLeast("store.max_products", c.Store.MaxProducts, 0)
	if !currencyCode.MatchString(c.Store.Currency) {
		r.wrong("store.currency", "use an ISO 4217 code such as JPY or USD", "%q is not a currency", c.Store.Currency)
	}
	r.checkShop(c)
	r.checkNetwork(&c.Network)
	r.atLeast("jobs.workers", c.Jobs.Workers, 1)
	r.positive("jobs.page_timeout", c.Jobs.PageTimeout)
	r.positive("jobs.retry_delay", c.Jobs.RetryDelay)
	r.atLeast("jobs.max_pages", c.Jobs.MaxPages, 1)
	r.atLeast("jobs.max_idle_pages", c.Jobs.MaxIdlePages, 1)
	r.atLeast("jobs.max_bytes", int(c.Jobs.MaxBytes), 1<<20)
	r.positive("jobs.max_time", c.Jobs.MaxTime)
	r.listenAddr("demo.addr", c.Demo.Addr)
	r.checkAgents(&c.Agents)
	for i := range c.Schedules {
		r.checkSchedule(fmt.Sprintf("schedules[%d]", i), &c.Schedules[i])
	}
	r.checkObserve(&c.Observe)
	r.positive("plugins.drain", c.Plugins.Drain)
	r.positive("plugins.idle", c.Plugins.Idle)
	r.oneOf("plugins.signatures", c.Plugins.Signatures, "off", "warn", "require")
	for i, k := range c.Plugins.Keys {
		if _, err := abi.ParsePublicKey(k); err != nil {
			r.wrong(fmt.Sprintf("plugins.keys[%d]", i), "write it as omakase plugin sign prints it: ed25519:…", "%q is not a key", k)
		}
	}
	if c.Plugins.Signatures == "require" && len(c.Plugins.Keys) == 0 {
		r.wrong("plugins.signatures", "list whose signatures count in plugins.keys", "no signature counts without a key")
	}
	for _, id := range slices.Sorted(maps.Keys(c.Plugins.Settings)) {
		p := c.Plugins.Settings[id]
		r.checkPlugin(join("plugins.settings", id), id, &p)
	}
	r.mistakes.sort()
}

var (
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
	sha256Hex    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	pluginID     = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z0-9][a-z0-9_-]*)+$`)
	method       = regexp.MustCompile(`^[A-Z]+$`)
)

// isPostgres reports whether libpq would take the text: a URL or key=value
// pairs.
func isPostgres(text string) bool {
	scheme, _, isURL := strings.Cut(text, "://")
	if isURL {
		return scheme == "postgres" || scheme == "postgresql"
	}
	return text == "" || strings.Contains(text, "=")
}

func (r *reader) checkServer(s *Server) {
	r.listenAddr("server.addr", s.Addr)
	if len(s.CORSOrigins) == 0 {
		r.wrong("server.cors_origins", `name one, or "*" for all`, "the list is empty")
	}
	for i, o := range s.CORSOrigins {
		u, err := url.Parse(o)
		if o != "*" && (err != nil || u.Host == "" || u.Scheme+"://"+u.Host != o) {
			r.wrong(fmt.Sprintf("server.cors_origins[%d]", i), `use "*" or an origin such as https://shop.example`, "%q is not an origin", o)
		}
	}
	r.atLeast("server.cache_mb", s.CacheMB, 0)
	r.positive("server.shutdown_timeout", s.ShutdownTimeout)
}

func (r *reader) checkAgents(a *Agents) {
	const most = 100_000
	r.atLeast("agents.catalog_tokens", a.CatalogTokens, 0)
	if a.CatalogTokens > most {
		r.wrong("agents.catalog_tokens", fmt.Sprintf("use %d or less", most), "%d is too much", a.CatalogTokens)
	}
	if a.PromptPlugin != "" && !pluginID.MatchString(a.PromptPlugin) {
		r.wrong("agents.prompt_plugin", "use an id that omakase plugin list shows, such as prompt.standard", "%q is not a plugin id", a.PromptPlugin)
	}
}

func (r *reader) checkObserve(o *Observe) {
	if o.OTLPEndpoint != "" {
		r.webURL("observe.otlp_endpoint", o.OTLPEndpoint)
	}
	for i, h := range o.OTLPHeaders {
		if name, _, ok := strings.Cut(h.Reveal(), "="); !ok || strings.TrimSpace(name) == "" {
			r.wrong(fmt.Sprintf("observe.otlp_headers[%d]", i), "write NAME=value", "this is no header")
		}
	}
	if o.TracePercent < 1 || o.TracePercent > 100 {
		r.wrong("observe.trace_percent", "use 1 to 100; without an otlp_endpoint nothing is traced", "%d is no share of a hundred", o.TracePercent)
	}
}

func (r *reader) checkNetwork(n *Network) {
	for i, a := range n.Allow {
		if !isRange(a) {
			r.wrong(fmt.Sprintf("network.allow[%d]", i), "use a CIDR such as 127.0.0.0/8 or a host:port such as shop.internal:8080", "%q is no range of addresses", a)
		}
	}
	if n.Gap < 0 {
		r.wrong("network.gap", "use 0s for no gap", "%s is negative", n.Gap)
	}
	r.positive("network.timeout", n.Timeout)
	r.atLeast("network.max_bytes", int(n.MaxBytes), 1024)
}

// isRange reports whether a is a CIDR, an address or HOST:PORT.
func isRange(a string) bool {
	if _, err := netip.ParsePrefix(a); err == nil {
		return true
	}
	if _, err := netip.ParseAddr(a); err == nil {
		return true
	}
	host, port, err := net.SplitHostPort(a)
	n, portErr := strconv.ParseUint(port, 10, 16)
	return err == nil && portErr == nil && host != "" && n > 0
}

func (r *reader) checkSchedule(key string, s *Schedule) {
	r.webURL(key+".url", s.URL)
	if s.Every < time.Minute {
		r.wrong(key+".every", "use a minute or more, such as 6h", "%s is too often", s.Every)
	}
	r.atLeast(key+".max_products", s.MaxProducts, 0)
	if s.Plugin != "" && !pluginID.MatchString(s.Plugin) {
		r.wrong(key+".plugin", "use an id that omakase plugin list shows", "%q is not a plugin id", s.Plugin)
	}
}

func (r *reader) checkPlugin(key, id string, p *Plugin) {
	if !pluginID.MatchString(id) {
		r.wrong(key, "use an id that omakase plugin list shows, such as scraper.shopify", "%q is not a plugin id", id)
	}
	if p.Digest != "" && !sha256Hex.MatchString(p.Digest) {
		r.wrong(key+".digest", "use the 64 characters that omakase plugin inspect shows", "%q is not a SHA-256 in hexadecimal", p.Digest)
	}
	if p.Isolation != "" {
		r.oneOf(key+".isolation", p.Isolation, "workspace", "call")
	}
	if g := p.Grants.HTTP; g != nil {
		for i, h := range g.Hosts {
			if _, err := abi.ParseHostPattern(h); err != nil {
				r.wrong(fmt.Sprintf("%s.grants.http.hosts[%d]", key, i), "use shop.example, https://shop.example:8443, *.shop.example, {shop} or *", "%q is not a host pattern", h)
			}
		}
		for i, m := range g.Methods {
			if !method.MatchString(m) {
				r.wrong(fmt.Sprintf("%s.grants.http.methods[%d]", key, i), "use GET, HEAD or POST", "%q is not a request method", m)
			}
		}
	}
	if g := p.Grants.Secret; g != nil {
		for i, h := range g.Hosts {
			if pattern, err := abi.ParseHostPattern(h); err != nil || !pattern.Named() {
				r.wrong(fmt.Sprintf("%s.grants.secret.hosts[%d]", key, i), "use api.shop.example, *.shop.example or http://127.0.0.1:8080", "%q names no hosts that a secret could be for", h)
			}
		}
	}
	if g := p.Grants.HTTP; g != nil && g.Timeout < 0 {
		r.wrong(key+".grants.http.timeout", "use a duration such as 10s", "%s is negative", g.Timeout)
	}
	r.checkLimits(key+".limits.", &p.Limits)
}

func (r *reader) checkLimits(limits string, l *Limits) {
	for name, d := range map[string]time.Duration{"deadline": l.Deadline, "total": l.Total, "queue_wait": l.QueueWait, "pause": l.Pause} {
		if d < 0 {
			r.wrong(limits+name, "use a duration such as 30s", "%s is negative", d)
		}
	}
	for name, n := range map[string]int{
		"fuel": l.Fuel, "memory_mb": l.MemoryMB, "instances": l.Instances, "calls": l.Calls, "queue": l.Queue, "host_calls": l.HostCalls,
		"log_lines": l.LogLines, "log_rate": l.LogRate, "nodes": l.Nodes, "handles": l.Handles,
	} {
		r.atLeast(limits+name, n, 0)
	}
	r.atLeast(limits+"faults", l.Faults, -1)
	for name, n := range map[string]Bytes{"request_bytes": l.RequestBytes, "reply_bytes": l.ReplyBytes, "page_bytes": l.PageBytes, "body_bytes": l.BodyBytes} {
		if n > 1<<30 {
			r.wrong(limits+name, "use 1GiB or less", "%s is more than a call could hold", n)
		}
	}
}

// wrong notes a mistake in a value at the place where the value was written,
// unless what was written there could not be read in the first place.
func (r *reader) wrong(key, hint, problem string, args ...any) {
	for _, m := range r.mistakes[:r.unread] {
		if rest, inside := strings.CutPrefix(key, m.Key); inside && m.Key != "" && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return
		}
	}
	r.mistake(originOf(r.origins, key), key, hint, problem, args...)
}

func (r *reader) listenAddr(key, value string) {
	if _, port, err := net.SplitHostPort(value); err != nil {
		r.wrong(key, "use HOST:PORT, such as 127.0.0.1:3000", "%q is not an address to listen on", value)
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		r.wrong(key, "use a port from 0 to 65535", "%q is not a port", port)
	}
}

func (r *reader) notEmpty(key, value string) {
	if value == "" {
		r.wrong(key, "name one or leave the key out", "this is empty")
	}
}

func (r *reader) positive(key string, d time.Duration) {
	if d <= 0 {
		r.wrong(key, "use more than nothing, such as 30s", "%s is too short", d)
	}
}

func (r *reader) atLeast(key string, n, least int) {
	if n < least {
		r.wrong(key, fmt.Sprintf("use %d or more", least), "%d is too little", n)
	}
}

func (r *reader) oneOf(key, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	hint := "use one of " + strings.Join(allowed, ", ")
	if near := nearest(value, allowed); near != "" {
		hint = "did you mean " + near + "?"
	}
	r.wrong(key, hint, "%q is unknown", value)
}

func (r *reader) webURL(key, value string) {
	u, err := url.Parse(value)
	switch {
	case value == "":
		r.wrong(key, "use an address such as https://shop.example", "there is no address")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		r.wrong(key, "use an address such as https://shop.example", "%q is not a web address", value)
	}
}
