# Every target sets up what it needs by itself: Python 3.11 or later with pip, and make, are all that must be there.
# A bare `make` lists the targets.

PYTHON ?= python3
OUT ?= data
PORT ?= 4200
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

# Nothing is asked, and nothing is reported to anyone.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup run test test-faults lint format docs docs-check ui bench lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

# The environment is made anew when the lock or the project's own description changes. The stamp comes last: a broken set-up is repeated.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "newsfacts needs Python 3.11 or later, which '$(PYTHON)' is not: name another with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up $(VENV): a minute or two, once" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --quiet
	@touch $@

setup: $(READY) ## make the environment, .venv

run: $(READY) ## build the articles of seeds/articles into data/ and show some of their facts
	@$(BIN)/newsfacts build seeds/articles --out $(OUT)
	@echo
	@echo 'The tables are $(OUT)/current/*/*.parquet. Some of the figures:'
	@$(BIN)/newsfacts query "select text, value, measure, source_name, place_name, period_start, char_start from figures where value > 10000" --out $(OUT)
	@echo 'Ask for more: $(BIN)/newsfacts query "select source_name, source_org_name, text from quotes" --out $(OUT)'

test: $(READY) ## pass the tests
	@$(BIN)/python -m pytest -n 2 --dist loadscope

test-faults: $(READY) ## kill builds at every stage, fill the disk, and see that nothing is lost (some minutes)
	@$(BIN)/python -m pytest -m faults -n 2 --dist load

lint: $(READY) ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## bring the code into shape
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

docs: $(READY) ## write the generated parts of README.md and docs/
	@$(BIN)/python -m flows.docs

docs-check: $(READY) ## fail where the generated parts of the docs are stale (the tests do it too)
	@$(BIN)/python -m flows.docs --check

ui: $(READY) ## Prefect's server and page on this machine, with a nightly build; Ctrl-C ends it (PORT=4200)
	@$(BIN)/python -m flows.ui --port $(PORT)

bench: $(READY) ## throughput
	@$(BIN)/python -m benchmarks.throughput

# Lines with a marker ("; python_version ...") are written by hand and stay as they are; all others are pinned anew.
lock: ## pin the newest versions that pyproject.toml allows
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet '.[dev]'
	@.venv-lock/bin/python -m pip check
	@grep ' ; ' requirements.lock > .venv-lock/kept || true
	@.venv-lock/bin/python -m pip freeze --exclude newsfacts | awk -F'==' 'FNR == NR { split($$1, kept, "=="); marked[kept[1]]; next } !($$1 in marked)' \
	  .venv-lock/kept - | cat - .venv-lock/kept | LC_ALL=C sort -f > .venv-lock/pins
	@{ echo '# Made by "make lock" from pyproject.toml; lines with a marker are kept by hand.'; cat .venv-lock/pins; } > requirements.lock
	@rm -rf .venv-lock

clean: ## remove the environment and the caches, and leave data/ as it is
	rm -rf $(VENV) .venv-lock .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
