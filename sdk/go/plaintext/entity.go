package plaintext

import "strings"

// latin1 names U+00A0 to U+00FF in their order.
const latin1 = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr " +
	"deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest " +
	"Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml " +
	"ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig " +
	"agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml " +
	"eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml "

// namedEntity is the text of a named character reference, or "". It knows the
// names that editors of shops write: HTML 4's Latin-1 and the typographic
// ones.
func namedEntity(name string) string {
	switch name {
	case "amp":
		return "&"
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "quot":
		return `"`
	case "apos":
		return "'"
	case "nbsp", "ensp", "emsp", "thinsp":
		return " "
	case "ndash":
		return "–"
	case "mdash":
		return "—"
	case "lsquo":
		return "‘"
	case "rsquo":
		return "’"
	case "sbquo":
		return "‚"
	case "ldquo":
		return "“"
	case "rdquo":
		return "”"
	case "bdquo":
		return "„"
	case "hellip":
		return "…"
	case "bull":
		return "•"
	case "trade":
		return "™"
	case "euro":
		return "€"
	}
	return rareEntity(name)
}

func rareEntity(name string) string {
	switch name {
	case "lsaquo":
		return "‹"
	case "rsaquo":
		return "›"
	case "prime":
		return "′"
	case "Prime":
		return "″"
	case "dagger":
		return "†"
	case "permil":
		return "‰"
	case "tilde":
		return "˜"
	case "minus":
		return "−"
	case "le":
		return "≤"
	case "ge":
		return "≥"
	case "ne":
		return "≠"
	case "infin":
		return "∞"
	case "larr":
		return "←"
	case "rarr":
		return "→"
	case "hearts":
		return "♥"
	case "OElig":
		return "Œ"
	case "oelig":
		return "œ"
	case "Scaron":
		return "Š"
	case "scaron":
		return "š"
	case "alpha":
		return "α"
	case "beta":
		return "β"
	case "mu":
		return "μ"
	case "Omega":
		return "Ω"
	case "zwnj", "zwj", "lrm", "rlm", "shy":
		return "\u200b"
	}
	return latin1Entity(name)
}

func latin1Entity(name string) string {
	if name == "" {
		return ""
	}
	r := rune(0xa0)
	for rest := latin1; rest != ""; r++ {
		word, after, _ := strings.Cut(rest, " ")
		if word == name {
			return string(r)
		}
		rest = after
	}
	return ""
}
