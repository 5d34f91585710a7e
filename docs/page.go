package docs

import (
	"bytes"
	"html/template"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/omakase-ai/omakase/core/errs"
)

type page struct {
	Title, Description string
	Groups             []group
	Parts              []part
}

type group struct {
	Name, Description string
	Operations        []operation
}

type operation struct {
	ID, Method, Path, Summary, Description string
	Locked                                 bool // wants a key where keys are set
	Definition                             template.HTML
}

type part struct {
	Name       string
	Definition template.HTML
}

// Page is the description as one HTML page that loads nothing else.
func Page() ([]byte, error) {
	var doc document
	if err := yaml.UnmarshalWithOptions([]byte(OpenAPI), &doc, yaml.UseOrderedMap()); err != nil {
		return nil, errs.Wrap("reading openapi.yaml", err)
	}
	p := page{Title: doc.Info.Title, Description: doc.Info.Description}
	for _, tag := range doc.Tags {
		g := group{Name: tag.Name, Description: tag.Description}
		for _, o := range doc.operations() {
			if o.tag == tag.Name {
				g.Operations = append(g.Operations, o.operation)
			}
		}
		p.Groups = append(p.Groups, g)
	}
	for _, kind := range doc.Components {
		for _, item := range mapSlice(kind.Value) {
			p.Parts = append(p.Parts, part{text(item.Key), definition(item.Value)})
		}
	}
	t, err := template.New("openapi").Parse(pageSource)
	if err != nil {
		return nil, errs.Wrap("reading the page's template", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return nil, errs.Wrap("writing the page", err)
	}
	return out.Bytes(), nil
}

type document struct {
	Info struct {
		Title       string `yaml:"title"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags []struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
	} `yaml:"tags"`
	Paths      yaml.MapSlice `yaml:"paths"`
	Components yaml.MapSlice `yaml:"components"`
}

type taggedOperation struct {
	tag string
	operation
}

// operations are in the order of the document.
func (d *document) operations() []taggedOperation {
	var all []taggedOperation
	for _, path := range d.Paths {
		for _, method := range mapSlice(path.Value) {
			fields := mapSlice(method.Value)
			if len(fields) == 0 {
				continue // the parameters that a path's operations share
			}
			o := taggedOperation{operation: operation{Method: strings.ToUpper(text(method.Key)), Path: text(path.Key)}}
			var rest yaml.MapSlice
			for _, field := range fields {
				switch text(field.Key) {
				case "tags":
					if tags, ok := field.Value.([]any); ok && len(tags) > 0 {
						o.tag = text(tags[0])
					}
				case "operationId":
					o.ID = text(field.Value)
				case "summary":
					o.Summary = text(field.Value)
				case "description":
					o.Description = text(field.Value)
				case "security":
					o.Locked = true
				default:
					rest = append(rest, field)
				}
			}
			o.Definition = definition(rest)
			all = append(all, o)
		}
	}
	return all
}

// definition is a part of the document as YAML, its references as links.
func definition(v any) template.HTML {
	source, err := yaml.Marshal(v)
	if err != nil {
		return template.HTML(template.HTMLEscapeString(err.Error())) // #nosec G203 -- escaped
	}
	escaped := template.HTMLEscapeString(string(source))
	return template.HTML(reference.ReplaceAllString(escaped, `<a href="#$1">$0</a>`)) // #nosec G203 -- escaped
}

var reference = regexp.MustCompile(`#/components/\w+/(\w+)`)

func mapSlice(v any) yaml.MapSlice {
	m, _ := v.(yaml.MapSlice)
	return m
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
