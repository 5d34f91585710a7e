// Package json reads and writes JSON where encoding/json is too heavy: inside
// a WASM guest, where reflection costs ten times what it costs natively.
//
// A [Reader] walks a document once, from front to back, and the code that
// uses it has the shape of the document:
//
//	r := json.NewReader(text)
//	for key := range r.Fields {
//		switch key {
//		case "title":
//			p.Title = r.Str()
//		case "variants":
//			for range r.Items {
//				readVariant(r)
//			}
//		}
//	}
//	err := r.End()
//
// What a loop body leaves unread is skipped, and skipping is a tight loop over
// the bytes. The first error sticks: after it every value reads as zero and
// every loop ends, so that one check at the end is enough.
//
// The package knows nothing of shops or of the plugin ABI.
package json
