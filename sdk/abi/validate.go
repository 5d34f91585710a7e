package abi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// FieldError is one mistake in a manifest: where it is, what is wrong, and
// what to do about it.
type FieldError struct {
	Field   string // such as "needs.http.hosts[0]"
	Problem string // such as `is "http://x"`
	Fix     string // such as "write a host without scheme"
}

// Error is "manifest: field: problem; fix".
func (e *FieldError) Error() string {
	return "manifest: " + e.Field + " " + e.Problem + "; " + e.Fix
}

var (
	idPattern     = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z0-9]+([_-][a-z0-9]+)*)+$`)
	semverPattern = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	methodPattern = regexp.MustCompile(`^[A-Z]+$`)
)

// maxID is the length of the longest id, which is also a file's name and a
// metric's label.
const maxID = 64

// Kinds are what a plugin may provide, with the versions that this host has.
func Kinds() []string { return []string{"scraper/1", "prompt/1", "tool/1"} }

// Capabilities are what a plugin may need, in alphabetical order.
func Capabilities() []string {
	return []string{"cart", "catalog", "clock", "config", "crypto", "html", "http", "knowledge", "kv", "log", "order", "secret"}
}

// Validate checks a manifest. The error joins a *[FieldError] for each
// mistake.
func (m *Manifest) Validate() error {
	c := &checker{}
	c.check(idPattern.MatchString(m.ID) && len(m.ID) <= maxID, "id", quoted(m.ID),
		fmt.Sprintf("write a kind and a name in lower case with a dot between, such as scraper.shopify, at most %d characters", maxID))
	c.check(semverPattern.MatchString(m.Version), "version", quoted(m.Version),
		"write three numbers as semver.org has it, such as 1.0.0")
	c.text("name", m.Name, 100)
	c.text("description", m.Description, 1000)
	c.provides(m.Provides)
	c.marks(m.Marks, slices.Contains(m.Provides, "scraper/1"))
	for _, name := range slices.Sorted(maps.Keys(m.Needs)) {
		c.need(name, m.Needs[name])
	}
	if http, ok := m.Needs["http"]; ok && !slices.Contains(m.Provides, "scraper/1") {
		c.check(len(http.Hosts) > 0, "needs.http.hosts", "is empty",
			`list the hosts, such as "api.shop.example", or "*" for any`)
	}
	c.limits(m.Limits)
	c.configSchema(m.ConfigSchema)
	return errors.Join(c.errs...)
}

type checker struct{ errs []error }

func (c *checker) check(ok bool, field, problem, fix string) {
	if !ok {
		c.errs = append(c.errs, &FieldError{Field: field, Problem: problem, Fix: fix})
	}
}

func (c *checker) text(field, s string, most int) {
	n := utf8.RuneCountInString(s)
	c.check(n <= most, field, fmt.Sprintf("has %d characters", n), fmt.Sprintf("keep it to %d", most))
}

func (c *checker) provides(kinds []string) {
	c.check(len(kinds) > 0, "provides", "is empty", "list what the plugin can do, such as scraper/1")
	for i, kind := range kinds {
		field := fmt.Sprintf("provides[%d]", i)
		c.check(slices.Contains(Kinds(), kind), field, quoted(kind), "use one of "+strings.Join(Kinds(), ", "))
		c.check(!slices.Contains(kinds[:i], kind), field, "stands twice", "remove one")
	}
}

// Marks of a few characters stand in any page, and long ones in hardly any.
const (
	minMark  = 4
	maxMark  = 100
	maxMarks = 50
)

func (c *checker) marks(marks []string, scraper bool) {
	c.check(scraper || len(marks) == 0, "marks", "is for scrapers only", "remove it")
	c.check(len(marks) <= maxMarks, "marks", fmt.Sprintf("has %d entries", len(marks)), fmt.Sprintf("keep it to %d", maxMarks))
	for i, mark := range marks {
		n := utf8.RuneCountInString(mark)
		c.check(n >= minMark && n <= maxMark, fmt.Sprintf("marks[%d]", i), quoted(mark),
			fmt.Sprintf("write a text of %d to %d characters that only such shops have", minMark, maxMark))
	}
}

func (c *checker) need(name string, n Need) {
	field := "needs." + name
	if !slices.Contains(Capabilities(), name) {
		c.check(false, field, "is no capability", "use one of "+strings.Join(Capabilities(), ", "))
		return
	}
	c.check(strings.TrimSpace(n.Reason) != "", field+".reason", "is empty",
		"tell the operator in a sentence why the plugin needs "+name)
	c.text(field+".reason", n.Reason, 500)
	if name == "http" || name == "secret" {
		c.hosts(field, n.Hosts)
	} else {
		c.check(n.Hosts == nil, field+".hosts", "is not for this capability", "remove it")
	}
	if name == "http" {
		c.methods(field, n.Methods)
	} else {
		c.check(n.Methods == nil, field+".methods", "is not for this capability", "remove it")
	}
	if name == "secret" {
		c.check(len(n.Hosts) > 0, field+".hosts", "is empty",
			`list the hosts that the secret is for, such as "api.shop.example"; an operator names those of "*" and "{shop}"`)
	}
	if name != "kv" {
		c.check(n.QuotaBytes == 0, field+".quota_bytes", "is not for this capability", "remove it")
	}
	c.check(n.QuotaBytes >= 0, field+".quota_bytes", "is negative", "write a number of bytes")
}

func (c *checker) hosts(field string, hosts []string) {
	for i, host := range hosts {
		_, err := ParseHostPattern(host)
		c.check(err == nil, fmt.Sprintf("%s.hosts[%d]", field, i), quoted(host),
			`write a host in lower case without a path, with scheme and port where only those are meant; "*.shop.example" is its subdomains, "{shop}" the shop that is worked for, "*" any host`)
	}
}

func (c *checker) methods(field string, methods []string) {
	for i, method := range methods {
		c.check(methodPattern.MatchString(method), fmt.Sprintf("%s.methods[%d]", field, i), quoted(method),
			"write a method in capitals, such as GET")
	}
}

func (c *checker) limits(l Limits) {
	for _, f := range []struct {
		name string
		n    int
		most int
	}{
		{"memory_mb", l.MemoryMB, 4096},
		{"deadline_ms", l.DeadlineMS, 10 * 60 * 1000},
		{"host_calls", l.HostCalls, 1_000_000},
		{"instances", l.Instances, 64},
	} {
		c.check(f.n >= 0 && f.n <= f.most, "limits."+f.name, fmt.Sprintf("is %d", f.n),
			fmt.Sprintf("write 1 to %d, or leave it out for the host's own limit", f.most))
	}
}

func (c *checker) configSchema(schema json.RawMessage) {
	if len(schema) == 0 {
		return
	}
	var s struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(schema, &s); err != nil || s.Type != "object" {
		c.check(false, "config_schema", "describes no object", `write a JSON Schema with "type": "object"`)
	}
}

func quoted(s string) string {
	if s == "" {
		return "is empty"
	}
	return fmt.Sprintf("is %q", s)
}
