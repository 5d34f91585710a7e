package agent_test

import (
	"testing"

	"github.com/omakase-ai/omakase/core/agent"
)

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		all, err := agent.Load(nil)
		if err != nil {
			b.Fatal(err)
		}
		all.All()
	}
}
