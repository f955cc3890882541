# Two commands for a newcomer: `make demo` and `make test`. Each makes its environment first.
PYTHON ?= python3
VENV ?= .venv
# TORCH=cuda takes whatever build pip finds; the default avoids several GB of CUDA packages.
TORCH ?= cpu
# Processes that tests run in.
WORKERS ?= 2

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt $(CPU_INDEX)
# On Linux the default torch wheel is the CUDA build; PyTorch's own index has the CPU one. Used only where it answers.
CPU_INDEX = $(if $(filter cpu,$(TORCH)),$(shell $(PYTHON) tools/torch_index.py))
S3_SERVER = moto==5.2.5 boto3==1.44.5 botocore==1.44.5 s3transfer==0.19.3 jmespath==1.1.0 responses==0.26.3 \
	xmltodict==1.0.4 py-partiql-parser==0.6.3 cryptography==50.0.2 cffi==2.1.1 pycparser==3.12 flask==3.1.3 \
	flask-cors==6.0.5 blinker==1.9.0
# One thread per process: two torch threads beside another busy process spin against each other.
TEST_ENV = OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE

.PHONY: demo test check lint format bench bench-replay bench-load faults fuzz-guided gallery clean
demo: $(VENV)/.runtime
	$(BIN)/rlxai demo

test: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: lint test

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m benchmarks.attribution
	$(TEST_ENV) MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 $(BIN)/python -m benchmarks.memory
	$(TEST_ENV) $(BIN)/python -m benchmarks.gpu
	$(TEST_ENV) $(BIN)/python -m benchmarks.sanity
	$(BIN)/python -m benchmarks.pages
	$(TEST_ENV) $(BIN)/python -m benchmarks.training

bench-replay: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m benchmarks.replay
	$(TEST_ENV) $(BIN)/python -m benchmarks.video

bench-load: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m benchmarks.load

# Kills, full disks, damaged files, rivals, strangers' input: more than an hour on two cores. One campaign: python -m tests.faults NAME
faults: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m tests.faults --write docs/faults.md

# Inputs bred by coverage, a minute for each kind.
fuzz-guided: $(VENV)/.dev
	$(PIP) atheris==3.0.0
	$(TEST_ENV) $(BIN)/python -m tests.fuzz.guided

bench-engines: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m benchmarks.engines

gallery: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m benchmarks.gallery docs

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --editable '.[all]'
	touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	$(PIP) --no-deps $(S3_SERVER) # what the tests serve S3 with; botocore's metadata wants an old python-dateutil
	$(PIP) --no-deps ocatari==2.2.1 termcolor==3.3.0 # its files of rules alone; the package wants an old numpy
	touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

include tools/supply-chain.mk
