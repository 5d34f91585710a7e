package api

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/knowledge/importer"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

// Imports runs imports of catalogues; importer.Service does.
type Imports interface {
	File(ctx context.Context, workspace string, u importer.Upload) (store.CatalogImport, error)
	Shopify(ctx context.Context, workspace string, q importer.Shopify) (store.CatalogImport, error)
	Page(ctx context.Context, workspace, name string, replace bool, read func(context.Context) (*importer.Page, error)) (store.CatalogImport, error)
	// Import is the state of one, Wait returns when it ended or ctx did.
	Import(ctx context.Context, workspace, id string) (store.CatalogImport, error)
	Wait(ctx context.Context, id string)
}

const (
	csvNeeded       = "CSV file is required"
	jsonNeeded      = "JSON file or data is required"
	jsonBroken      = "Failed to import JSON"
	shopifyNeeded   = "shopDomain and accessToken are required"
	urlImportFailed = "Failed to import from URL"
	importStarted   = "Import started"
	importMissing   = "Progress not found"

	maxToken       = 512
	maxFileName    = 200 // runes
	usualHistory   = 10
	recentImports  = 5
	shownErrors    = 20 // of an import in a list
	importPatience = 400 * time.Millisecond
	// leastShown is how long an import from a file or shop is shown as
	// processing: existing dashboards begin to follow an import only when their
	// first look finds it running, and wait for ever otherwise.
	leastShown = 500 * time.Millisecond
)

func (s *Server) importCSV(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	var sent form
	if isForm(c) {
		if sent, err = readForm(c); err != nil {
			return err
		}
	}
	if !sent.hasFile {
		return errs.New(errs.Invalid, csvNeeded).WithHint("send it as the part %q of multipart/form-data", formFile)
	}
	return s.startFile(c, b, workspace, importer.Upload{
		Kind: store.ImportCSV, Name: sent.fileName, Replace: sent.values["clearExisting"] == "true", Data: sent.file(),
	})
}

func (s *Server) importJSON(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	var sent form
	if isForm(c) {
		if sent, err = readForm(c); err != nil {
			return err
		}
	}
	u := importer.Upload{Kind: store.ImportJSON, Name: "JSON data"}
	var data []byte
	switch {
	case !isForm(c):
		data, u.Replace, err = readDocument(c)
	case sent.hasFile:
		u.Name, u.Replace = sent.fileName, sent.values["clearExisting"] == "true"
		data, err = io.ReadAll(sent.file())
	default:
		data, u.Replace = []byte(sent.values["data"]), sent.values["clearExisting"] == "true"
	}
	if err != nil {
		return err
	}
	if u.Data, err = jsonDocument(data); err != nil {
		return err
	}
	return s.startFile(c, b, workspace, u)
}

// startFile records a file and gives a short import the time to end, so that
// what comes next finds the products.
func (s *Server) startFile(c *fiber.Ctx, b *Backend, workspace string, u importer.Upload) error {
	ctx, cancel := s.storeContext()
	defer cancel()
	im, err := b.Imports.File(ctx, workspace, u)
	if err != nil {
		return err
	}
	c.Request().ReleaseBody(jsonLimit) // the file is stored, and may be as large as all the rest
	patience, done := context.WithTimeout(s.stopping, importPatience)
	defer done()
	b.Imports.Wait(patience, im.ID)
	return importAnswer(c, &im)
}

func importAnswer(c *fiber.Ctx, im *store.CatalogImport) error {
	return writeValue(c, fiber.StatusOK, struct {
		Success bool   `json:"success"`
		ID      string `json:"progressId"`
		Message string `json:"message"`
	}{true, im.ID, importStarted})
}

