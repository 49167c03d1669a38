# `make` prints the targets. Each one does its own set-up in .venv.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENV := .venv
BIN := $(VENV)/bin
BENCH_VENV := .venv-bench
STAMP := $(VENV)/.installed
WORKERS ?= 2
MINUTES ?= 10
ARGS ?=

.PHONY: help install demo test check format bench docs pictures soak lock clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv with the `interlock` command in it
	@:

$(STAMP): pyproject.toml requirements/dev.txt scripts/install.sh
	@scripts/install.sh $(VENV) requirements/dev.txt
	@touch $@

demo: install ## run the document fleet (ARGS="--processes 4 --kill 5")
	@$(BIN)/interlock demo $(ARGS)

# The two streams go out as one, so that pytest's closing line is the last line of both.
test: install ## run every test; fails under 100 % branch coverage of kernel, store and hub
	@scripts/browser.sh
	@$(BIN)/python -m pytest --numprocesses=$(WORKERS) --cov --cov-fail-under=100 \
		--cov-report=term-missing:skip-covered --dist=worksteal --durations=10 --durations-min=5 \
		$(ARGS) 2>&1

check: install ## format, lint, strict types, import arrows, tidiness
	@$(BIN)/ruff format --check --quiet . || { echo 'Run `make format`.'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/unit/test_tidy.py

format: install ## format and fix what the linter can fix
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

bench: $(BENCH_VENV)/.installed ## measure, beside the peers (ARGS="...")
	@$(BENCH_VENV)/bin/python -m bench $(ARGS)

# The peers and their servers stay out of the environment that the tests run in.
$(BENCH_VENV)/.installed: pyproject.toml requirements/bench.txt scripts/install.sh
	@scripts/install.sh $(BENCH_VENV) requirements/bench.txt
	@touch $@

docs: install ## write the generated parts of the documentation again
	@$(BIN)/python scripts/docs.py

pictures: install ## take the pictures of the console again
	@scripts/browser.sh
	@INTERLOCK_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/console/test_pictures.py

soak: install ## the chaos harnesses with a larger budget (MINUTES=60)
	@INTERLOCK_SOAK_MINUTES=$(MINUTES) $(BIN)/python -m pytest --timeout=0 tests/soak $(ARGS)

lock: ## compile the pinned requirements again (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv.' >&2; exit 1; }
	@for name in $(basename $(notdir $(wildcard requirements/*.in))); do \
		uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade --generate-hashes \
			--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
			pyproject.toml requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean: ## remove .venv, caches and what the build left
	@rm -rf $(VENV) $(BENCH_VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@rm -f .coverage .coverage.*
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
