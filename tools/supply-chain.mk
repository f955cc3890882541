# The lock, the oldest versions, known vulnerabilities, the list of parts: see CONTRIBUTING.md.
SUPPLY = build/supply
MINIMUM = build/minimum
SBOM = build/sbom
QUIETLY = --disable-pip-version-check install --quiet
HASHED = $(BIN)/python -m pip $(QUIETLY) --require-hashes --no-deps
# What reads strangers' files, and what rests most on other packages' arithmetic and formats.
MINIMUM_TESTS = tests/networks tests/episodes tests/games tests/store/test_run.py tests/store/test_maps.py tests/strategy tests/replay

.PHONY: lock locked test-minimum audit sbom
# After a change of constraints.txt, tools/supply-chain.txt or a bound in pyproject.toml.
lock: $(VENV)/.dev
	$(BIN)/python -m tools.minimum
	$(BIN)/python -m tools.lock
	$(BIN)/python -m tools.lock tools/supply-chain.txt tools/supply-chain.lock

# The environment of `make test`, from files whose SHA-256 is in the lock; the CPU build of torch.
locked: $(BIN)/python
	sed -n '/^setuptools==/,/[^\\]$$/p' requirements-dev.lock > $(VENV)/builder.lock
	$(HASHED) --requirement $(VENV)/builder.lock # builds the one package that comes as a source archive
	$(HASHED) --no-build-isolation $(CPU_INDEX) --requirement requirements-dev.lock
	$(BIN)/python -m pip $(QUIETLY) --no-deps --no-build-isolation --editable .
	$(BIN)/python -c 'import torch'
	touch $(VENV)/.dev $(VENV)/.runtime

# Wants Python 3.11 or 3.12; 1 GB of disk with the CPU build of torch, 8 GB where PyTorch's index does not answer. There
# CI says BUT=torch, and takes the version of constraints.txt for this one.
BUT = nothing
test-minimum:
	$(PYTHON) -m venv $(MINIMUM)
	(grep -v '^$(BUT)==' constraints-minimum.txt; grep '^$(BUT)==' constraints.txt || true) > $(MINIMUM)/pins.txt
	$(MINIMUM)/bin/python -m pip $(QUIETLY) --constraint $(MINIMUM)/pins.txt $(CPU_INDEX) --editable '.[all]' hypothesis pytest pytest-timeout pytest-xdist sb3-contrib
	$(TEST_ENV) $(MINIMUM)/bin/python -m pytest -n $(WORKERS) --dist loadfile -o filterwarnings=default $(MINIMUM_TESTS)

$(SUPPLY)/bin/pip-audit: tools/supply-chain.lock
	$(PYTHON) -m venv $(SUPPLY)
	$(SUPPLY)/bin/python -m pip $(QUIETLY) --require-hashes --no-deps --requirement tools/supply-chain.lock
	touch $@

audit: $(VENV)/.dev $(SUPPLY)/bin/pip-audit
	$(BIN)/python -m tools.audit $(SUPPLY)/bin/pip-audit

# dist/rlxai.cdx.json: what a user's environment holds, with licences (CycloneDX). Where the wheel lay is nobody's business.
sbom: $(SUPPLY)/bin/pip-audit
	$(PYTHON) -m venv --clear $(SBOM)
	$(SBOM)/bin/python -m pip $(QUIETLY) --constraint constraints.txt $(CPU_INDEX) .
	rm $(SBOM)/lib/python*/site-packages/rlxai-*.dist-info/direct_url.json
	$(SBOM)/bin/python -m tools.licences
	$(SBOM)/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes pip
	mkdir -p dist
	$(SUPPLY)/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type library --output-reproducible --output-file dist/rlxai.cdx.json $(SBOM)