func (s *Server) importShopify(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	var q importer.Shopify
	q.Domain, _ = f.text("shopDomain", catalog.MaxURL)
	q.Token, _ = f.text("accessToken", maxToken)
	q.Version, _ = f.text("apiVersion", 32)
	limit, _ := f.whole("limit", maxJobMax)
	q.Limit, q.Replace = int(limit), f.loosely("clearExisting")
	switch {
	case f.err != nil:
		return f.err
	case q.Domain == "" || q.Token == "":
		return errs.New(errs.Invalid, shopifyNeeded)
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	im, err := b.Imports.Shopify(ctx, workspace, q)
	if err != nil {
		return err
	}
	return importAnswer(c, &im)
}

// loosely reads a flag that existing clients send as true or "true".
func (f *fields) loosely(name string) bool {
	if raw, p := f.look(name); p == given && raw[0] == '"' {
		text, _ := f.text(name, 64)
		return text == "true"
	}
	on, _ := f.flag(name)
	return on
}

// importURL reads a page and waits for its products to be stored.
func (s *Server) importURL(c *fiber.Ctx, b *Backend) error {
	q, err := readPageRequest(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	replace := f.loosely("clearExisting")
	if f.err != nil {
		return f.err
	}
	if err := checkPage(b, q, urlImportFailed); err != nil {
		return err
	}
	u, _ := url.Parse(q.url) // it was checked
	said := knowledge.FromURL(q.url)
	var reading scrape.Reading
	im, err := b.Imports.Page(s.base, q.workspace, u.Hostname(), replace, func(ctx context.Context) (*importer.Page, error) {
		found, err := readPageWithin(ctx, b, q)
		if err != nil {
			return nil, &targetError{urlImportFailed, err}
		}
		reading = found
		return &importer.Page{Products: reading.Products, Rejections: reading.Rejections, Context: said}, nil
	})
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	p, err := b.Prompts.Compose(ctx, q.workspace, agent.Request{})
	if err != nil {
		return err
	}
	body, err := appendURLImport([]byte(`{"success":true`), said, &reading, &p)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, append(catalog.AppendString(append(body, `,"progressId":`...), im.ID), '}'))
}

// importView is an import as clients see it.
type importView struct {
	ID          string       `json:"id"`
	Source      importSource `json:"source"`
	Status      string       `json:"status"`
	Total       int          `json:"totalItems"`
	Processed   int          `json:"processedItems"`
	Succeeded   int          `json:"successItems"`
	Failed      int          `json:"failedItems"`
	StartedAt   string       `json:"startedAt"`
	CompletedAt string       `json:"completedAt,omitempty"`
	Errors      []string     `json:"errors"`
}

type importSource struct {
	Type store.ImportKind `json:"type"`
	Name string           `json:"name"`
}

// viewImport shows at most so many errors, and says how many there are more.
func viewImport(im *store.CatalogImport, errors int) importView {
	v := importView{
		ID: im.ID, Source: importSource{im.Kind, im.Name}, Status: shownState(im), Total: im.Total, Processed: im.Done,
		Succeeded: im.Stored, Failed: im.Refused, StartedAt: instant(im.StartedAt),
		Errors: append([]string{}, im.Errors[:min(len(im.Errors), errors)]...),
	}
	if im.EndedAt != nil {
		v.CompletedAt = instant(*im.EndedAt)
	}
	if more := max(im.Refused, len(im.Errors)) - len(v.Errors); more > 0 && len(v.Errors) > 0 {
		v.Errors = append(v.Errors, "and "+strconv.Itoa(more)+" more")
	}
	return v
}

// shownState hides what a dashboard can't follow: one that waits for its turn
// counts as processing too.
func shownState(im *store.CatalogImport) string {
	if !im.State.Final() {
		return string(store.ImportProcessing)
	}
	if im.Kind != store.ImportURL && im.State.Final() && time.Since(im.StartedAt) < leastShown {
		return string(store.ImportProcessing)
	}
	return string(im.State)
}

func (s *Server) importProgress(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	im, err := b.Imports.Import(ctx, workspace, id)
	if err != nil {
		return named(err, importMissing)
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success  bool       `json:"success"`
		Progress importView `json:"progress"`
	}{true, viewImport(&im, store.MaxImportErrors)})
}

// importHistory takes a limit that is no number, as existing clients may send
// it, for none.
func (s *Server) importHistory(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	args := c.Context().QueryArgs()
	asked, err := strconv.Atoi(string(args.Peek("limit")))
	limit := min(asked, maxLimit)
	if err != nil || asked <= 0 {
		asked, limit = 0, usualHistory
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	list, next, err := b.Store.ListImports(ctx, workspace, limit, string(args.Peek("cursor")))
	if err != nil {
		return err
	}
	views := make([]importView, len(list))
	for i := range list {
		views[i] = viewImport(&list[i], shownErrors)
	}
	body, err := encode(struct {
		Success bool         `json:"success"`
		Count   int          `json:"count"`
		History []importView `json:"history"`
	}{true, len(views), views})
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, append(appendNext(body[:len(body)-1], next, asked), '}'))
}

// recentImport is an import in the summary.
type recentImport struct {
	ID        string       `json:"id"`
	Source    importSource `json:"source"`
	Status    string       `json:"status"`
	Items     int          `json:"items"`
	StartedAt string       `json:"startedAt"`
}

func recent(list []store.CatalogImport) []recentImport {
	all := make([]recentImport, len(list))
	for i := range list {
		im := &list[i]
		all[i] = recentImport{im.ID, importSource{im.Kind, im.Name}, shownState(im), im.Stored, instant(im.StartedAt)}
	}
	return all
}
