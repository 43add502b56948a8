# Sets up its own Python environment in .venv, then does what it is asked. `make` alone lists it all.
# PYTHON chooses the interpreter (make test PYTHON=python3.12); ARGS is handed on to the tool.

PYTHON ?= python3
RUN := .venv/bin/python

# The environment is made again where pyproject.toml or the lock is newer, and where it was made by another
# PYTHON or for a clone in another place.
MADE_FOR := $(PYTHON) $(CURDIR)
ifneq "$(shell exec 2>/dev/null; $(RUN) -c '' && cat .venv/made-for)" "$(MADE_FOR)"
.PHONY: .venv/made-for
endif

# What the caller's own mirror is set to must reach neither the tests nor the demo; DCS_TEST_ variables say on
# which server to test, and what stands on make's own command line is meant.
$(foreach name,$(filter-out DCS_TEST_%,$(filter DCS_% AXCELERATE_%,$(.VARIABLES))),\
	$(if $(filter environment,$(origin $(name))),$(eval unexport $(name))))
# Without compiled files every process would compile what it imports, and pytest rewrite every test, again.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

# Tests run at once (tests/conftest.py says how many); on a server that is given (DCS_TEST_DATABASE_URL) one after the other, because
# some of them measure what the whole server writes.
WORKERS ?= $(if $(DCS_TEST_DATABASE_URL),0,auto)
TESTS = $(RUN) -m pytest --dist=worksteal --durations=15 -n $(WORKERS)
# What Debian 12 brings, and the tests that run on it, too.
POSTGRESQL_15 ?= /usr/lib/postgresql/15/bin
SERVICES := pgbouncer tinyproxy nginx curl openssl promtool systemd-analyze
PACKAGES := pgbouncer tinyproxy nginx curl openssl prometheus systemd
ON_15 := tests/services tests/migration tests/plans tests/acceptance/test_role_matrix.py $(addprefix tests/integration/test_, \
	roles.py target_rights.py target_replaced_code.py target_hidden_code.py restricted_readers.py fitness.py search_path.py)
RULES := tests/unit tests/integration tests/scenarios tests/properties tests/plans tests/structure

.PHONY: help demo test-unit test-rules test test-long test-services bench lint format types imports migrations \
	test-browser test-lowest check docs columns lock wheel clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{printf "%-18s %s\n", $$1, $$2}'

demo: .venv/made-for ## the whole story on an embedded database, kept in .demo
	@DCS_DATA_DIR=.demo $(RUN) -m dcs_mirror demo $(ARGS)

test-unit: .venv/made-for ## the tests that need no database: seconds
	@$(TESTS) -m "not long" tests/unit $(ARGS)

test-rules: .venv/made-for ## the tests of the rules below the command line: some minutes
	@$(TESTS) -m "rules and not long" $(RULES) $(ARGS)

test: .venv/made-for ## all tests but the long ones: a quarter of an hour on two cores
	@$(TESTS) -m "not long and not services and not browser" $(ARGS)

test-long: .venv/made-for ## the tests that take minutes each, one after the other
	@$(RUN) -m pytest --durations=15 -m long $(ARGS)

test-services: .venv/made-for ## tests on PostgreSQL 15, PgBouncer, a proxy, TLS and Prometheus, as Debian 12 has them
	@test -x "$(POSTGRESQL_15)/initdb" || { \
	  echo 'PostgreSQL 15 is not in $(POSTGRESQL_15); on Debian 12: apt-get install postgresql-15' >&2; exit 1; }
	@for program in $(SERVICES); do PATH="$$PATH:/usr/sbin" command -v "$$program" >/dev/null || { \
	  echo "$$program is missing; on Debian 12: apt-get install $(PACKAGES)" >&2; exit 1; }; done
	@DCS_TEST_POSTGRES_BIN="$(POSTGRESQL_15)" $(TESTS) -m "not long" $(ON_15) $(ARGS)

test-browser: .venv/made-for ## the dashboard in Chromium: two minutes
	@command -v chromium >/dev/null || { echo 'chromium is missing; on Debian 12: apt-get install chromium' >&2; exit 1; }
	@$(RUN) -m pytest --durations=15 -m browser tests/browser $(ARGS)

test-lowest: ## the unit tests with the lowest releases that pyproject.toml allows: before a release
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && set -e && \
	"$(PYTHON)" -m venv "$$folder" && "$$folder/bin/python" -m pip install --quiet "$(UV)" && \
	"$$folder/bin/uv" pip install --quiet --python "$$folder/bin/python" --resolution lowest-direct --editable ".[test]" && \
	"$$folder/bin/python" -m pytest -n $(WORKERS) -p no:cacheprovider tests/unit $(ARGS)

bench: .venv/made-for ## how fast the mirror is, and what bounds it (ARGS=--help)
	@$(RUN) -m bench $(ARGS)

lint: .venv/made-for ## style and formatting
	@$(RUN) -m ruff check $(ARGS)
	@$(RUN) -m ruff format --check $(ARGS)

format: .venv/made-for ## mend what lint can mend by itself
	@$(RUN) -m ruff check --fix $(ARGS)
	@$(RUN) -m ruff format $(ARGS)

types: .venv/made-for ## static types
	@$(RUN) -m mypy $(ARGS)

imports: .venv/made-for ## who may import whom
	@$(RUN) -c 'import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())'

migrations: .venv/made-for ## whether merged migrations are unchanged; ARGS=--help: write and add a new one
	@$(RUN) -m tests.migration.landed $(ARGS)

check: lint types imports test ## everything that must hold before a change is sent

docs: .venv/made-for ## write the generated pages and tables of docs/
	@$(RUN) docs/generate_schema.py
	@$(RUN) -m docs.generate_faults
	@$(RUN) -m docs.generate_pipeline
	@$(RUN) -m docs.generate_rules
	@$(RUN) -m docs.generate_architecture

columns: .venv/made-for ## write the columns of a content item into the SQL that lists them
	@$(RUN) -m tools.generate_item_columns

wheel: .venv/made-for ## build the wheel and the source archive into dist/
	@$(RUN) -m hatchling build

# uv lives in a folder of its own for the moment; what is pinned already stays (ARGS=--upgrade moves it). The
# second lock is what the image runs.
UV := uv==0.13.9
COMPILE = "$$folder/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links pyproject.toml $(ARGS)

lock: export UV_CUSTOM_COMPILE_COMMAND = make lock
lock: ## pin every dependency anew, for all versions of Python
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && set -e && \
	"$(PYTHON)" -m venv "$$folder" && "$$folder/bin/python" -m pip install --quiet "$(UV)" && \
	$(COMPILE) --extra dev --output-file requirements.lock >&2 && \
	$(COMPILE) --extra srs --extra notify --constraint requirements.lock --output-file requirements-runtime.lock >&2

clean: ## remove what was made; stop the demo's server first
	@if [ -d .demo ] && [ -x $(RUN) ]; then DCS_DATA_DIR=.demo $(RUN) -m dcs_mirror db stop; fi
	rm -rf .venv .demo bench.json build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/made-for: export RECORD = $(MADE_FOR)
.venv/made-for: pyproject.toml requirements.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'dcs-mirror needs Python 3.11 or newer; "$(PYTHON)" is older or missing: make PYTHON=python3.12 ...' >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '"$(PYTHON)" lacks venv; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@echo 'setting up .venv, which takes a minute the first time' >&2
	@rm -rf .venv
	@"$(PYTHON)" -m venv .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
	  -r requirements.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@printf '%s\n' "$$RECORD" > $@
