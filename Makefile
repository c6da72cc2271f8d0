# Thin: `harness` does the work (`.venv/bin/harness --help`). make turns every failure into exit code 2; scripts call `harness`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCENARIO ?= smoke
SERVICES ?= auto
SEED ?=
TARGET ?=
ENV ?= local
DRY_RUN ?=
USERS ?= 10000000
PROFILE ?= day
SET ?=
FAULT ?=
YES ?=
SERVER ?=
RUN ?=
# Half of a test's time is waiting for a server. Files stay whole, so that each process starts its servers once.
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help venv doctor replay stage test test-containers test-terraform lint stack package image plan apply deploy destroy emulator-stop verify-apply cost calibrate capacity capacity-search validate bench docs clean lock

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 18
	@echo
	@echo 'Variables: SCENARIO=smoke|steady|calibration|FILE  SERVICES=auto|containers|native|external  SEED=number  TARGET=URL'
	@echo '           ENV=local|dev|prod  DRY_RUN=1  YES=1  RUN=folder  PYTHON=python3'
	@echo '           USERS=10M  PROFILE=day|flash|campaign|FILE  SET=PATH=VALUE  FAULT=NAME@TIME[:DURATION]'

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo 'make: preparing $(VENV)'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'make: $(PYTHON) is older than 3.11; name a newer one with PYTHON=' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.bootstrap.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

venv: $(VENV)/.installed ## prepare the Python environment

doctor: venv ## what this machine has and lacks for each command, and what to run
	@$(BIN)/harness doctor $(ARGS)

# Every fault needs servers of our own.
AT_TARGET = --target '$(TARGET)' --without-faults$(if $(YES), --yes)

replay: venv ## rehearse a scenario: real servers, real code, checked end to end; with TARGET=URL a deployed stage
	@$(BIN)/harness replay '$(or $(SCENARIO),smoke)' \
	  $(if $(TARGET),$(AT_TARGET),--services '$(or $(SERVICES),auto)') $(if $(SEED),--seed '$(SEED)') $(ARGS)

stage: venv ## keep servers, functions and workers up until Ctrl-C, and print how to rehearse them with TARGET=
	@$(BIN)/harness stage --services '$(or $(SERVICES),auto)' $(ARGS)

test: venv ## run the tests, with native servers
	@$(BIN)/harness install
	@echo 'make: the tests start real servers and take several minutes'
	@$(BIN)/python -m pytest -m 'not containers and not terraform' $(SIDE_BY_SIDE) $(ARGS)

test-containers: venv ## run the tests that need a Docker engine
	@$(BIN)/python -m pytest -m containers $(ARGS)

test-terraform: venv .venv-checkov/.installed ## check the Terraform configuration: format, validity, policies, its own tests and ours
	@$(BIN)/harness test-terraform
	@$(BIN)/harness install
	@$(BIN)/python -m pytest -m terraform $(SIDE_BY_SIDE) $(ARGS)

.venv-checkov/.installed: requirements.checkov.lock
	@echo 'make: preparing .venv-checkov'
	@test -x .venv-checkov/bin/python || $(PYTHON) -m venv .venv-checkov
	@$(BIN)/uv pip sync --quiet --python .venv-checkov/bin/python requirements.checkov.lock
	@touch $@

stack: venv ## write terraform/stack.<env>.json from the plan, without AWS: all, or ENV=
	@$(BIN)/harness stack $(if $(filter file,$(origin ENV)),,--env '$(ENV)') $(ARGS)

package: venv ## build the functions' zips for ENV=local|dev|prod: the same bytes each time
	@$(BIN)/harness package --env '$(ENV)' $(ARGS)

plan: venv ## show what an apply of ENV=local|dev|prod would change; local lives in an emulator
	@$(BIN)/harness plan --env '$(ENV)' $(ARGS)

apply: venv ## build or change ENV=local|dev|prod; asks where it costs, YES=1 does not
	@YES='$(YES)' $(BIN)/harness apply --env '$(ENV)' $(ARGS)

destroy: venv ## remove ENV=local|dev|prod; YES=1 does not ask
	@YES='$(YES)' $(BIN)/harness destroy --env '$(ENV)' $(ARGS)

emulator-stop: venv ## end the emulator, with all that it holds
	@$(BIN)/harness emulator-stop $(ARGS)

image: venv ## build the workers' image for the nodes of ENV=local|dev|prod, where a Docker engine answers
	@$(BIN)/harness image --env '$(ENV)' $(ARGS)

deploy: venv ## roll the workers out to the cluster of ENV=dev|prod; DRY_RUN=1 renders and checks, YES=1 does not ask
	@YES='$(YES)' $(BIN)/harness deploy --env '$(ENV)' $(if $(DRY_RUN),--dry-run) $(if $(SERVER),--server '$(SERVER)') $(ARGS)

verify-apply: venv ## compare what AWS has of ENV=local|dev|prod with its description; local: drive alarms and scaling
	@$(BIN)/harness verify-apply --env '$(ENV)' $(ARGS)

calibrate: venv ## service times for simulations, from the last replay or RUN=folder
	@$(BIN)/harness calibrate $(if $(RUN),--run '$(RUN)') $(ARGS)

cost: venv ## what ENV=local|dev|prod costs per month at rest
	@$(BIN)/harness cost --env $(ENV) $(ARGS)

capacity: venv ## how many users ENV=prod carries, what binds and what it costs; USERS= PROFILE= SET='A=1 B=2' FAULT=
	@$(BIN)/harness capacity --env $(if $(filter file,$(origin ENV)),prod,'$(ENV)') --users '$(USERS)' --profile '$(PROFILE)' \
	  $(foreach each,$(SET),--set '$(each)') $(foreach each,$(FAULT),--fault '$(each)') $(if $(SEED),--seed '$(SEED)') $(ARGS)

capacity-search: venv ## the largest number of users ENV=prod carries, and what raising each limit buys; PROFILE= SET=
	@$(BIN)/harness capacity-search --env $(if $(filter file,$(origin ENV)),prod,'$(ENV)') --profile '$(PROFILE)' \
	  $(if $(filter file,$(origin USERS)),,--users '$(USERS)') \
	  $(foreach each,$(SET),--set '$(each)') $(if $(SEED),--seed '$(SEED)') $(ARGS)

validate: venv ## the simulator against replays on this machine that it did not see: ten of them, about 15 minutes
	@$(BIN)/harness validate --services '$(or $(SERVICES),auto)' $(if $(SEED),--seed '$(SEED)') $(if $(RUN),--runs $(RUN)) $(ARGS)

bench: venv ## how fast the capacity simulator is, against SimPy on this machine
	@$(BIN)/harness bench $(ARGS)

docs: venv ## renew the tables in the README files of the Terraform configuration
	@$(BIN)/harness docs

lint: venv ## format check, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy contracts lambda_src/shared worker_src/worker harness
	@for folder in lambda_src/*/; do test -f $$folder/handler.py || continue; \
	  $(BIN)/mypy --no-error-summary $$folder/handler.py || exit 1; done

lock: venv ## write the lock files anew from pyproject.toml, requirements.checkov.in and worker_src/requirements.in
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	@$(BIN)/uv pip compile --quiet requirements.checkov.in --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.checkov.lock
	@$(BIN)/uv pip compile --quiet worker_src/requirements.in --constraints requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o worker_src/requirements.lock

clean: ## end leftovers of dead runs, remove results and the Python environment
	@test ! -x $(BIN)/harness || $(BIN)/harness emulator-stop
	@test ! -x $(BIN)/harness || $(BIN)/harness clean
	@rm -rf $(VENV) .venv-checkov build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
