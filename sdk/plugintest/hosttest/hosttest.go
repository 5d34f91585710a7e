// Package hosttest tests a host, or a guest in one, clause by clause of
// sdk/abi. A host implements an interface of sdk/conformance and has a test:
//
//	func TestHost(t *testing.T) { hosttest.Host(t, myHost{}) }
package hosttest

import (
	"testing"

	"github.com/omakase-ai/omakase/sdk/conformance"
)

// Host tests a host, hostile guests included, each clause as a subtest.
func Host(t *testing.T, h conformance.Host) {
	t.Helper()
	conformance.CheckHost(t.Context(), h, report(t))
}

// Guest tests a guest, each clause as a subtest.
func Guest(t *testing.T, g conformance.Guest) {
	t.Helper()
	conformance.CheckGuest(t.Context(), g, report(t))
}

func report(t *testing.T) func(conformance.Result) {
	return func(r conformance.Result) {
		t.Run(r.Clause, func(t *testing.T) {
			if r.Err != nil {
				t.Error(r.Err)
			}
		})
	}
}
