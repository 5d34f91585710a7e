package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

var faqTests = map[string]func(*testing.T, *fixture){
	"seeds":      testFAQSeeds,
	"create":     testFAQCreate,
	"ensure":     testFAQEnsure,
	"change":     testFAQChange,
	"pages":      testFAQPages,
	"search":     testFAQSearch,
	"bounds":     testFAQBounds,
	"together":   testFAQTogether,
	"clear":      testClearKnowledge,
	"workspaces": testFAQWorkspaces,
}

func (f *fixture) questions(t *testing.T, workspace string) []string {
	t.Helper()
	faqs, next, err := f.ListFAQs(t.Context(), workspace, store.FAQQuery{Inactive: true})
	must(t, err)
	equal(t, "next of a whole list", next, "")
	list := []string{}
	for _, q := range faqs {
		list = append(list, q.Question)
	}
	return list
}

func seedQuestions() []string {
	list := []string{}
	for _, q := range knowledge.Seeds() {
		list = append(list, q.Question)
	}
	return list
}

func testFAQSeeds(t *testing.T, f *fixture) {
	ctx := t.Context()
	seeds := knowledge.Seeds()
	equal(t, "questions at first", f.questions(t, "w"), seedQuestions())
	got, err := f.FAQ(ctx, "w", seeds[1].ID)
	must(t, err)
	equal(t, "a seed", got.Answer, seeds[1].Answer)
	hits, err := f.SearchFAQs(ctx, "w", "送料", 5)
	must(t, err)
	if len(hits) == 0 || hits[0].ID != seeds[0].ID {
		t.Errorf("search finds %v", hits)
	}
	// A change keeps the others where and what they were.
	before := f.Revision("w")
	f.clock.advance(time.Hour)
	changed, err := f.UpdateFAQ(ctx, "w", seeds[0].ID, func(q *knowledge.FAQ) error { q.Answer, q.Active = "無料です", false; return nil })
	must(t, err)
	if f.Revision("w") == before {
		t.Error("the revision stays")
	}
	equal(t, "answer", changed.Answer, "無料です")
	equal(t, "questions", f.questions(t, "w"), seedQuestions())
	active, _, err := f.ListFAQs(ctx, "w", store.FAQQuery{})
	must(t, err)
	equal(t, "active ones", len(active), 5)
	equal(t, "time of creation", active[0].CreatedAt, seeds[1].CreatedAt)

	must(t, f.DeleteFAQ(ctx, "v", seeds[5].ID)) // of a workspace where nothing is
	equal(t, "questions without the last", f.questions(t, "v"), seedQuestions()[:5])
	wantKind(t, f.DeleteFAQ(ctx, "v", seeds[5].ID), errs.NotFound)
}

func testFAQCreate(t *testing.T, f *fixture) {
	ctx := t.Context()
	q := &knowledge.FAQ{Question: " 営業時間は？ ", Answer: "10時から", Active: true, Keywords: []string{"何時", ""}}
	must(t, f.CreateFAQs(ctx, "w", []*knowledge.FAQ{q}))
	equal(t, "questions", f.questions(t, "w"), append(seedQuestions(), "営業時間は？"))
	got, err := f.FAQ(ctx, "w", q.ID)
	must(t, err)
	if got.Seq == 0 {
		t.Error("it has no number")
	}
	got.Seq = 0
	equal(t, "what is stored", got, knowledge.FAQ{
		ID: q.ID, Question: "営業時間は？", Answer: "10時から", Category: knowledge.DefaultCategory, Keywords: []string{"何時"}, Active: true,
		CreatedAt: f.clock.now.UTC().Truncate(time.Microsecond), UpdatedAt: f.clock.now.UTC().Truncate(time.Microsecond),
	})
	wantKind(t, f.CreateFAQs(ctx, "w", []*knowledge.FAQ{{Question: "a", Answer: "b"}, {Question: "c"}}), errs.Invalid)
	equal(t, "questions after a refusal", len(f.questions(t, "w")), 7)
	must(t, f.CreateFAQs(ctx, "w", nil))
}

