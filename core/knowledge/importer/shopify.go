package importer

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

// Fetcher asks one address with a header of the caller's, which goes nowhere
// else: a redirect to another host is refused. It is polite to the server and
// waits as long as that asks for. Its errors are about the way there or the
// server's refusal to be asked; other statuses are answers.
type Fetcher interface {
	Get(ctx context.Context, url string, header http.Header) (Answer, error)
}

// Answer is what a server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Shopify is a shop whose Admin interface is asked for its products.
type Shopify struct {
	Domain  string // host name, see CheckDomain
	Token   string // of an app with the right to read products; never stored
	Version string // of the interface, "2024-01"
	Limit   int    // products of a page; 0: as many as it gives
	Replace bool
}

const (
	defaultVersion  = "2024-01"
	maxShopifyPage  = 250
	maxShopifyPages = 2_000
	// maxReplaced bounds a catalogue that is replaced, which waits in memory
	// until it is complete.
	maxReplaced = 50_000
	// Plugin is who products of this import come from.
	shopifyPlugin = "admin.shopify"
)

var (
	hostLabel  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	callLimit  = regexp.MustCompile(`^([0-9]{1,4})/([0-9]{1,4})$`)
	apiVersion = regexp.MustCompile(`^([0-9]{4}-(01|04|07|10)|unstable)$`)
)

// CheckDomain returns a host name in lower case. It is Invalid for anything
// else: a scheme, a port, a path or an address would choose what is asked.
func CheckDomain(domain string) (string, error) {
	host := strings.ToLower(strings.TrimSpace(domain))
	labels := strings.Split(host, ".")
	ok := len(host) <= 253 && len(labels) >= 2
	for _, label := range labels {
		ok = ok && hostLabel.MatchString(label)
	}
	if _, err := netip.ParseAddr(host); err == nil || strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		ok = false
	}
	if !ok {
		return "", errs.New(errs.Invalid, "shopDomain %.100q is not a host name", domain).
			WithHint("give the name alone, such as your-shop.myshopify.com")
	}
	return host, nil
}

// Shopify begins the import of a shop's products and does not wait. It is
// Invalid for a shop or a version that can't be one.
func (s *Service) Shopify(ctx context.Context, workspace string, q Shopify) (store.CatalogImport, error) {
	var err error
	if q.Domain, err = CheckDomain(q.Domain); err != nil {
		return store.CatalogImport{}, err
	}
	switch {
	case s.o.Fetch == nil:
		return store.CatalogImport{}, errs.New(errs.Unsupported, "this server asks no shops")
	case q.Version == "":
		q.Version = defaultVersion
	case !apiVersion.MatchString(q.Version):
		return store.CatalogImport{}, errs.New(errs.Invalid, "apiVersion %.40q is no version", q.Version).WithHint("give one such as %s", defaultVersion)
	}
	if strings.IndexFunc(q.Token, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) || r == ' ' }) >= 0 {
		return store.CatalogImport{}, errs.New(errs.Invalid, "accessToken holds characters that no token has")
	}
	if q.Limit <= 0 || q.Limit > maxShopifyPage {
		q.Limit = maxShopifyPage
	}
	im := store.CatalogImport{Workspace: workspace, Kind: store.ImportShopify, Name: q.Domain, Replace: q.Replace}
	_, err = s.begin(ctx, &im, nil, func(ctx context.Context, r *run, im *store.CatalogImport) error {
		return (&adminShop{Shopify: q, service: s, currency: s.o.Currency}).run(ctx, r, im)
	})
	return im, err
}

// adminShop is one walk through a shop's Admin interface.
type adminShop struct {
	Shopify
	service  *Service
	currency string
	pages    []*store.ImportBatch // of a catalogue that is replaced
	products int
}

// run stores each page as it comes, or all of them at the end where they
// replace the catalogue.
func (a *adminShop) run(ctx context.Context, r *run, im *store.CatalogImport) error {
	a.askCurrency(ctx)
	page, seen := "", map[string]bool{}
	for n := 0; ; n++ {
		if n == maxShopifyPages || seen[page] {
			return errs.New(errs.BadData, "Shopify API error: the pages come to no end")
		}
		seen[page] = true
		b, next, err := a.page(ctx, page)
		if err != nil {
			return err
		}
		if b.Last = next == ""; b.Last {
			b.Context = a.context()
		}
		if err := a.take(ctx, r, im, b); err != nil || b.Last {
			return err
		}
		page = next
	}
}

func (a *adminShop) context() *knowledge.Context {
	return &knowledge.Context{Name: strings.TrimSuffix(a.Domain, ".myshopify.com"), URL: "https://" + a.Domain}
}

