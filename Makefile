# Each target sets itself up: only Python 3.11+ and make are needed. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run demo test browser lint bench lock clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 8

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Visawire needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(RUN_STAMP)  ## crawl what is due, publish, and serve at http://127.0.0.1:8001
	@code=0; $(BIN)/visawire run -v || code=$$?; \
	if [ $$code -eq 0 ] || [ $$code -eq 1 ]; then exec $(BIN)/visawire serve; fi; \
	if [ $$code -ne 3 ]; then exit $$code; fi; \
	echo; echo "No source could be reached: this machine seems to be offline. Here is the demo instead (archive: var/demo)."; echo; \
	exec $(BIN)/visawire demo

demo: $(RUN_STAMP)  ## the same, offline, from a bundled invented web
	@exec $(BIN)/visawire demo

test: $(DEV_STAMP)  ## run the tests
	$(BIN)/python -m pytest

browser:  ## install what the browser tests need (Debian or Ubuntu, as root); without it they are skipped
	tests/browser/setup.sh

lint: $(DEV_STAMP)  ## style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV_STAMP)  ## measure what docs claim
	$(BIN)/python -m bench

lock: $(DEV_STAMP)  ## resolve the dependencies again (hashes, no host names)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean:  ## remove the virtual environment and what was generated (not var/)
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache
