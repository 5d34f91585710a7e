// Package schema reads what pages say in the vocabulary of schema.org: JSON-LD,
// and microdata and RDFa as the host hands them over. All three come out as
// the same things, however themes write them.
//
// It reads; what to believe is for package page to decide. Prices are decimal
// text, and an amount and its currency always come from the same offer.
package schema

// Role says where on a page a thing was described.
type Role uint8

// A page describes what it is about, and other things beside.
const (
	Main    Role = iota // by itself, in a graph, or as the page's main entity
	Listed              // as an item of a list
	Related             // as something similar, an accessory, a part of another
)

// Thing is a node of the vocabulary, as far as shops need it.
type Thing struct {
	Types                 []string // last segments in lower case: "product"
	ID                    string   // @id or itemid
	Name, HTML, URL       string   // HTML: the description as it stands
	Brand, Category       string
	SKU, MPN, GTIN        string
	ProductID, Group      string // productID; productGroupID
	Color, Size, Material string
	Images                []string
	Offers                []Offer
	Variants              []Thing
	Role                  Role
	Rated                 bool // has reviews or a rating, as things for sale have

	within []Thing // what else is described in it
	brand  string  // the ID of what it is, where its name is described elsewhere
	offer  *Offer  // what it says as an offer does: because it is one, or by mistake
}

// Offer is an Offer, or an AggregateOffer that names a range of prices.
type Offer struct {
	ID                   string // @id or itemid
	Aggregate            bool
	Price, Low, High     string // decimals; "" when none
	List                 string // before a reduction
	Currency             string // ISO 4217
	Availability         string // InStock, OutOfStock, LimitedStock or ""
	State                string // the term of the vocabulary, in lower case: "preorder"
	SKU, GTIN, MPN, Name string
	URL, Image           string
	Condition, Seller    string
	Count                string
	Item                 *Thing // itemOffered

	written string // the currency in the text of an amount
}

// Is reports whether the thing is of one of the types, given in lower case.
func (t *Thing) Is(types ...string) bool {
	for _, have := range t.Types {
		for _, want := range types {
			if have == want {
				return true
			}
		}
	}
	return false
}

// IsProduct reports whether the thing is something that shops sell.
func (t *Thing) IsProduct() bool {
	return t.Is("product", "productgroup", "individualproduct", "productmodel", "someproducts", "vehicle", "car", "motorcycle",
		"book", "dietarysupplement", "drug")
}
