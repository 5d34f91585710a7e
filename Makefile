# omakase. Run make without a target to see what there is.

GO       ?= go
BIN      := bin/omakase
TOOLS    := .cache/tools
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X github.com/omakase-ai/omakase/host/cli.buildVersion=$(VERSION)
FUZZTIME ?= 10m
CORPUS   ?= ../shared/corpus

GOLANGCI_VERSION    := v2.15.0
GOVULNCHECK_VERSION := v1.9.0

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@echo 'omakase: a shop URL in, a searchable catalogue out.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Start with make run. FUZZTIME=1m make fuzz and the like change how long it takes.'

.PHONY: build
build: plugins ## Build bin/omakase with the built-in plugins inside
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) .

.PHONY: run
run: build ## Build, and serve the demo shop on http://127.0.0.1:3000
	$(BIN) serve --config configs/demo.yaml --data ./data

.PHONY: test
test: plugins postgres-notice ## Run all tests
	$(GO) test ./...

.PHONY: race
race: plugins ## Run the tests under the race detector, without the long ones
	CGO_ENABLED=1 $(GO) test -race -short ./...

.PHONY: lint
lint: $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION) plugins ## Check format and style
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(TOOLS)/golangci-lint-$(GOLANGCI_VERSION) run ./...

.PHONY: vuln
vuln: $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION) plugins ## Look for known vulnerabilities in what the code calls
	$(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION) ./...

.PHONY: fuzz
fuzz: plugins ## Run every fuzz target for FUZZTIME (10m)
	@grep -rlE --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$$file"); do \
			echo "== $$target in $$(dirname "$$file")"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done; \
	done

.PHONY: bench
bench: build ## Measure the figures of docs/performance.md (needs Node)
	@command -v npm >/dev/null || { echo 'make bench compares with a Node server: install Node 20 or newer'; exit 1; }
	cd bench/express && npm install --no-package-lock --no-audit --no-fund --silent
	$(GO) run ./bench

.PHONY: accuracy
accuracy: plugins ## Measure how well pages are read, on CORPUS (../shared/corpus)
	$(GO) run ./bench/accuracy --corpus $(CORPUS) --predictions .cache/predictions.json

.PHONY: generate
generate: need-go ## Write generated files anew: codecs, the configuration's schema
	$(GO) generate ./...

.PHONY: clean
clean: ## Remove what was built; ./data stays
	rm -rf bin plugins/dist/*.wasm .cache bench/express/node_modules

.PHONY: plugins
plugins: need-go
	@$(GO) run ./plugins/internal/build

.PHONY: need-go
need-go:
	@command -v $(GO) >/dev/null || { echo 'Go is missing: install Go 1.26 or newer from https://go.dev/dl/'; exit 1; }
	@$(GO) list -m >/dev/null || { echo 'This Go is too old: install Go 1.26 or newer from https://go.dev/dl/'; exit 1; }

.PHONY: postgres-notice
postgres-notice:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		echo 'PostgreSQL is not installed, so its tests will be skipped (Debian: apt-get install postgresql).'

$(TOOLS)/golangci-lint-$(GOLANGCI_VERSION):
	GOBIN=$(abspath $(TOOLS)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(TOOLS)/golangci-lint $@

$(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION):
	GOBIN=$(abspath $(TOOLS)) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	mv $(TOOLS)/govulncheck $@
