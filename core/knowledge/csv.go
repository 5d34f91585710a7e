package knowledge

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// maxHeader bounds the first row, by which the others are read.
const maxHeader = 64 << 10

// column is what a cell of a row is.
type column int

const (
	colName column = iota
	colDescription
	colPrice
	colImage
	colURL
	colCategory
	colSKU
	colStock
	colCurrency
	colBrand
	columns
)

// headings are the names that columns go by, the likeliest first. All but the
// last two rows are those that existing clients use.
var headings = [columns][]string{
	colName:        {"name", "商品名", "title", "product_name", "名前"},
	colDescription: {"description", "説明", "desc", "商品説明", "body"},
	colPrice:       {"price", "価格", "金額", "amount", "値段"},
	colImage:       {"image", "imageurl", "image_url", "画像", "img", "picture"},
	colURL:         {"url", "producturl", "product_url", "link", "href", "商品url"},
	colCategory:    {"category", "カテゴリ", "type", "分類"},
	colSKU:         {"sku", "品番", "product_id", "item_code"},
	colStock:       {"stock", "在庫", "quantity", "数量", "inventory"},
	colCurrency:    {"currency", "通貨"},
	colBrand:       {"brand", "ブランド"},
}

// CSV reads the products of a CSV file (RFC 4180), row by row. It implements
// Items.
type CSV struct {
	rows     *csv.Reader
	currency string
	at       [columns]int // of each column in a row; -1: there is none
}

// NewCSV reads the header of a file in a charset that DetectCharset found. The
// columns are separated by commas, or else by tabs or semicolons. A price
// without a currency is meant in currency. The error is Invalid where the file
// is empty or no column is the name.
func NewCSV(r io.Reader, charset Charset, currency string) (*CSV, error) {
	in := decode(r, charset)
	start, err := in.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if len(bytes.TrimSpace(start)) == 0 {
		return nil, errs.New(errs.Invalid, "the file is empty")
	}
	for _, comma := range ",\t;" {
		c := &CSV{currency: currency, rows: newRows(bytes.NewReader(start), comma)}
		header, err := c.rows.Read()
		if err != nil || !c.locate(header) {
			continue
		}
		c.rows = newRows(in, comma)
		_, err = c.rows.Read() // the header, which must not be a row
		return c, err
	}
	return nil, errs.New(errs.Invalid, "no column is the product's name").
		WithHint("head one of the columns with: %s", strings.Join(headings[colName], ", "))
}

func newRows(r io.Reader, comma rune) *csv.Reader {
	rows := csv.NewReader(r)
	rows.Comma, rows.FieldsPerRecord, rows.ReuseRecord = comma, -1, true
	return rows
}

// locate finds the columns; ok is false when there is no name.
func (c *CSV) locate(header []string) (ok bool) {
	found := map[string]int{}
	for i, cell := range header {
		name := catalog.Fold(strings.TrimSpace(cell))
		if _, twice := found[name]; !twice {
			found[name] = i
		}
	}
	for col, names := range headings {
		c.at[col] = -1
		for _, name := range names {
			if i, ok := found[catalog.Fold(name)]; ok {
				c.at[col] = i
				break
			}
		}
	}
	return c.at[colName] >= 0
}

// Next implements Items. Rows in which nothing stands are passed over.
func (c *CSV) Next() (Item, error) {
	for {
		row, err := c.rows.Read()
		var syntax *csv.ParseError
		switch {
		case errors.As(err, &syntax):
			return Item{At: line(syntax.StartLine), Err: errs.New(errs.Invalid, "%s", syntaxText(syntax))}, nil
		case err != nil:
			return Item{}, err
		case blank(row):
			continue
		}
		at, _ := c.rows.FieldPos(0)
		item := Item{At: line(at)}
		item.Product, item.Err = c.product(row)
		if item.Err != nil {
			item.Product = nil
		}
		return item, nil
	}
}

func line(n int) string { return fmt.Sprintf("line %d", n) }

func syntaxText(e *csv.ParseError) string {
	if errors.Is(e.Err, csv.ErrQuote) {
		return "a quote does not end where the cell does"
	}
	return "a quote stands within a cell that does not begin with one"
}

func blank(row []string) bool {
	for _, cell := range row {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// product makes a product of a row.
func (c *CSV) product(row []string) (*catalog.Product, error) {
	for _, cell := range row {
		if strings.ContainsRune(cell, utf8.RuneError) || strings.IndexByte(cell, 0) >= 0 {
			return nil, errs.New(errs.Invalid, "it holds bytes that are no text")
		}
	}
	// A row shares its memory with the next one.
	cell := func(col column) string {
		if i := c.at[col]; i >= 0 && i < len(row) {
			return strings.Clone(strings.TrimSpace(row[i]))
		}
		return ""
	}
	p := &catalog.Product{
		Name: cell(colName), Description: cell(colDescription), URL: cell(colURL),
		Category: cell(colCategory), SKU: cell(colSKU), Brand: cell(colBrand), Active: true,
	}
	if image := cell(colImage); image != "" {
		p.Images = []string{image}
	}
	var err error
	if p.Price, err = readPrice(cell(colPrice), cell(colCurrency), c.currency); err != nil {
		return nil, err
	}
	if p.StockQuantity, err = readStock(cell(colStock)); err != nil {
		return nil, err
	}
	return p, checkProduct(p)
}