func (a *adminShop) take(ctx context.Context, r *run, im *store.CatalogImport, b *store.ImportBatch) error {
	s := a.service
	if !a.Replace {
		return s.applyAll(ctx, im, false, []*store.ImportBatch{b})
	}
	a.pages = append(a.pages, b)
	if a.products += len(b.Products); a.products > maxReplaced {
		return errs.New(errs.TooLarge, "the shop has more than %d products", maxReplaced).WithHint("import it without clearExisting, after clearing the products")
	}
	if r.note(b); !b.Last {
		return nil
	}
	defer r.note(nil)
	return s.applyAll(ctx, im, true, a.pages)
}

// applyAll stores batches in one transaction.
func (s *Service) applyAll(ctx context.Context, im *store.CatalogImport, replace bool, batches []*store.ImportBatch) error {
	_, err := s.o.Store.ApplyImport(ctx, im.ID, im.Epoch, replace, func() (*store.ImportBatch, error) {
		if len(batches) == 0 {
			return nil, nil
		}
		b := batches[0]
		batches = batches[1:]
		return b, nil
	})
	return err
}

func (a *adminShop) get(ctx context.Context, path string, query url.Values) (Answer, error) {
	u := url.URL{Scheme: "https", Host: a.Domain, Path: "/admin/api/" + a.Version + path, RawQuery: query.Encode()}
	answer, err := a.service.o.Fetch.Get(ctx, u.String(), http.Header{"X-Shopify-Access-Token": {a.Token}, "Accept": {"application/json"}})
	if err == nil {
		err = a.rest(ctx, answer.Header)
	}
	return answer, err
}

// rest waits while the shop's allowance of calls is nearly used up. It refills
// by two calls a second.
func (a *adminShop) rest(ctx context.Context, header http.Header) error {
	found := callLimit.FindStringSubmatch(header.Get("X-Shopify-Shop-Api-Call-Limit"))
	if found == nil {
		return nil
	}
	used, _ := strconv.Atoi(found[1])
	allowed, _ := strconv.Atoi(found[2])
	if used < allowed-2 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second):
		return nil
	}
}

// askCurrency finds out what the prices are in, which the products don't say.
// A token that may not ask is no error.
func (a *adminShop) askCurrency(ctx context.Context) {
	answer, err := a.get(ctx, "/shop.json", nil)
	if err != nil || answer.Status != http.StatusOK {
		return
	}
	var said struct{ Shop struct{ Currency string } }
	if json.Unmarshal(answer.Body, &said) != nil {
		return
	}
	if cur, err := catalog.ParseCurrency(said.Shop.Currency); err == nil && cur != "" {
		a.currency = cur
	}
}

// page asks for a page of products and for the name of the next.
func (a *adminShop) page(ctx context.Context, name string) (b *store.ImportBatch, next string, err error) {
	query := url.Values{"limit": {strconv.Itoa(a.Limit)}}
	if name != "" {
		query.Set("page_info", name)
	}
	answer, err := a.get(ctx, "/products.json", query)
	switch {
	case errs.Is(err, errs.Blocked):
		return nil, "", errs.New(errs.Blocked, "Shopify API error: 403 Forbidden").WithHint("the token needs the right read_products")
	case err != nil:
		return nil, "", errs.Wrap("Shopify API error", err)
	case answer.Status != http.StatusOK:
		return nil, "", errs.New(errs.Denied, "Shopify API error: %d %s", answer.Status, http.StatusText(answer.Status))
	}
	var said struct {
		Products []adminProduct `json:"products"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil || said.Products == nil {
		return nil, "", errs.New(errs.BadData, "Shopify API error: the answer holds no list of products")
	}
	b = &store.ImportBatch{Done: len(said.Products)}
	for i := range said.Products {
		p, err := said.Products[i].product(a.Domain, a.currency)
		if err != nil {
			b.Refused++
			b.Errors = append(b.Errors, "product "+said.Products[i].ID.String()+": "+err.Error())
			continue
		}
		b.Stored++
		b.Products = append(b.Products, p)
	}
	return b, nextPage(answer.Header.Values("Link")), nil
}

var linkNext = regexp.MustCompile(`<([^<>]*)>\s*;[^,<]*\brel="?next"?`)

// nextPage takes only the name of the page out of a link: where it is asked for
// is not the server's to say.
func nextPage(links []string) string {
	found := linkNext.FindStringSubmatch(strings.Join(links, ", "))
	if found == nil {
		return ""
	}
	u, err := url.Parse(found[1])
	if err != nil {
		return ""
	}
	return u.Query().Get("page_info")
}
