# `make demo` and `make test` are all the set-up there is: both create .venv first.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
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
	@test -n "$(PYTHON)" || { echo "nsr needs Python 3.11 or newer: make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@echo "compiling the kernels, once ..."
	@$(BIN)/python -c "import nsr; nsr.load_space('grids'); nsr.Machine().fit([('a', 'b')] * 4); \
	nsr.Machine(domain='integers').fit([('a', 1), ('b', 2), ('a c b', 3), ('a c b c b', 5)] * 9)"
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
