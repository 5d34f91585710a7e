package recording

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Rules returns what is wrong with an answer by the rules of the plugin's kind,
// beyond what its JSON Schema says: scores, prices, ids that are there and
// differ, cursors that get on. An answer that tells of an error breaks none,
// unless its code is not on the list.
func Rules(operation string, request, answer []byte) []string {
	check, ok := map[string]func(request, answer []byte) ([]string, error){
		"detect": detectRules, "scrape": scrapeRules, "extract": extractRules, "checkout": checkoutRules, "generate": generateRules,
		"tool_list": toolListRules, "tool_call": toolCallRules,
	}[operation]
	if !ok {
		check = func(_, answer []byte) ([]string, error) {
			return nil, wire.DecodeReply(slices.Clone(answer), &wire.Raw{})
		}
	}
	wrong, err := check(slices.Clone(request), slices.Clone(answer))
	if err == nil {
		return wrong
	}
	if e, ok := err.(*wire.Error); ok { //nolint:errorlint // the codec returns it as it is
		if !slices.Contains(codes, e.Code) {
			return []string{fmt.Sprintf("error.code is %q, which is not on the list; use one of %s", e.Code, strings.Join(codes, ", "))}
		}
		return nil
	}
	return []string{"the answer is no reply: " + err.Error()}
}

var codes = []string{
	wire.CodeInvalid, wire.CodeUnsupported, wire.CodeDenied, wire.CodeNotFound, wire.CodeTooLarge, wire.CodeTimeout, wire.CodeCancelled,
	wire.CodeUnavailable, wire.CodeRateLimited, wire.CodeBlocked, wire.CodeRobots, wire.CodePassword, wire.CodeClosed, wire.CodeNotAShop,
	wire.CodeBadData, wire.CodeInternal,
}

func detectRules(_, answer []byte) ([]string, error) {
	var a wire.DetectReply
	if err := wire.DecodeReply(answer, &a); err != nil {
		return nil, err
	}
	if a.Score < 0 || a.Score > 100 {
		return []string{fmt.Sprintf("score is %d; it goes from 0 to 100", a.Score)}, nil
	}
	if a.Score > 0 && a.Reason == "" {
		return []string{"reason is empty; say what was recognised, for the operator's log"}, nil
	}
	return nil, nil
}

func scrapeRules(request, answer []byte) ([]string, error) {
	var q wire.ScrapeRequest
	var a wire.ScrapeReply
	if err := wire.Decode(request, &q); err != nil {
		return nil, err
	}
	if err := wire.DecodeReply(answer, &a); err != nil {
		return nil, err
	}
	currency := ""
	if a.Shop != nil {
		currency = a.Shop.Currency
	}
	wrong := products(a.Products, currency)
	if a.Next != "" && a.Next == q.Cursor {
		wrong = append(wrong, "next is the cursor of the request; the import would not get past this page")
	}
	if a.Unchanged && len(a.Products) > 0 {
		wrong = append(wrong, "unchanged stands beside products; it says that there are none to read")
	}
	if a.Partial && len(a.Notes) == 0 {
		wrong = append(wrong, "partial is set without notes; tell the shop owner what is missing")
	}
	for i, ref := range a.Refs {
		if ref.Key == "" {
			wrong = append(wrong, fmt.Sprintf("refs[%d].key is empty", i))
		}
	}
	return wrong, nil
}

func extractRules(_, answer []byte) ([]string, error) {
	var a wire.ExtractReply
	if err := wire.DecodeReply(answer, &a); err != nil {
		return nil, err
	}
	currency := ""
	if a.Shop != nil {
		currency = a.Shop.Currency
	}
	return products(a.Products, currency), nil
}

func checkoutRules(_, answer []byte) ([]string, error) {
	var a wire.CheckoutReply
	if err := wire.DecodeReply(answer, &a); err != nil {
		return nil, err
	}
	if !absolute(a.URL) {
		return []string{fmt.Sprintf("url is %q; it must be absolute", a.URL)}, nil
	}
	return nil, nil
}

