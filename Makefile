.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
TIMES = build/test-times.xml
SCRIPTS := $(wildcard scripts/*.sh scripts/images/*.sh deploy/adapters/*/*.sh)

.PHONY: docs help bootstrap application dist images test test-exhaustive test-slow test-unit mutants lint format demo demo-down migrate-check new-rule rule-pages bench bench-check bench-backup bench-backfill bench-switch bench-set lock clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

bootstrap: ## Docker Engine, Compose v2 and the virtual environment, where they are missing
	@scripts/bootstrap.sh --dev

application: ## venv/ with alembic and what the reference application imports: for migrate-check, sync_db.py, alembic
	@scripts/bootstrap.sh --application

dist: ## dist/: a wheel, and one executable file with everything in it
	@scripts/dist.sh

images: bootstrap ## the base images of the demo and the tests
	@scripts/build-base-image.sh all

test: ## unit, contracts, integration, end to end: needs root once, for the Docker Engine
	@{ scripts/bootstrap.sh --dev && scripts/build-base-image.sh all; } || { \
	  test "$$CI" != true || exit 1; \
	  echo "test: no usable Docker engine here; what needs one is skipped" >&2; \
	  scripts/bootstrap.sh --venv-only --dev; }
	$(PYTHON) -m pytest -m "not exhaustive" --junitxml=$(TIMES) -n 3 --dist loadgroup --no-loadscope-reorder  # most of the end-to-end time is waiting; groups: tests/conftest.py

test-slow: ## the ten longest tests of the last `make test`
	@$(PYTHON) scripts/slow_tests.py $(TIMES)

test-exhaustive: images ## what make test leaves out: every further moment of a kill, every PostgreSQL between (two hours)
	$(PYTHON) -m pytest -m exhaustive -n 3 --dist loadgroup --no-loadscope-reorder

test-unit: ## without Docker and database: about a minute
	@scripts/bootstrap.sh --venv-only --dev
	$(PYTHON) -m pytest tests/unit -q -n auto

mutants: ## do unit tests notice a changed decision? ROOM=engine, planning or checks; without ROOM all three (ten minutes of processor time)
	@scripts/bootstrap.sh --venv-only --dev
	@$(PYTHON) -m tests.mutants $(ROOM) $(ARGS)

lint: ## ruff, mypy, import contracts, shellcheck
	@scripts/bootstrap.sh --venv-only --dev --programs
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	build/programs/bin/mypy --config-file mypy-programs.ini
	.venv/bin/lint-imports
	$(PYTHON) scripts/error_page.py --check
	$(PYTHON) scripts/json_page.py --check
	.venv/bin/shellcheck $(SCRIPTS)

demo: ## deploy twice under load, migrate, roll back: the whole road on this machine
	@scripts/demo.sh

demo-down: ## remove everything that the demo made
	@scripts/demo.sh down

migrate-check: ## what the pending migrations would do to production
	@test -f .env || scripts/bootstrap.sh --application
	@scripts/migration-check.sh

new-rule: ## begin a rule of the migration check: make new-rule NAME=drop_something
	@$(PYTHON) scripts/new_rule.py $(NAME)

docs: ## docs/errors.md, docs/rules and what else is written from the code
	@$(PYTHON) scripts/error_page.py
	@$(PYTHON) scripts/json_page.py
	@$(PYTHON) scripts/rule_pages.py

rule-pages: ## docs/rules and the findings of tests/rules, from the rules
	@$(PYTHON) scripts/rule_pages.py

bench: ## our overhead beside the bare commands
	@scripts/bench.sh

bench-check: ## the migration check beside its peers, with targets (a few minutes, downloads packages)
	@scripts/bench-check.sh

bench-backup: ## backup, restore and verify beside pg_dump and psql, with targets (some minutes)
	@scripts/bench-backup.sh

bench-backfill: ## a back-fill in batches beside one UPDATE, under writers
	@$(PYTHON) -m tests.bench.backfill

bench-switch: ## deployments at the highest load, on an idle machine and a busy one; a watch while every core is busy
	@scripts/bootstrap.sh --dev
	@scripts/build-base-image.sh all
	@$(PYTHON) -m tests.bench.switch $(ARGS)

bench-set: ## twenty deployments of a whole compose file under load: requests, jobs and ticks are counted
	@scripts/bootstrap.sh --dev
	@scripts/build-base-image.sh all
	@$(PYTHON) -m tests.bench.whole_set $(ARGS)

lock: ## renew the lock files (needs uv)
	@scripts/lock.sh

clean: ## remove what the tools made here
	rm -rf .venv venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist *.egg-info
