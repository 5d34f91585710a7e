package api

import (
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// maxPublic is the largest public file that is served. It is read whole.
const maxPublic = 32 << 20

// unmatched answers what no route does: with a public file, else like any
// unknown route.
func (s *Server) unmatched(c *fiber.Ctx, b *Backend) error {
	if s.public(c) {
		return nil
	}
	return unknownRoute(c, b)
}

// public answers with the public file that the path names, and reports whether
// there is one.
func (s *Server) public(c *fiber.Ctx) bool {
	if s.o.Public == nil || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return false
	}
	target := string(c.Context().URI().Path()) // decoded and without dots
	name := strings.Trim(target, "/")
	if name == "" {
		name = "."
	}
	if !fs.ValidPath(name) || name != "." && strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return false
	}
	info, err := fs.Stat(s.o.Public, name)
	if err == nil && info.IsDir() {
		if info, err = fs.Stat(s.o.Public, path.Join(name, "index.html")); err != nil {
			return false
		}
		if !strings.HasSuffix(target, "/") {
			return redirect(c, name) == nil
		}
		name = path.Join(name, "index.html")
	}
	if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(target, "/") && path.Base(name) != "index.html" {
		return false
	}
	return s.sendFile(c, name, info)
}

func (s *Server) sendFile(c *fiber.Ctx, name string, info fs.FileInfo) bool {
	if info.Size() > maxPublic {
		s.log.Warn("public file not served", "file", name, "bytes", info.Size(), "limit", maxPublic)
		return false
	}
	content, err := fs.ReadFile(s.o.Public, name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.log.Warn("public file not read", "file", name, "err", err)
		}
		return false
	}
	writeFile(c, content, mimeOf(name, content), info.ModTime())
	return true
}

// mimeOf is by the name where it says something, else by the content.
func mimeOf(name string, content []byte) string {
	if media := mime.TypeByExtension(path.Ext(name)); media != "" {
		return media
	}
	return http.DetectContentType(content)
}

// writeFile answers with a file that browsers keep and ask about again.
func writeFile(c *fiber.Ctx, content []byte, media string, changed time.Time) {
	response := c.Response()
	response.Header.SetContentType(media)
	response.Header.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	response.Header.Set(fiber.HeaderCacheControl, "public, max-age=0")
	etag := etagOf(content)
	response.Header.SetCanonical(keyETag, etag)
	if !changed.IsZero() {
		response.Header.Set(fiber.HeaderLastModified, changed.UTC().Format(http.TimeFormat))
	}
	if known := c.Request().Header.Peek(fiber.HeaderIfNoneMatch); len(known) > 0 {
		if etagListed(known, etag) {
			response.SetStatusCode(fiber.StatusNotModified)
			return
		}
	} else if since := c.Request().Header.Peek(fiber.HeaderIfModifiedSince); len(since) > 0 {
		if at, err := fasthttp.ParseHTTPDate(since); err == nil && !changed.IsZero() && !changed.Truncate(time.Second).After(at) {
			response.SetStatusCode(fiber.StatusNotModified)
			return
		}
	}
	response.SetBodyRaw(content)
}

// redirect leads to a folder's own address: links within its page are relative
// to it. name is a valid path, so that it names no other host.
func redirect(c *fiber.Ctx, name string) error {
	c.Response().Header.Set(fiber.HeaderLocation, (&url.URL{Path: "/" + name + "/"}).EscapedPath())
	return writeHTML(c, fiber.StatusMovedPermanently, []byte("<!doctype html><title>moved</title>"))
}
