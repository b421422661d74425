# Two commands do everything on a fresh machine: `make demo` and `make test`.
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test check bench docs clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt scripts/setup.sh
	@sh scripts/setup.sh $(VENV)
	@touch $@

demo: setup
	@$(BIN)/clinnote demo

test: setup
	@$(BIN)/python -m pytest -n auto --dist loadfile

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/clinnote ontology check
	$(BIN)/clinnote vocab verify

bench: setup
	@$(BIN)/python benchmarks/run.py

docs: setup
	@$(BIN)/python scripts/build_docs.py

clean:
	rm -rf $(VENV) build dist site demo-out
