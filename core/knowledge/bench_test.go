package knowledge_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/knowledge"
)

// BenchmarkCSV reads rows as an import does: once to find the charset, and once
// for the products.
func BenchmarkCSV(b *testing.B) {
	const rows = 1_000
	var file strings.Builder
	file.WriteString("商品名,説明,価格,カテゴリ,品番,在庫\n")
	for i := range rows {
		fmt.Fprintf(&file, "湯呑 %d,\"有田の窯で焼いた湯呑です。\n手触りの良い仕上げ。\",\"1,%03d\",食器,SKU-%d,%d\n", i, i, i, i%50)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		charset, err := knowledge.DetectCharset(strings.NewReader(file.String()))
		if err != nil {
			b.Fatal(err)
		}
		c, err := knowledge.NewCSV(strings.NewReader(file.String()), charset, "JPY")
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for ; err == nil; n++ {
			_, err = c.Next()
		}
		if !errors.Is(err, io.EOF) || n != rows+1 {
			b.Fatalf("%d rows: %v", n-1, err)
		}
	}
}
