package config

import (
	"reflect"
	"strings"
	"time"
)

// field is one key of a settings struct.
type field struct {
	key   string // path of yaml names, such as network.gap
	index []int  // for reflect.Value.FieldByIndex
	typ   reflect.Type
	alias string // a further variable that sets it, or ""
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	bytesType    = reflect.TypeFor[Bytes]()
	secretType   = reflect.TypeFor[Secret]()
)

// leaves are the keys below a struct that hold a value, in the order of the
// struct. Lists and maps are one key.
func leaves(t reflect.Type, prefix string, index []int) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		at := field{
			key:   join(prefix, yamlName(f)),
			index: append(index[:len(index):len(index)], i),
			typ:   f.Type,
			alias: f.Tag.Get("env"),
		}
		if s := structOf(f.Type); s != nil {
			all = append(all, leaves(s, at.key, at.index)...)
			continue
		}
		all = append(all, at)
	}
	return all
}

// structOf is the struct that t is or points to, or nil.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		return t
	}
	return nil
}

// fieldNamed finds a struct's direct field by its yaml name.
func fieldNamed(t reflect.Type, name string) (index int, ok bool) {
	for i := range t.NumField() {
		if yamlName(t.Field(i)) == name {
			return i, true
		}
	}
	return 0, false
}

func fieldNames(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = yamlName(t.Field(i))
	}
	return names
}

func yamlName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// at walks to a field and makes the pointers on the way point to something.
func at(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		v = settle(v).Field(i)
	}
	return v
}

// settle follows a pointer, which it fills if it is nil.
func settle(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
	}
	return v.Elem()
}

// isText reports whether values of t are written as one word, isList whether
// as several.
func isText(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		return true
	}
	return false
}

func isList(t reflect.Type) bool { return t.Kind() == reflect.Slice && isText(t.Elem()) }