func generateRules(request, answer []byte) ([]string, error) {
	var q wire.GenerateRequest
	var a wire.GenerateReply
	if err := wire.Decode(request, &q); err != nil {
		return nil, err
	}
	if err := wire.DecodeReply(answer, &a); err != nil {
		return nil, err
	}
	var wrong []string
	if strings.TrimSpace(a.Prompt) == "" {
		wrong = append(wrong, "prompt is empty")
	}
	if a.Included < 0 || a.Included > len(q.Products) {
		wrong = append(wrong, fmt.Sprintf("included is %d of %d products", a.Included, len(q.Products)))
	}
	return wrong, nil
}

func toolListRules(_, answer []byte) ([]string, error) {
	var a wire.ToolListReply
	if err := wire.DecodeReply(answer, &a); err != nil {
		return nil, err
	}
	var wrong []string
	names := map[string]bool{}
	for i, t := range a.Tools {
		if !toolName.MatchString(t.Name) || names[t.Name] {
			wrong = append(wrong, fmt.Sprintf("tools[%d].name is %q; it has letters, digits, _ and -, and no two are alike", i, t.Name))
		}
		names[t.Name] = true
		if strings.TrimSpace(t.Description) == "" {
			wrong = append(wrong, fmt.Sprintf("tools[%d].description is empty; the model goes by it", i))
		}
		if !strings.HasPrefix(strings.TrimSpace(t.Parameters), "{") && t.Parameters != "" || t.Parameters != "" && !json.Valid([]byte(t.Parameters)) {
			wrong = append(wrong, fmt.Sprintf("tools[%d].parameters is no JSON Schema of an object", i))
		}
	}
	return wrong, nil
}

func toolCallRules(_, answer []byte) ([]string, error) {
	var a wire.ToolCallReply
	if err := wire.DecodeReply(answer, &a); err != nil {
		return nil, err
	}
	if !json.Valid([]byte(a.Result)) {
		return []string{"result is no JSON; the model reads it"}, nil
	}
	return nil, nil
}

var (
	toolName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

	decimal = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	iso4217 = regexp.MustCompile(`^[A-Z]{3}$`)
)

func products(all []wire.Product, shopCurrency string) []string {
	var wrong []string
	ids := map[string]int{}
	for i := range all {
		p := &all[i]
		say := func(format string, args ...any) {
			wrong = append(wrong, fmt.Sprintf("products[%d]", i)+fmt.Sprintf(format, args...))
		}
		switch first, again := ids[p.ID]; {
		case p.ID == "":
			say(".id is empty; without one a product can't be told from others at the next import")
		case again:
			say(".id is %q, which products[%d] has already", p.ID, first)
		default:
			ids[p.ID] = i
		}
		if strings.TrimSpace(p.Name) == "" {
			say(".name is empty")
		}
		if p.Currency == "" && shopCurrency == "" && p.Price != "" {
			say(".currency is empty, and so is shop.currency")
		} else if p.Currency != "" && !iso4217.MatchString(p.Currency) {
			say(".currency is %q; use ISO 4217, such as JPY", p.Currency)
		}
		for name, value := range map[string]string{"price": p.Price, "price_max": p.PriceMax, "compare_at": p.CompareAt} {
			if value != "" && !decimal.MatchString(value) {
				say(".%s is %q; write a decimal such as 1980 or 12.99", name, value)
			}
		}
		if a := p.Availability; a != "" && a != wire.InStock && a != wire.OutOfStock && a != wire.LimitedStock {
			say(".availability is %q; use InStock, OutOfStock or LimitedStock", a)
		}
		for _, u := range append([]string{p.URL}, p.ImageURLs...) {
			if u != "" && !absolute(u) {
				say(" has the URL %q; make it absolute", u)
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

func absolute(url string) bool {
	return strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://")
}
