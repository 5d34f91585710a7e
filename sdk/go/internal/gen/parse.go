package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// A structType is one struct of the wire, its fields in the order of the
// source, which is their order in the JSON.
type structType struct {
	name   string
	fields []field
}

// A field has one of the shapes T, *T or []T, where T is a basic type, or in
// the last two a struct of the same file.
type field struct {
	name      string // in Go
	key       string // in JSON
	omitEmpty bool
	pointer   bool
	slice     bool
	elem      string // T
	isStruct  bool   // T is a struct
}

// basic types that a field may have.
var basic = map[string]bool{"string": true, "bool": true, "int": true, "int64": true}

// parse returns the package name and the structs of a Go file.
func parse(name string, src []byte) (string, []structType, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	decls := structDecls(file)
	known := map[string]bool{}
	for _, d := range decls {
		known[d.Name.Name] = true
	}
	var structs []structType
	for _, d := range decls {
		st := structType{name: d.Name.Name}
		for _, f := range d.Type.(*ast.StructType).Fields.List {
			got, err := parseField(f, known)
			if err != nil {
				return "", nil, fmt.Errorf("%s: %s: %w", fset.Position(f.Pos()), st.name, err)
			}
			st.fields = append(st.fields, got)
		}
		structs = append(structs, st)
	}
	return file.Name.Name, structs, nil
}

func structDecls(file *ast.File) []*ast.TypeSpec {
	var specs []*ast.TypeSpec
	for _, d := range file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, s := range gen.Specs {
			ts := s.(*ast.TypeSpec)
			if _, ok := ts.Type.(*ast.StructType); ok {
				specs = append(specs, ts)
			}
		}
	}
	return specs
}

func parseField(f *ast.Field, structs map[string]bool) (field, error) {
	if len(f.Names) != 1 || f.Tag == nil {
		return field{}, fmt.Errorf("want one name and a json tag for each field")
	}
	out := field{name: f.Names[0].Name}
	tag, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return field{}, fmt.Errorf("field %s: tag: %w", out.name, err)
	}
	key, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	if key == "" || key == "-" || options != "" && options != "omitempty" {
		return field{}, fmt.Errorf("field %s: want a tag json:\"name\" or json:\"name,omitempty\"", out.name)
	}
	out.key, out.omitEmpty = key, options != ""

	typ := f.Type
	switch t := typ.(type) {
	case *ast.StarExpr:
		out.pointer, typ = true, t.X
	case *ast.ArrayType:
		if t.Len == nil {
			out.slice, typ = true, t.Elt
		}
	}
	id, ok := typ.(*ast.Ident)
	if !ok || !basic[id.Name] && !structs[id.Name] {
		return field{}, fmt.Errorf("field %s: want T, *T or []T of string, bool, int, int64 or a struct of this file", out.name)
	}
	out.elem, out.isStruct = id.Name, structs[id.Name]
	if out.pointer && !out.omitEmpty {
		return field{}, fmt.Errorf("field %s: a pointer needs omitempty", out.name)
	}
	if out.isStruct && !out.pointer && !out.slice {
		return field{}, fmt.Errorf("field %s: a struct needs a pointer, so that it can be left out", out.name)
	}
	return out, nil
}
