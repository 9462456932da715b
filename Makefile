# make lab    JupyterLab on the first notebook, against the embedded gateway
# make test   every test
# make check  lint and types
# Each sets itself up in .venv from nothing but Python 3.11+; a second run is quick.

VENV := .venv
BIN := $(VENV)/bin
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$python && break; done)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

# Without a display JupyterLab prints its address instead of opening a browser; as root it wants to be asked twice.
HAS_DISPLAY := $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname)))
LAB_OPTIONS := $(if $(HAS_DISPLAY),,--no-browser) $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test check clean

lab: $(VENV)/.lab
	$(BIN)/jupyter lab $(LAB_OPTIONS) notebooks/01-export.ipynb

test: $(VENV)/.dev
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-sanitize-with tests/nbval-sanitize.cfg \
		--nbval-cell-timeout 120 notebooks

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; say which with make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.lab: pyproject.toml constraints.txt | $(VENV)/.python
	$(INSTALL) '.[all]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.python
	$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/.lab
