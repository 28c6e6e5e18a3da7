# Every target sets up what it needs; a second run is quick.
UV_PIN := 0.13.8
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help azurite demo picture test check bench crash-matrix lock setup fmt clean

help:
	@echo "make demo    run the main job on a simulated Azure (WORLD=name for one world, KEEP=1 to leave it running)"
	@echo "make test    run all tests"
	@echo "make check   ruff, mypy --strict, import contracts"
	@echo "make bench   measure and print the figures (ARGS=\"b d\" for some of them)"
	@echo "make crash-matrix   one run with a SIGKILL for every ARM request of the main job"
	@echo "make picture make fmt make clean   the README's picture; format; remove what setup made"
	@echo "make lock    compile pyproject.toml into requirements*.txt with hashes"

setup: .venv/.synced

.tools/.uv-$(UV_PIN):
	@command -v python3 >/dev/null || { echo "python3 (3.9 or newer) is missing: install it and run make again."; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || { echo "python3 is older than 3.9: install a newer one and run make again."; exit 1; }
	@python3 -m venv .tools >/dev/null || { echo "python3 cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@.tools/bin/pip install -q --disable-pip-version-check uv==$(UV_PIN) || { echo "uv $(UV_PIN) could not be installed with pip: check the network or your pip settings."; exit 1; }
	@touch $@

.venv/.synced: .tools/.uv-$(UV_PIN) requirements-dev.txt .python-version
	@.tools/bin/uv venv -q --allow-existing --python $$(cat .python-version) .venv || { echo "Python $$(cat .python-version) was not found and uv could not fetch it: install it and run make again."; exit 1; }
	@.tools/bin/uv pip sync -q --require-hashes --compile-bytecode requirements-dev.txt
	@touch $@

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

azurite: node_modules/.azurite

# Without Node the Azurite tests skip (with CI=true they fail), so a missing Node does not stop make here.
node_modules/.azurite: package.json .npmrc
	@if command -v npm >/dev/null; then \
	  npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
	    || { echo "Azurite could not be installed with npm: check the network or your npm settings."; exit 1; }; \
	  touch $@; \
	else echo "Node.js (20 or newer) is missing: the Azure Table tests will be skipped, or fail with CI=true."; fi

test: setup azurite
	$(PY) -m pytest $(ARGS)

demo: setup
	@$(PY) -m sandbox.demo $(if $(WORLD),--world $(WORLD),$(if $(KEEP),--world locked_group)) $(if $(KEEP),--keep) $(ARGS)

picture: setup
	@$(PY) -m sandbox.demo --picture docs/demo.svg

bench: setup
	@$(PY) -m tests.bench $(ARGS)

# One run for every ARM request of the world, the host killed before or after its answer; `make test` runs every fourth.
crash-matrix: setup
	CRASH_EVERY=1 $(PY) -m pytest tests/end_to_end/test_locked_group.py -k kill $(ARGS)

fmt: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: .tools/.uv-$(UV_PIN)
	.tools/bin/uv pip compile -q --generate-hashes --no-header pyproject.toml -o requirements.txt
	.tools/bin/uv pip compile -q --generate-hashes --no-header pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf .venv .tools .demo .bench node_modules
