# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Environments. Name an existing one on the command line or in the environment and nothing is installed into it.
VENV ?= .venv
VENV_TRITON ?= .venv-triton
VENV_PEERS ?= .venv-peers
# The bundled Triton needs 3.11 or 3.12; a name on PATH may be a version manager's shim that does not run, so each is tried.
PYTHON ?= $(shell for python in python3 python3.12 python3.11; do \
  "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo "$$python" && exit; \
  done; command -v python3)
PYTEST_ARGS ?=
# Processes that share the tests, a file to each: much of a test's time is waiting for servers. PYTEST_WORKERS=0: one, in the open.
PYTEST_WORKERS ?= 2

# Packages of NVIDIA's own licence, which no other part needs, lie in a folder of their own; `make plans` fills it.
PLANS ?= $(CURDIR)/.venv-plans
VENV_OPTIMUM ?= .venv-optimum
VENV_MODELOPT ?= .venv-modelopt

export PYTHONUNBUFFERED := 1
export PYTHONPATH := $(CURDIR):$(PLANS)
export AVILA_VENV_TRITON ?= $(VENV_TRITON)
export AVILA_VENV_MODELOPT ?= $(VENV_MODELOPT)

# A stamp's name holds the hash of what it installed, so that an unchanged lock costs one file look-up.
hash = $(shell cat $(1) | sha256sum | cut -c1-16)
PEERS_STAMP := $(VENV_PEERS)/.installed-peers-$(call hash,requirements/peers.txt requirements/run.txt)
RUN_STAMP := $(VENV)/.installed-run-$(call hash,requirements/run.txt)
DEV_STAMP := $(VENV)/.installed-dev-$(call hash,requirements/torch.txt requirements/dev.txt)
TRITON_STAMP := $(VENV_TRITON)/.installed-triton-$(call hash,requirements/triton.txt)
OPTIMUM_STAMP := $(VENV_OPTIMUM)/.installed-optimum-$(call hash,requirements/torch.txt requirements/optimum.txt)
MODELOPT_STAMP := $(VENV_MODELOPT)/.installed-modelopt-$(call hash,requirements/torch.txt requirements/modelopt.txt)
PLANS_STAMP := $(PLANS)/.installed-plans-$(call hash,requirements/plans.txt)
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
run: $(RUN_STAMP) $(RUN_TRITON) ## install what is missing, build the page, start the service, print its address
	@$(PY) -m web.toolchain build || echo "the page could not be built (above says why); the APIs start without it" >&2
	$(PY) -m avila up

.PHONY: test
test: $(DEV_STAMP) $(TRITON_STAMP) ## run the tests (PYTEST_ARGS="-k name" for some)
	$(PY) -m pytest -m "not slow" -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

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

.PHONY: plans
plans: $(DEV_STAMP) $(PLANS_STAMP) ## build TensorRT for RTX plans, no GPU needed: every tiny network, and Stable Diffusion 1.5's UNet
	$(PY) -m pytest -m "not gpu" tests/export/test_tensorrt.py tests/export/test_plans.py tests/export/test_full_size_plan.py $(PYTEST_ARGS)

.PHONY: parity
parity: $(DEV_STAMP) $(TRITON_STAMP) ## compare every feature (PARITY_ONLY=regex: some) with diffusers, through the real Triton; writes docs/parity.md
	PARITY_WRITE=1 $(PY) -m pytest -m slow tests/export/test_parity.py $(PYTEST_ARGS)

.PHONY: optimum
optimum: $(DEV_STAMP) $(OPTIMUM_STAMP) ## compare the shipped model's pictures with those of Optimum's own export
	AVILA_VENV_OPTIMUM=$(VENV_OPTIMUM) $(PY) -m pytest tests/export/test_optimum.py $(PYTEST_ARGS)

.PHONY: modelopt
modelopt: $(DEV_STAMP) $(PLANS_STAMP) $(MODELOPT_STAMP) ## let NVIDIA's ModelOpt quantise, and build int8 and fp8 plans of it, no GPU needed
	$(PY) -m pytest -m slow tests/export/test_quantisation.py $(PYTEST_ARGS)

.PHONY: bench-precisions
bench-precisions: $(DEV_STAMP) $(PLANS_STAMP) $(MODELOPT_STAMP) ## what each precision loses and gains; benchmarks/results/precisions.md
	$(PY) -m training.precisions

.PHONY: bench-reuse
bench-reuse: $(DEV_STAMP) ## what using deep features again loses and gains; benchmarks/results/reuse.md
	$(PY) -m training.reuse

# What the benchmarks ask, installed as `make run` installs it; under a second where it is.
.PHONY: shipped
shipped: $(DEV_STAMP)
	$(PY) -m avila models install

.PHONY: bench-engine
bench-engine: $(DEV_STAMP) $(TRITON_STAMP) shipped ## measure the engine; results in benchmarks/results/
	$(PY) -m benchmarks.engine

.PHONY: bench-rows
bench-rows: $(DEV_STAMP) $(TRITON_STAMP) shipped ## one call of the UNet, whole and with its rows side by side
	$(VENV_TRITON)/bin/python -m benchmarks.rows

.PHONY: bench-waterfall
bench-waterfall: $(DEV_STAMP) $(TRITON_STAMP) shipped ## show where the time of one picture goes, from its trace
	$(PY) -m benchmarks.waterfall $(BENCH_ARGS)

.PHONY: bench-growth
bench-growth: $(DEV_STAMP) $(TRITON_STAMP) shipped ## how cost grows with steps, size, pictures, callers, queue
	$(PY) -m benchmarks.growth $(BENCH_ARGS)

.PHONY: bench-soak
bench-soak: $(DEV_STAMP) $(TRITON_STAMP) shipped ## half an hour of mixed load: does memory stay flat?
	$(PY) -m benchmarks.soak $(BENCH_ARGS)

.PHONY: bench-gateway
bench-gateway: $(DEV_STAMP) ## measure the gateway on both databases; benchmarks/results/gateway.md
	$(PY) -m benchmarks.gateway $(BENCH_ARGS)

.PHONY: bench-page
bench-page: $(DEV_STAMP) $(TRITON_STAMP) ## the page in a real browser: frames, first load, Lighthouse; benchmarks/results/page.md
	$(PY) -m benchmarks.page $(BENCH_ARGS)

.PHONY: bench-peers
bench-peers: $(DEV_STAMP) $(TRITON_STAMP) $(PEERS_STAMP) shipped ## compare ours with diffusers and OpenVINO on the same weights
	$(PY) -m benchmarks.peers --openvino $(VENV_PEERS)/bin/python

.PHONY: train
train: $(DEV_STAMP) ## train the model that ships, from nothing or TRAIN_FROM=models/avila-demo (hours on two cores); stopped stages go on
	$(PY) -m training.data
	$(PY) -m training.tokenizer $(TRAIN_START)
	$(PY) -m training.autoencoder $(TRAIN_START)
	$(PY) -m training.text --workers 1 $(TRAIN_START)
	$(PY) -m training.encode
	$(PY) -m training.unet $(TRAIN_START)
	$(PY) -m training.package --out $(TRAIN_OUT)
	$(PY) -m training.evaluate --model $(TRAIN_OUT)
	$(PY) -m training.lora blob --model $(TRAIN_OUT)
	$(PY) -m training.lora glossy --model $(TRAIN_OUT)
	$(PY) -m training.controlnet --model $(TRAIN_OUT)
	$(PY) -m training.package --adapters --out $(TRAIN_OUT)
	$(PY) -m training.demonstrate --model $(TRAIN_OUT)
	$(PY) -m training.curves
	$(PY) -m training.gate
TRAIN_OUT ?= models/avila-demo
TRAIN_START = $(if $(TRAIN_FROM),--start-from $(TRAIN_FROM))

.PHONY: simulate
simulate: $(DEV_STAMP) $(TRITON_STAMP) shipped ## hold the model against the real system, then ask it about 1 to 1,000 GPUs
	$(PY) -m benchmarks.simulation

.PHONY: rehearsal
rehearsal: $(DEV_STAMP) $(TRITON_STAMP) ## restart every piece of a whole installation under load; benchmarks/results/rehearsal.md
	$(PY) -m benchmarks.rehearsal

.PHONY: web
web: $(RUN_STAMP) ## only build the page (Node is installed where it is missing)
	$(PY) -m web.toolchain build

.PHONY: page-test
page-test: $(DEV_STAMP) $(TRITON_STAMP) ## the page in a real browser against the real service: every flow, every screen
	$(PY) -m pytest tests/web/test_page.py -k TestBrowser $(PYTEST_ARGS)

.PHONY: screenshots
screenshots: $(DEV_STAMP) $(TRITON_STAMP) ## photograph every screen, desk and phone, light and dark, into build/screenshots
	AVILA_E2E_SCREENSHOTS=$(CURDIR)/build/screenshots $(PY) -m pytest tests/web/test_page.py -k every_screen $(PYTEST_ARGS)

.PHONY: lock
lock: $(DEV_STAMP) ## pin the newest versions that pyproject.toml allows (LOCK_ARGS="--upgrade-package NAME")
	$(UV) pip compile $(LOCK_FLAGS) pyproject.toml -o requirements/run.txt
	$(UV) pip compile $(LOCK_FLAGS) -c requirements/run.txt --override requirements/overrides.txt --extra dev \
	  pyproject.toml -o requirements/dev.txt
	$(UV) pip compile $(LOCK_FLAGS) -c requirements/dev.txt --override requirements/overrides.txt --extra export \
	  pyproject.toml -o requirements/export.txt
	$(UV) pip compile $(LOCK_FLAGS) docker/sbom.in -o docker/sbom.txt
	$(UV) pip compile $(LOCK_FLAGS) --no-deps requirements/triton.in -o requirements/triton.txt
	$(UV) pip compile $(LOCK_FLAGS) --override requirements/overrides.txt requirements/optimum.in -o requirements/optimum.txt
	$(UV) pip compile $(LOCK_FLAGS) --override requirements/modelopt-overrides.txt requirements/modelopt.in \
	  -o requirements/modelopt.txt
	$(UV) pip compile $(LOCK_FLAGS) --no-deps requirements/plans.in -o requirements/plans.txt
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

$(VENV_PEERS)/.installed-peers-%: requirements/peers.txt requirements/run.txt | python-version
	$(call say,"installing OpenVINO into $(VENV_PEERS)")
	$(PYTHON) -m venv $(VENV_PEERS)
	$(VENV_PEERS)/bin/python $(PIP) --no-deps -r requirements/run.txt -r requirements/peers.txt
	@rm -f $(VENV_PEERS)/.installed-peers-*
	@touch $@

# Packages that pin others than ours do have environments of their own, with the same torch.
define own_environment
$(1)/.installed-$(2)-%: requirements/torch.txt requirements/$(2).txt | python-version
	$$(call say,"installing $(2) into $(1)")
	$$(PYTHON) -m venv $(1)
	$(1)/bin/python $$(PIP) -r requirements/torch.txt
	$(1)/bin/python $$(PIP) --no-deps -r requirements/$(2).txt
	@rm -f $(1)/.installed-$(2)-*
	@touch $$@
endef
$(eval $(call own_environment,$(VENV_OPTIMUM),optimum))
$(eval $(call own_environment,$(VENV_MODELOPT),modelopt))

$(PLANS)/.installed-plans-%: requirements/plans.txt | $(VENV)/bin/python
	$(call say,"installing TensorRT for RTX into $(PLANS)")
	$(PY) $(PIP) --no-deps --upgrade --target $(PLANS) -r requirements/plans.txt
	@rm -f $(PLANS)/.installed-plans-*
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
