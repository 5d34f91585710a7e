package meter_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/host/wasm/meter"
)

// A guest that never ends is stopped after about a million units.
func ExampleRewrite() {
	m := new(asm.Module)
	m.Export("run", m.Func(nil, nil, nil, asm.Loop(asm.Br(0))))
	metered, _, err := meter.Rewrite(m.Bytes(), meter.Options{})
	if err != nil {
		panic(err)
	}

	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	const quantum, budget = 1 << 16, 1 << 20
	errSpent := errors.New("budget is spent")
	used := int64(-quantum) // the counter starts at zero, not at a quantum
	check := func(remaining int32) int32 {
		if used += quantum - int64(remaining); used > budget {
			panic(errSpent)
		}
		return quantum
	}
	if _, err := r.NewHostModuleBuilder("meter").NewFunctionBuilder().WithFunc(check).Export("check").Instantiate(ctx); err != nil {
		panic(err)
	}
	guest, err := r.Instantiate(ctx, metered)
	if err != nil {
		panic(err)
	}
	_, err = guest.ExportedFunction("run").Call(ctx)
	fmt.Println(errors.Is(err, errSpent), used-budget < quantum) //nolint:forbidigo // an example prints
	// Output: true true
}
