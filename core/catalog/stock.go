package catalog

import "fmt"

// StockStatus is what a client is told of a product's stock. Message is
// Japanese, as the contract with existing clients has it.
type StockStatus struct {
	InStock  bool
	Quantity *int64 // nil when stock is not managed
	Low      bool
	Message  string
}

// Stock is the product's stock now.
func (p *Product) Stock() StockStatus {
	if p.StockQuantity == nil {
		return StockStatus{InStock: true, Message: "在庫あり"}
	}
	q := *p.StockQuantity
	switch {
	case q <= 0:
		return StockStatus{Quantity: &q, Message: "在庫切れ"}
	case q <= p.lowStock():
		return StockStatus{InStock: true, Quantity: &q, Low: true, Message: fmt.Sprintf("残りわずか（%d点）", q)}
	}
	return StockStatus{InStock: true, Quantity: &q, Message: fmt.Sprintf("在庫あり（%d点）", q)}
}

func (p *Product) lowStock() int64 {
	if p.LowStockThreshold == nil {
		return DefaultLowStock
	}
	return *p.LowStockThreshold
}
