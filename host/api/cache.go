package api

import (
	"context"
	"strconv"
	"strings"
	"unsafe"

	"github.com/cespare/xxhash/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"
)

// maxCachedAnswer keeps one huge list from pushing everything else out.
const maxCachedAnswer = 4 << 20

// answerCache keeps complete answers of reads. An answer holds as long as the
// workspace's revision is the one that was read before it was made.
type answerCache struct {
	cache *otter.Cache[answerKey, *answer]
}

// answerKey is the request: target is path and query as they came, and so is
// body.
type answerKey struct{ workspace, target, body string }

// answer is a body that is never written to again.
type answer struct {
	revision uint64
	plugins  int // what Plugins.Changes said, where plugins made it
	body     []byte
	etag     []byte
}

// newAnswerCache returns nil, which keeps nothing, for a negative size.
func newAnswerCache(bytes int) *answerCache {
	if bytes < 0 {
		return nil
	}
	const overhead = 256 // of an entry, about
	return &answerCache{cache: otter.Must(&otter.Options[answerKey, *answer]{
		MaximumWeight: uint64(bytes),
		Weigher: func(k answerKey, a *answer) uint32 {
			return uint32(len(a.body) + len(k.workspace) + len(k.target) + len(k.body) + overhead)
		},
	})}
}

func (c *answerCache) get(key answerKey) (*answer, bool) {
	if c == nil {
		return nil, false
	}
	return c.cache.GetIfPresent(key)
}

// put keeps an answer under a copy of its key.
func (c *answerCache) put(key answerKey, a *answer) {
	if c == nil || len(a.body) > maxCachedAnswer {
		return
	}
	key.target, key.body = strings.Clone(key.target), strings.Clone(key.body)
	c.cache.Set(key, a)
}

// maker makes the body of a read. What it gets is its own to keep.
type maker func(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error)

// cached answers from memory while nothing has changed in the workspace, and
// lets clients ask "changed since?" by ETag.
func (s *Server) cached(build maker) handler {
	return func(c *fiber.Ctx, b *Backend) error {
		workspace, err := workspaceOf(c)
		if err != nil {
			return err
		}
		key := answerKey{workspace: workspace, target: borrowed(c.Request().RequestURI())}
		// Read before the store is asked: when a write comes in between, the
		// answer carries the older revision and is not used again.
		revision := b.Store.Revision(workspace)
		if a, ok := s.answers.get(key); ok && a.revision == revision {
			writeAnswer(c, a)
			return nil
		}
		ctx, cancel := s.storeContext()
		defer cancel()
		body, err := build(ctx, c, b, workspace)
		if err != nil {
			return err
		}
		a := &answer{revision: revision, body: body, etag: etagOf(body)}
		s.answers.put(key, a)
		writeAnswer(c, a)
		return nil
	}
}

// maxCachedQuestion is the longest body that an answer is kept under.
const maxCachedQuestion = 32 << 10

// computed answers a request that computes something of its body and of the
// workspace by way of plugins and changes nothing: from memory while all of
// them are as they were.
func (s *Server) computed(build maker) handler {
	return func(c *fiber.Ctx, b *Backend) error {
		workspace, err := workspaceOf(c)
		if err != nil {
			return err
		}
		if err := checkMedia(c); err != nil {
			return err
		}
		key := answerKey{workspace, borrowed(c.Request().RequestURI()), borrowed(c.Context().PostBody())}
		revision := b.Store.Revision(workspace)
		changes := b.Plugins.Changes()
		if a, ok := s.answers.get(key); ok && a.revision == revision && a.plugins == changes {
			return writeJSON(c, fiber.StatusOK, a.body)
		}
		ctx, cancel := s.storeContext()
		defer cancel()
		body, err := build(ctx, c, b, workspace)
		if err != nil {
			return err
		}
		if len(key.body) <= maxCachedQuestion {
			s.answers.put(key, &answer{revision: revision, plugins: changes, body: body})
		}
		return writeJSON(c, fiber.StatusOK, body)
	}
}

// borrowed is a part of the request as a string. A lookup keeps no key, so a
// key may point into the request.
func borrowed(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) // #nosec G103 -- valid until the handler returns
}

var (
	keyETag      = []byte(fiber.HeaderETag)
	keyVary      = []byte(fiber.HeaderVary)
	varyByTenant = []byte(headerWorkspace)
)

func etagOf(body []byte) []byte {
	b := strconv.AppendUint([]byte{'"'}, xxhash.Sum64(body), 36)
	return append(b, '"')
}

func writeAnswer(c *fiber.Ctx, a *answer) {
	response := c.Response()
	response.Header.SetContentType(mimeJSON)
	response.Header.SetCanonical(keyETag, a.etag)
	response.Header.AddBytesKV(keyVary, varyByTenant)
	if known := c.Request().Header.Peek(fiber.HeaderIfNoneMatch); len(known) > 0 && etagListed(known, a.etag) {
		response.SetStatusCode(fiber.StatusNotModified)
		return
	}
	response.SetBodyRaw(a.body)
}

// etagListed reports whether If-None-Match names etag. The comparison is weak,
// as RFC 9110 has it for this header.
func etagListed(header, etag []byte) bool {
	for part := range strings.SplitSeq(string(header), ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == "*" || part == string(etag) {
			return true
		}
	}
	return false
}

// writeJSON answers with a body that was made for this request.
func writeJSON(c *fiber.Ctx, status int, body []byte) error {
	response := c.Response()
	response.SetStatusCode(status)
	response.Header.SetContentType(mimeJSON)
	response.SetBodyRaw(body)
	return nil
}
