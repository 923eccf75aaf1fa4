# Every target is what CI runs, too. `make` alone explains them.

GO         ?= go
TRANSPORT  ?= udp
FUZZTIME   ?= 10s
GENFUZZTIME ?= 2s
FUZZINPUTS ?= 10000000
PEERS      ?= 1000
BENCH      ?= .
BENCHCOUNT ?= 6
SIZES      ?= 16,128
TESTFLAGS  ?=
STATICCHECK = $(GO) tool -modfile=tools.mod staticcheck

# The race detector needs cgo and a C compiler.
CC_FOUND := $(shell command -v "$$($(GO) env CC | cut -d' ' -f1)" 2>/dev/null)
RACE     := $(if $(and $(CC_FOUND),$(filter 1,$(shell $(GO) env CGO_ENABLED))),-race)

.DEFAULT_GOAL := help
# One thing at a time: the machine's cores are for each in turn, and output stays readable.
.NOTPARALLEL:
.PHONY: help run test net-test ci generate fresh fmt vet lint tidy cross examples fuzz fuzz-long bench quic-peers compare compare-cluster build sim-report config-docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-15s %s\n", $$1, $$2 }'

run: ## run the five-node example; TRANSPORT=udp (default), quic or memory
	$(GO) run ./examples/$(TRANSPORT)

test: ## all tests, in random order, with the race detector where there is a C compiler
	@$(if $(RACE),:,echo "make test: no C compiler, or CGO_ENABLED=0: running without the race detector")
	$(GO) test $(RACE) -shuffle=on -timeout=15m $(TESTFLAGS) ./...

net-test: ## clusters of processes in network namespaces (Linux, root; else it says why not)
	@GO=$(GO) .ci/net-test

ci: fresh fmt vet lint tidy cross examples fuzz test net-test ## everything that must hold before a change is merged

generate: ## write gen/ anew from the schema and the interfaces
	$(GO) generate ./...

fresh: ## fail if generated code is not what the generators write
	@GO=$(GO) .ci/fresh

fmt: ## fail if a file is not formatted
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "make fmt: not formatted, run gofmt -w:"; echo "$$files"; exit 1; fi

vet: ## go vet
	$(GO) vet ./...

lint: ## staticcheck, from tools.mod
	$(STATICCHECK) ./...

tidy: ## fail if go.mod or tools.mod is not tidy
	$(GO) mod tidy -diff
	$(GO) mod verify

cross: ## build for other systems without cgo
	@GO=$(GO) .ci/cross

examples: ## run every example and see it exit with 0
	@GO=$(GO) .ci/examples

fuzz: ## fuzz every target for FUZZTIME (10s), generated ones for GENFUZZTIME (2s)
	@GO=$(GO) FUZZTIME=$(FUZZTIME) GENFUZZTIME=$(GENFUZZTIME) .ci/fuzz

fuzz-long: ## FUZZINPUTS (ten million) hostile inputs for generated decoders: minutes
	$(GO) test ./internal/codegen/internal/conformance -run='^TestHostileInputs$$' -inputs=$(FUZZINPUTS) -timeout=0 -v

bench: ## benchmarks: BENCH=regexp, BENCHCOUNT=6; compare two outputs with benchstat
	$(GO) test -run='^$$' -bench='$(BENCH)' -benchmem -count=$(BENCHCOUNT) ./... | tee bench.out
	$(GO) tool -modfile=tools.mod benchstat bench.out

quic-peers: ## what PEERS (1,000) idle QUIC connections cost a node: memory, goroutines, CPU
	$(GO) test ./transport/quic -run='^$$' -bench='^BenchmarkIdleConnection$$' -benchtime=1x -args -peers=$(PEERS)

compare: ## codecs beside those of others, in a module of its own; fails below our bars
	cd internal/compare && $(GO) test ./... && $(GO) test ./codec -run='^TestBars$$' -bars -v

compare-cluster: ## clusters of SIZES (16,128) nodes beside memberlist's, on real sockets: 4 minutes
	cd internal/compare && $(GO) run ./cluster -n $(SIZES)

build: ## the commands, into bin/
	$(GO) build -trimpath -o bin/ ./cmd/...

sim-report: ## run what docs/protocol-results.md tells and .sim-rows does not have yet (hours for all), and write it
	$(GO) run ./cmd/hearsay sim -rows .sim-rows -report docs/protocol-results.md -plots docs/plots -parallel 1

config-docs: ## write docs/configuration.md anew from the table in config/
	$(GO) test ./config -run '^TestTheDocumentationIsTheTable$$' -update

clean: ## remove what the targets above leave behind
	rm -rf bin dist bench.out .sim-rows
