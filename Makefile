# make help  says what there is.

SHELL := /bin/sh
# Some shells forbid compiled files; every process that is started would compile all that it loads, for seconds.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help

# A stamp says what .venv holds: it is named for what it was made from, so that any change makes it anew.
FROM = $(shell cat $(1) pyproject.toml tools/make-venv | cksum | tr -dc '0-9')
RUN := .venv/run-$(call FROM,requirements.lock)
DEV := .venv/dev-$(call FROM,requirements-dev.lock)
BROWSER := .venv/browser-$(call FROM,requirements-browser.lock)
BENCH := .venv/bench-$(call FROM,requirements-bench.lock)
BIN := .venv/bin

# What is measured beside the service: each version by itself, where only the bench finds it.
ZEN := $(foreach version,0.37 2.1,.cache/bench/zen-$(version)/installed)

# Looked for only when it is needed. Ends make with its one line if there is none.
FOUND = $(shell sh tools/find-python $(PYTHON))
VENV = $(if $(findstring !,$(FOUND)),$(error $(subst !,,$(FOUND))),tools/make-venv "$(FOUND)")

# Handed on only if given: otherwise .env and the defaults decide. HOST only as an argument: some shells export one.
ifeq ($(origin HOST),environment)
override HOST :=
endif
SETTINGS = $(foreach name,PORT HOST DATA WORKERS,$(if $($(name)),LEAD_ROUTER_$(name)='$($(name))'))

.PHONY: help run test test-browser soak check bench bench-quick format lock clean

help:
	@echo 'make run    start the service, with a Postgres of its own    PORT=8000 HOST=127.0.0.1 DATA=./data WORKERS=1'
	@echo 'make test   run all tests, against a real Postgres           ARGS="tests/store -k word"'
	@echo 'make test-browser  try the web form in a real Chromium         ARGS="-k page"'
	@echo 'make soak   run the long forms of the tests: hours            ARGS="tests/faults --counts"'
	@echo 'make check  lint, formatting, types, walls between packages'
	@echo 'make bench  measure all that is said of speed, and fail if it is not so    ARGS="--only single"'
	@echo 'make bench-quick  the figures for daily use, in two minutes'
	@echo 'make format put the code into the one format'
	@echo 'make lock   choose the newest versions that fit pyproject.toml, and pin them'
	@echo 'make clean  remove what was made, but not DATA'
	@echo 'PYTHON=/path/to/python3 chooses the Python for all of them.'

run: $(RUN)
	@$(SETTINGS) exec $(BIN)/lead-router serve --with-sample

test: $(DEV)
	@$(BIN)/python -m pytest -n auto $(ARGS)

test-browser: browser-is-there $(BROWSER)
	@$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

.PHONY: browser-is-there
browser-is-there:
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null \
	&& { command -v chromedriver || command -v chromium.chromedriver; } >/dev/null \
	|| { echo 'make test-browser needs Chromium and its driver: on Debian, apt-get install chromium chromium-driver fonts-noto-cjk' >&2; exit 1; }

soak: $(DEV)
	@$(BIN)/python -m pytest -m soak -n auto --hypothesis-profile=soak $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/lead-router openapi --check
	$(BIN)/lead-router names --check

bench: $(BENCH) $(ZEN)
	@$(BIN)/python -m bench $(ARGS)

bench-quick: $(DEV)
	@$(BIN)/python -m bench --quick $(ARGS)

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

$(RUN):
	@$(VENV) requirements.lock $@

# The development lock holds all of the other, in the same versions.
$(DEV):
	@$(VENV) requirements-dev.lock $@
	@rm -f .venv/run-* && touch $(RUN)

# So do these two, and more.
$(BROWSER):
	@$(VENV) requirements-browser.lock $@
	@rm -f .venv/run-* .venv/dev-* && touch $(RUN) $(DEV)

$(BENCH):
	@$(VENV) requirements-bench.lock $@
	@rm -f .venv/run-* .venv/dev-* && touch $(RUN) $(DEV)

.cache/bench/zen-%/installed: bench/zen-%.lock | $(DEV)
	@rm -rf $(@D)
	@$(BIN)/python -m pip --disable-pip-version-check -qq --no-input install --no-deps --require-hashes --target $(@D) --requirement $<
	@touch $@

COMPILE = .cache/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --upgrade

lock: $(DEV)
	@test -x .cache/uv/bin/uv || { $(BIN)/python -m venv .cache/uv && .cache/uv/bin/python -m pip install --quiet uv; }
	$(COMPILE) --extra build --output-file requirements.lock
	$(COMPILE) --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) --extra build --extra dev --extra browser --constraint requirements-dev.lock --output-file requirements-browser.lock
	$(COMPILE) --extra build --extra dev --extra bench --constraint requirements-dev.lock --output-file requirements-bench.lock
	for version in 0.37 2.1; do echo "zen-engine==$$version.*" | $(subst pyproject.toml,-,$(COMPILE)) --output-file bench/zen-$$version.lock; done

clean:
	rm -rf .venv .cache build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
