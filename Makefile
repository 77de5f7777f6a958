# Every verb of the repository. `make help` lists them; docs/reference/make.md explains them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON_IN := .venv/bin/python
# make demo
PORT ?= 8000
SERVE ?= 1
INSTITUTIONS ?=
# make test: one family only, as `make test FAMILY=domain`; make bench and make lock: one name only
FAMILY ?=
ONLY ?=
export ONLY

.PHONY: help
help: ## List these verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.PHONY: install
install: ## Make .venv with the runtime, hash-pinned; the command is .venv/bin/jieyue
	@scripts/install.sh runtime

.PHONY: install-dev
install-dev: ## The same with everything that tests and checks need
	@scripts/install.sh dev

.PHONY: install-test
install-test: ## That, and what the tests of the cluster need (pyspark, 434 MB)
	@scripts/install.sh test

.PHONY: demo
demo: install ## Show a whole sample city: prepare it, print the plan board, serve (SERVE=0 ends, PORT, INSTITUTIONS)
	@.venv/bin/jieyue demo --port $(PORT) $(if $(INSTITUTIONS),--institutions $(INSTITUTIONS)) $(if $(filter 0,$(SERVE)),--no-serve)

.PHONY: check
check: install-dev ## Style, types, layers, templates, layout, vendored files (seconds to a minute)
	@$(PYTHON_IN) scripts/check.py

.PHONY: test
test: install-test ## Everything that must hold before a change lands: check, then all test families (FAMILY=name for one)
	@scripts/setup-system.sh
	@$(if $(FAMILY),:,$(PYTHON_IN) scripts/check.py)
	@$(PYTHON_IN) scripts/run_tests.py $(FAMILY)

.PHONY: test-long
test-long: install-test ## All of test, with the slow ones and both databases
	@scripts/setup-system.sh
	@$(PYTHON_IN) scripts/check.py
	@$(PYTHON_IN) scripts/run_tests.py --long $(FAMILY)

.PHONY: bench
bench: install-dev ## Time the works against their floors, one line a work (ONLY=city)
	@$(PYTHON_IN) -m bench $(if $(ONLY),--only $(ONLY))

.PHONY: lock
lock: ## Lock requirements/*.in with hashes (UPGRADE=1 takes the newest, ONLY=name one package)
	@scripts/lock.sh

.PHONY: vendor
vendor: install-dev ## Refresh the browser assets from npm
	@$(PYTHON_IN) scripts/vendor_assets.py

.PHONY: screenshots
screenshots: install-dev ## Take docs/images/*.png from a fresh sample city
	@scripts/setup-system.sh
	@$(PYTHON_IN) -m scripts.screenshots

.PHONY: docs
docs: ## Build the documentation into site/
	@scripts/install.sh docs
	@.venv/bin/mkdocs build --strict

.PHONY: clean
clean: ## Remove what was built (.venv and homes stay)
	@rm -rf site dist build test-results .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
