# `make demo` and `make test` install what is missing and need nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: help demo console screenshots console-watch console-if-possible console-packages types serve test clients lint format bench neighbours crash soak hostile traces brokers setup system-packages test-packages constraints node-packages clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
NODE_INSTALLED := tests/node/node_modules/.installed
NPM := $(BIN)/python config/packaging/node.py npm
NODE := $(BIN)/python config/packaging/node.py node
WEB := pulse_router/console/web
TYPES := $(WEB)/types
# What builds the console, and what checks it as well.
WEB_INSTALLED := $(WEB)/node_modules/.installed
WEB_COMPLETE := $(WEB)/node_modules/.complete
CONSOLE := pulse_router/console/dist/index.html
PACKAGES := mosquitto mosquitto-clients
# Tests wait for servers more than they compute: one more at a time than there are cores.
WORKERS ?= $(shell echo $$(( $$(nproc) + 1 )))
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: setup console-if-possible ## run the whole thing here: router, PostgreSQL, mosquitto, devices, webhook sink
	@exec $(BIN)/pulse-router demo $(ARGS)

# Where Python was told to keep no bytecode, each start of a router would compile all of it.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup test-packages node-packages console-packages console ## run the whole suite (ARGS="-k word" for a part of it)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

clients: setup ## try webhooks on what the suite does not need: the library and the server of Go
	@command -v go >/dev/null || { echo "make clients needs Go (https://go.dev/dl, or apt install golang)"; exit 1; }
	$(BIN)/pytest $(ARGS) tests/clients

console: $(CONSOLE) ## build the web console

console-if-possible: | $(INSTALLED)
	@$(MAKE) --no-print-directory console || echo "the console could not be built; all else works without it"

console-watch: $(WEB_INSTALLED) ## build the web console again whenever a source changes
	$(NODE) $(WEB)/build.mjs --watch

console-packages: $(WEB_COMPLETE)

screenshots: setup test-packages console-packages console ## take the pictures of the documentation anew
	$(BIN)/pytest -q tests/browser/console/screenshots.py

types: setup ## make the console's types of the API's description
	$(NPM) ci --prefix $(TYPES) --silent
	$(BIN)/python -m tests.support.api.description $(TYPES)/node_modules/openapi.json
	$(NODE) $(TYPES)/generate.mjs $(TYPES)/node_modules/openapi.json

lint: setup console-packages ## check format, style, types, layers and async rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.api.description --check
	@# It takes files only, no folders, and half a second for each: those that name what it is about.
	grep -rlZE --include='*.py' --exclude-dir=node_modules 'async|await|trio|anyio' pulse_router tests | \
	  xargs -0 -n 40 -P "$$(nproc)" $(BIN)/flake8-async --disable=ASYNC114,ASYNC9
	$(NPM) run lint --prefix $(WEB) --silent

format: setup ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## measure durable ingest against a bare pipeline
	$(BIN)/python -m tests.benchmarks $(ARGS)

neighbours: setup ## attack a router for a minute in each known way, and see what a quiet tenant notices
	$(BIN)/python -m tests.benchmarks.neighbours $(ARGS)

crash: setup test-packages ## kill -9 the router under load, a hundred times at all moments
	PULSE_CRASH_KILLS=$${PULSE_CRASH_KILLS:-100} PULSE_DISCONNECTS=$${PULSE_DISCONNECTS:-1000} \
	  $(BIN)/pytest -p no:cacheprovider -o faulthandler_timeout=0 tests/crash $(ARGS)

soak: setup ## run everything at once for ten minutes; nothing may be lost or grow
	PULSE_SOAK_SECONDS=$${PULSE_SOAK_SECONDS:-600} \
	  $(BIN)/pytest -p no:cacheprovider -o faulthandler_timeout=0 tests/soak $(ARGS)

hostile: setup test-packages ## a hundred thousand hostile answers to webhooks
	PULSE_HOSTILE_ANSWERS=$${PULSE_HOSTILE_ANSWERS:-100000} \
	  $(BIN)/pytest -p no:cacheprovider -o faulthandler_timeout=0 tests/service/webhook/test_hostile_answers.py $(ARGS)

traces: setup test-packages ## trace each message of thirty worlds whose routes change, router killed
	PULSE_TRACED_WORLDS=$${PULSE_TRACED_WORLDS:-30} \
	  $(BIN)/pytest -p no:cacheprovider -o faulthandler_timeout=0 tests/service/router/test_traces.py $(ARGS)

