package auth_test

import (
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/auth"
)

const long = "0123456789abcdef0123456789abcdef"

func TestAllows(t *testing.T) {
	t.Parallel()
	keys := auth.New([]string{" " + long + " ", "", "second-key-of-some-length"})
	for key, want := range map[string]bool{
		long:                        true,
		"second-key-of-some-length": true,
		long[:31]:                   false,
		long + "0":                  false,
		"":                          false,
		" ":                         false,
	} {
		if got := keys.Allows([]byte(key)); got != want {
			t.Errorf("Allows(%q) = %v, want %v", key, got, want)
		}
	}
}

func TestNoKeys(t *testing.T) {
	t.Parallel()
	var none *auth.Keys
	for _, keys := range []*auth.Keys{none, {}, auth.New(nil), auth.New([]string{"", "  "})} {
		if keys.Required() {
			t.Error("a key is required although none was given")
		}
		if keys.Allows(nil) || keys.Allows([]byte("x")) {
			t.Error("no keys allow a key")
		}
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	if hint := auth.New([]string{long}).Hint(); hint != "" {
		t.Errorf("hint for a strong key: %s", hint)
	}
	if hint := auth.New([]string{long, "short"}).Hint(); hint == "" || strings.Contains(hint, "short\"") {
		t.Errorf("hint for a weak key: %q", hint)
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		header, key string
		ok          bool
	}{
		{"Bearer abc", "abc", true},
		{"bearer   abc", "abc", true},
		{"BEARER a b", "a b", true},
		{"Bearer ", "", false},
		{"Bearer    ", "", false},
		{"Basic abc", "", false},
		{"Bearerabc", "", false},
		{"", "", false},
	} {
		key, ok := auth.Bearer([]byte(tt.header))
		if string(key) != tt.key || ok != tt.ok {
			t.Errorf("Bearer(%q) = %q, %v; want %q, %v", tt.header, key, ok, tt.key, tt.ok)
		}
	}
}

func TestCheckListen(t *testing.T) {
	t.Parallel()
	keys := auth.New([]string{long})
	for _, tt := range []struct {
		addr string
		keys *auth.Keys
		open bool
		want errs.Kind
	}{
		{addr: "127.0.0.1:3000"},
		{addr: "127.8.0.1:3000"},
		{addr: "localhost:3000"},
		{addr: "[::1]:3000"},
		{addr: ":3000", want: errs.Denied},
		{addr: "0.0.0.0:3000", want: errs.Denied},
		{addr: "[::]:3000", want: errs.Denied},
		{addr: "192.168.1.4:3000", want: errs.Denied},
		{addr: "localhost.example.com:3000", want: errs.Denied},
		{addr: ":3000", keys: keys},
		{addr: ":3000", open: true},
		{addr: "3000", want: errs.Invalid},
	} {
		err := auth.CheckListen(tt.addr, tt.keys, tt.open)
		if tt.want == "" && err != nil || tt.want != "" && !errs.Is(err, tt.want) {
			t.Errorf("CheckListen(%q) = %v, want kind %q", tt.addr, err, tt.want)
		}
		if err != nil && errs.HintOf(err) == "" {
			t.Errorf("CheckListen(%q): no hint", tt.addr)
		}
	}
}
