package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
	"github.com/hashicorp/go-hclog"
	"golang.org/x/net/idna"

	"github.com/omakase-ai/omakase/core/errs"
)

// guard decides which addresses may be dialled. It is consulted with the
// address that the kernel is about to connect to, so neither a redirect, nor a
// name that resolves differently the second time, nor an odd spelling of an
// address gets around it. It is immutable and safe for concurrent use.
type guard struct {
	prefixes []netip.Prefix
	targets  []string // "host:port" in lower case, names and addresses alike
	public   *ssrf.Guardian
	log      hclog.Logger
}

// azureWire is Azure's metadata service: the only one on a public address.
var azureWire = netip.MustParsePrefix("168.63.129.16/32")

func newGuard(allow []string, log hclog.Logger) (*guard, error) {
	g := &guard{public: ssrf.New(ssrf.WithDeniedV4Prefixes(azureWire)), log: log}
	for _, entry := range allow {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "" {
			continue
		}
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			g.prefixes = append(g.prefixes, prefix.Masked())
			continue
		}
		if addr, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
			g.prefixes = append(g.prefixes, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		host, port, err := net.SplitHostPort(entry)
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 || host == "" {
			return nil, errs.New(errs.Invalid, "network allow list: %q is neither a CIDR nor a host:port", entry).
				WithHint("write entries such as 10.1.0.0/16, 127.0.0.1:9100 or shop.test:8080")
		}
		g.targets = append(g.targets, net.JoinHostPort(host, port))
	}
	return g, nil
}

// opened reports whether the operator's list opens the address, or the name
// and port that led to it.
func (g *guard) opened(target string, dialled netip.AddrPort) bool {
	if slices.Contains(g.targets, strings.ToLower(target)) || slices.Contains(g.targets, dialled.String()) {
		return true
	}
	return slices.ContainsFunc(g.prefixes, func(p netip.Prefix) bool { return p.Contains(dialled.Addr()) })
}

type dialKey struct{}

// dial is what the guard knows of the connection being made: the host:port
// that was asked for, and the host whose queue the request stands in.
type dial struct {
	target string
	host   *host
}

// control is a net.Dialer's ControlContext: it runs for each resolved address,
// before the connection is attempted.
func (g *guard) control(ctx context.Context, network, address string, _ syscall.RawConn) error {
	to, _ := ctx.Value(dialKey{}).(dial)
	dialled, err := netip.ParseAddrPort(address)
	if err != nil {
		return errs.New(errs.Denied, "%s address %q cannot be checked", network, address)
	}
	dialled = netip.AddrPortFrom(dialled.Addr().Unmap(), dialled.Port())
	if g.opened(to.target, dialled) {
		if to.host != nil {
			to.host.opened.Store(true)
		}
		return nil
	}
	err = g.public.SafeAddr(dialled.Addr()) // a better reason than the port
	if err == nil {
		err = g.public.SafeAddrPort(dialled)
	}
	if err == nil {
		return nil
	}
	g.log.Warn("refused to connect", "host", to.target, "address", dialled.String(), "reason", err)
	return refusal(dialled, err)
}

// refusal words why an address is not dialled: the class of the address and
// the rule, but not the address itself, which would tell a stranger how names
// resolve inside the operator's network.
func refusal(to netip.AddrPort, err error) error {
	if errors.Is(err, ssrf.ErrProhibitedPort) {
		return errs.New(errs.Denied, "port %d is not allowed: only 80 and 443 are", to.Port()).
			WithHint("the operator can open it with OMAKASE_NETWORK_ALLOW=HOST:%d", to.Port())
	}
	class, rule := classify(to.Addr())
	return errs.New(errs.Denied, "the host has %s (%s), which may not be fetched", class, rule).
		WithHint("the operator can open it with OMAKASE_NETWORK_ALLOW, a list of CIDRs and host:port pairs")
}

