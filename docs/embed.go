// Package docs holds the documents that the program serves: the OpenAPI
// description of its HTTP interface and a page to read it.
package docs

import _ "embed" // the documents

// OpenAPI is the description, in YAML.
//
//go:embed openapi.yaml
var OpenAPI string

//go:embed openapi.html
var pageSource string
