package catalog

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"github.com/omakase-ai/omakase/core/errs"
)

// ShopKey is the identity of a shop within a workspace: the host of its URL in
// lower case and ASCII, without "www.", with the port where it is not the
// scheme's. It is Invalid for anything but an absolute http or https URL.
func ShopKey(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errs.New(errs.Invalid, "%.200q is not the address of a shop", raw).
			WithHint("give an absolute URL such as https://shop.example/")
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return net.JoinHostPort(host, port), nil
	}
	return host, nil
}
