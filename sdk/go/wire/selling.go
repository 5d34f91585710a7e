package wire

// Requests and replies of tool/1 and of the capabilities catalog, cart, order
// and knowledge. Prices are decimal strings in the currency's unit without
// superfluous zeros ("1980", "12.9"), which are numbers in JSON as well.

// ToolListRequest asks for a plugin's tools.
type ToolListRequest struct {
	Language string `json:"language"` // of the descriptions, by BCP 47
}

// ToolListReply is a plugin's tools.
type ToolListReply struct {
	Tools []Tool `json:"tools"`
}

// Tool is a function that a model may call.
type Tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Parameters  string `json:"parameters,omitempty"` // a JSON Schema of an object, as text
}

// ToolCallRequest calls a tool.
type ToolCallRequest struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"` // a JSON object that fits the tool's parameters, as text
	Language  string `json:"language"`  // of the conversation
}

// ToolCallReply is the result of a tool.
type ToolCallReply struct {
	Result string `json:"result"` // a JSON value, as text
}

// CatalogRequest asks for products of the call's workspace.
type CatalogRequest struct {
	ID       string `json:"id,omitempty"`       // of a product, for get and suggest
	Query    string `json:"query,omitempty"`    // words, for search
	Category string `json:"category,omitempty"` // for suggest
	Limit    int    `json:"limit,omitempty"`
}

// CatalogReply is products.
type CatalogReply struct {
	Products []CatalogProduct `json:"products,omitempty"`
	Count    int              `json:"count,omitempty"`  // of all hits of a search
	Record   string           `json:"record,omitempty"` // of get: the product as REST has it, JSON as text
}

// CatalogProduct is a product that is in the catalogue.
type CatalogProduct struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Description string           `json:"description,omitempty"`
	Price       string           `json:"price,omitempty"` // "" when none is known
	Currency    string           `json:"currency,omitempty"`
	Formatted   string           `json:"formatted,omitempty"` // the price as people read it
	Category    string           `json:"category,omitempty"`
	Brand       string           `json:"brand,omitempty"`
	ImageURL    string           `json:"image_url,omitempty"`
	Active      bool             `json:"active,omitempty"` // it is offered
	InStock     bool             `json:"in_stock,omitempty"`
	Stock       *int64           `json:"stock,omitempty"` // absent: nobody counts
	Low         bool             `json:"low,omitempty"`   // hardly any are left
	Variants    []CatalogVariant `json:"variants,omitempty"`
}

// CatalogVariant is one buyable form of a product.
type CatalogVariant struct {
	ID        string `json:"id"`
	Title     string `json:"title,omitempty"`
	Price     string `json:"price,omitempty"`
	Formatted string `json:"formatted,omitempty"`
	InStock   bool   `json:"in_stock,omitempty"`
	Stock     *int64 `json:"stock,omitempty"`
}

// CartRequest is about the call's cart.
type CartRequest struct {
	ProductID string `json:"product_id,omitempty"` // for add, set and remove
	VariantID string `json:"variant_id,omitempty"`
	Quantity  int64  `json:"quantity,omitempty"` // for add and set
}

// CartReply is the cart as it is now, or why it was not changed.
type CartReply struct {
	Lines     []CartLine `json:"lines,omitempty"`
	Count     int64      `json:"count,omitempty"` // pieces
	Subtotal  string     `json:"subtotal,omitempty"`
	Currency  string     `json:"currency,omitempty"`
	Formatted string     `json:"formatted,omitempty"` // the subtotal as people read it
	Refused   *Refusal   `json:"refused,omitempty"`
}

// CartLine is a line of a cart or of an order.
type CartLine struct {
	ProductID    string `json:"product_id"`
	VariantID    string `json:"variant_id,omitempty"`
	VariantTitle string `json:"variant_title,omitempty"`
	Name         string `json:"name"`
	Price        string `json:"price"` // of one piece
	Quantity     int64  `json:"quantity"`
	Total        string `json:"total"`
	Formatted    string `json:"formatted,omitempty"` // the total as people read it
	ImageURL     string `json:"image_url,omitempty"`
	// Was is, in an order, the price that the line had in the cart, where that
	// was another one, and WasFormatted and PriceFormatted both for people.
	Was            string `json:"was,omitempty"`
	WasFormatted   string `json:"was_formatted,omitempty"`
	PriceFormatted string `json:"price_formatted,omitempty"`
	// Available is, in a cart, what is in stock now; absent: nobody counts.
	Available *int64 `json:"available,omitempty"`
	Gone      bool   `json:"gone,omitempty"` // it can't be bought any more
}

// Refusal is why a cart or an order stays as it is.
type Refusal struct {
	Reason    string `json:"reason"` // such as "insufficient_stock"
	Message   string `json:"message,omitempty"`
	ProductID string `json:"product_id,omitempty"`
	Name      string `json:"name,omitempty"`  // of the product
	Limit     int64  `json:"limit,omitempty"` // what would be possible
}

// OrderRequest places an order of the call's cart, or names one.
type OrderRequest struct {
	Name   string `json:"name,omitempty"` // of the customer, as the next ones
	Email  string `json:"email,omitempty"`
	Phone  string `json:"phone,omitempty"`
	Notes  string `json:"notes,omitempty"`
	Number string `json:"number,omitempty"` // for get: number or id, as it was said
}

// OrderReply is an order, or why there is none.
type OrderReply struct {
	ID                string     `json:"id,omitempty"`
	Number            string     `json:"number,omitempty"`
	State             string     `json:"state,omitempty"`
	Lines             []CartLine `json:"lines,omitempty"`
	Subtotal          string     `json:"subtotal,omitempty"`
	Tax               string     `json:"tax,omitempty"`
	TaxIncluded       bool       `json:"tax_included,omitempty"` // Subtotal contains the tax
	Shipping          string     `json:"shipping,omitempty"`
	Total             string     `json:"total,omitempty"`
	Currency          string     `json:"currency,omitempty"`
	FormattedSubtotal string     `json:"formatted_subtotal,omitempty"`
	FormattedTax      string     `json:"formatted_tax,omitempty"`
	FormattedShipping string     `json:"formatted_shipping,omitempty"`
	FormattedTotal    string     `json:"formatted_total,omitempty"`
	CreatedAt         string     `json:"created_at,omitempty"`
	Refused           *Refusal   `json:"refused,omitempty"`
}

// KnowledgeRequest asks for frequent questions.
type KnowledgeRequest struct {
	Query string `json:"query,omitempty"`
	Limit int    `json:"limit,omitempty"`
}

// KnowledgeReply is frequent questions with their answers, the best first.
type KnowledgeReply struct {
	FAQs []FAQ `json:"faqs,omitempty"`
}

// FAQ is a frequent question.
type FAQ struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Category string `json:"category,omitempty"`
}

// StoreReply is what the shop says about itself.
type StoreReply struct {
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	URL         string   `json:"url,omitempty"`
	Categories  []string `json:"categories,omitempty"`
	Shipping    string   `json:"shipping,omitempty"`
	Returns     string   `json:"returns,omitempty"`
	Payment     string   `json:"payment,omitempty"`
	Support     string   `json:"support,omitempty"`
}
