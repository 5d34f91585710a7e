package api

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	mimeJSON = "application/json; charset=utf-8"
	mimeHTML = "text/html; charset=utf-8"

	headerWorkspace = "X-Workspace-Id"
	headerRequestID = "X-Request-Id"

	defaultWorkspace = "default"
	maxWorkspace     = 128 // bytes
	maxPathText      = 500 // runes of an id or a search term
)

// Names of headers as fasthttp takes them without a copy.
var (
	keyRequestID   = []byte(headerRequestID)
	keyAllowOrigin = []byte(fiber.HeaderAccessControlAllowOrigin)
	anyOrigin      = []byte("*")
)

// workspaceOf is the workspace that the request is about, as a copy.
func workspaceOf(c *fiber.Ctx) (string, error) {
	header := c.Request().Header.Peek(headerWorkspace)
	if len(header) == 0 {
		return defaultWorkspace, nil
	}
	name := strings.TrimSpace(string(header))
	switch {
	case name == "":
		return defaultWorkspace, nil
	case len(name) > maxWorkspace:
		return "", errs.New(errs.Invalid, "X-Workspace-Id is longer than %d bytes", maxWorkspace)
	case !printable(name):
		return "", errs.New(errs.Invalid, "X-Workspace-Id has characters that cannot be printed")
	}
	return name, nil
}

func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// pathText is a decoded path parameter, as a copy.
func pathText(c *fiber.Ctx, name string) (string, error) {
	text, err := url.PathUnescape(c.Params(name))
	switch {
	case err != nil:
		return "", errs.New(errs.Invalid, "malformed percent-encoding in the path")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "", errs.New(errs.Invalid, "the path is not text in UTF-8")
	case utf8.RuneCountInString(text) > maxPathText:
		return "", errs.New(errs.Invalid, "%s is longer than %d characters", name, maxPathText)
	}
	return strings.Clone(text), nil
}

// paging reads ?limit= and ?cursor=. limit is 0 when there is none.
func paging(c *fiber.Ctx) (limit int, cursor string, err error) {
	args := c.Context().QueryArgs()
	if args.Has("limit") {
		limit, err = strconv.Atoi(string(args.Peek("limit")))
		if err != nil || limit < 1 || limit > maxLimit {
			return 0, "", errs.New(errs.Invalid, "limit must be a whole number from 1 to %d", maxLimit)
		}
	}
	cursor = string(args.Peek("cursor"))
	if cursor != "" && limit == 0 {
		return 0, "", errs.New(errs.Invalid, "cursor needs a limit").WithHint("repeat the limit of the first page")
	}
	return limit, cursor, nil
}

const maxLimit = 1000

// requestIDs names requests that come without a name.
type requestIDs struct {
	prefix string // of this process
	n      atomic.Uint64
}

func newRequestIDs() *requestIDs {
	var raw [6]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	return &requestIDs{prefix: hex.EncodeToString(raw[:]) + "-"}
}

// put sets X-Request-Id on the answer: the caller's, or a new one.
func (ids *requestIDs) put(c *fiber.Ctx) {
	header := &c.Response().Header
	if given := c.Request().Header.Peek(headerRequestID); validRequestID(given) {
		header.SetCanonical(keyRequestID, given)
		return
	}
	var buf [40]byte
	id := append(buf[:0], ids.prefix...)
	header.SetCanonical(keyRequestID, strconv.AppendUint(id, ids.n.Add(1), 36))
}

func validRequestID(id []byte) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for _, c := range id {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

func requestID(c *fiber.Ctx) string { return string(c.Response().Header.Peek(headerRequestID)) }

// allowOrigin lets browsers read the answer where the operator allows it.
func (s *Server) allowOrigin(c *fiber.Ctx) {
	header := &c.Response().Header
	if s.anyOrigin() {
		header.SetCanonical(keyAllowOrigin, anyOrigin)
	} else {
		header.Add(fiber.HeaderVary, fiber.HeaderOrigin)
		origin := c.Get(fiber.HeaderOrigin)
		if !slices.Contains(s.o.Origins, origin) {
			return
		}
		header.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	}
	if len(c.Request().Header.Peek(fiber.HeaderOrigin)) > 0 {
		header.Set(fiber.HeaderAccessControlExposeHeaders, "ETag, X-Request-Id, Retry-After")
	}
}

func (s *Server) anyOrigin() bool {
	return len(s.o.Origins) == 0 || slices.Contains(s.o.Origins, "*")
}

// preflight answers OPTIONS on any path, as the contract has it.
func (s *Server) preflight(c *fiber.Ctx) error {
	s.ids.put(c)
	s.allowOrigin(c)
	header := &c.Response().Header
	header.Set(fiber.HeaderAccessControlAllowMethods, "GET,HEAD,PUT,PATCH,POST,DELETE")
	header.Add(fiber.HeaderVary, fiber.HeaderAccessControlRequestHeaders)
	if asked := c.Get(fiber.HeaderAccessControlRequestHeaders); asked != "" {
		header.Set(fiber.HeaderAccessControlAllowHeaders, asked)
	}
	header.Set(fiber.HeaderAccessControlMaxAge, "600")
	return c.SendStatus(fiber.StatusNoContent)
}
