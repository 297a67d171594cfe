PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test test-all lint format model schema vendor screenshots clean

help:
	@echo "make demo      set up and judge example messages"
	@echo "make test      set up and run the tests (minutes)"
	@echo "make test-all  the slow tests too"
	@echo "make lint      ruff, mypy, rule lint, rule examples"
	@echo "make vendor    fetch the page's vendored browser libraries again and check their hashes"
	@echo "make screenshots  pictures of the desk into docs/images (needs chromium)"
	@echo "make model     train the shipped model again, bit for bit"

# A finished set-up is not touched again, so that everything below also works offline.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "scamcheck needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(STAMP)

setup: $(STAMP)

demo: $(STAMP)
	@$(BIN)/scamcheck check --file examples/messages.txt

test: $(STAMP)
	$(BIN)/python -m pytest -m "not slow"

test-all: $(STAMP)
	$(BIN)/python -m pytest -m "not slow" --cov=scamcheck --cov-report=term-missing:skip-covered --cov-fail-under=94
	$(BIN)/python -m pytest -m slow --durations=20

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/scamcheck rules lint
	$(BIN)/scamcheck rules test
	$(BIN)/python tools/vendor.py --check

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

model: $(STAMP)
	$(BIN)/scamcheck train --output models

schema: $(STAMP)
	$(BIN)/scamcheck rules schema --write rules/schema

vendor:
	$(PYTHON) tools/vendor.py

screenshots: $(STAMP)
	$(BIN)/python -m tools.screenshots docs/images

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage
