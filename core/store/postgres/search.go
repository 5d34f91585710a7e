package postgres

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
)

// A GIN index yields all hits of a word, in no order, so the first 20 of a
// frequent word would cost as much as all of them. Therefore each product also
// has a lexeme for each of the blocks that its number is in, from small to the
// whole workspace, and a search takes one block after the other, each larger
// than the one before, until it has enough. A frequent word is found in the
// first, a rare one has few hits in the largest. Left to itself, the planner
// chooses between the index and reading in order by its statistics of words,
// which it has late or not at all for the rare ones, and then reads everything.
var blockBits = [levels]uint{10, 14, 18, 40}

const levels = 4

// block is the lexeme of a block. No term begins with two gaps.
func block(seq int64, level int) string {
	return catalog.Gap + catalog.Gap + strconv.Itoa(level) + ":" + strconv.FormatInt(seq>>blockBits[level], 36)
}

// windows are what is left of the blocks that hold the number after from.
func windows(from, to int64) []sqlstore.Window {
	ws := make([]sqlstore.Window, 0, levels)
	for level, bits := range blockBits {
		end := min(((from+1)>>bits+1)<<bits-1, to)
		if end > from {
			ws = append(ws, sqlstore.Window{From: from, To: end, Level: level})
		}
		from = max(from, end)
	}
	return ws
}

// search finds hits through the index alone where there is a limit: seq + 0 is
// in no index. Docs are joined to what is left then. A statement without a name
// is planned for its parameters.
func search(q sqlstore.Search) (string, []any) {
	match := tsquery(q.Phrases, q.Tier)
	active := ``
	if q.Active {
		active = ` AND (SELECT p.active FROM products p WHERE p.seq = t.seq)`
	}
	if q.Limit == 0 {
		return `SELECT t.seq, p.doc, t.dense FROM product_terms t JOIN products p ON p.seq = t.seq
			WHERE t.terms @@ ?::text::tsquery AND t.seq > ? AND t.seq <= ?` + active + ` ORDER BY t.seq`,
			[]any{pgx.QueryExecModeExec, match, q.Window.From, q.Window.To}
	}
	match = "'" + block(q.Window.To, q.Window.Level) + "' & (" + match + ")"
	return `SELECT h.seq, p.doc, h.dense FROM (
			SELECT t.seq, t.dense FROM product_terms t
			WHERE t.terms @@ ?::text::tsquery AND t.seq + 0 > ? AND t.seq + 0 <= ?` + active + `
			ORDER BY t.seq + 0 LIMIT ?) h
		JOIN products p ON p.seq = h.seq ORDER BY h.seq`,
		[]any{pgx.QueryExecModeExec, match, q.Window.From, q.Window.To, q.Limit}
}

// maxPositions is how often a tsvector notes where a lexeme is; PostgreSQL
// keeps up to 255.
const maxPositions = 250

// denseLexeme marks products in which some term is more frequent than that. A
// phrase may be in them where the index can't tell; they are looked at again.
const denseLexeme = catalog.Gap + catalog.Gap + "dense"

// tsvector writes terms with their positions, and the blocks of the number. A
// gap takes a position but is no lexeme, so that no phrase reaches across.
func tsvector(seq int64, terms []string) (vector string, dense bool) {
	positions := make(map[string][]byte, len(terms))
	counts := make(map[string]int, len(terms))
	size := 0
	for i, t := range terms {
		if t == catalog.Gap {
			continue
		}
		if counts[t]++; counts[t] > maxPositions {
			dense = true
			continue
		}
		p := positions[t]
		if p == nil {
			size += len(t) + 4
		} else {
			p = append(p, ',')
		}
		positions[t] = strconv.AppendInt(p, int64(i)+1, 10)
		size += 6
	}
	b := make([]byte, 0, size+levels*24)
	for level := range levels {
		b = append(append(append(b, '\''), block(seq, level)...), '\'', ' ')
	}
	for t, p := range positions {
		b = append(append(append(b, '\''), t...), '\'', ':')
		b = append(append(b, p...), ' ')
	}
	if dense {
		b = append(append(append(b, '\''), denseLexeme...), '\'')
	}
	return string(b), dense
}

// tsquery writes a search for what matches. Terms are letters and digits, so nothing in them
// needs to be escaped within quotes.
func tsquery(phrases []catalog.Phrase, tier sqlstore.Tier) string {
	var name, anywhere, loose []string
	exact := true
	for _, p := range phrases {
		inName, inBody := phrase(p, sqlstore.NameTerm), phrase(p, func(t string) string { return t })
		name = append(name, inName)
		anywhere = append(anywhere, "("+inName+" | "+inBody+")")
		if len(p.Terms) > 1 {
			exact = false
		}
		for _, t := range p.Terms {
			one := catalog.Phrase{Terms: []string{t}, Prefix: p.Prefix}
			loose = append(loose, "("+phrase(one, sqlstore.NameTerm)+" | "+phrase(one, func(t string) string { return t })+")")
		}
	}
	inName := strings.Join(name, " & ")
	strict := strings.Join(anywhere, " & ")
	switch tier {
	case sqlstore.TierName:
		strict = inName
	case sqlstore.TierRest:
		strict = "(" + strict + ") & !(" + inName + ")"
		if len(phrases) == 1 {
			strict = phrase(phrases[0], func(t string) string { return t }) + " & !(" + inName + ")"
		}
	case sqlstore.TierAll:
	}
	if exact {
		return strict
	}
	return "(" + strict + ") | ('" + denseLexeme + "' & " + strings.Join(loose, " & ") + ")"
}

func phrase(p catalog.Phrase, as func(string) string) string {
	if p.Prefix {
		return "'" + as(p.Terms[0]) + "':*"
	}
	quoted := make([]string, len(p.Terms))
	for i, t := range p.Terms {
		quoted[i] = "'" + as(t) + "'"
	}
	return "(" + strings.Join(quoted, " <-> ") + ")"
}
