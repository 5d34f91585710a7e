package knowledge_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

// rows reads a file as an import does and describes its entries.
func rows(t *testing.T, file string) (list []string, err error) {
	t.Helper()
	charset, err := knowledge.DetectCharset(strings.NewReader(file))
	if err != nil {
		return nil, err
	}
	c, err := knowledge.NewCSV(strings.NewReader(file), charset, "JPY")
	if err != nil {
		return nil, err
	}
	return describe(c)
}

func describe(items knowledge.Items) (list []string, err error) {
	for {
		item, err := items.Next()
		switch {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return list, err
		case item.Err != nil:
			list = append(list, item.At+": "+item.Err.Error())
		case item.FAQ != nil:
			f := item.FAQ
			list = append(list, fmt.Sprintf("%s: faq %s|%s|%s|%s", item.At, f.Question, f.Answer, f.Category, strings.Join(f.Keywords, ",")))
		case item.Context != nil:
			list = append(list, fmt.Sprintf("%s: store %s|%s|%s", item.At, item.Context.Name, item.Context.URL, item.Context.Categories))
		default:
			list = append(list, item.At+": "+product(item.Product))
		}
	}
}

func product(p *catalog.Product) string {
	stock := "-"
	if p.StockQuantity != nil {
		stock = fmt.Sprint(*p.StockQuantity)
	}
	image := ""
	if len(p.Images) > 0 {
		image = p.Images[0]
	}
	return strings.Join([]string{p.Name, p.Price.Number(), p.Price.Currency, stock, p.Description, p.Category, p.SKU, p.URL, image}, "|")
}

