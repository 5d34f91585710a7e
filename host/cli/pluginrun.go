package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	sdkjson "github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// operations by the names that sdk/abi gives them.
var operations = map[string]int{
	"selftest": wire.OpSelftest,
	"detect":   wire.OpDetect, "scrape": wire.OpScrape, "extract": wire.OpExtract, "checkout": wire.OpCheckout,
	"generate": wire.OpGenerate,
	"list":     wire.OpToolList, "call": wire.OpToolCall,
}

type runCommand struct {
	settings
	ID        string `arg:"" help:"The plugin's id."`
	Operation string `arg:"" help:"selftest, detect, scrape, extract, checkout, generate, list or call."`
	URL       string `placeholder:"URL" help:"Sets url in the request."`
	Body      string `placeholder:"FILE" help:"Hand this page to the plugin as body; plain or .gz, - reads stdin."`
	Request   string `placeholder:"JSON" help:"The request, an object as sdk/abi describes it."`
}

// Run makes one call and prints the reply as it came.
func (c *runCommand) Run(ctx context.Context, p *Process) error {
	op, ok := operations[c.Operation]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(operations)), ", ")
		return errs.New(errs.Invalid, "there is no operation %q", c.Operation).WithHint("operations are %s", names)
	}
	request, err := c.request()
	if err != nil {
		return err
	}
	var body []byte
	if c.Body != "" {
		if body, err = readBody(c.Body, p.Stdin); err != nil {
			return err
		}
	}
	tools, err := c.tools(p)
	if err != nil {
		return err
	}
	defer tools.Close()
	var url string
	_ = json.Unmarshal(request["url"], &url) // a request without url concerns no shop
	session, err := tools.Plugins.Open(c.ID, capability.SessionOptions{Workspace: "default", ShopURL: url})
	if err != nil {
		return err
	}
	defer session.Close()
	var reply raw
	err = session.Call(ctx, op, func(call *capability.Call) (wire.Value, error) { return prepare(call, request, body) }, &reply)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, reply, "", "  "); err != nil {
		return errs.Wrap("reading the reply", err)
	}
	_, err = fmt.Fprintln(p.Stdout, pretty.String())
	return errs.Wrap("writing the reply", err)
}

// request joins --request and --url.
func (c *runCommand) request() (map[string]json.RawMessage, error) {
	request := map[string]json.RawMessage{}
	if c.Request != "" {
		if err := json.Unmarshal([]byte(c.Request), &request); err != nil {
			return nil, errs.New(errs.Invalid, "--request is not a JSON object: %v", err)
		}
	}
	if c.URL != "" {
		request["url"], _ = json.Marshal(c.URL) // text never fails
	}
	return request, nil
}

// prepare lets the call hold the body and names it in the request.
func prepare(call *capability.Call, request map[string]json.RawMessage, body []byte) (wire.Value, error) {
	if body != nil {
		handle, err := call.Hold(body, contentType(body))
		if err != nil {
			return nil, err
		}
		request["body"], _ = json.Marshal(handle) // text never fails
	}
	text, err := json.Marshal(request)
	return (*raw)(&text), err
}

// raw is a message that is passed on as it is.
type raw []byte

// AppendJSON implements wire.Value.
func (r *raw) AppendJSON(b []byte) []byte { return append(b, *r...) }

// ReadJSON implements wire.Value.
func (r *raw) ReadJSON(in *sdkjson.Reader) { *r = []byte(in.Raw()) }
