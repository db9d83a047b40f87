# One-word commands; `make help` lists them. Two copies run side by side with PORT=8001 DATA_DIR=var2 make run
PYTHON ?= python3
PY := .venv/bin/python
WORKERS ?= 2
export RASA_TELEMETRY_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup run train test test-fast check format bench evaluate-risk evaluate-answers evaluate-nlu conversations soak clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

setup: ## create or renew .venv and .venv-rasa from the lock files
	@$(PYTHON) scripts/setup.py dev rasa

run: ## install, train, migrate and start everything; Ctrl-C stops it
	@$(PYTHON) scripts/setup.py app rasa
	@exec $(PY) -m bot.cli serve all

train: ## train the dialogue, if anything that it learns from has changed
	@$(PYTHON) scripts/setup.py app rasa
	@exec $(PY) -m bot.cli train

test: ## everything that this machine can run (ARGS="-k name" chooses)
	@$(PYTHON) scripts/setup.py dev rasa
	@$(PY) -m bot.cli train
	@exec $(PY) -m pytest -n $(WORKERS) $(ARGS)

test-fast: ## seconds: neither Rasa nor a browser nor PostgreSQL
	@$(PYTHON) scripts/setup.py dev
	@exec $(PY) -m pytest -q -n $(WORKERS) -m "not stack and not browser and not postgres and not rasa" $(ARGS)

check: ## formatting, lint and types; changes nothing
	@$(PYTHON) scripts/setup.py dev
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

format: ## format, and mend what the linter can mend
	@$(PYTHON) scripts/setup.py dev
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: ## the benchmarks: a table each, minutes
	@$(PYTHON) scripts/setup.py dev rasa
	@exec $(PY) -m bench

evaluate-risk: ## how well the risk screen reads: tables, misses, plot; FILES="a.jsonl b.jsonl" for your own
	@$(PYTHON) scripts/setup.py dev rasa
	@$(PY) -m bot.cli train
	@exec $(PY) -m bench.risk $(FILES)

evaluate-answers: ## how well free text is understood as an answer, a number, inner language
	@$(PYTHON) scripts/setup.py dev rasa
	@exec $(PY) -m bench.evaluate_answers $(ARGS)

evaluate-nlu: ## how well intents are understood; ARGS=--compare tries other classifiers, ARGS=--thresholds the fallback's
	@$(PYTHON) scripts/setup.py dev rasa
	@exec $(PY) -m bench.evaluate_nlu $(ARGS)

conversations: ## whole conversations of made-up people, with transcripts in var/conversations; ARGS="--only NAME"
	@$(PYTHON) scripts/setup.py dev rasa
	@exec $(PY) -m bench.conversations $(ARGS)

soak: ## the fault run, and what tests try in small; KILLS=1000 INPUTS=1000000 DISCONNECTS=1000 SEED=1
	@$(PYTHON) scripts/setup.py dev rasa
	@$(PY) -m bench.fuzz --inputs $(or $(INPUTS),1000000) --seed $(or $(SEED),1)
	@INTERLEAVINGS=500 $(PY) -m pytest -q tests/store/test_takeovers.py
	@CLAIMANTS=200 CLAIM_ROUNDS=100 $(PY) -m pytest -q --timeout 3600 tests/store/test_at_once.py -k claim
	@$(PY) -m bench.disconnects --number $(or $(DISCONNECTS),1000) --seed $(or $(SEED),1)
	@$(PY) -m bench.soak --kills $(or $(KILLS),100) --seed $(or $(SEED),1)
	@exec $(PY) -m bench.reflections

clean: ## remove what was made, except the data in var/
	rm -rf .venv .venv-rasa .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info bot/models/*.tar.gz