func sjis(t *testing.T, text string) string {
	t.Helper()
	s, err := japanese.ShiftJIS.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCSV(t *testing.T) {
	t.Parallel()
	const japaneseFile = "商品名,価格,在庫,カテゴリ,品番,説明\r\n\"湯呑, 大\",\"￥1,980\",10個,食器,A-1,\"一行目\r\n二行目 \"\"引用\"\"\"\r\n"
	want := []string{"line 2: 湯呑, 大|1980|JPY|10|一行目\n二行目 \"引用\"|食器|A-1||"}
	for name, tc := range map[string]struct {
		file string
		want []string
	}{
		"UTF-8":                        {japaneseFile, want},
		"UTF-8 with a byte order mark": {"\xef\xbb\xbf" + japaneseFile, want},
		"Shift_JIS":                    {sjis(t, japaneseFile), want},
		"Shift_JIS with its extras":    {sjis(t, "商品名\n①髙島屋\n"), []string{"line 2: ①髙島屋|0||-|||||"}},
		"without the last line break":  {"name,price\nTea,1", []string{"line 2: Tea|1|JPY|-|||||"}},
		"line breaks of old":           {"name,price\n\nTea,1\n , \nCup,2\n", []string{"line 3: Tea|1|JPY|-|||||", "line 5: Cup|2|JPY|-|||||"}},
		"the header alone":             {"name,price\n", nil},
		"all names of the contract": {
			"Title,DESC,Amount,img,Href,分類,item_code,Inventory\nTea,d,5,/i.jpg,https://x.example/,c,s,3\n",
			[]string{"line 2: Tea|5|JPY|3|d|c|s|https://x.example/|/i.jpg"},
		},
		"the first name wins":       {"title,name\nsecond,first\n", []string{"line 2: first|0||-|||||"}},
		"full-width names":          {"ｎａｍｅ,ＵＲＬ\nTea,/tea\n", []string{"line 2: Tea|0||-||||/tea|"}},
		"tabs":                      {"name\tprice\nTea, green\t5\n", []string{"line 2: Tea, green|5|JPY|-|||||"}},
		"semicolons":                {"name;price\nTea;5\n", []string{"line 2: Tea|5|JPY|-|||||"}},
		"short and long rows":       {"name,price\nTea\nCup,1,x,y\n", []string{"line 2: Tea|0||-|||||", "line 3: Cup|1|JPY|-|||||"}},
		"cents under yen":           {"name,price\nTea,12.50\n", []string{"line 2: Tea|12.5||-|||||"}},
		"a currency":                {"name,price,通貨\nTea,12.50,usd\n", []string{"line 2: Tea|12.5|USD|-|||||"}},
		"prices as people write":    {"name,price\na,１９８０円\nb,\"1,000-\"\nc,無料\nd,\n", []string{"line 2: a|1980|JPY|-|||||", "line 3: b|1000|JPY|-|||||", `line 4: price "無料" is not one number`, "line 5: d|0||-|||||"}},
		"a range is no price":       {"name,price\na,\"3,980 - 5,000\"\n", []string{`line 2: price "3,980 - 5,000" is not one number`}},
		"negative":                  {"name,price,stock\na,-5,\nb,1,-3\nc,▲5,\n", []string{`line 2: price "-5" is negative`, `line 3: stock "-3" is negative`, `line 4: price "▲5" is negative`}},
		"stock":                     {"name,stock\na,在庫あり\nb,2.0\nc,2.5\nd,99999999999\n", []string{"line 2: a|0||-|||||", "line 3: b|0||2|||||", `line 4: stock "2.5" is not a whole number`, `line 5: stock "99999999999" is larger than 1000000000`}},
		"without a name":            {"name,price\n,5\nTea,5\n", []string{"line 2: it has no name", "line 3: Tea|5|JPY|-|||||"}},
		"a script for a link":       {"name,url\na,javascript:alert(1)\n", []string{"line 2: url must be an http or https URL"}},
		"a quote in the middle":     {"name,price\na\"b,1\nTea,5\n", []string{"line 2: a quote stands within a cell that does not begin with one", "line 3: Tea|5|JPY|-|||||"}},
		"a quote that does not end": {"name,price\nTea,5\n\"a,1\nb,2\n", []string{"line 2: Tea|5|JPY|-|||||", "line 3: a quote does not end where the cell does"}},
		"one bad byte in UTF-8":     {"商品名,説明\n湯呑,とても良い湯呑です\n急須,\xff\n", []string{"line 2: 湯呑|0||-|とても良い湯呑です||||", "line 3: it holds bytes that are no text"}},
		"a long name":               {"name\n" + strings.Repeat("x", 501) + "\n", []string{"line 2: name is longer than 500 characters"}},
	} {
		got, err := rows(t, tc.file)
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestCSVThatIsNone(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"empty": "", "blank": " \n\n", "no name": "price,stock\n1,2\n", "a picture": "\x89PNG\r\n\x1a\n\x00\x00", "UTF-16": "\xff\xfen\x00a\x00",
		"a header of a megabyte": strings.Repeat("x", 1<<20),
	} {
		if _, err := rows(t, file); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := io.MultiReader(strings.NewReader("name\nTea\n"), errReader{})
	c, err := knowledge.NewCSV(broken, knowledge.UTF8, "")
	if err == nil {
		_, err = describe(c)
	}
	if !errors.Is(err, errBroken) {
		t.Errorf("a reader that breaks: %v", err)
	}
}

var errBroken = errors.New("broken")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBroken }

// However a file is broken, reading ends, and what comes out is in order.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("name,price\n\"a\nb\",1\n"))
	f.Add([]byte("商品名;価格\nx;1,5\n"))
	f.Add([]byte("name\n\x83\x65\n\"\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		charset, err := knowledge.DetectCharset(strings.NewReader(string(file)))
		if err != nil {
			return
		}
		c, err := knowledge.NewCSV(strings.NewReader(string(file)), charset, "JPY")
		if err != nil {
			return
		}
		checkItems(t, c, len(file))
	})
}

func checkItems(t *testing.T, items knowledge.Items, size int) {
	t.Helper()
	for n := 0; ; n++ {
		item, err := items.Next()
		if err != nil {
			return
		}
		if n > size {
			t.Fatal("more entries than bytes")
		}
		set := 0
		if item.Product != nil {
			set++
			if err := item.Product.Validate(); err != nil {
				t.Fatal(err)
			}
		}
		if item.FAQ != nil {
			set++
			if err := item.FAQ.Validate(); err != nil {
				t.Fatal(err)
			}
		}
		if item.Context != nil {
			set++
			if err := item.Context.Validate(); err != nil {
				t.Fatal(err)
			}
		}
		if item.Err != nil {
			set++
		}
		if set != 1 || item.At == "" {
			t.Fatalf("entry %d: %+v", n, item)
		}
	}
}
