package fetch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/omakase-ai/omakase/core/errs"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		raw  string
		want string // "" where it is refused
		kind errs.Kind
	}{
		{raw: "https://shop.example/products.json?page=2", want: "https://shop.example/products.json?page=2"},
		{raw: "  HTTPS://Shop.Example:443/  ", want: "https://shop.example/"},
		{raw: "http://shop.example.:80/", want: "http://shop.example/"},
		{raw: "http://my_shop.thebase.in/", want: "http://my_shop.thebase.in/"},
		{raw: "https://日本茶.jp/茶", want: "https://xn--wgv71aj92d.jp/%E8%8C%B6"},
		{raw: "http://１２７．０．０．１/", want: "http://127.0.0.1/"},
		{raw: "http://[::ffff:10.0.0.1]/", want: "http://10.0.0.1/"},
		{raw: "http://[2606:4700::1111]:443/", want: "http://[2606:4700::1111]:443/"},
		{raw: "ftp://shop.example/", kind: errs.Denied},
		{raw: "file:///etc/passwd", kind: errs.Denied},
		{raw: "gopher://127.0.0.1:6379/_INFO", kind: errs.Denied},
		{raw: "data:text/html,x", kind: errs.Denied},
		{raw: "javascript:alert(1)", kind: errs.Denied},
		{raw: "shop.example", kind: errs.Denied},
		{raw: "http://user:pw@shop.example/", kind: errs.Denied},
		{raw: "http://shop.example@169.254.169.254/", kind: errs.Denied},
		{raw: "http://2130706433/", kind: errs.Denied},
		{raw: "http://0x7f.1/", kind: errs.Denied},
		{raw: "http://0x7f000001/", kind: errs.Denied},
		{raw: "http://017700000001/", kind: errs.Denied},
		{raw: "http://127.1/", kind: errs.Denied},
		{raw: "http://127.0.0.0x1/", kind: errs.Denied},
		{raw: "http://①②⑦.1/", kind: errs.Denied},
		{raw: "http://[fe80::1%25eth0]/", kind: errs.Denied},
		{raw: "http:///path", kind: errs.Invalid},
		{raw: "http:shop.example", kind: errs.Invalid},
		{raw: "http://shop.example:0/", kind: errs.Invalid},
		{raw: "http://shop.example:99999/", kind: errs.Invalid},
		{raw: "http://shop.example:http/", kind: errs.Invalid},
		{raw: `http://shop.example\@evil.example/`, kind: errs.Invalid},
		{raw: "http://%31%32%37.0.0.1/", kind: errs.Invalid},
		{raw: "", kind: errs.Denied},
	}
	for _, tt := range tests {
		u, err := ParseURL(tt.raw)
		if tt.want == "" {
			if !errs.Is(err, tt.kind) {
				t.Errorf("ParseURL(%q) = %v, %v; want an error of kind %s", tt.raw, u, err, tt.kind)
			}
			continue
		}
		if err != nil || u.String() != tt.want {
			t.Errorf("ParseURL(%q) = %v, %v; want %s", tt.raw, u, err, tt.want)
		}
	}
}

// Addresses that may not be dialled, with a word of the reason.
var forbidden = map[string]string{
	"127.0.0.1:80":              "loopback",
	"127.255.255.254:443":       "loopback",
	"0.0.0.0:80":                "unspecified",
	"10.1.2.3:80":               "private",
	"172.31.255.255:80":         "private",
	"192.168.0.1:80":            "private",
	"169.254.169.254:80":        "metadata",
	"169.254.1.1:80":            "link-local",
	"100.100.100.200:80":        "metadata",
	"100.64.0.1:80":             "shared",
	"168.63.129.16:80":          "metadata",
	"192.0.0.192:80":            "reserved",
	"192.0.2.1:80":              "reserved",
	"198.18.0.1:80":             "reserved",
	"198.51.100.1:80":           "reserved",
	"203.0.113.1:80":            "reserved",
	"224.0.0.1:80":              "multicast",
	"240.0.0.1:80":              "reserved",
	"255.255.255.255:80":        "reserved",
	"[::1]:80":                  "loopback",
	"[::]:80":                   "unspecified",
	"[::ffff:127.0.0.1]:80":     "loopback",
	"[::ffff:a9fe:a9fe]:80":     "metadata",
	"[::7f00:1]:80":             "reserved",
	"[64:ff9b::7f00:1]:80":      "NAT64",
	"[64:ff9b:1::a00:1]:80":     "NAT64",
	"[2002:7f00:1::]:80":        "6to4",
	"[2001:0:7f00:1::]:80":      "Teredo",
	"[2001:db8::1]:80":          "reserved",
	"[fd00:ec2::254]:80":        "metadata",
	"[fd12::1]:80":              "private",
	"[fe80::1]:80":              "link-local",
	"[fe80::1%lo]:80":           "link-local",
	"[fec0::1]:80":              "private",
	"[ff02::1]:80":              "multicast",
	"[3fff::1]:80":              "reserved",
	"93.184.216.34:22":          "port 22",
	"93.184.216.34:8080":        "port 8080",
	"[2606:4700:4700::1111]:25": "port 25",
}

