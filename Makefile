# Everything that is built and checked. `make help` tells.

GO        ?= go
PYTHON    ?= python3
VERSION   ?= $(or $(patsubst v%,%,$(shell git describe --tags --exact-match 2>/dev/null)),0.1.0-dev$(addprefix +,$(shell git rev-parse --short HEAD 2>/dev/null)))
CACHE     := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/gwctl
TESTFLAGS ?= -timeout 20m
TOFU      ?= $(CACHE)/opentofu-1.12.6/tofu

# The race detector wants a C compiler.
RACE := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

# The checkout may belong to another user, and git may be read-only or missing.
export GOFLAGS := $(GOFLAGS) -buildvcs=false
export GIT_OPTIONAL_LOCKS := 0
export GO PYTHON

STATICCHECK := $(GO) tool -modfile=tools/go.mod staticcheck
GOFUMPT     := $(GO) tool -modfile=tools/go.mod gofumpt
GO_FILES     = find . -name '*.go' -not -path './.*'

.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:

.PHONY: help
help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build bin/gwctl
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/gwctl ./cmd/gwctl

.PHONY: demo
demo: build ## see gwctl drive a real Envoy: a minute, no questions, nothing left behind
	@envoy=$$(tools/envoy/fetch) && ENVOY=$$envoy bin/gwctl demo

.PHONY: demo-ratelimit
demo-ratelimit: build ## see global rate limits, on a real Envoy, limiter and Redis: a minute at most
	@$(WITH_LIMITER) && bin/gwctl demo rate-limits

.PHONY: envoy
envoy: ## get Envoy 1.40 where none is named by ENVOY or on PATH
	@tools/envoy/fetch

.PHONY: kubernetes
kubernetes: ## build a Kubernetes control plane where KUBEBUILDER_ASSETS names none (some minutes, once)
	@tools/kubernetes/fetch

.PHONY: envoygateway
envoygateway: ## build Envoy Gateway where ENVOY_GATEWAY names none (some minutes, once)
	@tools/envoygateway/fetch

.PHONY: ratelimit
ratelimit: ## build the service for global rate limits where RATELIMIT names none (half a minute, once)
	@tools/ratelimit/fetch

.PHONY: redis
redis: ## get Redis where none is named by REDIS or on PATH
	@tools/redis/fetch

# What a recipe begins with that wants the real parts.
WITH_LIMITER = envoy=$$(tools/envoy/fetch) && ratelimit=$$(tools/ratelimit/fetch) && redis=$$(tools/redis/fetch) && \
  export ENVOY=$$envoy RATELIMIT=$$ratelimit REDIS=$$redis
WITH_PARTS = $(WITH_LIMITER) && kubernetes=$$(tools/kubernetes/fetch) && envoygateway=$$(tools/envoygateway/fetch) && \
  export KUBEBUILDER_ASSETS=$$kubernetes ENVOY_GATEWAY=$$envoygateway && set -x

.PHONY: test
test: ## run all tests with the real parts (some are built first), then fuzz for a minute
	@$(WITH_PARTS) && $(GO) test $(RACE) $(TESTFLAGS) ./...
	tools/fuzz

.PHONY: fuzz
fuzz: ## fuzz every target (FUZZ_SECONDS=60 for all of them)
	tools/fuzz

.PHONY: bench
bench: build $(TOFU) ## measure, beside OpenTofu (built first: some minutes) and in front of Envoy
	@$(WITH_PARTS) && TOFU=$(TOFU) $(GO) run ./bench $(BENCHFLAGS) && \
	  $(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./e2e ./providers/xds/translate && \
	  $(GO) test -run '^$$' -bench 'Weight|OneRoute' -benchtime 100x ./providers/xds/translate ./providers/xds/server

$(TOFU): tools/opentofu/go.mod
	@mkdir -p $(@D)
	$(GO) -C tools/opentofu build -trimpath -o $@ github.com/opentofu/opentofu/cmd/tofu

CONFORMANCE = envoy=$$(tools/envoy/fetch) && kubernetes=$$(tools/kubernetes/fetch) && export ENVOY=$$envoy KUBEBUILDER_ASSETS=$$kubernetes && set -x && \
  $(GO) -C conformance test -count 1 -timeout 60m .

.PHONY: conformance
conformance: ## run the Gateway API's conformance suite on Envoy, and write docs/conformance
	@mkdir -p docs/conformance
	@$(CONFORMANCE) -version=$(VERSION) -report-output=$(CURDIR)/docs/conformance/report.yaml

.PHONY: conformance-core
conformance-core: ## run what the suite has of core features: half a minute
	@$(CONFORMANCE) -run '^TestConformance$$' -core

.PHONY: lint
lint: docs-check ## vet, staticcheck, gofumpt, and generated documents that are current
	$(GO) vet ./...
	$(GO) -C conformance vet ./...
	$(STATICCHECK) ./...
	@unformatted=$$($(GO_FILES) -exec $(GOFUMPT) -l {} +) && \
	  if [ -n "$$unformatted" ]; then printf 'not formatted (make fmt):\n%s\n' "$$unformatted"; exit 1; fi

.PHONY: fmt
fmt: ## format the Go files
	$(GO_FILES) -exec $(GOFUMPT) -w {} +

.PHONY: docs
docs: ## generate the documents that are made from the code
	$(GO) generate ./...

# Compares with a copy rather than with git's index, so that work in progress
# passes when it is current.
.PHONY: docs-check
docs-check:
	@set -e; before=$$(mktemp -d); trap 'rm -rf "$$before"' EXIT; cp -R docs "$$before/docs"; \
	$(MAKE) --no-print-directory docs; \
	if ! diff -ru "$$before/docs" docs; then echo 'docs/ was not current: look at what make docs changed, and commit it'; exit 1; fi

.PHONY: clean
clean: ## remove what was built; the cache of downloads stays
	rm -rf bin .tools coverage.out
