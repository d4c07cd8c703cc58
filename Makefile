# The commands to know. `make help` lists them; all work from any folder name, spaces included.

VENV ?= .venv
BASE := $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
PYTHON := $(VENV)/bin/python
WORKERS ?= 2
# One more for the short tests: there is always one that waits for a clock or a server.
SHORT_WORKERS ?= $(shell expr $(WORKERS) + 1)
PYTEST := "$(PYTHON)" -m pytest

RUNTIME := $(VENV)/.runtime
TOOLS := $(VENV)/.tools
# The lists are complete, so nothing needs resolving; byte code is made when it is first used: half the time.
PIP := "$(PYTHON)" -m pip --disable-pip-version-check install -qq --no-deps --no-compile

# Byte code is kept: a run of the tests imports the application dozens of times.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-browser test-slow test-rest test-all check format bench seed clean

help:  ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: $(RUNTIME)  ## Start Rapport with a demo company; Ctrl-C stops everything
	@exec "$(PYTHON)" rapport.py

test: $(TOOLS)  ## Run the tests (all but the slow ones and the browser's)
	@$(PYTEST) -q -n $(SHORT_WORKERS) -m "not slow and not browser"

test-browser: $(TOOLS)  ## Run the tests that drive a real browser
	@$(PYTEST) -q -m browser

test-slow: $(TOOLS)  ## Run the tests that start whole installations
	@$(PYTEST) -q -m slow

test-rest: $(TOOLS)  ## Run the slow tests and the browser's, as every change does
	@$(PYTEST) -q -n $(WORKERS) --dist loadfile -m "(slow or browser) and not long"

test-long: $(TOOLS)  ## Run what takes minutes, before a release: every page for everybody, long races and fuzzing
	@$(PYTEST) -q -n $(WORKERS) --dist loadfile -o faulthandler_timeout=0 -m long

test-all: $(TOOLS)  ## Run every test
	@$(PYTEST) -q -n $(WORKERS)

check: $(TOOLS)  ## Check format, lint, types, contracts, templates and dependencies
	@"$(VENV)/bin/ruff" format --check
	@"$(VENV)/bin/ruff" check
	@"$(VENV)/bin/mypy"
	@"$(VENV)/bin/lint-imports"
	@"$(VENV)/bin/djlint" --profile jinja --lint --quiet templates
	@"$(VENV)/bin/deptry" .
	@"$(PYTHON)" -m pip check

format: $(TOOLS)  ## Bring the code into the house's format
	@"$(VENV)/bin/ruff" format
	@"$(VENV)/bin/ruff" check --fix

bench: $(TOOLS)  ## Measure: make bench NAME=lists (without NAME: what there is)
	@test -n "$(NAME)" || { echo "Choose one: $$(ls benchmarks | sed -n 's/^\([a-z]*\)\.py$$/make bench NAME=\1/p' | paste -sd, | sed 's/,/, /g')"; exit 1; }
	@"$(PYTHON)" -m "benchmarks.$(NAME)"

seed: $(RUNTIME)  ## Make a believable company: make seed SIZE=10000 (customers; beside a running Rapport or without one)
	@"$(PYTHON)" rapport.py flask seed company $(or $(SIZE),1000)

clean:  ## Remove what can be made again; the data in var/ stays
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment is made on demand, and again when a list of packages changes. A given VENV that has
# everything already is left as it is.

$(VENV)/bin/python:
	@test -n "$(BASE)" || { echo "Rapport needs Python 3.11 or newer with venv and pip: install it (on Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Making the virtual environment in $(VENV) …"
	@"$(BASE)" -m venv "$(VENV)" || { echo "$(BASE) could not make $(VENV): is the disk full, or the folder closed to you?" >&2; rm -rf "$(VENV)"; exit 1; }

$(RUNTIME): requirements.txt | $(VENV)/bin/python
	@echo "Installing the pinned packages (about a minute the first time) …"
	@$(PIP) -r requirements.txt || { echo "The packages could not be installed: see above, and check the network and the disk." >&2; exit 1; }
	@touch "$@"

$(TOOLS): requirements-dev.txt requirements.txt | $(VENV)/bin/python
	@echo "Installing the pinned packages and tools …"
	@$(PIP) -r requirements-dev.txt || { echo "The packages could not be installed: see above, and check the network and the disk." >&2; exit 1; }
	@touch "$@" "$(RUNTIME)"
