# What one types here. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types words pictures assurance sbom audit libraries lock bench clean
VENV := .venv/bin
# first on the path, before site-packages: the library fhir.resources also brings a package named fhir
export PYTHONPATH := $(CURDIR)

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## Install everything into .venv, without root (PYTHON=... to choose the interpreter)
	@sh deploy/setup.sh

demo: setup ## Run the whole loop and keep serving until Ctrl-C (ONCE=1 to stop by itself, PORT=... to move)
	@$(VENV)/python -m app.demo

test: lint types ## Check style and types, then run all tests
	@$(VENV)/python -m pytest -q -n auto --maxprocesses 8 --dist loadfile

lint: setup ## Check style and format
	@$(VENV)/ruff check --quiet .
	@$(VENV)/ruff format --quiet --check .

types: setup ## Check types
	@$(VENV)/mypy --no-error-summary app fhir anonymiser

bench: setup ## Measure: tests/bench, beside the tools of others in .venv-peers
	@[ tests/bench/peers.txt -ot .venv-peers/made ] || { \
	    UV_PYTHON_DOWNLOADS=never .tools/bin/uv venv --quiet --clear --python $(VENV)/python .venv-peers && \
	    UV_SYSTEM_CERTS=1 .tools/bin/uv pip sync --quiet --require-hashes --python .venv-peers/bin/python \
	        tests/bench/peers.txt && touch .venv-peers/made; } || \
	    { rm -rf .venv-peers; echo 'The tools of others cannot be installed here: what needs them is skipped, and said.'; }
	@$(VENV)/python -m pytest -q -s tests/bench -o python_files='bench_*.py'

words: setup ## Take up what templates mark for translation, and pack the catalogues
	@$(VENV)/pybabel --quiet extract --mapping app/web/translations/babel.cfg --no-location --sort-output \
	    --output var/messages.pot . && \
	    $(VENV)/pybabel --quiet update --input-file var/messages.pot --output-dir app/web/translations \
	        --no-fuzzy-matching --ignore-obsolete --width 110 && \
	    $(VENV)/pybabel --quiet compile --directory app/web/translations

pictures: setup ## Take the pictures of the main pages from a running `make demo` (AT=http://127.0.0.1:8000)
	@$(VENV)/python -m tests.journeys.pictures $(or $(AT),http://127.0.0.1:8000)

assurance: setup ## Write the pages of the hazard log and the ASVS ledger from their data
	@$(VENV)/python -m deploy.assurance.pages

sbom: setup ## Write the bill of materials of what is installed: var/sbom.cdx.json
	@$(VENV)/python -m deploy.assurance.sbom

audit: setup ## Look for secrets, dangerous code and known faults of packages; "not audited" is never green
	@$(VENV)/python -m deploy.assurance.audit

libraries: setup ## Look which libraries have a newer version, and write down when somebody looked
	@$(VENV)/python -m deploy.assurance.libraries

lock: setup ## Resolve pyproject.toml again into the hashed requirements files (UPGRADE=1 for newer versions)
	@for extra in '' dev; do \
	    UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never .tools/bin/uv pip compile --quiet --universal \
	        --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade) \
	        $${extra:+--extra $$extra} pyproject.toml -o requirements$${extra:+-$$extra}.txt || exit 1; \
	done
	@UV_SYSTEM_CERTS=1 .tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-header $(if $(UPGRADE),--upgrade) tests/bench/peers.in -o tests/bench/peers.txt
	@$(VENV)/python -m deploy.assurance.libraries

clean: ## Remove all that make made: the environment and the demo's data
	@find var -name cluster -type l -exec sh -c 'for link do kept=$$(readlink "$$link"); case $$kept in \
	    /var/tmp/backstitch-*/cluster) rm -rf "$${kept%/cluster}" ;; esac; done' sh {} + 2>/dev/null || true
	rm -rf .venv .venv-peers .tools var .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
