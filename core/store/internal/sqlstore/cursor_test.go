package sqlstore

import "testing"

func FuzzCursor(f *testing.F) {
	f.Add("list", encodeCursor("list", TierName, 1<<40+7))
	f.Add("list", "")
	f.Add("", "AAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, scope, cursor string) {
		tier, seq, err := decodeCursor(scope, cursor)
		if err != nil || cursor == "" {
			return
		}
		if again := encodeCursor(scope, tier, seq); again != cursor {
			t.Fatalf("cursor %q was taken for %q", cursor, again)
		}
	})
}
