package api

import "github.com/gofiber/fiber/v2"

// What routes need. Where keys are set, reads stay open where the contract
// with existing clients has them; what was added to it wants a key.
const (
	read    = needBackend
	write   = needBackend | needKey
	private = needBackend | needKey
)

// register is the table of everything that the server answers, a part a
// function.
func (s *Server) register() {
	s.operationRoutes()
	s.productRoutes()
	s.importRoutes()
	s.knowledgeRoutes()
	s.agentRoutes()
	s.shopRoutes()
	s.voiceRoutes()
	s.app.Options("/*", s.preflight)
	s.app.Use(s.serve("any", "unmatched", 0, s.unmatched))
}

func (s *Server) operationRoutes() {
	s.route(fiber.MethodGet, "/api/health", 0, s.health)
	s.route(fiber.MethodGet, "/api/ready", 0, s.ready)
	s.route(fiber.MethodGet, "/metrics", needKey, s.metricsText)
	s.route(fiber.MethodGet, "/openapi.yaml", 0, s.openAPI)
	s.route(fiber.MethodGet, "/docs", 0, s.docsPage)
	s.route(fiber.MethodGet, "/dashboard", 0, s.dashboardPage)
	s.route(fiber.MethodGet, "/", 0, s.welcomePage)
	s.route(fiber.MethodGet, "/talk.js", 0, s.script)
	s.route(fiber.MethodGet, "/microphone.js", 0, s.script)
	s.route(fiber.MethodGet, "/api/admin/plugins", private, s.listPlugins)
	s.route(fiber.MethodPost, "/api/admin/plugins/reload", private, s.reloadPlugins)
}

func (s *Server) productRoutes() {
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
}

func (s *Server) importRoutes() {
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
	s.route(fiber.MethodPost, "/api/scrape", write, s.scrapePage)
	s.route(fiber.MethodGet, "/api/scrape/status/:jobId", read, s.scrapeStatus)
}

func (s *Server) knowledgeRoutes() {
	const known, faqs, faq = "/api/knowledge", "/api/knowledge/faqs", "/api/knowledge/faqs/:id"
	s.route(fiber.MethodGet, faqs, read, s.cached(s.listFAQs))
	s.route(fiber.MethodPost, faqs, write, s.createFAQ)
	s.route(fiber.MethodPost, faqs+"/generate", write, s.generateFAQs)
	s.route(fiber.MethodGet, faqs+"/search", read, s.cached(s.searchFAQs))
	s.route(fiber.MethodGet, faq, read, s.cached(s.getFAQ))
	s.route(fiber.MethodPut, faq, write, s.updateFAQ)
	s.route(fiber.MethodDelete, faq, write, s.deleteFAQ)
	s.route(fiber.MethodPost, known+"/import/csv", write, s.importCSV)
	s.route(fiber.MethodPost, known+"/import/json", write, s.importJSON)
	s.route(fiber.MethodPost, known+"/import/shopify", write, s.importShopify)
	s.route(fiber.MethodPost, known+"/import/url", write, s.importURL)
	s.route(fiber.MethodGet, known+"/import/progress/:id", read, s.importProgress)
	s.route(fiber.MethodGet, known+"/import/history", read, s.importHistory)
	s.route(fiber.MethodGet, known+"/summary", read, s.knowledgeSummary)
	s.route(fiber.MethodDelete, known+"/clear", write, s.clearKnowledge)
}

func (s *Server) agentRoutes() {
	const agents, prompts = "/api/agents", "/api/prompts"
	s.route(fiber.MethodGet, agents, read, s.listAgents)
	s.route(fiber.MethodGet, agents+"/active", read, s.listActiveAgents)
	s.route(fiber.MethodGet, agents+"/:id", read, s.getAgent)
	s.route(fiber.MethodGet, agents+"/:id/prompt", read, s.getAgentPrompt)
	s.route(fiber.MethodPost, prompts+"/generate", write, s.computed(s.generatePrompt))
	s.route(fiber.MethodPost, prompts+"/preview", write, s.computed(s.previewPrompt))
	s.route(fiber.MethodPost, prompts+"/from-url", write, s.promptFromURL)
	s.route(fiber.MethodGet, prompts+"/store-context", read, s.getStoreContext)
	s.route(fiber.MethodPut, prompts+"/store-context", write, s.putStoreContext)
	s.route(fiber.MethodPost, prompts+"/custom-rules", write, s.filterRules)
	s.route(fiber.MethodGet, prompts+"/templates", read, s.listTemplates)
}

// shopRoutes has customers use carts and orders without a key where the
// operator wants that: a cart's id can't be guessed.
func (s *Server) shopRoutes() {
	customer, makeCart := write, s.newCart
	if s.o.OpenCarts {
		customer = read
		makeCart = s.within(newLimiter(s.o.CartsPerMinute), makeCart)
	}
	const cart, items, item = "/api/carts/:id", "/api/carts/:id/items", "/api/carts/:id/items/:productId"
	s.route(fiber.MethodPost, "/api/carts", customer, makeCart)
	s.route(fiber.MethodGet, cart, read, s.getCart)
	s.route(fiber.MethodPost, items, customer, s.addToCart)
	s.route(fiber.MethodDelete, items, customer, s.clearCart)
	s.route(fiber.MethodPut, item, customer, s.setCartItem)
	s.route(fiber.MethodDelete, item, customer, s.removeCartItem)

	const orders, order = "/api/orders", "/api/orders/:orderNumber"
	s.route(fiber.MethodGet, orders, private, s.listOrders)
	s.route(fiber.MethodPost, orders, customer, s.placeOrder)
	s.route(fiber.MethodGet, order, read, s.getOrder)
	s.route(fiber.MethodPut, order+"/status", private, s.setOrderStatus)
	s.route(fiber.MethodPost, order+"/cancel", customer, s.cancelOrder)
	s.route(fiber.MethodGet, order+"/checkout", read, s.orderCheckout)
}

func (s *Server) voiceRoutes() {
	s.route(fiber.MethodGet, "/api/voice/config", 0, s.voiceConfig)
	limit := newLimiter(s.o.Voice.PerMinute)
	s.route(fiber.MethodPost, "/api/voice/session", write, s.within(limit, s.voiceSession))
	s.route(fiber.MethodPost, "/api/voice/calls", write, s.within(limit, s.voiceCall))
	s.route(fiber.MethodGet, realtimePath, 0, s.realtimeNeedsSocket)
	s.route(fiber.MethodPost, realtimePath+"/client_secrets", needBackend, s.clientSecret)
	s.route(fiber.MethodPost, realtimePath+"/calls", needBackend, s.serviceCall)
	const sessions, session = "/api/voice/sessions", "/api/voice/sessions/:id"
	s.route(fiber.MethodGet, sessions, private, s.listSessions)
	s.route(fiber.MethodGet, session, private, s.getSession)
	s.route(fiber.MethodDelete, session, private, s.deleteSession)
}
