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

# Environments with torch: made only for what needs them, from locks that leave torch itself out.
TORCH_VENV := .venv-torch
PEERS_VENV := .venv-peers
torch_stamp = $(1)/.setup-$(shell cat $(2) pyproject.toml setup-torch.sh 2>/dev/null | sha256sum | cut -c1-16)
TORCH_STAMP := $(call torch_stamp,$(TORCH_VENV),requirements-torch.lock)
PEERS_STAMP := $(call torch_stamp,$(PEERS_VENV),requirements-peers.lock)
# Nothing is fetched while they run: the token counts that llmlingua wants lie in litellm's wheel, models are made on the spot.
TEST_TORCH := torch==2.13.0 'transformers>=4.46' llmlingua==0.2.2 pytest pytest-asyncio pytest-timeout hypothesis hatchling editables
PEERS := gptcache==0.1.44 faiss-cpu sqlalchemy
COMPILE_TORCH := uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --python-version 3.11 --quiet -c requirements.lock pyproject.toml
WITHOUT_TORCH := awk '/^[a-z0-9]/ { out = /^(torch|triton|nvidia-|cuda-)/ } !out'
TORCH_ENV = HF_HUB_OFFLINE=1 TQDM_DISABLE=1 TRANSFORMERS_VERBOSITY=error TIKTOKEN_CACHE_DIR=$$($(BIN)/python -c 'from importlib.util import find_spec; print(find_spec("litellm").submodule_search_locations[0])')/litellm_core_utils/tokenizers

.PHONY: help setup run test test-torch check bench bench-peers soak proto lock lock-torch docs

help:  ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Make .venv with everything that run, test and check need.

$(STAMP):
	@./setup.sh $(VENV) && touch $@

$(TORCH_STAMP):
	@./setup-torch.sh $(TORCH_VENV) requirements-torch.lock && touch $@

$(PEERS_STAMP):
	@./setup-torch.sh $(PEERS_VENV) requirements-peers.lock && touch $@

run: setup  ## Start the whole stack with stand-in providers and send sample traffic (ARGS=--once ends after the table).
	@$(BIN)/pith up $(ARGS)

test: setup  ## Run every test, LiteLLM real; no torch.
	@$(BIN)/pytest --cov --cov-report=term:skip-covered $(ARGS)

test-torch: setup $(TORCH_STAMP)  ## Tests of the torch engines, in an environment of their own (.venv-torch).
	@$(BIN)/pytest -q -m torch tests/unit/compressor_service/engines $(ARGS)
	@$(TORCH_ENV) $(TORCH_VENV)/bin/python -m pytest -q tests/unit/compressor_service/engines $(ARGS)

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

bench-peers: setup $(PEERS_STAMP)  ## Measure the peers beside Pith, in an environment of their own (.venv-peers); JSON in build/bench-peers.
	@$(TORCH_ENV) $(PEERS_VENV)/bin/python -m pith_cli.bench.peers --json build/bench-peers $(ARGS)

soak: setup  ## Run every long check, each for 30 minutes at most; run again to go on (ARGS="--minutes 5 --check determinism", --list).
	@PYTHONPATH=tests $(BIN)/python -m soak $(ARGS)

proto: setup  ## Regenerate the gRPC stubs.
	@$(BIN)/python proto/generate.py

docs: setup  ## Rewrite the settings tables in the READMEs.
	@$(BIN)/python docs/settings_tables.py

lock:  ## Resolve requirements.lock anew (needs uv).
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
	    --extra dev pyproject.toml -o requirements.lock --quiet

lock-torch:  ## Resolve the locks of the environments with torch anew (needs uv); what requirements.lock pins stays as it is.
	@printf '%s\n' $(TEST_TORCH) | $(COMPILE_TORCH) --extra compressor - | $(WITHOUT_TORCH) > requirements-torch.lock
	@printf '%s\n' $(TEST_TORCH) $(PEERS) | $(COMPILE_TORCH) --extra compressor --extra cache --extra cli - | $(WITHOUT_TORCH) > requirements-peers.lock
