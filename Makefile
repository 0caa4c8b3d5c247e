# The only runner: people and CI call these targets and nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
HOST ?= 127.0.0.1
PORT ?= 8000
# One thread for every numeric library: LightGBM must not be oversubscribed.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup run demo train test unit ci check lint format types imports coverage docs bench \
	nightly ci-deps lock audit clean

help:  ## Show what can be made
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | \
		while IFS=$$'\t' read -r name text; do printf '  %-10s %s\n' "$$name" "$$text"; done

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# LightGBM's wheel wants the system's GNU OpenMP runtime; where there is none, lend it the copy
# that scikit-learn's wheel carries.
NATIVE := $(abspath $(VENV)/native)
export LD_LIBRARY_PATH := $(NATIVE)$(if $(LD_LIBRARY_PATH),:$(LD_LIBRARY_PATH))
define lend_openmp
@$(PY) -c 'import lightgbm' 2>/dev/null || { \
	mkdir -p $(NATIVE) && \
	ln -sf "$$(ls -d $(abspath $(VENV))/lib/python3*/site-packages/scikit_learn.libs/libgomp*.so* | head -1)" \
		$(NATIVE)/libgomp.so.1 && $(PY) -c 'import lightgbm'; }
endef

# What serving and training need, exact versions with hashes. A lock is whole, so nothing is resolved
# anew (--no-deps): an older pip would otherwise look for the newest release behind an extra, and
# refuse it for want of a hash on the day that release appears.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements.lock
	$(PY) -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	$(lend_openmp)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements-dev.lock
	$(PY) -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	$(lend_openmp)
	@touch $(VENV)/.runtime $@

setup: $(VENV)/.dev  ## Make .venv with everything that development needs

# The demo world and the model trained on it; made once, kept until `make clean`.
var/demo/.made: | $(VENV)/.runtime
	$(PY) -m training demo --out models --work var/demo --keys var/keys
	@touch $@

demo: var/demo/.made  ## Make the demo world and train the demo model on it

run: $(VENV)/.runtime var/demo/.made  ## Set up if needed and serve on 127.0.0.1:8000 with a demo tenant
	$(VENV)/bin/entry-risk serve --demo --host $(HOST) --port $(PORT)

train: $(VENV)/.runtime  ## Train on your own files: make train ARGS="--mapping kcs --data F --valid F --label fraud --out models"
	$(PY) -m training train $(ARGS)

# Two workers, whole files each: a file's servers and models are made once. In the order of their
# names the many quick unit tests come last and even the workers out.
WORKERS ?= 2
SHARE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
test: $(VENV)/.dev  ## Run the tests, with a real Redis-protocol server and a real PostgreSQL
	$(PY) -m pytest -m "not nightly" -q --durations=30 $(SHARE) $(if $(COV),--cov=app.core --cov=app.services --cov-report=)

unit: $(VENV)/.dev  ## Run the pure tests only
	$(PY) -m pytest tests/unit -q $(SHARE)

lint: $(VENV)/.dev  ## Check style and formatting
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: $(VENV)/.dev  ## Rewrite to the house's format
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

types: $(VENV)/.dev  ## Check types, strictly
	$(VENV)/bin/mypy

imports: $(VENV)/.dev  ## Check the import contracts
	$(VENV)/bin/lint-imports

check: lint types imports unit  ## What to run before a commit

coverage: COV := 1
coverage: test  ## Run the tests and hold core and services at 100 %, branches too
	$(VENV)/bin/coverage report --include='app/core/*,app/services/*' --skip-covered --show-missing --fail-under=100

docs: $(VENV)/.dev  ## Write the generated pages and build the documentation, strictly
	$(PY) docs/generate.py
	$(VENV)/bin/mkdocs build --strict --quiet

ci: COV := 1
ci: lint types imports docs-check test coverage  ## What has to pass before anything lands (includes make test)

.PHONY: openapi
openapi: $(VENV)/.dev  ## Check that nothing that clients were promised is broken; docs/openapi.json is the document
	$(PY) -m tests.contract.breaking

.PHONY: docs-check
docs-check: $(VENV)/.dev
	$(PY) docs/generate.py --check

audit: $(VENV)/.dev  ## Look for known vulnerabilities in what is locked
	$(VENV)/bin/pip-audit --require-hashes --disable-pip -r requirements.lock

bench: $(VENV)/.dev var/demo/.made  ## Measure, as ratios within one run
	$(PY) -m tests.bench.bench_cache
	$(PY) -m tests.bench.bench_reasons
	$(PY) -m tests.bench.bench_reasons_cached
	$(PY) -m tests.bench.bench_score
	$(PY) -m tests.bench.bench_table --production --svg docs/performance.svg
	$(PY) -m tests.bench.bench_open_loop
	$(PY) -m tests.bench.bench_ledger
	$(PY) -m tests.bench.bench_screening
	$(PY) -m tests.bench.bench_resubmission
	$(PY) -m tests.bench.bench_history
	$(PY) -m tests.bench.bench_history_live
	$(PY) -m tests.bench.bench_estimates

.PHONY: bench-peers
bench-peers: $(VENV)/.dev var/demo/.made  ## Measure beside MLServer, MLflow and BentoML, each in var/peers
	$(PY) -m tests.bench.peers var/peers
	$(PY) -m tests.bench.bench_table --production --peer mlserver bentoml mlflow --svg docs/performance.svg

# Shards that passed on this commit are not run again: a run that was cut short goes on where it was.
SOAK_MINUTES ?= 20
nightly: $(VENV)/.dev  ## Run every check, the slow ones too; a failure here is a failure
	HYPOTHESIS_PROFILE=nightly $(PY) -m pytest -q $(SHARE) --cov --cov-report=
	$(VENV)/bin/coverage report --skip-covered --fail-under=95
	$(PY) -m tests.reliability --soak-minutes $(SOAK_MINUTES)

ci-deps:  ## Install what the nightly run needs of the system: haproxy, strace, libfaketime (Debian, as root)
	apt-get update
	apt-get install --yes --no-install-recommends haproxy strace libfaketime

lock: $(VENV)/.dev  ## Resolve the dependencies anew, with hashes and without an index URL
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --extra training --extra oidc --group build -o requirements.lock
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --extra training --extra tracing --extra oidc --group build --group dev -c requirements.lock \
		-o requirements-dev.lock

clean:  ## Remove .venv, caches, the demo and its bundles (not your own data elsewhere)
	rm -rf $(VENV) var build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov
	find models -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
