# Every target does its own set-up; a second run finds it done.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHARED ?= ../shared/data
LOCK := requirements.lock pyproject.toml
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock
PYTEST := $(BIN)/python -m pytest

# Every commit of a store waits for its disk; the fast tests' own files may as well be in memory, where there is room.
MEMORY := $(shell test -w /dev/shm && df -Pm /dev/shm | awk 'NR == 2 && $$4 > 500 { print "/dev/shm" }')
# What was compiled once is kept: to compile every test for each run is a fifth of the fast suite.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo demo-cluster test test-fast test-slow test-fault test-cluster test-browser kafka postgres check lint types contracts docs wheel compose bench accuracy calendar nightly lock clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.stamps/venv:
	@mkdir -p .stamps
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

.stamps/run: .stamps/venv $(LOCK)
	@echo 'Installing Zhiban into $(VENV) ...'
	@$(INSTALL) --editable .
	@touch $@

.stamps/dev: .stamps/run $(LOCK)
	@echo 'Installing the test tools into $(VENV) ...'
	@$(INSTALL) --editable '.[dev]'
	@touch $@

.stamps/cluster: .stamps/dev $(LOCK)
	@echo 'Installing Kafka, Faust and PostgreSQL clients into $(VENV) ...'
	@$(INSTALL) --editable '.[dev,kafka,postgres]'
	@touch $@

demo: .stamps/run  ## a whole city under watch, in a minute
	@$(BIN)/zhiban demo

demo-cluster: .stamps/cluster  ## the same city on Kafka, Faust and PostgreSQL, without Docker, in some minutes
	@$(BIN)/python compose/demo.py .stamps/kafka

test: test-fast test-slow test-fault  ## every test: the fast ones, laws and what really waits, then kills and faults

test-fast: .stamps/dev  ## all that needs no wait, in under a minute
	$(if $(MEMORY),PYTEST_DEBUG_TEMPROOT=$(MEMORY)) $(PYTEST) -n 2 --dist worksteal

test-slow: .stamps/dev
	$(if $(MEMORY),PYTEST_DEBUG_TEMPROOT=$(MEMORY)) $(PYTEST) -n 2 --dist worksteal -m 'slow and not cluster'

test-fault: .stamps/dev
	$(PYTEST) -m 'fault and not cluster' -p no:randomly

test-cluster: .stamps/cluster  ## the tests that want a real Kafka and a real PostgreSQL
	$(PYTEST) -m cluster -p no:randomly tests

test-browser: .stamps/dev  ## what people see, in this machine's Chromium, where there is one
	@if which chromium chromium-browser google-chrome 2> /dev/null | grep -q .; then \
		$(INSTALL) --editable '.[dev,browser]' && \
		$(PYTEST) -m browser -p no:randomly -n 2 --dist worksteal tests/alerts/digest tests/zhiban/taps; \
	else echo 'no Chromium here: nobody looked at what people see'; fi

kafka: .stamps/venv  ## a real Kafka on this machine without Docker, until Ctrl-C
	@$(BIN)/python compose/kafka/start.py .stamps/broker

postgres: .stamps/venv  ## a PostgreSQL of our own on this machine, until Ctrl-C
	@$(BIN)/python compose/postgres/start.py .stamps/database

check: .stamps/dev lint types contracts test test-browser docs wheel compose test-cluster  ## what CI runs

lint: .stamps/dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: .stamps/dev
	$(BIN)/mypy streams agents connectors alerts zhiban tests benchmarks

contracts: .stamps/dev
	$(BIN)/lint-imports

docs: .stamps/dev
	$(BIN)/python -m zhiban.reference --check docs/reference

compose: .stamps/venv  ## hold the compose files against the specification, Prometheus's by promtool; no engine is needed
	@test -x .stamps/compose/bin/check-jsonschema || { $(PYTHON) -m venv .stamps/compose && \
		.stamps/compose/bin/pip install --quiet --disable-pip-version-check check-jsonschema; }
	.stamps/compose/bin/check-jsonschema --builtin-schema vendor.compose-spec compose/compose.yaml compose/kafka.yaml
	@bash .ci/promtool .stamps/promtool

wheel: .stamps/dev
	@bash .ci/wheel $(BIN)/python

bench: .stamps/cluster  ## speed, beside peers and limits (ONLY="cluster claims" measures some sections again)
	$(BIN)/python -m benchmarks $(ONLY)

calendar: .stamps/dev  ## every working day beside another calendar, into docs/calendar.md
	@test -x .stamps/holidays/bin/python || $(PYTHON) -m venv .stamps/holidays
	@.stamps/holidays/bin/pip install --quiet --disable-pip-version-check holidays
	$(BIN)/python -m benchmarks.workdays .stamps/holidays/bin/python

accuracy: .stamps/dev calendar  ## figures on real input, into docs/accuracy.md
	$(BIN)/python -m benchmarks.accuracy $(SHARED)

nightly: .stamps/cluster  ## a thousand kills and many examples; ends by itself within three hours
	ZHIBAN_LOGS=1000 ZHIBAN_FAULT_LOGS=1000 ZHIBAN_FAULT_TURNS=10 ZHIBAN_FAULT_LETTERS=3000 ZHIBAN_SHOW_KILLS=100 timeout --signal=INT 60m $(PYTEST) -m cluster -p no:randomly tests
	ZHIBAN_KILLS=1000 timeout --signal=INT 60m $(PYTEST) -m 'fault and not cluster' -p no:randomly
	HYPOTHESIS_PROFILE=nightly timeout --signal=INT 60m $(PYTEST) -n 2 -m 'not fault and not browser and not cluster' \
		tests/properties tests/battery tests/contracts

lock:  ## solve the lock, all extras together; UPGRADE=--upgrade for newer versions
	$(PYTHON) -m venv .stamps/uv && .stamps/uv/bin/pip install --quiet uv
	.stamps/uv/bin/uv pip compile pyproject.toml --all-extras --python-version 3.11 $(UPGRADE) --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock

clean:  ## take away what was made
	rm -rf $(VENV) .stamps dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
