package api

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	faqMissing   = "FAQ not found"
	queryNeeded  = `Query parameter "q" is required`
	maxFound     = 5   // frequent questions that a search answers
	maxQueryText = 500 // runes of a search
)

// faqView is a frequent question as clients see it.
type faqView struct {
	ID        string   `json:"id"`
	Question  string   `json:"question"`
	Answer    string   `json:"answer"`
	Category  string   `json:"category"`
	Keywords  []string `json:"keywords"`
	IsActive  bool     `json:"isActive"`
	CreatedAt string   `json:"createdAt"`
	UpdatedAt string   `json:"updatedAt"`
}

func viewFAQ(f *knowledge.FAQ) faqView {
	return faqView{
		f.ID, f.Question, f.Answer, f.Category, f.Keywords, f.Active, instant(f.CreatedAt), instant(f.UpdatedAt),
	}
}

func instant(t time.Time) string { return t.UTC().Format(timeLayout) }

func viewFAQs(fs []knowledge.FAQ) []faqView {
	views := make([]faqView, len(fs))
	for i := range fs {
		views[i] = viewFAQ(&fs[i])
	}
	return views
}

// faqAnswer is one question by itself in an answer.
type faqAnswer struct {
	Success bool    `json:"success"`
	FAQ     faqView `json:"faq"`
}

func (s *Server) listFAQs(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	limit, cursor, err := paging(c)
	if err != nil {
		return nil, err
	}
	all := string(c.Context().QueryArgs().Peek("inactive")) == "true"
	faqs, next, err := b.Store.ListFAQs(ctx, workspace, store.FAQQuery{Limit: limit, Cursor: cursor, Inactive: all})
	if err != nil {
		return nil, err
	}
	body, err := encode(struct {
		Success bool      `json:"success"`
		Count   int       `json:"count"`
		FAQs    []faqView `json:"faqs"`
	}{true, len(faqs), viewFAQs(faqs)})
	if err != nil {
		return nil, err
	}
	return append(appendNext(body[:len(body)-1], next, limit), '}'), nil
}

func (s *Server) searchFAQs(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	query := string(c.Context().QueryArgs().Peek("q"))
	switch {
	case query == "":
		return nil, errs.New(errs.Invalid, queryNeeded)
	case !utf8.ValidString(query) || strings.ContainsRune(query, 0):
		return nil, errs.New(errs.Invalid, "q is not text in UTF-8")
	case utf8.RuneCountInString(query) > maxQueryText:
		return nil, errs.New(errs.Invalid, "q is longer than %d characters", maxQueryText)
	}
	faqs, err := b.Store.SearchFAQs(ctx, workspace, query, maxFound)
	if err != nil {
		return nil, err
	}
	return encode(struct {
		Success bool      `json:"success"`
		Query   string    `json:"query"`
		Count   int       `json:"count"`
		Results []faqView `json:"results"`
	}{true, query, len(faqs), viewFAQs(faqs)})
}

func (s *Server) getFAQ(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	id, err := pathText(c, "id")
	if err != nil {
		return nil, err
	}
	f, err := b.Store.FAQ(ctx, workspace, id)
	if err != nil {
		return nil, named(err, faqMissing)
	}
	return encode(faqAnswer{true, viewFAQ(&f)})
}

// faqInput is the part of a question that clients may write.
type faqInput struct {
	question, answer, category setting[string]
	keywords                   setting[[]string]
	active                     setting[bool]
}

// readFAQ reads a question; f.err says what is wrong with it.
func readFAQ(f *fields) (in faqInput) {
	in.question.value, in.question.presence = f.text("question", jsonLimit)
	in.answer.value, in.answer.presence = f.text("answer", jsonLimit)
	in.category.value, in.category.presence = f.text("category", jsonLimit)
	in.keywords.value, in.keywords.presence = f.texts("keywords", knowledge.MaxKeywords, jsonLimit)
	in.active.value, in.active.presence = f.flag("isActive")
	return in
}

func (in *faqInput) set(f *knowledge.FAQ) {
	if in.question.presence != absent {
		f.Question = in.question.value
	}
	if in.answer.presence != absent {
		f.Answer = in.answer.value
	}
	if in.category.presence != absent {
		f.Category = in.category.value
	}
	if in.keywords.presence != absent {
		f.Keywords = in.keywords.value
	}
	if in.active.presence == given {
		f.Active = in.active.value
	}
}

func (s *Server) createFAQ(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	in := readFAQ(f)
	if f.err != nil {
		return f.err
	}
	faq := &knowledge.FAQ{Active: true}
	in.set(faq)
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.CreateFAQs(ctx, workspace, []*knowledge.FAQ{faq}); err != nil {
		return err
	}
	return writeValue(c, fiber.StatusCreated, faqAnswer{true, viewFAQ(faq)})
}

func (s *Server) updateFAQ(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	in := readFAQ(f)
	for name, p := range map[string]presence{"question": in.question.presence, "answer": in.answer.presence, "isActive": in.active.presence} {
		if p == null {
			f.refuse(name, "must not be null")
		}
	}
	if f.err != nil {
		return f.err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	faq, err := b.Store.UpdateFAQ(ctx, workspace, id, func(f *knowledge.FAQ) error { in.set(f); return nil })
	if err != nil {
		return named(err, faqMissing)
	}
	return writeValue(c, fiber.StatusOK, faqAnswer{true, viewFAQ(&faq)})
}

func (s *Server) deleteFAQ(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.DeleteFAQ(ctx, workspace, id); err != nil {
		return named(err, faqMissing)
	}
	return writeMessage(c, "FAQ deleted")
}

// generateFAQs makes the questions that any shop is asked and answers with all
// of them; created says how many were not there before.
func (s *Server) generateFAQs(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	language := string(c.Context().QueryArgs().Peek("language"))
	ctx, cancel := s.storeContext()
	defer cancel()
	known, err := b.Store.StoreContext(ctx, workspace)
	if err != nil {
		return err
	}
	faqs, err := knowledge.Generate(known, language)
	if err != nil {
		return err
	}
	created, err := b.Store.EnsureFAQs(ctx, workspace, faqs)
	if err != nil {
		return err
	}
	views := make([]faqView, len(faqs))
	for i, f := range faqs {
		views[i] = viewFAQ(f)
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool      `json:"success"`
		Count   int       `json:"count"`
		Created int       `json:"created"`
		FAQs    []faqView `json:"faqs"`
	}{true, len(views), created, views})
}
