# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Environments. Name an existing one on the command line or in the environment and nothing is installed into it.
VENV ?= .venv
VENV_TRITON ?= .venv-triton
# The bundled Triton needs 3.11 or 3.12; a name on PATH may be a version manager's shim that does not run, so each is tried.
PYTHON ?= $(shell for python in python3 python3.12 python3.11; do \
  "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo "$$python" && exit; \
  done; command -v python3)
PYTEST_ARGS ?=

export PYTHONUNBUFFERED := 1
export PYTHONPATH := $(CURDIR)
export AVILA_VENV_TRITON ?= $(VENV_TRITON)

# A stamp's name holds the hash of what it installed, so that an unchanged lock costs one file look-up.
hash = $(shell cat $(1) | sha256sum | cut -c1-16)
RUN_STAMP := $(VENV)/.installed-run-$(call hash,requirements/run.txt)
DEV_STAMP := $(VENV)/.installed-dev-$(call hash,requirements/torch.txt requirements/dev.txt)
TRITON_STAMP := $(VENV_TRITON)/.installed-triton-$(call hash,requirements/triton.txt)
ifneq ($(origin VENV),file)
RUN_STAMP :=
DEV_STAMP :=
endif
ifneq ($(origin VENV_TRITON),file)
TRITON_STAMP :=
endif
ifeq ($(AVILA_BACKEND),inprocess)
RUN_TRITON :=
else
RUN_TRITON := $(TRITON_STAMP)
endif

PY := $(VENV)/bin/python
PIP := -m pip install --disable-pip-version-check --no-input
UV := $(VENV)/bin/uv
say = @printf '\033[1m==>\033[0m %s\n' $(1)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUN_STAMP) $(RUN_TRITON) ## install what is missing, start the service, print its address
	$(PY) -m avila up

.PHONY: test
test: $(DEV_STAMP) $(TRITON_STAMP) ## run the tests (PYTEST_ARGS="-k name" for some)
	$(PY) -m pytest -m "not slow" $(PYTEST_ARGS)

.PHONY: test-slow
test-slow: $(DEV_STAMP) $(TRITON_STAMP) ## run the tests that take minutes
	$(PY) -m pytest -m slow $(PYTEST_ARGS)

.PHONY: check
check: $(DEV_STAMP) ## format, lint, types, import rules, generated files
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m avila models configs --check

.PHONY: generated
generated: $(DEV_STAMP) ## write the generated files anew: Triton's configurations, the page's description of the API
	$(PY) -m avila models configs
	$(PY) -m tests.web.description

.PHONY: bench-engine
bench-engine: $(DEV_STAMP) $(TRITON_STAMP) ## measure the engine; results in benchmarks/results/
	$(PY) -m benchmarks.engine

.PHONY: web
web: $(RUN_STAMP) ## build the page, which the gateway then serves (Node is installed where it is missing)
	$(PY) -m web.toolchain build

.PHONY: lock
lock: $(DEV_STAMP) ## pin the newest versions that pyproject.toml allows (LOCK_ARGS="--upgrade-package NAME")
	$(UV) pip compile $(LOCK_FLAGS) pyproject.toml -o requirements/run.txt
	$(UV) pip compile $(LOCK_FLAGS) -c requirements/run.txt --override requirements/overrides.txt --extra dev \
	  pyproject.toml -o requirements/dev.txt
	$(UV) pip compile $(LOCK_FLAGS) --no-deps requirements/triton.in -o requirements/triton.txt
LOCK_FLAGS = --quiet --universal --no-emit-index-url --no-annotate --custom-compile-command 'make lock' $(LOCK_ARGS)

.PHONY: clean
clean: ## remove caches and built files; the environments, the data and the installed pipelines stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

# ---- environments. The locks name every package, so pip has nothing to resolve (--no-deps).

.PHONY: python-version
python-version:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) was found; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) lacks the venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/bin/python: | python-version
	$(call say,"making the environment $(VENV) with $$($(PYTHON) --version)")
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-run-%: requirements/run.txt | $(VENV)/bin/python
	$(call say,"installing the service's packages into $(VENV)")
	$(PY) $(PIP) --no-deps -r requirements/run.txt
	@rm -f $(VENV)/.installed-run-*
	@touch $@

$(VENV)/.installed-dev-%: requirements/torch.txt requirements/dev.txt | $(VENV)/bin/python
	$(call say,"installing torch into $(VENV): the exporter and the tests need it; the service does not")
	$(PY) $(PIP) -r requirements/torch.txt
	$(call say,"installing the exporter's and the developer's packages into $(VENV)")
	$(PY) $(PIP) --no-deps -r requirements/dev.txt
	@rm -f $(VENV)/.installed-dev-*
	@touch $@

$(VENV_TRITON)/bin/python: | python-version
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || { \
	  echo "the bundled Triton needs Python 3.11 or 3.12, $$($(PYTHON) --version) was found: install python3.12 or" >&2; \
	  echo "set PYTHON=/path/to/python3.12; or run without Triton: AVILA_BACKEND=inprocess make run" >&2; exit 1; }
	$(call say,"making the environment $(VENV_TRITON) for Triton")
	$(PYTHON) -m venv $(VENV_TRITON)

$(VENV_TRITON)/.installed-triton-%: requirements/triton.txt | $(VENV_TRITON)/bin/python
	$(call say,"installing Triton and ONNX Runtime into $(VENV_TRITON)")
	$(VENV_TRITON)/bin/python $(PIP) --no-deps -r requirements/triton.txt
	@rm -f $(VENV_TRITON)/.installed-triton-*
	@touch $@
