# `make demo` and `make test` are all the set-up there is: both create .venv first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Each worker process computes on one core; pools of threads inside it only get in the way.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help env demo test test-all check bench clean

help:
	@echo "make env       create $(VENV) with everything"
	@echo "make demo      solve real tasks on screen"
	@echo "make test      checks and tests"
	@echo "make test-all  the slow tests too"
	@echo "make check     ruff, mypy --strict, import contracts"
	@echo "make bench     throughput of the searchers"
	@echo "make clean     remove $(VENV) and caches"

env: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nsr needs Python 3.11 or newer; use make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: env
	@$(BIN)/python -m benchmarks demo

test: check
	$(BIN)/python -m pytest -n 2

test-all: check
	$(BIN)/python -m pytest -n 2 -m ""

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: env
	$(BIN)/python -m benchmarks run throughput

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
