# Every target sets up what it needs; a second run is quick.
UV_PIN := 0.13.8
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: docs infra-check help azurite demo picture test check bench lock setup fmt clean policy-check role preflight \
	crash-matrix fault-matrix fence dry storm fuzz catalog coverage-report

help:
	@echo "make demo    run the main job on a simulated Azure (WORLD=name or world.toml for one world,"
	@echo "             POLICY=policy.toml to see what your own policy makes of it, KEEP=1 to leave it running)"
	@echo "make test    run all tests"
	@echo "make check   ruff, mypy --strict, import contracts"
	@echo "make bench   measure and print the figures (ARGS=\"b d\" for some of them)"
	@echo "make policy-check FILE=policy.toml   say what a policy allows, or what is wrong with it and where"
	@echo "make role    write the least-privilege roles that a policy needs into infra/roles (POLICY_FILE=policy.toml,"
	@echo "             ARGS=\"--scope /subscriptions/<id>\" for where they may be assigned, once for each)"
	@echo "make docs    build the documentation from docs/ into site/, ending with an error where a link does not hold"
	@echo "make catalog write docs/catalog, a page for each error code, from the catalog, the causes and the fixes"
	@echo "make coverage-report   play every world, and say which rows of the published guidance are covered and verified"
	@echo "             (ARGS=--strict ends with an error below 100 %, ARGS=\"--worlds a,b\" plays some)"
	@echo "make infra-check   hold Bicep against Azure's type data, the settings that the code reads, the policy's roles and"
	@echo "             the table of outcomes (ARGS=\"--types <clone of Azure/bicep-types-az>/generated\" for all of the data)"
	@echo "make preflight   check a deployment's settings, store and rights, changing nothing in Azure (settings from the"
	@echo "             environment; ARGS=--all looks at every group, ARGS=--help says how to ask a deployed app itself)"
	@echo "make crash-matrix   SIGKILL before and after every ARM request and every store write, one a run"
	@echo "make fault-matrix   every request of every world in turn meets every kind of fault"
	@echo "make fence dry storm fuzz   10,000 look-alikes; no write where none is allowed; 10,000 alerts; hostile input"
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
	$(PY) -m pytest -n logical --maxprocesses 4 --dist worksteal $(ARGS)

demo: setup
	@$(PY) -m sandbox.demo $(if $(WORLD),--world $(WORLD),$(if $(KEEP),--world locked_group)) $(if $(KEEP),--keep) $(if $(POLICY),--policy $(POLICY)) $(ARGS)

picture: setup
	@$(PY) -m sandbox.demo --picture docs/demo.svg

bench: setup
	@$(PY) -m tests.bench $(ARGS)

policy-check: setup
	@$(PY) -m engine.policy.check $(FILE)

role: setup
	@$(PY) -m engine.rights.role_files $(if $(POLICY_FILE),--policy $(POLICY_FILE)) $(ARGS)

catalog: setup
	@$(PY) -m engine.catalog_files

# NO_MKDOCS_2_WARNING: a notice of the theme about a version that is not pinned here.
docs: setup
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict $(ARGS)

coverage-report: setup
	@$(PY) -m tests.coverage.report $(ARGS)

infra-check: setup
	@$(PY) -m infra.check $(ARGS)

preflight: setup
	@$(PY) -m engine.rights.preflight $(ARGS)

# The long proofs; `make test` runs a seeded part of each.
crash-matrix: setup azurite
	@$(PY) -m tests.matrix.crash $(ARGS)

fault-matrix: setup
	@$(PY) -m tests.matrix.fault $(ARGS)

fence dry storm fuzz least_privilege: setup
	@$(PY) -m tests.matrix.$@ $(ARGS)

fmt: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: .tools/.uv-$(UV_PIN)
	.tools/bin/uv pip compile -q --generate-hashes --no-header pyproject.toml -o requirements.txt
	.tools/bin/uv pip compile -q --generate-hashes --no-header pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf .venv .tools .demo .bench node_modules
