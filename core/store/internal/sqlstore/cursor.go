package sqlstore

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"

	"github.com/omakase-ai/omakase/core/errs"
)

// A cursor is the number of the last row of a page, its tier, and a check over
// both and the scope of the query, so that neither an invented cursor nor one
// of another query passes for a place in this one. It is a key, not an offset:
// rows that come and go don't shift it.
const cursorSize = 1 + 8 + 8

func encodeCursor(scope string, tier Tier, seq int64) string {
	b := make([]byte, cursorSize)
	b[0] = byte(tier)
	binary.BigEndian.PutUint64(b[1:], uint64(seq)) //nolint:gosec // seq is not negative
	binary.BigEndian.PutUint64(b[9:], cursorCheck(scope, b[:9]))
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor gives zeros for "".
func decodeCursor(scope, cursor string) (Tier, int64, error) {
	if cursor == "" {
		return 0, 0, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) != cursorSize || binary.BigEndian.Uint64(b[9:]) != cursorCheck(scope, b[:9]) {
		return 0, 0, errs.New(errs.Invalid, "cursor %.60q was not given for this query", cursor).
			WithHint("pass nextCursor of the page before, with the same filters, or no cursor to begin anew")
	}
	return Tier(b[0]), int64(binary.BigEndian.Uint64(b[1:])), nil //nolint:gosec // it was written from an int64
}

func cursorCheck(scope string, b []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(scope)) // a hash never fails
	_, _ = h.Write(b)
	return h.Sum64()
}
