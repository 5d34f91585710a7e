package api

import (
	"bytes"
	"embed"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/docs"
)

//go:embed pages/welcome.html
var welcomeHTML string

//go:embed pages/talk.js pages/microphone.js
var scripts embed.FS

//go:embed pages/dashboard.html
var dashboardHTML string

// pagePolicy lets a page load nothing from elsewhere.
const pagePolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

func (s *Server) welcomePage(c *fiber.Ctx, _ *Backend) error {
	if s.public(c) {
		return nil
	}
	return s.page(c, welcomeHTML)
}

// script serves a script of the welcome page.
func (s *Server) script(c *fiber.Ctx, _ *Backend) error {
	if s.public(c) {
		return nil
	}
	content, err := scripts.ReadFile("pages" + c.Path())
	if err != nil {
		return errs.Wrap("reading a script", err)
	}
	writeFile(c, content, "text/javascript; charset=utf-8", s.started)
	return nil
}

// dashboardPage serves /dashboard/ and sends /dashboard there: links within
// the page are relative to it.
func (s *Server) dashboardPage(c *fiber.Ctx, _ *Backend) error {
	switch {
	case s.public(c):
		return nil
	case strings.HasSuffix(c.Path(), "/"):
		return s.page(c, dashboardHTML)
	}
	return redirect(c, "dashboard")
}

func (s *Server) page(c *fiber.Ctx, source string) error {
	t, err := template.New("page").Parse(source)
	if err != nil {
		return errs.Wrap("reading the page", err)
	}
	var page bytes.Buffer
	if err := t.Execute(&page, struct{ Version string }{s.o.Version}); err != nil {
		return errs.Wrap("writing the page", err)
	}
	c.Response().Header.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
	writeFile(c, page.Bytes(), mimeHTML, s.started)
	return nil
}

func writeHTML(c *fiber.Ctx, status int, page []byte) error {
	header := &c.Response().Header
	header.SetContentType(mimeHTML)
	header.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
	header.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Response().SetStatusCode(status)
	c.Response().SetBodyRaw(page)
	return nil
}

func (s *Server) openAPI(c *fiber.Ctx, _ *Backend) error {
	c.Response().Header.SetContentType("application/yaml; charset=utf-8")
	c.Response().SetBodyString(docs.OpenAPI)
	return nil
}

// docsPage renders the description for people. It is made for each request:
// nobody reads it often enough to keep it in memory.
func (s *Server) docsPage(c *fiber.Ctx, _ *Backend) error {
	page, err := docs.Page()
	if err != nil {
		return err
	}
	return writeHTML(c, fiber.StatusOK, page)
}
