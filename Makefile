# `make demo` and `make test` make their own virtual environment in .venv; nothing else has to be installed.
PYTHON ?= python3
BIN := .venv/bin
# Workers of the test run; two fit the smallest machine that the project is tested on.
JOBS ?= 2

# An editable install maps folders to names in a way that type checkers do not follow: they get a tree of links.
ROOMS := boards compiler hw sim toolchain train zoo

.PHONY: demo test test-slow test-boards bench lint clean

demo: .venv/.demo
	$(BIN)/binloom compile zoo/fashion_small.h5 -o build/fashion_small --classes zoo/fashion_small.classes.txt
	$(BIN)/binloom verify build/fashion_small --data zoo/fashion_images.npz --images 100

test: lint
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"
	$(BIN)/python bench/run.py --check

# The long proofs: whole test sets, wide sweeps. Needs the data sets and models that the tests name.
test-slow: .venv/.dev
	$(BIN)/python -m pytest -m slow

# Of these what is shown of boards: bitstreams, and on simulated ones thousands of frames through noise, whole sets of
# images, bytes at random; the demo, and designs of others.
test-boards: .venv/.boards
	$(BIN)/python -m pytest -n $(JOBS) -m slow tests/boards tests/hw/link tests/sim/demo tests/examples

# The figures of the documents; takes an hour and more, and leaves out models that are not there. See bench/README.md.
bench: .venv/.dev
	$(BIN)/python bench/run.py
	$(BIN)/python bench/fit.py --check
	$(BIN)/python bench/cost_error.py
	$(BIN)/python bench/golden_vs_keras.py

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	rm -rf build/types && mkdir -p build/types/binloom
	ln -s $(addprefix $(CURDIR)/,$(wildcard cli/*) $(ROOMS)) build/types/binloom/
	cd build/types && ../../$(BIN)/mypy --config-file ../../pyproject.toml --python-executable ../../$(BIN)/python --package binloom

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "binloom needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.demo: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable '.[sim]'
	touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@ .venv/.demo

# All families of chips.
.venv/.boards: .venv/.dev
	$(BIN)/pip install --quiet --editable '.[gowin]'
	touch $@