func testFAQEnsure(t *testing.T, f *fixture) {
	ctx := t.Context()
	make3 := func() []*knowledge.FAQ {
		return []*knowledge.FAQ{
			{Question: "Ｈｅｌｌｏ？", Answer: "new", Active: true}, {Question: seedQuestions()[0], Answer: "other"}, {Question: "hello", Answer: "twice"},
		}
	}
	fs := make3()
	n, err := f.EnsureFAQs(ctx, "w", fs)
	must(t, err)
	equal(t, "created", n, 1)
	equal(t, "what a seed is", fs[1].Answer, knowledge.Seeds()[0].Answer)
	equal(t, "what came twice", fs[2].ID, fs[0].ID)
	first := fs[0].ID
	fs = make3()
	n, err = f.EnsureFAQs(ctx, "w", fs)
	must(t, err)
	equal(t, "created again", n, 0)
	equal(t, "the one of before", fs[0].ID, first)
	equal(t, "questions", len(f.questions(t, "w")), 7)
}

func testFAQChange(t *testing.T, f *fixture) {
	ctx := t.Context()
	q := &knowledge.FAQ{Question: "q", Answer: "a", Active: true}
	must(t, f.CreateFAQs(ctx, "w", []*knowledge.FAQ{q}))
	_, err := f.UpdateFAQ(ctx, "w", q.ID, func(q *knowledge.FAQ) error { q.Question = ""; return nil })
	wantKind(t, err, errs.Invalid)
	_, err = f.UpdateFAQ(ctx, "w", q.ID, func(*knowledge.FAQ) error { return errs.New(errs.Denied, "no") })
	wantKind(t, err, errs.Denied)
	f.clock.advance(time.Minute)
	after, err := f.UpdateFAQ(ctx, "w", q.ID, func(q *knowledge.FAQ) error {
		q.ID, q.Seq, q.CreatedAt, q.Answer = "stolen", 1, time.Time{}, "b"
		return nil
	})
	must(t, err)
	got, err := f.FAQ(ctx, "w", q.ID)
	must(t, err)
	equal(t, "what is stored", got, after)
	equal(t, "answer", got.Answer, "b")
	equal(t, "time of creation", got.CreatedAt, q.CreatedAt)
	equal(t, "time of change", got.UpdatedAt, q.CreatedAt.Add(time.Minute))
	for _, id := range []string{"", "x", strings.Repeat("x", 2000), "\x00"} {
		_, err = f.UpdateFAQ(ctx, "w", id, func(*knowledge.FAQ) error { return nil })
		wantKind(t, err, errs.NotFound)
		wantKind(t, f.DeleteFAQ(ctx, "w", id), errs.NotFound)
		_, err = f.FAQ(ctx, "w", id)
		wantKind(t, err, errs.NotFound)
	}
	must(t, f.DeleteFAQ(ctx, "w", q.ID))
	equal(t, "questions", f.questions(t, "w"), seedQuestions())
}

func testFAQPages(t *testing.T, f *fixture) {
	ctx := t.Context()
	walk := func() (all []string) {
		q := store.FAQQuery{Limit: 4}
		for {
			faqs, next, err := f.ListFAQs(ctx, "w", q)
			must(t, err)
			for _, faq := range faqs {
				all = append(all, faq.Question)
			}
			if q.Cursor = next; next == "" {
				return all
			}
		}
	}
	equal(t, "seeds by pages", walk(), seedQuestions())
	want := seedQuestions()
	for i := range 6 {
		must(t, f.CreateFAQs(ctx, "w", []*knowledge.FAQ{{Question: fmt.Sprint(i), Answer: "a", Active: true}}))
		want = append(want, fmt.Sprint(i))
	}
	equal(t, "all by pages", walk(), want)
	_, _, err := f.ListFAQs(ctx, "w", store.FAQQuery{Cursor: "x", Limit: 1})
	wantKind(t, err, errs.Invalid)
}

