package catalog

import "time"

// Availability is whether a product can be bought now.
type Availability string

// The three states; their text is part of the public interface.
const (
	InStock      Availability = "InStock"
	OutOfStock   Availability = "OutOfStock"
	LimitedStock Availability = "LimitedStock"
)

// DefaultLowStock is the threshold below which managed stock counts as low
// where the product names none.
const DefaultLowStock = 5

// Product is one thing that a workspace sells. Values are plain data: copy
// them freely, but the slices are shared by copies, so treat them as read-only.
type Product struct {
	ID        string // unique in the workspace
	Workspace string
	Seq       int64 // insertion order within the store; set by the store

	Name        string
	Description string // plain text
	URL         string
	Price       Money // zero Money when no price is known
	CompareAt   Money // the price before a sale; zero when there is none

	SKU, GTIN, Brand string
	Category         string
	Tags             []string
	Images           []string // absolute URLs, best first
	Options          []Option
	Variants         []Variant
	Availability     Availability

	Active            bool   // offered to customers
	StockQuantity     *int64 // nil: stock is not managed
	LowStockThreshold *int64 // nil: DefaultLowStock

	Source *Source // nil for products that people entered

	CreatedAt, UpdatedAt time.Time // UTC, set by the store
	VanishedAt           *time.Time
}

// Option is a property by which variants differ, such as size.
type Option struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Variant is one buyable form of a product.
type Variant struct {
	ID           string // the platform's id
	Title        string
	SKU, GTIN    string
	Price        Money
	CompareAt    Money
	Availability Availability
	Options      []string // values, in the order of Product.Options
	Image        string
	Stock        *int64
}

// Source says where an imported product came from. Shop and PlatformID
// together are its identity within a workspace.
type Source struct {
	Shop       string // normalised host of the shop, see ShopKey
	PlatformID string
	Handle     string // the platform's name for it in URLs; may be empty
	Plugin     string
	UpdatedAt  string    // the platform's own time of change, as it gave it
	SeenAt     time.Time // last import that saw it
	Hash       uint64    // of the content; equal hashes mean nothing to write
	Origins    Origins   // of the fields, as they were when it was last written
}

// HistoryEntry is one change of price or stock.
type HistoryEntry struct {
	ProductID     string
	VariantID     string // "" for the product as a whole
	At            time.Time
	Price         Money
	CompareAt     Money
	Availability  Availability
	StockQuantity *int64
}
