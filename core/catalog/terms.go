package catalog

// Gap is the term that separates runs of text in Terms, so that no phrase
// matches across them. No text yields it.
const Gap = "·"

// Phrase is what an index must hold for a run of a query to be found: Terms
// side by side. Prefix means that the single term may be the beginning of an
// indexed one.
type Phrase struct {
	Terms  []string
	Prefix bool
}