// classes name the special ranges, narrowest first where they overlap.
var classes = []struct {
	prefix netip.Prefix
	name   string
}{
	{netip.MustParsePrefix("169.254.169.254/32"), "a cloud metadata address"},
	{netip.MustParsePrefix("100.100.100.200/32"), "a cloud metadata address"},
	{netip.MustParsePrefix("fd00:ec2::/32"), "a cloud metadata address"},
	{azureWire, "a cloud metadata address"},
	{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address"},
	{netip.MustParsePrefix("::1/128"), "a loopback address"},
	{netip.MustParsePrefix("0.0.0.0/8"), "an unspecified address"},
	{netip.MustParsePrefix("::/128"), "an unspecified address"},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address"},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address"},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address"},
	{netip.MustParsePrefix("fc00::/7"), "a private address"},
	{netip.MustParsePrefix("fec0::/10"), "a private address"},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address"},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address"},
	{netip.MustParsePrefix("100.64.0.0/10"), "a carrier's shared address"},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address"},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address"},
	{netip.MustParsePrefix("64:ff9b::/96"), "a NAT64 address"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a NAT64 address"},
	{netip.MustParsePrefix("2002::/16"), "a 6to4 address"},
	{netip.MustParsePrefix("2001::/32"), "a Teredo address"},
}

func classify(addr netip.Addr) (class, rule string) {
	for _, c := range classes {
		if c.prefix.Contains(addr.WithZone("")) {
			return c.name, c.prefix.String()
		}
	}
	for _, p := range append(slices.Clone(ssrf.IPv4DeniedPrefixes), ssrf.IPv6DeniedPrefixes...) {
		if p.Contains(addr) {
			return "a reserved address", p.String()
		}
	}
	return "a reserved address", "outside of " + ssrf.IPv6GlobalUnicast.String()
}

// hostNames maps what people type to what DNS knows, and nothing more: shops
// do use underscores in their names.
var hostNames = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.BidiRule())

// ParseURL reads a URL that somebody else chose and brings its scheme and host
// to one spelling, the one that is fetched. Whatever could be read in two ways
// is refused, with the kinds Invalid and Denied.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the URL itself is in the operation already
		}
		return nil, &errs.Error{Kind: errs.Invalid, Msg: "not a URL", Err: err}
	}
	return u, canonical(u)
}

func canonical(u *url.URL) error {
	u.Scheme = strings.ToLower(u.Scheme)
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return errs.New(errs.Denied, "scheme %q is not allowed: only http and https are", u.Scheme)
	case u.User != nil:
		return errs.New(errs.Denied, "a user name or password in the URL is not allowed")
	case u.Hostname() == "" || u.Opaque != "":
		return errs.New(errs.Invalid, "the URL names no host")
	}
	name, port := u.Hostname(), u.Port()
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errs.New(errs.Invalid, "%q is not a port", port)
		}
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" {
			return errs.New(errs.Denied, "an address with a zone is not allowed")
		}
		u.Host = joinHost(addr.Unmap().String(), port, u.Scheme)
		return nil
	}
	ascii, err := hostNames.ToASCII(name)
	if err != nil {
		return errs.New(errs.Invalid, "%q is not a host name", name)
	}
	ascii = strings.TrimSuffix(strings.ToLower(ascii), ".")
	if addr, err := netip.ParseAddr(ascii); err == nil {
		ascii = addr.Unmap().String() // it was written with full-width digits, say
	} else if ascii == "" || numeric(ascii) {
		return errs.New(errs.Denied, "%q is an address in a form that is not allowed", name)
	}
	u.Host = joinHost(ascii, port, u.Scheme)
	return nil
}

// numeric reports whether a name would be read as an IPv4 address by those who
// accept 0x7f.1, 127.1 or 2130706433: its last label is a number.
func numeric(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" {
		return true
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(last, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

// joinHost leaves out the scheme's own port, so that one host has one queue.
func joinHost(name, port, scheme string) string {
	if port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		if strings.Contains(name, ":") {
			return "[" + name + "]"
		}
		return name
	}
	return net.JoinHostPort(name, port)
}
