package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// littleText is how much text a page has at most that is nothing but a notice.
const littleText = 3000

// notice is what a page says instead of showing something.
type notice struct {
	code, message string
	marks         string // between bars, in lower case: in title, headings, buttons and text around places
}

// notices are tried in turn. Their words are for a shop's owner.
var notices = [...]notice{
	{
		omakase.CodeBlocked, "the shop's protection against robots showed a test instead of the page; ask whoever runs it to let this importer through",
		"|just a moment...|attention required! | cloudflare|checking your browser|verify you are human|are you a robot|are you a human|robot check|access denied|access to this page has been denied|pardon our interruption|ddos protection by|security check|please verify you are|unusual traffic|enter the characters you see|bot verification|human verification|captcha|request unsuccessful. incapsula|you have been blocked|アクセスが拒否|ロボットではない|アクセスが制限|",
	},
	{
		omakase.CodePassword, "the shop is behind a password; it must be opened, or the import started after it opens",
		"|opening soon|enter using password|password protected|this store is password|store password|シークレットショップ|パスワードを入力|パスワードで保護|会員限定ショップ|members only store|site is private|",
	},
	{
		omakase.CodeClosed, "the shop says that it is closed or not open yet",
		"|store is currently unavailable|this store is unavailable|shop is closed|store closed|we are closed|shop is currently closed|under construction|coming soon page|maintenance mode|under maintenance|site is undergoing|be right back|現在準備中です|ショップは準備中|閉店しました|閉店いたしました|メンテナンス中|休業中|ただいま準備中|404 shop not found|",
	},
	{
		omakase.CodeBlocked, "the page asks for the visitor's age before it shows anything; this importer does not answer such questions",
		"|are you over 18|are you 18|are you over 21|are you 21|age verification|verify your age|you must be 18|you must be 21|legal drinking age|年齢確認|20歳以上ですか|18歳以上ですか|あなたは18歳以上|あなたは20歳以上|",
	},
}

// Refusal is why the page shows nothing that could be read, in words for the
// shop's owner; nil when it shows something. It looks at what a page says only
// where the page says little else: a shop may well sell books about robots.
func (p *Page) Refusal() *omakase.Error {
	if p.hasStructure() || p.HTML.TextSize > littleText {
		return nil
	}
	text := p.gist()
	for i := range notices {
		n := &notices[i]
		for mark := range strings.SplitSeq(n.marks, "|") {
			if mark = strings.TrimSpace(mark); len(mark) > 3 && strings.Contains(text, mark) {
				return omakase.Fail(n.code, n.message)
			}
		}
	}
	if p.asksPassword() {
		return omakase.Fail(omakase.CodePassword, "the page asks for a password and shows nothing else")
	}
	if p.needsScripts() {
		return omakase.Fail(omakase.CodeUnsupported, "the page is empty until its scripts run; pages that need JavaScript can't be read")
	}
	return nil
}

// hasStructure reports whether the page tells of products in a form for
// machines.
func (p *Page) hasStructure() bool {
	for i := range p.linked {
		if p.linked[i].IsProduct() {
			return true
		}
	}
	for i := range p.micro {
		if p.micro[i].IsProduct() {
			return true
		}
	}
	return p.isProductMeta() || p.meta("product:price:amount", "og:price:amount") != ""
}

// gist is what the page says in its title, headings and buttons and around
// them, in lower case.
func (p *Page) gist() string {
	var b strings.Builder
	b.WriteString(p.HTML.Title)
	b.WriteByte('\n')
	b.WriteString(p.HTML.Opening)
	b.WriteByte('\n')
	b.WriteString(p.HTML.NoScript)
	for i := range p.HTML.Outline {
		place := &p.HTML.Outline[i]
		for _, s := range [...]string{place.Before, place.Text, place.After} {
			b.WriteByte('\n')
			b.WriteString(s)
		}
	}
	return strings.ToLower(b.String())
}

func (p *Page) asksPassword() bool {
	for i := range p.HTML.Outline {
		if place := &p.HTML.Outline[i]; place.Kind == omakase.PlaceField && place.Text == "password" && p.HTML.TextSize < 600 && !p.hasPrice() {
			return true
		}
	}
	return false
}

// needsScripts reports whether a page has no text but scripts that would make
// one.
func (p *Page) needsScripts() bool {
	if p.HTML.TextSize > 400 || p.hasPrice() {
		return false
	}
	return p.HTML.Running > 0 && p.heading == nil
}
