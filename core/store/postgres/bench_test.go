//go:build unix

package postgres_test

import (
	"testing"

	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/storetest"
)

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) store.Store { return open(b, cluster.URL(b), nil) })
}
