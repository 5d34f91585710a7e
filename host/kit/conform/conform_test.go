package conform_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/omakase-ai/omakase/host/kit/conform"
	"github.com/omakase-ai/omakase/sdk/conformance"
	"github.com/omakase-ai/omakase/sdk/plugintest/hosttest"
)

// TestHost puts this host to every clause, the hostile guests included.
func TestHost(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("hostile guests take their time")
	}
	hosttest.Host(t, conform.Host{})
}

// TestOldestGuestIsKept: the guest of ABI 1.0 is a promise, and no build of it
// replaces it.
func TestOldestGuestIsKept(t *testing.T) {
	t.Parallel()
	const want = "1c85aebc99bdb4ed6c1ae101adfb3f3359b34c68e1c02b4f8927df24b6179d8f"
	if sum := sha256.Sum256(conformance.Oldest()); hex.EncodeToString(sum[:]) != want {
		t.Errorf("sdk/conformance/testdata/abi1.wasm has the digest %x; it must stay as it was first", sum)
	}
}
