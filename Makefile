PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOKO ?= build/loko/lookalike
SHAPE ?= thin
SERVER ?= http://lookalike-api:8000
GATEWAY ?= http://localhost:9999
T ?= tests
N ?= 2
CLOCKS := libfaketime==3.0.1 # sets clocks of processes; not in the lock, for it is built by a C compiler
PYTEST := $(BIN)/python -m pytest -n $(N) --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo up check audit fmt test thorough faults fuzz images bench docs screenshots loko lock clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## a virtual environment with everything, exact versions

$(READY): requirements.lock pyproject.toml
	@echo "installing into $(VENV): this takes some minutes, once"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## start everything, fill a shop with drawn clothes, search it, recommend
	$(BIN)/lookalike demo

up: setup ## start everything on this machine; Ctrl-C stops it
	$(BIN)/lookalike up

fmt: setup ## format, and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup ## format, lint, types, directions of imports, tests without services
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -m "not stack and not slow" -q

audit: setup ## licences of what we ship, to build/licences.md, and known holes; asks the network
	$(BIN)/python -m scripts.licences
	$(BIN)/python -m scripts.vulnerabilities

test: setup ## all tests, on real Redis, Milvus and workers; T=path for some, N=processes
	$(PYTEST) -m "not images and not thorough" $(T)

thorough: setup ## the same, with all networks and all stages; half an hour
	-$(BIN)/pip install --quiet --disable-pip-version-check $(CLOCKS)
	$(PYTEST) -m "not images" $(T)

images: setup ## build the container images and drive the main job through them; as root
	$(BIN)/python -m pytest -m images -s tests/containers

bench: setup ## measure ingest, search and every network on this machine; half an hour
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.encoders
	$(BIN)/python -m benchmarks.load

docs: setup ## write docs/http.md anew from what the API says of itself
	$(BIN)/python -m scripts.http_reference

loko: setup ## write the extension for Loko AI to $(LOKO); SHAPE=all-in-one, SERVER=URL, GATEWAY=URL
	rm -rf $(LOKO)/lookalike-*.whl build/lib build/bdist.*
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w $(LOKO) .
	cp requirements.lock $(LOKO)
	$(BIN)/python -m api.loko.bundle $(LOKO) --shape $(SHAPE) --url $(SERVER) --gateway $(GATEWAY)

screenshots: setup ## look at every page of the demo shop (needs Chromium)
	$(BIN)/python -m scripts.screenshots

fuzz: setup ## all operations with 100 requests each, 100,000 mutated pictures and archives; half an hour
	FUZZ=100 FUZZ_BYTES=50000 $(PYTEST) tests/fuzz

faults: setup ## kill every process in turn while it works, 30 runs with seeds; an hour
	$(BIN)/python -m tests.faults

lock: ## resolve pyproject.toml to exact versions (needs uv)
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --upgrade --no-annotate \
	  --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock

clean: ## remove the virtual environment and caches, not the data
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