func testFAQSearch(t *testing.T, f *fixture) {
	ctx := t.Context()
	must(t, f.CreateFAQs(ctx, "w", []*knowledge.FAQ{
		{Question: "アレルギーについて", Answer: "小麦と蕎麦を扱う工場で作っています。", Active: true},
		{Question: "隠した蕎麦", Answer: "a"},
	}))
	hits, err := f.SearchFAQs(ctx, "w", "蕎麦", 5)
	must(t, err)
	equal(t, "hits", len(hits), 1)
	equal(t, "found by its answer", hits[0].Question, "アレルギーについて")
	hits, err = f.SearchFAQs(ctx, "w", "できますか", 1)
	must(t, err)
	equal(t, "hits within the limit", len(hits), 1)
}

func testFAQBounds(t *testing.T, f *fixture) {
	ctx := t.Context()
	fs := make([]*knowledge.FAQ, knowledge.MaxFAQs-6)
	for i := range fs {
		fs[i] = &knowledge.FAQ{Question: fmt.Sprint("question ", i), Answer: "a", Active: true}
	}
	must(t, f.CreateFAQs(ctx, "w", fs))
	one := []*knowledge.FAQ{{Question: "one more", Answer: "a"}}
	wantKind(t, f.CreateFAQs(ctx, "w", one), errs.TooLarge)
	_, err := f.EnsureFAQs(ctx, "w", one)
	wantKind(t, err, errs.TooLarge)
	must(t, f.DeleteFAQ(ctx, "w", fs[0].ID))
	must(t, f.CreateFAQs(ctx, "w", one))
}

func testFAQTogether(t *testing.T, f *fixture) {
	ctx := t.Context()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := f.CreateFAQs(ctx, "w", []*knowledge.FAQ{{Question: fmt.Sprint("own ", i), Answer: "a"}}); err != nil {
				t.Error(err)
			}
			if _, err := f.EnsureFAQs(ctx, "w", []*knowledge.FAQ{{Question: "shared", Answer: "a"}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "seeds once, own ones and the shared one", len(f.questions(t, "w")), 6+8+1)
}

func testClearKnowledge(t *testing.T, f *fixture) {
	ctx := t.Context()
	fill := func() {
		f.create(t, "w", named("p"))
		must(t, f.SetStoreContext(ctx, "w", &knowledge.Context{Name: "shop"}))
	}
	state := func() string {
		n, err := f.CountProducts(ctx, "w")
		must(t, err)
		c, err := f.StoreContext(ctx, "w")
		must(t, err)
		return fmt.Sprint(n, len(f.questions(t, "w")), c != nil)
	}
	must(t, f.ClearKnowledge(ctx, "w", store.Knowledge{Context: true})) // where nothing is
	fill()
	must(t, f.ClearKnowledge(ctx, "w", store.Knowledge{}))
	equal(t, "nothing cleared", state(), "1 6 true")
	must(t, f.ClearKnowledge(ctx, "w", store.Knowledge{FAQs: true}))
	equal(t, "questions cleared", state(), "1 0 true")
	must(t, f.ClearKnowledge(ctx, "w", store.Knowledge{Products: true, Context: true}))
	equal(t, "the rest cleared", state(), "0 0 false")
	equal(t, "another workspace", len(f.questions(t, "v")), 6)
	must(t, f.CreateFAQs(ctx, "w", []*knowledge.FAQ{{Question: "q", Answer: "a"}}))
	equal(t, "no seed comes back", f.questions(t, "w"), []string{"q"})
}

func testFAQWorkspaces(t *testing.T, f *fixture) {
	ctx := t.Context()
	q := &knowledge.FAQ{Question: "mine", Answer: "a"}
	must(t, f.CreateFAQs(ctx, "w", []*knowledge.FAQ{q}))
	_, err := f.FAQ(ctx, "v", q.ID)
	wantKind(t, err, errs.NotFound)
	wantKind(t, f.DeleteFAQ(ctx, "v", q.ID), errs.NotFound)
	must(t, f.CreateFAQs(ctx, "v", []*knowledge.FAQ{{Question: "theirs", Answer: "a"}}))
	equal(t, "questions of w", len(f.questions(t, "w")), 7)
	hits, err := f.SearchFAQs(ctx, "v", "mine", 5)
	must(t, err)
	equal(t, "hits in v", len(hits), 0)
	wantKind(t, f.CreateFAQs(ctx, "", []*knowledge.FAQ{{Question: "q", Answer: "a"}}), errs.Invalid)
}
