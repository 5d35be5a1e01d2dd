# The commands of this project. `make test` is all of them that CI runs.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# How much each fuzz target and property test runs: a count for Go, since a run that
# ends by time now and then fails for that alone (golang.org/issue/75804).
FUZZTIME ?= 20000x
FUZZ_RUNS ?= 200

.PHONY: help
help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: ## Run the server
	go run ./cmd/webphone

.PHONY: build
build: ## Build bin/webphone
	go build -o bin/webphone ./cmd/webphone

.PHONY: generate
generate: node_modules/.made ## Build web/dist from web/src, and the element's manifest
	npm run --silent manifest
	go generate ./web

.PHONY: test
test: tools check test-go test-unit test-fuzz test-browser ## Everything: checks, Go, unit, fuzz, real browsers, peers

.PHONY: tools
tools: node_modules/.made ## Install what tests need and is missing
	@test/support/tools

node_modules/.made: package.json package-lock.json
	npm ci --no-fund --no-audit
	@touch $@

.PHONY: check
check: node_modules/.made ## Formatting, vet, types, the committed bundle
	@test -z "$$(gofmt -l bench cmd internal phone test web)" || { gofmt -l bench cmd internal phone test web; echo "run gofmt -w"; exit 1; }
	go vet ./...
	go mod tidy -diff
	npx tsc -p tsconfig.json
	npx prettier --check --log-level warn .
	npx cem analyze --config web/src/element/manifest.config.mjs --outdir test/out/manifest >/dev/null
	cmp test/out/manifest/custom-elements.json web/src/app/static/custom-elements.json
	go run ./web/build -check

.PHONY: test-go
test-go: ## Go tests with the race detector
	go test -race ./...

.PHONY: test-unit
test-unit: node_modules/.made ## Tests of the browser's code that need no browser
	FUZZ_RUNS=$(FUZZ_RUNS) npx vitest run --project unit

.PHONY: test-fuzz
test-fuzz: ## Every Go fuzz target, FUZZTIME inputs or so long
	@test/support/fuzz $(FUZZTIME)

.PHONY: fuzz
fuzz: ## Fuzz for long: make fuzz FUZZTIME=10m FUZZ_RUNS=1000000
	@test/support/fuzz $(FUZZTIME)
	FUZZ_RUNS=$(FUZZ_RUNS) npx vitest run --project unit -t property --testTimeout 3600000
	SIMULATIONS=$(FUZZ_RUNS) npx vitest run --project unit simulation --testTimeout 3600000

.PHONY: test-browser
test-browser: tools build ## Real browsers through the real binary, and foreign peers
	go run ./test/support/bundle test/out
	test/support/lanes browser interop builder

.PHONY: screenshots
screenshots: tools build ## Pictures of every state in test/out/screenshots, and those of the docs
	test/support/netns npx vitest run --project screenshots

# Rounds of the measurement: 3 take about 25 minutes, 1 about 9.
ROUNDS ?= 3

.PHONY: bench-reliability
bench-reliability: tools build ## Faults side by side with JsSIP and SIP.js; writes docs/reliability.md
	go run ./test/support/bundle test/out
	ROUNDS=$(ROUNDS) test/support/netns npx vitest run --project bench bench/reliability
	npx prettier --write --log-level warn bench/results

# Rounds of every measurement: 5 of the browser's side take about 8 minutes.
BENCH_ROUNDS ?= 5

.PHONY: bench
bench: tools build ## All other measurements side by side; writes docs/performance.md and its charts
	go run ./bench/bundle test/out/bench
	BENCH_ROUNDS=$(BENCH_ROUNDS) test/support/netns npx vitest run --project bench bench/browser
	go run ./bench/go
	go run ./bench/edge
	go run ./bench/report
