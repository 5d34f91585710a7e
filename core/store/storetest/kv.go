package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

var kvTests = map[string]func(*testing.T, *fixture){
	"values": testValues,
	"expiry": testExpiry,
	"quota":  testQuota,
	"list":   testKVList,
	"number": testKVNumber,
}

const roomy = 1 << 20

func (f *fixture) get(t *testing.T, workspace, plugin, key string) string {
	t.Helper()
	value, ok, err := f.KVGet(t.Context(), workspace, plugin, key)
	must(t, err)
	if !ok {
		return "absent"
	}
	return string(value)
}

func testValues(t *testing.T, f *fixture) {
	ctx := t.Context()
	must(t, f.KVSet(ctx, "w", "p", "k", []byte("a\x00\xff"), time.Time{}, roomy))
	must(t, f.KVSet(ctx, "w", "q", "k", []byte("of q"), time.Time{}, roomy))
	must(t, f.KVSet(ctx, "v", "p", "k", nil, time.Time{}, roomy))
	equal(t, "value", f.get(t, "w", "p", "k"), "a\x00\xff")
	equal(t, "empty value", f.get(t, "v", "p", "k"), "")
	must(t, f.KVSet(ctx, "w", "p", "k", []byte("b"), time.Time{}, roomy))
	equal(t, "new value", f.get(t, "w", "p", "k"), "b")
	must(t, f.KVDelete(ctx, "w", "p", "k"))
	must(t, f.KVDelete(ctx, "w", "p", "k"))
	equal(t, "deleted", f.get(t, "w", "p", "k"), "absent")
	equal(t, "other plugin's", f.get(t, "w", "q", "k"), "of q")
	for _, key := range []string{"", "a\x00", "\xff", strings.Repeat("k", 513)} {
		wantKind(t, f.KVSet(ctx, "w", "p", key, nil, time.Time{}, roomy), errs.Invalid)
	}
}

func testExpiry(t *testing.T, f *fixture) {
	ctx := t.Context()
	must(t, f.KVSet(ctx, "w", "p", "soon", []byte("1234"), f.clock.Now().Add(time.Minute), 20))
	must(t, f.KVSet(ctx, "w", "p", "late", []byte("1234"), f.clock.Now().Add(time.Hour), 20))
	wantKind(t, f.KVSet(ctx, "w", "p", "k", []byte("1234"), time.Time{}, 20), errs.TooLarge)
	f.clock.advance(time.Minute)
	equal(t, "soon", f.get(t, "w", "p", "soon"), "absent")
	keys, err := f.KVList(ctx, "w", "p", "", 10)
	must(t, err)
	equal(t, "keys", keys, []string{"late"})
	must(t, f.KVSet(ctx, "w", "p", "k", []byte("1234"), time.Time{}, 20)) // what expired takes no room
	must(t, f.KVSet(ctx, "w", "p", "soon", nil, time.Time{}, 20))
	equal(t, "set again", f.get(t, "w", "p", "soon"), "")
}

func testQuota(t *testing.T, f *fixture) {
	ctx := t.Context()
	must(t, f.KVSet(ctx, "w", "p", "kk", []byte("12345678"), time.Time{}, 10))
	must(t, f.KVSet(ctx, "w", "p", "kk", []byte("87654321"), time.Time{}, 10)) // replaces, doesn't add
	must(t, f.KVSet(ctx, "w", "q", "kk", []byte("12345678"), time.Time{}, 10))
	err := f.KVSet(ctx, "w", "p", "x", nil, time.Time{}, 10)
	wantKind(t, err, errs.TooLarge)
	if errs.HintOf(err) == "" {
		t.Fatal("no hint says what to do")
	}
	must(t, f.KVSet(ctx, "w", "p", "鍵", nil, time.Time{}, 13)) // three bytes
	wantKind(t, f.KVSet(ctx, "w", "p", "鍵", []byte("1"), time.Time{}, 13), errs.TooLarge)

	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			err := f.KVSet(ctx, "w", "r", fmt.Sprintf("k%02d", i), []byte("1234567"), time.Time{}, 100)
			if err != nil && !errs.Is(err, errs.TooLarge) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	keys, err := f.KVList(ctx, "w", "r", "", 100)
	must(t, err)
	equal(t, "keys within the quota", len(keys), 10)
}

// testKVNumber fills a memory with empty keys, from several hands so that they
// share commits.
func testKVNumber(t *testing.T, f *fixture) {
	ctx := t.Context()
	var wg sync.WaitGroup
	for hand := range 50 {
		wg.Go(func() {
			for i := range store.MaxKVKeys / 50 {
				if err := f.KVSet(ctx, "w", "p", fmt.Sprint(hand, "/", i), nil, time.Time{}, roomy); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	err := f.KVSet(ctx, "w", "p", "one more", nil, time.Time{}, roomy)
	wantKind(t, err, errs.TooLarge)
	must(t, f.KVSet(ctx, "w", "p", "0/0", []byte("replaced"), time.Time{}, roomy))
	must(t, f.KVSet(ctx, "w", "q", "of q", nil, time.Time{}, roomy))
}

func testKVList(t *testing.T, f *fixture) {
	ctx := t.Context()
	for _, key := range []string{"b", "a/2", "a/10", "a", "a/\U0010ffff", "A", "あ", "b%", "b_"} {
		must(t, f.KVSet(ctx, "w", "p", key, nil, time.Time{}, roomy))
	}
	for _, tc := range []struct {
		prefix string
		limit  int
		want   []string
	}{
		{"", 100, []string{"A", "a", "a/10", "a/2", "a/\U0010ffff", "b", "b%", "b_", "あ"}},
		{"", 2, []string{"A", "a"}},
		{"a/", 100, []string{"a/10", "a/2", "a/\U0010ffff"}},
		{"a/\U0010ffff", 100, []string{"a/\U0010ffff"}},
		{"b%", 100, []string{"b%"}},
		{"z", 100, []string{}},
	} {
		keys, err := f.KVList(ctx, "w", "p", tc.prefix, tc.limit)
		must(t, err)
		equal(t, "prefix "+tc.prefix, keys, tc.want)
	}
}
