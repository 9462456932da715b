# Every target sets itself up in .venv from nothing but Python 3.11 or newer; a second run is quick.

VENV := .venv
BIN := $(VENV)/bin
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$python && break; done)
PIP := $(BIN)/python -m pip
INSTALL := $(PIP) install --disable-pip-version-check --constraint constraints.txt

# Without a display JupyterLab prints its address instead of opening a browser. It refuses to run as root unless told.
NOTEBOOK := notebooks/00-workbench.ipynb
HAS_DISPLAY := $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname)))
LAB_OPTIONS := $(if $(HAS_DISPLAY),,--no-browser) $(if $(filter 0,$(shell id -u)),--allow-root)

# Each worker and each process of a test would compile the library again.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest --numprocesses logical

.DEFAULT_GOAL := help
.PHONY: help lab test quick long check clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1@/p' Makefile | while IFS=@ read target text; do printf 'make %-6s %s\n' "$$target" "$$text"; done

lab: $(VENV)/.lab ## open JupyterLab on notebooks/00-workbench.ipynb, with the sandbox
	$(BIN)/jupyter lab $(LAB_OPTIONS) --LabApp.default_url=/lab/tree/$(NOTEBOOK)

test: $(VENV)/.dev ## run every test and every notebook, in parallel
	$(PYTEST)

# Importing what the ignored files need takes longer than many tests.
quick: $(VENV)/.dev ## run the tests that need neither a browser nor much time
	$(PYTEST) -m "not slow and not browser and not shared" --ignore tests/browser --ignore tests/fuzz tests

long: $(VENV)/.dev ## fuzz for minutes instead of seconds, and test at scale
	APIG_NB_FUZZ_SECONDS=300 APIG_NB_FUZZ_EXAMPLES=300 $(PYTEST) --dist load --hypothesis-profile long tests/fuzz \
		tests/compare/test_compare_equivalence.py tests/compare/test_compare_random_schemas.py tests/test_echoed_secrets.py

check: $(VENV)/.dev ## run the linters and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if [ -x $(BIN)/biome ]; then echo $(BIN)/biome ci; $(BIN)/biome ci; \
	else echo "JavaScript and CSS were not checked: biome has no wheel for this platform"; fi

clean: ## remove .venv and everything that tests and checks left
	rm -rf $(VENV) artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; say which with make PYTHON=…" >&2; exit 1; }
	@echo "Making $(VENV)"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.lab: pyproject.toml constraints.txt | $(VENV)/.python
	@echo "Installing the library and JupyterLab into $(VENV); the first time, this takes some minutes"
	$(INSTALL) --editable '.[all]'
	@touch $@

# Dependency groups need pip 25.1; the pip that Python 3.11 brings is older.
$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.python
	@echo "Installing the library and the tools for tests and checks into $(VENV); the first time, this takes some minutes"
	$(INSTALL) --upgrade 'pip>=25.1'
	$(INSTALL) --editable '.[all]' --group dev
	@touch $@ $(VENV)/.lab
