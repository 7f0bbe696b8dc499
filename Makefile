# `make` prints what there is to do.  Everything happens in .venv; PYTHON chooses the interpreter it is made from.
PYTHON ?= python3
VENV := .venv
FINDERS := build/finders
MINIMAL := build/minimal
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
REAL_LOGS := $(wildcard ../shared/samples)
GUARDS := $(wildcard ../shared/bench/finetune_dev.parquet)
SWEEPS := $(filter-out $(GUARDS),$(wildcard ../shared/bench/*.parquet))

.DEFAULT_GOAL := help
.PHONY: help demo test test-browser lint type format attack fuzz bench bench-readers bench-replay coverage mutants minimal release docs architecture clean screenshot

help:  ## print this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

# A week of a small team: a sweep of three, a run lost over night, one that crawls, one that stalls, a good one, and an export
# that nobody can judge.
DEMO := $(addprefix sample_logs/,sweep/lr_0.0007 sweep/lr_0.02 sweep/lr_0.13 diverged-to-nan too-slow-keras-tensorboard \
  too-high-hf-trainer well-tuned-wandb three-points-only)

demo: $(VENV)/.run  ## set up and diagnose eight runs of sample_logs/ into report.html
	$(BIN)/lrdoctor diagnose $(DEMO) -o report.html -o report.json
	@echo "open report.html in a browser"

test: $(VENV)/.dev  ## set up and run the tests (third-party logs too, where ../shared/samples is)
	$(BIN)/python -m pytest -q $(if $(REAL_LOGS),--real-logs=$(REAL_LOGS))

test-browser: $(VENV)/.browser  ## the report in a real browser: no request, no error, sort, zoom, axe-core (needs Debian for Chromium)
	$(BIN)/python -m pytest -q -m browser tests/browser

lint: $(VENV)/.dev  ## rules and formatting, who may import whom, declared and imported packages, the picture of the architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python docs/architecture.py --check
	$(BIN)/python docs/pages.py --check

coverage: $(VENV)/.dev  ## run the tests and print their coverage
	$(BIN)/python -m pytest -q --cov $(if $(REAL_LOGS),--real-logs=$(REAL_LOGS))

type: $(VENV)/.dev  ## mypy --strict, tests included
	$(BIN)/mypy

format: $(VENV)/.dev  ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

attack: $(VENV)/.dev  ## attacks of every kind (those under a minute are in `make test` too), then `make fuzz`
	$(BIN)/python -m pytest -q -m "attack or campaign"
	$(MAKE) fuzz

minimal: $(MINIMAL)/.made  ## with the runtime dependencies alone every command works or names the extra it needs
	.ci/minimal $(MINIMAL)/bin

release: $(VENV)/.dev  ## a dry run of a release: build, check, install the wheel elsewhere and diagnose a sample
	.ci/release $(BIN)

docs: $(VENV)/.docs  ## build the site into build/site: strict, its links checked
	$(BIN)/python docs/pages.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

architecture: $(VENV)/.dev  ## draw docs/architecture.svg from the imports, and count rooms, floors and circles
	$(BIN)/python docs/architecture.py

fuzz: $(VENV)/.dev  ## read 100,000 mutated logs, resuming where it was stopped (about an hour; findings in build/fuzz)
	$(BIN)/python -m benchmarks.fuzz $(if $(REAL_LOGS),--more $(REAL_LOGS))

mutants: $(VENV)/.mutants  ## put small faults into the code that decides: a test has to fail (half an hour; resumes)
	$(BIN)/python -m benchmarks.mutants

bench: $(VENV)/.bench  ## print accuracy, comparisons and speed (about 40 minutes; see benchmarks/README.md)
	$(BIN)/python -m benchmarks $(if $(SWEEPS),--sweeps $(SWEEPS)) $(if $(GUARDS),--guards $(GUARDS))
	$(BIN)/python -m benchmarks divergence $(if $(SWEEPS),--sweeps $(SWEEPS))
	$(BIN)/python -m benchmarks noise
	$(BIN)/python -m benchmarks findings $(if $(SWEEPS),--sweeps $(SWEEPS))
	$(BIN)/python -m benchmarks worth $(if $(SWEEPS),--sweeps $(SWEEPS))
	$(BIN)/python -m benchmarks draws $(if $(SWEEPS),--sweeps $(SWEEPS))
	$(BIN)/python -m benchmarks compare $(if $(SWEEPS),--sweeps $(SWEEPS))
	$(BIN)/python -m benchmarks speed
	$(BIN)/python -m benchmarks.page

bench-readers: $(VENV)/.bench  ## print the CPU time of reading logs, beside TensorBoard's reader and pandas (about ten minutes)
	$(BIN)/python -m benchmarks.readers

bench-replay: $(VENV)/.bench $(FINDERS)/.made  ## print the regret of replay's LR, beside LR finders (over half an hour the first time)
	$(BIN)/python -m benchmarks.replay --jobs 2
	$(BIN)/python -m benchmarks.replay overhead
	$(BIN)/python -m benchmarks.replay prior --jobs 2

MIXED := $(addprefix sample_logs/,sweep two-sweeps diverged-to-nan lr-decayed three-points-only too-high turned-sign)
SHOOT := chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking

screenshot: $(VENV)/.dev  ## remake the README's pictures of the report (needs Chromium)
	@mkdir -p build
	$(BIN)/lrdoctor diagnose sample_logs/too-high -o build/screenshot.html
	$(BIN)/lrdoctor diagnose $(MIXED) -o build/sweep.html
	$(BIN)/lrdoctor replay --init build/replay_recipe.py || true
	OMP_NUM_THREADS=1 $(BIN)/lrdoctor replay build/replay_recipe.py -o build/replay.html
	$(SHOOT) --window-size=1000,1240 --user-data-dir=$$(mktemp -d) --screenshot=docs/report.png file://$(CURDIR)/build/screenshot.html
	$(SHOOT) --window-size=1000,1120 --user-data-dir=$$(mktemp -d) --screenshot=docs/sweep.png file://$(CURDIR)/build/sweep.html
	$(SHOOT) --window-size=1000,1420 --user-data-dir=$$(mktemp -d) --screenshot=docs/replay.png file://$(CURDIR)/build/replay.html

clean:  ## remove the environment and everything made in it
	rm -rf $(VENV) build report.html report.json .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.run: $(VENV)/.pip pyproject.toml
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run constraints.txt
	$(PIP) --group dev
	@touch $@

$(VENV)/.browser: $(VENV)/.dev
	command -v chromium > /dev/null || { apt-get -qq update && apt-get -qq install --yes chromium; }
	$(PIP) --group browser
	@touch $@

$(VENV)/.docs: $(VENV)/.dev
	$(PIP) --group docs
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) --group bench
	@touch $@

$(VENV)/.mutants: $(VENV)/.dev
	$(PIP) --group mutants
	@touch $@

$(MINIMAL)/.made: pyproject.toml
	$(PYTHON) -m venv $(MINIMAL)
	$(MINIMAL)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

# Apart from .venv: fastai asks for a torchvision that does not load beside the CPU build of torch, and Lightning fails
# wherever such a one is installed.  None of the finders needs it.
$(FINDERS)/.made: FINDERS_PIP := $(subst $(VENV)/,$(FINDERS)/,$(PIP))
$(FINDERS)/.made: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(FINDERS)
	$(FINDERS_PIP) --upgrade 'pip>=25.1'
	$(FINDERS_PIP) --editable . --group finders
	$(FINDERS)/bin/python -m pip --quiet uninstall --yes torchvision
	@touch $@
