package api

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/auth"
)

// handler answers one request. b is nil for routes that need none. An error
// becomes the JSON answer of its kind.
type handler func(c *fiber.Ctx, b *Backend) error

// needs are what a route asks for before its handler runs.
type needs int

const (
	needBackend needs = 1 << iota
	needKey           // an API key, where keys are set
)

// register is the table of everything that the server answers.
//
// Where keys are set, reads stay open where the contract with existing clients
// has them; what was added to it wants a key.
func (s *Server) register() {
	const read, write, private = needBackend, needBackend | needKey, needBackend | needKey
	s.route(fiber.MethodGet, "/api/health", 0, s.health)
	s.route(fiber.MethodGet, "/api/ready", 0, s.ready)
	s.route(fiber.MethodGet, "/metrics", needKey, s.metricsText)
	s.route(fiber.MethodGet, "/openapi.yaml", 0, s.openAPI)
	s.route(fiber.MethodGet, "/docs", 0, s.docsPage)
	s.route(fiber.MethodGet, "/dashboard", 0, s.dashboardPage)
	s.route(fiber.MethodGet, "/", 0, s.welcomePage)

	const products, product = "/api/products", "/api/products/:id"
	s.route(fiber.MethodGet, products, read, s.cached(s.listProducts))
	s.route(fiber.MethodPost, products, write, s.createProduct)
	s.route(fiber.MethodDelete, products, write, s.clearProducts)
	s.route(fiber.MethodPost, products+"/bulk", write, s.createProducts)
	s.route(fiber.MethodGet, products+"/search/:query", read, s.cached(s.searchProducts))
	s.route(fiber.MethodGet, products+"/inventory/low-stock", read, s.cached(s.listLowStock))
	s.route(fiber.MethodGet, products+"/inventory/out-of-stock", read, s.cached(s.listSoldOut))
	s.route(fiber.MethodGet, product, read, s.cached(s.getProduct))
	s.route(fiber.MethodPut, product, write, s.updateProduct)
	s.route(fiber.MethodDelete, product, write, s.deleteProduct)
	s.route(fiber.MethodGet, product+"/history", private, s.productHistory)
	s.route(fiber.MethodGet, product+"/stock", read, s.cached(s.getStock))
	s.route(fiber.MethodPut, product+"/stock", write, s.setStock)
	s.route(fiber.MethodPost, product+"/stock/decrement", write, s.decrementStock)
	s.route(fiber.MethodPost, product+"/stock/increment", write, s.incrementStock)

	const jobs, job = "/api/scraper/jobs", "/api/scraper/jobs/:id"
	s.route(fiber.MethodGet, jobs, read, s.listJobs)
	s.route(fiber.MethodPost, jobs, write, s.createJob)
	s.route(fiber.MethodDelete, jobs, write, s.clearJobs)
	s.route(fiber.MethodGet, job, read, s.getJob)
	s.route(fiber.MethodPost, job+"/execute", write, s.executeJob)
	s.route(fiber.MethodPost, job+"/start", write, s.startJob)
	s.route(fiber.MethodPost, job+"/cancel", write, s.cancelJob)
	s.route(fiber.MethodPost, job+"/retry", write, s.retryJob)
	s.route(fiber.MethodGet, job+"/events", private, s.jobEvents)
	s.route(fiber.MethodGet, job+"/rejections", private, s.jobRejections)
	s.route(fiber.MethodPost, "/api/scraper/import", write, s.importShop)

	const known, faqs, faq = "/api/knowledge", "/api/knowledge/faqs", "/api/knowledge/faqs/:id"
	s.route(fiber.MethodGet, faqs, read, s.cached(s.listFAQs))
	s.route(fiber.MethodPost, faqs, write, s.createFAQ)
	s.route(fiber.MethodPost, faqs+"/generate", write, s.generateFAQs)
	s.route(fiber.MethodGet, faqs+"/search", read, s.cached(s.searchFAQs))
	s.route(fiber.MethodGet, faq, read, s.cached(s.getFAQ))
	s.route(fiber.MethodPut, faq, write, s.updateFAQ)
	s.route(fiber.MethodDelete, faq, write, s.deleteFAQ)
	s.route(fiber.MethodGet, known+"/summary", read, s.knowledgeSummary)
	s.route(fiber.MethodDelete, known+"/clear", write, s.clearKnowledge)

	s.route(fiber.MethodPost, "/api/scrape", write, s.scrapePage)
	s.route(fiber.MethodGet, "/api/scrape/status/:jobId", read, s.scrapeStatus)
	s.route(fiber.MethodGet, "/api/voice/config", 0, s.voiceConfig)

	s.route(fiber.MethodGet, "/api/admin/plugins", private, s.listPlugins)
	s.route(fiber.MethodPost, "/api/admin/plugins/reload", private, s.reloadPlugins)

	s.app.Options("/*", s.preflight)
	s.app.Use(s.serve("any", "unmatched", 0, s.unmatched))
}

