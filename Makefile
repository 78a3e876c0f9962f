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
PHOTOS ?=
CLOCKS := libfaketime==3.0.1 # fakes the clock of a process; not in the lock file, since it needs a C compiler
# without bytecode, each of the hundreds of processes that tests start compiles every module again
unexport PYTHONDONTWRITEBYTECODE
PYTEST = $(BIN)/python -m pytest -n $(N) --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo up check audit fmt test thorough faults fuzz images bench docs screenshots loko lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(READY) ## create a virtual environment with all dependencies in exact versions

$(READY): requirements.lock pyproject.toml
	@echo "installing into $(VENV); this takes a few minutes, once"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## start everything, create a demo shop with generated images, search and recommend
	$(BIN)/lookalike demo

up: setup ## start everything on this machine; Ctrl-C stops it
	$(BIN)/lookalike up

fmt: setup ## format the code and apply the linter's fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup ## formatting, lint, types, import rules, names, tests without servers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.check_names
	$(PYTEST) -m "not stack and not slow" -q

audit: setup ## licences (build/licences.md) and known vulnerabilities of all dependencies; needs a network
	$(BIN)/python -m scripts.licences
	$(BIN)/python -m scripts.vulnerabilities

# more processes than cores, since tests wait for servers and disks a quarter of their time
check test thorough: N = 3
# processes of the tests share the cores: threads that wait for each other must not keep them busy
check test thorough: export OMP_WAIT_POLICY = passive
check test thorough: export OPENBLAS_THREAD_TIMEOUT = 4

test: setup ## all tests, with real Redis, Milvus and workers; T=path selects, N=processes
	$(PYTEST) -m "not images and not thorough" $(T)

thorough: setup ## all tests, with all encoders and all pipeline stages; half an hour
	-$(BIN)/pip install --quiet --disable-pip-version-check $(CLOCKS)
	$(PYTEST) -m "not images" $(T)

images: setup ## build the container images and run the main flow in them; needs root
	$(BIN)/python -m pytest -m images -s tests/containers

bench: setup ## measure ingest, search and every encoder, into build/benchmarks.json; PHOTOS=folder
	$(BIN)/python -m benchmarks $(PHOTOS)
	$(BIN)/python -m benchmarks.photo_search
	$(BIN)/python -m benchmarks.similar $(PHOTOS)
	$(BIN)/python -m benchmarks.encoders
	$(BIN)/python -m benchmarks.load

docs: setup ## generate docs/http.md and docs/settings.md from the code
	$(BIN)/python -m scripts.http_reference
	$(BIN)/python -m scripts.settings_reference

loko: setup ## build the extension for Loko AI in $(LOKO); SHAPE=all-in-one, SERVER=URL, GATEWAY=URL
	rm -rf $(LOKO)/lookalike-*.whl build/lib build/bdist.*
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w $(LOKO) .
	cp requirements.lock $(LOKO)
	$(BIN)/python -m api.loko.bundle $(LOKO) --shape $(SHAPE) --url $(SERVER) --gateway $(GATEWAY)

screenshots: setup ## take screenshots of every page of the demo shop; needs Chromium
	$(BIN)/python -m scripts.screenshots

fuzz: setup ## 100 requests per API operation, 120,000 mutated files and tables; half an hour
	FUZZ=100 FUZZ_BYTES=50000 FUZZ_TABLES=20000 $(PYTEST) tests/fuzz

faults: setup ## kill every process in turn while it works, 30 seeded runs; an hour
	$(BIN)/python -m tests.faults.campaign

lock: ## resolve pyproject.toml to exact versions; needs uv
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --upgrade --no-annotate \
	  --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock

clean: ## remove the virtual environment and caches, but not the data
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
