package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/omakase-ai/omakase/docs"
)

// promised is the description of the interface that existing clients know,
// where it lies beside the project; nil elsewhere.
func promised() (*openapi3.T, error) {
	root := os.Getenv("OMAKASE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(root, "contract", "openapi.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
}

// contract finds its operations.
var contract = sync.OnceValues(func() (routers.Router, error) {
	doc, err := promised()
	if err != nil || doc == nil {
		return nil, err
	}
	doc.Servers = nil
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// mended are answers that differ from the contract's description because a
// defect of the original is mended or its provider has moved on.
var mended = map[string]string{
	"getVoiceConfig 200":   "the model and the voices are those that the provider has today",
	"decrementStock 400":   "amounts that are no whole numbers are refused, not taken from or added to the stock",
	"scrapeStatusStub 200": "the id of an import job is answered with its state",
	"executeScrapeJob 200": "an execution that failed says success:false",
	"executeScrapeJob 500": "a fault of ours says nothing of itself",
}

// checkContract holds an answer against what existing clients are promised:
// its keys, their types, and the texts that are constant there.
func checkContract(t *testing.T, rq *http.Request, rs *http.Response, body []byte) {
	t.Helper()
	router, err := contract()
	if err != nil {
		t.Fatalf("the contract: %v", err)
	}
	if router == nil || rq.Method == http.MethodHead || !strings.HasPrefix(rs.Header.Get("Content-Type"), "application/json") {
		return
	}
	bare := rq.Clone(rq.Context())
	bare.URL.Scheme, bare.URL.Host, bare.Host = "", "", ""
	route, params, err := router.FindRoute(bare)
	if err != nil {
		return
	}
	answer := route.Operation.Responses.Status(rs.StatusCode)
	if answer == nil || answer.Value.Content.Get("application/json") == nil {
		return
	}
	if mended[fmt.Sprintf("%s %d", route.Operation.OperationID, rs.StatusCode)] != "" &&
		!bytes.Contains(body, []byte(`"success":true`)) && !bytes.Contains(body, []byte("在庫が不足しています")) {
		return
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: bare, PathParams: params, Route: route},
		Status:                 rs.StatusCode, Header: rs.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateResponse(rq.Context(), input); err != nil {
		t.Errorf("answer does not fit the contract: %v\n%s", err, body)
	}
}

// Our own description has each operation of the contract and each status that
// clients may get from it, those of errors possibly among all others.
func TestDocumentHasTheContract(t *testing.T) {
	t.Parallel()
	theirs, err := promised()
	if err != nil {
		t.Fatal(err)
	}
	if theirs == nil {
		t.Skip("needs contract/openapi.yaml beside the project")
	}
	ours, err := openapi3.NewLoader().LoadFromData([]byte(docs.OpenAPI))
	if err != nil {
		t.Fatal(err)
	}
	operations := 0
	for path, item := range theirs.Paths.Map() {
		for method, op := range item.Operations() {
			operations++
			own := ours.Paths.Value(path)
			if own == nil || own.GetOperation(method) == nil {
				t.Errorf("%s %s is missing", method, path)
				continue
			}
			answers := own.GetOperation(method).Responses
			for status := range op.Responses.Map() {
				code, _ := strconv.Atoi(status)
				if answers.Value(status) == nil && (code < 400 && status != "default" || answers.Default() == nil) {
					t.Errorf("%s %s has no answer %s", method, path, status)
				}
			}
		}
	}
	if operations < 48 {
		t.Errorf("%d operations were compared", operations)
	}
}
