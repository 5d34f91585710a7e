package wasm

import (
	"reflect"

	"github.com/tetratelabs/wazero"
)

// worthwhile is the size from which on machine code is moved into a file.
const worthwhile = 1 << 20

// machineCode finds where the engine keeps the code of a module, which it tells
// nobody. The fields are those of wazero 1.12; if a later one names them
// otherwise, nothing is found, nothing is moved, and a test says so.
func machineCode(m wazero.CompiledModule) (segments []reflect.Value) {
	engine := inside(inside(reflect.ValueOf(m)).FieldByName("compiledEngine"))
	if engine.Kind() != reflect.Struct {
		return nil
	}
	modules := engine.FieldByName("compiledModules")
	if modules.Kind() != reflect.Map {
		return nil
	}
	for each := modules.MapRange(); each.Next(); {
		compiled := inside(each.Value())
		if compiled.Kind() != reflect.Struct {
			continue
		}
		code := compiled.FieldByName("executable")
		if code.Kind() == reflect.Slice && code.Type().Elem().Kind() == reflect.Uint8 && code.Len() >= worthwhile {
			segments = append(segments, code)
		}
	}
	return segments
}

// inside follows interfaces and pointers.
func inside(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return v
}
