package catalog

// Draft is a product as an importer read it: text that has not been checked.
// Prices are decimal strings in the currency's unit; "" means none.
type Draft struct {
	PlatformID, Handle         string
	Name, Description, URL     string
	Price, PriceMax, CompareAt string
	Currency                   string
	Availability               string
	SKU, GTIN, Brand, Category string
	Tags, Images               []string
	Options                    []Option
	Variants                   []DraftVariant
	Stock                      *int64
	UpdatedAt                  string
}

// DraftVariant is a variant of a Draft.
type DraftVariant struct {
	ID, Title, SKU, GTIN string
	Price, CompareAt     string
	Availability         string
	Options              []string
	Image                string
	Stock                *int64
}