func TestControlRefuses(t *testing.T) {
	t.Parallel()
	g, err := newGuard(nil, hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	for addr, why := range forbidden {
		err := g.control(context.Background(), "tcp", addr, nil)
		if !errs.Is(err, errs.Denied) || !strings.Contains(err.Error(), why) {
			t.Errorf("dialling %s: %v; want a refusal that says %q", addr, err, why)
		}
		if !strings.Contains(errs.HintOf(err), "OMAKASE_NETWORK_ALLOW") {
			t.Errorf("dialling %s: hint %q does not help the operator", addr, errs.HintOf(err))
		}
	}
	for _, addr := range []string{"93.184.216.34:80", "93.184.216.34:443", "[2606:4700:4700::1111]:443", "168.63.129.17:80"} {
		if err := g.control(context.Background(), "tcp", addr, nil); err != nil {
			t.Errorf("dialling %s: %v", addr, err)
		}
	}
}

func TestControlAllows(t *testing.T) {
	t.Parallel()
	g, err := newGuard([]string{"10.1.0.0/16", "127.0.0.1:9100", " Shop.test:8080 ", "fd12::/48", "192.168.7.7", ""}, hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		target, dialled string
		want            bool
	}{
		{"10.1.2.3:5000", "10.1.2.3:5000", true},
		{"name.example:80", "10.1.2.3:80", true},
		{"10.2.0.1:80", "10.2.0.1:80", false},
		{"127.0.0.1:9100", "127.0.0.1:9100", true},
		{"localhost:9100", "127.0.0.1:9100", true},
		{"127.0.0.1:9101", "127.0.0.1:9101", false},
		{"shop.test:8080", "172.16.0.9:8080", true},
		{"shop.test:80", "172.16.0.9:80", false},
		{"other.test:8080", "172.16.0.9:8080", false},
		{"v6.test:80", "[fd12::5]:80", true},
		{"192.168.7.7:1234", "192.168.7.7:1234", true},
		{"192.168.7.8:80", "192.168.7.8:80", false},
	}
	for _, tt := range tests {
		h := &host{}
		ctx := context.WithValue(context.Background(), dialKey{}, dial{target: tt.target, host: h})
		err := g.control(ctx, "tcp", tt.dialled, nil)
		if (err == nil) != tt.want || h.opened.Load() != tt.want {
			t.Errorf("%s at %s: %v, opened %v; want allowed %v", tt.target, tt.dialled, err, h.opened.Load(), tt.want)
		}
	}
	for _, bad := range []string{"10.0.0.0/33", "shop.test", "shop.test:http", ":80", "http://shop.test:80", "*"} {
		if _, err := New(Options{Allow: []string{bad}}); !errs.Is(err, errs.Invalid) {
			t.Errorf("allow list %q: %v; want it refused", bad, err)
		}
	}
}

// trap is a listener that nobody may reach.
func trap(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan string, 1)
	go func() {
		defer close(accepted)
		conn, err := ln.Accept()
		if err == nil {
			accepted <- conn.RemoteAddr().String()
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		if from, reached := <-accepted; reached {
			t.Errorf("the forbidden listener was reached from %s", from)
		}
	})
	return ln
}

func TestForbiddenAddressesAreNotReached(t *testing.T) {
	t.Parallel()
	port := netip.MustParseAddrPort(trap(t).Addr().String()).Port()
	spellings := []string{
		"127.0.0.1", "localhost", "LOCALHOST.", "127.1", "0x7f.1", "0x7f000001", "2130706433",
		"017700000001", "0", "0.0.0.0", "[::ffff:127.0.0.1]", "[::1]", "[::]", "[64:ff9b::7f00:1]", "１２７.0.0.1",
		"user@127.0.0.1", "127.0.0.1.",
	}
	hop := "" // where the shop sends its visitors
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Location", hop)
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(shop.Close)
	c := newClient(t, Options{Allow: []string{shop.Listener.Addr().String()}})
	for _, spelling := range spellings {
		target := "http://" + spelling + ":" + itoa(port) + "/latest/meta-data/"
		if _, err := c.Fetch(t.Context(), &Request{URL: target}); !errs.Is(err, errs.Denied) {
			t.Errorf("%s: %v; want it denied", target, err)
		}
		hop = target
		if _, err := c.Fetch(t.Context(), &Request{URL: shop.URL}); !errs.Is(err, errs.Denied) {
			t.Errorf("redirect to %s: %v; want it denied", target, err)
		}
	}
}

func TestEnvironmentProxyIsNotUsed(t *testing.T) {
	ln := trap(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://"+ln.Addr().String())
	}
	c := newClient(t, Options{})
	if _, err := c.Fetch(t.Context(), &Request{URL: "http://10.0.0.1/"}); !errs.Is(err, errs.Denied) {
		t.Errorf("got %v; want it denied", err)
	}
}

// A name that resolves to a harmless address first and to a forbidden one
// afterwards.
func TestRebindingIsNotReached(t *testing.T) {
	t.Parallel()
	ln := trap(t)
	port := itoa(netip.MustParseAddrPort(ln.Addr().String()).Port())
	harmless, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skipf("this system has no second loopback address: %v", err)
	}
	shop := &httptest.Server{Listener: harmless, Config: &http.Server{Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") })}}
	shop.Start()
	t.Cleanup(shop.Close)

	c := newClient(t, Options{
		Allow:    []string{"127.0.0.2/32"},
		Resolver: fakeDNS(t, netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.1")),
	})
	url := "http://rebind.example:" + port + "/"
	if _, err := c.Fetch(t.Context(), &Request{URL: url}); err != nil {
		t.Fatalf("while the name is harmless: %v", err)
	}
	_, err = c.Fetch(t.Context(), &Request{URL: url})
	if !errs.Is(err, errs.Denied) {
		t.Fatalf("got %v; want it denied", err)
	}
	if strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("%v: tells how a name resolves inside the network", err)
	}
}

// fakeDNS resolves every name to the addresses, one after another, and stays
// with the last.
func fakeDNS(t *testing.T, addrs ...netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
					Body:   &dnsmessage.AResource{A: addrs[0].As4()},
				}}
				addrs = addrs[min(1, len(addrs)-1):]
			}
			if reply, err := m.Pack(); err == nil {
				conn.WriteTo(reply, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
