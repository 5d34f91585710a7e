package wire

// Layers of a page or a platform that fields come from.
const (
	LayerAPI       = "api"        // an interface of the platform's, or what its own pages are built from
	LayerJSONLD    = "json_ld"    // schema.org in JSON-LD
	LayerMicrodata = "microdata"  // schema.org in attributes
	LayerRDFa      = "rdfa"       // schema.org in RDFa
	LayerOpenGraph = "open_graph" // meta tags
	LayerState     = "state"      // JSON that the page's scripts start from
	LayerPage      = "page"       // what a visitor sees
	LayerAddress   = "address"    // the page's address
)

// Kinds of places of an outline.
const (
	PlaceHeading = "heading" // h1 to h3
	PlacePrice   = "price"   // the smallest element that holds an amount of money
	PlaceButton  = "button"  // what can be pressed
	PlaceStock   = "stock"   // words that tell whether it can be bought
	PlacePair    = "pair"    // a label in Before, and what it says in Text: rows of tables, terms of lists
	PlaceImage   = "image"   // an image of some size: Text is its address, Before its alternative text
	PlaceField   = "field"   // where something is typed: Text is its type, Before its name
)