brokers: setup ## run against a second broker, which needs Go to be built
	cd tests/support/servers/mochi && go build -o $(CURDIR)/$(BIN)/mochi .
	PULSE_SECOND_BROKER=$(CURDIR)/$(BIN)/mochi $(BIN)/pytest -p no:cacheprovider -o faulthandler_timeout=0 tests/brokers $(ARGS)

setup: system-packages $(INSTALLED)

system-packages:
	@missing=; new_broker=; \
	command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || { missing="$(PACKAGES)"; new_broker=1; }; \
	command -v mosquitto_pub >/dev/null || missing="$(PACKAGES)"; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || missing="$$missing python3-venv"; \
	if [ -n "$$missing" ]; then \
	  echo "installing $$missing"; $(APT) update; $(APT) install --no-install-recommends -y $$missing >/dev/null; \
	  : 'Debian starts a new broker at once, on the port that the demo is for; one that was there stays.'; \
	  if [ -n "$$new_broker" ] && [ -d /run/systemd/system ]; then $(SUDO) systemctl disable --now --quiet mosquitto; fi; \
	fi

test-packages:
	@command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || { \
	  echo "installing pgbouncer"; $(APT) update; $(APT) install --no-install-recommends -y pgbouncer >/dev/null; \
	  if [ -d /run/systemd/system ]; then $(SUDO) systemctl disable --now --quiet pgbouncer; fi; \
	}
	@command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || { \
	  echo "installing nginx"; $(APT) update; $(APT) install --no-install-recommends -y nginx-light >/dev/null; \
	  : 'Debian starts it at once, on port 80; it is wanted as a child of tests alone.'; \
	  if [ -d /run/systemd/system ]; then $(SUDO) systemctl disable --now --quiet nginx; fi; \
	}
	@command -v tinyproxy >/dev/null || [ -x /usr/sbin/tinyproxy ] || { \
	  echo "installing tinyproxy"; $(APT) update; $(APT) install --no-install-recommends -y tinyproxy >/dev/null; \
	  if [ -d /run/systemd/system ]; then $(SUDO) systemctl disable --now --quiet tinyproxy; fi; \
	}
	@command -v faketime >/dev/null || { \
	  echo "installing faketime"; $(APT) update; $(APT) install --no-install-recommends -y faketime >/dev/null; \
	}
	@command -v jq >/dev/null || { \
	  echo "installing jq"; $(APT) update; $(APT) install --no-install-recommends -y jq >/dev/null; \
	}
	@command -v chromium >/dev/null || { \
	  echo "installing chromium"; $(APT) update; $(APT) install --no-install-recommends -y chromium >/dev/null; \
	}

node-packages: setup $(NODE_INSTALLED)

$(NODE_INSTALLED): tests/node/package.json tests/node/package-lock.json | $(INSTALLED)
	@echo "installing the tests' Node packages"
	@$(NPM) ci --prefix tests/node --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(WEB_INSTALLED): $(WEB)/package-lock.json $(WEB)/package.json | $(INSTALLED)
	@echo "installing what builds the console"
	@$(NPM) ci --prefix $(WEB) --ignore-scripts --omit=dev --silent
	@touch $@

$(WEB_COMPLETE): $(WEB)/package-lock.json $(WEB)/package.json | $(INSTALLED)
	@echo "installing what builds and checks the console"
	@$(NPM) ci --prefix $(WEB) --ignore-scripts --silent
	@touch $(WEB_INSTALLED) $@

$(CONSOLE): $(WEB_INSTALLED) $(WEB)/build.mjs $(shell find $(WEB)/src -type f)
	@echo "building the console"
	@$(NODE) $(WEB)/build.mjs

$(INSTALLED): pyproject.toml constraints.txt
	@echo "installing the Python packages into $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[demo,otlp]' --group dev
	@touch $@

constraints: ## pin the newest versions that the declared ranges allow
	@rm -rf $(VENV)/fresh && $(PYTHON) -m venv $(VENV)/fresh
	@$(VENV)/fresh/bin/python -m pip install --quiet --upgrade pip
	@$(VENV)/fresh/bin/python -m pip install --quiet --editable '.[demo,otlp]' --group dev
	@$(VENV)/fresh/bin/python -m pip freeze --all --exclude-editable --exclude pulse-router > constraints.txt
	@rm -rf $(VENV)/fresh

clean: ## remove the virtual environment, what was built, and caches
	rm -rf $(VENV) pulse_router/console/dist $(WEB)/node_modules $(WEB)/types/node_modules tests/node/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist build
