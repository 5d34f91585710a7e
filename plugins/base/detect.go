package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// marks tell a BASE shop by the domains under which BASE gives shops their
// names, and by what BASE puts into every page. It never changes.
var marks = &storefront.Marks{
	Platform: "BASE",
	Hosts: []string{
		".thebase.in", ".base.shop", ".base.ec", ".official.ec", ".buyshop.jp", ".fashionstore.jp", ".handcrafted.jp", ".kawaiishop.jp",
		".supersale.jp", ".theshop.jp", ".shopselect.net",
	},
	Texts: []string{
		`name="copyright" content="BASE"`, "BASE-Theme-Name", "cf-baseassets.thebase.in", "static.thebase.in", "baseec-img-mng", "powered by BASE",
		"BASEshop-", "thebase.in/inquiry", "base-ec2.akamaized.net",
	},
}

// refused is why a page shows no items, in a shop owner's words; nil when it
// does not tell.
func refused(p *storefront.Page) error {
	found, err := p.Query(omakase.HTMLRequest{Select: []omakase.HTMLQuery{
		storefront.Select(`form input[type="password"]`, "name"),
		{CSS: "body", Attrs: []string{"text"}, Limit: 1},
	}})
	if err != nil {
		return err
	}
	text := found.First(1)
	switch {
	case found.Found(0):
		return omakase.Fail(omakase.CodePassword, "the shop is a secret shop of BASE's: it can be read once the app for that is turned off")
	case strings.Contains(text, "現在準備中です"):
		return omakase.Fail(omakase.CodeClosed, "the shop is not public yet: BASE says that it is being prepared")
	case strings.Contains(text, "ショップは閉店") || strings.Contains(text, "ショップは退店"):
		return omakase.Fail(omakase.CodeClosed, "the shop has closed")
	}
	return nil
}
