# Two commands do everything on a fresh machine: `make demo` and `make test`.
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test check bench bench-peers docs clean

# what the compiled modules are made of; CLINNOTE_PURE=1 leaves all as pure Python
HOT := $(shell find src/clinnote/model src/clinnote/ontology src/clinnote/pipeline -name '*.py')
COMPILED := $(VENV)/.compiled$(CLINNOTE_PURE)

setup: $(COMPILED)

$(VENV)/.ready: pyproject.toml constraints.txt scripts/setup.sh
	@sh scripts/setup.sh $(VENV)
	@touch $@

$(COMPILED): $(VENV)/.ready scripts/compile.py $(HOT)
	@rm -f $(VENV)/.compiled*
	@$(BIN)/python scripts/compile.py
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

# the peers of the benchmarks, in an environment of their own (medspaCy needs a C compiler)
bench-peers: setup
	@$(BIN)/python -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check 'medspacy==1.3.1' 'negspacy==1.1.0' 'spacy==3.8.18'

bench: setup
	@$(BIN)/python benchmarks/run.py

docs: setup
	@$(BIN)/python scripts/build_docs.py

clean:
	rm -rf $(VENV) build dist site demo-out
	find src -name '*.so' -delete
