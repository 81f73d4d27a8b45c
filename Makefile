# Two commands do everything on a machine with Python >= 3.11, a C compiler and make:
#   make demo   sets up .venv and runs the main job on real DICOM
#   make test   sets up .venv and runs all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A build without OpenMP is another build: asking for it makes it anew.
BUILD := $(if $(filter-out 0,$(MIP_NO_OPENMP)),serial,openmp)
SOURCES := pyproject.toml setup.py $(wildcard src/mip/kernels/*.pyx src/mip/kernels/*.pxd src/mip/kernels/c/*)

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
READY := $(VENV)/.ready-$(BUILD)
DEVELOP := $(VENV)/.develop-$(BUILD)

.PHONY: setup demo test test-full check clean

setup: $(DEVELOP)

# The venv is used whole or not at all: each stamp is written last.
$(READY): $(SOURCES)
	rm -f $(VENV)/.ready-* $(VENV)/.develop-*
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade "pip>=25.1"
	$(INSTALL) --group demo --editable ".[server]"
	touch $@

$(DEVELOP): $(READY)
	$(INSTALL) --group test --group lint --group bench
	touch $@

demo: $(READY)
	$(BIN)/mip demo

test: $(DEVELOP)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(DEVELOP)
	$(BIN)/python scripts/check

test-full: $(DEVELOP)
	$(BIN)/python scripts/test_full

clean:
	rm -rf $(VENV) build dist src/*.egg-info
	find src -name '*.so' -delete
