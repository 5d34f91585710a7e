// Command gift is a plugin with two tools for the voice agent: gift wrapping,
// and when a parcel can arrive. It asks a service of its own, which doesn't
// exist, with a token that it never sees.
package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin) }

var plugin = omakase.Plugin{Tools: omakase.Tools{List: list, Call: call}}

const (
	wrapParameters     = `{"type":"object","properties":{},"additionalProperties":false}`
	deliveryParameters = `{"type":"object","properties":{"postcode":{"type":"string","pattern":"^[0-9]{3}-?[0-9]{4}$"}},"required":["postcode"],"additionalProperties":false}`
)

func list(_ *omakase.Context, req omakase.ToolListRequest) (omakase.ToolListReply, error) {
	wrap, delivery := "Lists the ways to wrap a gift, with their prices. Call it when the customer buys for somebody else.",
		"Tells between which days a parcel can arrive at a postcode. Call it when the customer asks for a date."
	if req.Language == "ja" {
		wrap, delivery = "ギフト包装の種類と料金を調べます。贈り物のときに使います。", "郵便番号から、お届けできる日の範囲を調べます。日にちを聞かれたときに使います。"
	}
	return omakase.ToolListReply{Tools: []omakase.Tool{
		{Name: "gift_wrapping", Description: wrap, Parameters: wrapParameters},
		{Name: "delivery_date", Description: delivery, Parameters: deliveryParameters},
	}}, nil
}

func call(ctx *omakase.Context, req omakase.ToolCallRequest) (omakase.ToolCallReply, error) {
	switch req.Name {
	case "gift_wrapping":
		return wrapping(ctx)
	case "delivery_date":
		return delivery(ctx, req.Arguments)
	}
	return omakase.ToolCallReply{}, omakase.Fail(omakase.CodeNotFound, "there is no tool "+req.Name)
}

func wrapping(ctx *omakase.Context) (omakase.ToolCallReply, error) {
	text, _, err := ask(ctx, "/wraps")
	if err != nil {
		return omakase.ToolCallReply{}, err
	}
	b := []byte(`{"wraps":[`)
	r := json.NewReader(text)
	for key := range r.Fields {
		if key != "wraps" {
			continue
		}
		for i := range r.Items {
			name, price := "", ""
			for key := range r.Fields {
				switch key {
				case "name":
					name = r.Str()
				case "price":
					price = r.Text()
				}
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"name":`...)
			b = json.AppendString(b, name)
			b = append(b, `,"price":`...)
			b = json.AppendString(b, price+" JPY")
			b = append(b, '}')
		}
	}
	return omakase.ToolCallReply{Result: string(append(b, "]}"...))}, r.End()
}

func delivery(ctx *omakase.Context, arguments string) (omakase.ToolCallReply, error) {
	postcode := ""
	r := json.NewReader(arguments)
	for key := range r.Fields {
		if key == "postcode" {
			postcode = strings.ReplaceAll(r.Str(), "-", "")
		}
	}
	if err := r.End(); err != nil {
		return omakase.ToolCallReply{}, omakase.Fail(omakase.CodeInvalid, "the arguments can't be read")
	}
	text, status, err := ask(ctx, "/delivery?postcode="+postcode)
	if err != nil {
		return omakase.ToolCallReply{}, err
	}
	if status == 404 {
		return omakase.ToolCallReply{Result: `{"error":"nobody delivers to that postcode; ask for another one"}`}, nil
	}
	earliest, latest := "", ""
	r = json.NewReader(text)
	for key := range r.Fields {
		switch key {
		case "earliest":
			earliest = r.Str()
		case "latest":
			latest = r.Str()
		}
	}
	b := json.AppendString([]byte(`{"earliest":`), earliest)
	b = json.AppendString(append(b, `,"latest":`...), latest)
	return omakase.ToolCallReply{Result: string(append(b, '}'))}, r.End()
}

// ask fetches from the service. A status of 404 is an answer.
func ask(ctx *omakase.Context, path string) (text string, status int, err error) {
	service := "https://gifts.example"
	err = ctx.ReadConfig(func(r *json.Reader) {
		for key := range r.Fields {
			if key == "service" {
				service = r.Str()
			}
		}
	})
	if err != nil {
		return "", 0, err
	}
	token, err := ctx.Secrets().Use("token")
	if err != nil {
		return "", 0, err
	}
	resp, err := ctx.HTTP().Fetch(omakase.FetchRequest{
		URL: service + path, Headers: []omakase.Header{{Name: "Authorization", Value: "Bearer " + token}},
	})
	if err != nil {
		return "", 0, err
	}
	if resp.Status != 200 && resp.Status != 404 {
		return "", 0, omakase.Retry(omakase.CodeUnavailable, "the gift service does not answer now")
	}
	text, err = resp.Text()
	return text, resp.Status, err
}
