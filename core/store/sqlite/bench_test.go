//go:build unix

package sqlite_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/core/store/storetest"
)

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) store.Store { return open(b, nil) })
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	run := func(b *testing.B, path func(i int) string) {
		for i := range b.N {
			s, err := sqlite.Open(b.Context(), sqlite.Options{Path: path(i)})
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	}
	b.Run("fresh", func(b *testing.B) {
		sub := b.TempDir()
		run(b, func(i int) string { return filepath.Join(sub, strconv.Itoa(i)) })
	})
	b.Run("current", func(b *testing.B) {
		run(b, func(int) string { return filepath.Join(dir, "same") })
	})
}
