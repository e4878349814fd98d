# Pith: every command sets itself up first. `make setup` is a no-op while the lock and this file's recipe stand unchanged.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-$(shell cat requirements.lock pyproject.toml setup.sh | sha256sum | cut -c1-16)
PACKAGES := grpc-serving/grpc_serving compressor-service/compressor_service cache-service/cache_service \
            litellm-hooks/litellm_hooks platform-api/platform_api cli/pith_cli
ARGS ?=

.PHONY: help setup run test test-torch check bench bench-peers soak proto lock docs

help:  ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Make .venv with everything that run, test and check need.

$(STAMP):
	@./setup.sh $(VENV) && touch $@

run: setup  ## Start the whole stack with stand-in providers and send sample traffic (ARGS=--once ends after the table).
	@$(BIN)/pith up $(ARGS)

test: setup  ## Run every test, LiteLLM real; no torch.
	@$(BIN)/pytest --cov --cov-report=term:skip-covered $(ARGS)

test-torch: setup  ## Tests of the torch engines; without torch, that each says how to install it.
	@$(BIN)/pytest -m torch $(ARGS)

check: setup  ## Lint, types, import rules, protos, generated files, configuration files.
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && echo "check: ruff ok"
	@$(BIN)/mypy $(PACKAGES)
	@$(BIN)/lint-imports
	@$(BIN)/buf lint proto && echo "check: buf lint ok"
	@$(BIN)/python docs/settings_tables.py --check
	@$(BIN)/python kong/check.py kong/kong.yaml kong/kong-rollback.yaml
	@$(BIN)/pytest -q tests/contract/test_repository_*.py

bench: setup  ## Measure; tables in the terminal, JSON and plots in build/bench.
	@$(BIN)/pith bench all --json build/bench $(ARGS)

soak: setup  ## Run every long check, each for 30 minutes at most; run again to go on (ARGS="--minutes 5 --check determinism", --list).
	@PYTHONPATH=tests $(BIN)/python -m soak $(ARGS)

proto: setup  ## Regenerate the gRPC stubs.
	@$(BIN)/python proto/generate.py

docs: setup  ## Rewrite the settings tables in the READMEs.
	@$(BIN)/python docs/settings_tables.py

lock:  ## Resolve requirements.lock anew (needs uv).
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
	    --extra dev pyproject.toml -o requirements.lock --quiet
