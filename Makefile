# Two commands do everything on a machine with Python >= 3.11, a C compiler and make:
#   make demo   sets up .venv and runs the main job on real DICOM
#   make test   sets up .venv and runs all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A build without OpenMP is another build: asking for it makes it anew.
BUILD := $(if $(filter-out 0,$(MIP_NO_OPENMP)),serial,openmp)
SOURCES := pyproject.toml setup.py $(wildcard src/mip/kernels/*.pyx src/mip/kernels/*.pxd src/mip/kernels/c/*)

.PHONY: setup demo test test-full check clean

setup: $(VENV)/.ready-$(BUILD)

# The venv is used whole or not at all: the stamp is written last.
$(VENV)/.ready-$(BUILD): $(SOURCES)
	rm -f $(VENV)/.ready-*
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test --group lint --group bench --editable .
	touch $@

demo: setup
	$(BIN)/mip demo

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/python scripts/check

test-full: setup
	$(BIN)/python scripts/test_full

clean:
	rm -rf $(VENV) build dist src/*.egg-info
	find src -name '*.so' -delete