func (s *Server) route(method, path string, n needs, h handler) {
	serve := s.serve(method, path, n, h)
	s.app.Add(method, path, serve)
	if method == fiber.MethodGet {
		s.app.Add(fiber.MethodHead, path, serve)
	}
}

func unknownRoute(c *fiber.Ctx, _ *Backend) error {
	return errs.New(errs.NotFound, "no route for %s %.200s", c.Method(), c.Path()).
		WithHint("see /docs for what this server answers")
}

// serve is everything between Fiber and a handler, in one step: a chain of
// middleware costs more than most of the answers.
func (s *Server) serve(method, path string, n needs, h handler) fiber.Handler {
	counters := s.o.Metrics.Route(method, path)
	return func(c *fiber.Ctx) error {
		start := time.Now()
		counters.Begin()
		s.answer(c, n, h)
		took := time.Since(start)
		counters.Done(c.Response().StatusCode(), took)
		if s.log.IsDebug() {
			s.log.Debug("answered", "method", c.Method(), "path", c.Path(),
				"status", c.Response().StatusCode(), "took", took, "request", requestID(c))
		}
		return nil
	}
}

// answer runs the handler; whatever goes wrong becomes a JSON answer.
func (s *Server) answer(c *fiber.Ctx, n needs, h handler) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic", "request", requestID(c), "method", c.Method(), "path", c.Path(),
				"panic", p, "stack", string(debug.Stack()))
			s.fail(c, errs.New(errs.Internal, "panic: %v", p))
		}
	}()
	s.ids.put(c)
	s.allowOrigin(c)
	if n&needKey != 0 && s.o.Auth.Required() {
		key, ok := auth.Bearer(c.Request().Header.Peek(fiber.HeaderAuthorization))
		if !ok || !s.o.Auth.Allows(key) {
			unauthorized(c, ok)
			return
		}
	}
	var b *Backend
	if n&needBackend != 0 {
		var err error
		if b, err = s.await(); err != nil {
			s.fail(c, err)
			return
		}
	}
	if err := h(c, b); err != nil {
		s.fail(c, err)
	}
}

// await returns the backend, and waits for it while the process starts.
func (s *Server) await() (*Backend, error) {
	if b := s.backend.Load(); b != nil {
		return b, nil
	}
	timer := time.NewTimer(attachWait)
	defer timer.Stop()
	select {
	case <-s.attached:
		return s.backend.Load(), nil
	case <-s.stopping.Done():
		return nil, errs.New(errs.Unavailable, "the server is stopping")
	case <-timer.C:
		return nil, errs.New(errs.Unavailable, "the store is still opening").WithHint("try again in a moment")
	}
}

// storeContext bounds a request's work in the store. It is not Fiber's
// context, which is reused while database/sql may still look at it.
func (s *Server) storeContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.base, storeTimeout)
}

// knownMethods answers made-up methods like any unknown route; Fiber would
// answer them with plain text.
func (s *Server) knownMethods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		switch string(ctx.Method()) {
		case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodDelete,
			fiber.MethodConnect, fiber.MethodOptions, fiber.MethodTrace, fiber.MethodPatch:
			next(ctx)
		default:
			writeError(ctx, fiber.StatusNotFound, problem{text: "unknown method", code: string(errs.NotFound)})
		}
	}
}
