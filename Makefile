# `make run` and `make test` work from a fresh clone: each first makes .venv ready.
PY := .venv/bin/python
PRACTICE := build/practice

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev practice run test lint soak bench screenshots docs lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv ready to run
	@packaging/bootstrap

setup-dev: ## make .venv ready to test
	@packaging/bootstrap --dev

practice: setup ## build the practice submissions
	@$(PY) -m app.practice $(PRACTICE)

run: practice ## open the window on the practice marketplace (without a display: drive a review, write out/)
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname)" = Darwin ]; then \
		exec .venv/bin/assay --practice $(PRACTICE); \
	else \
		echo "No display: the same window runs off screen, reviews a practice submission by itself"; \
		echo "and writes its notes and pictures into out/."; \
		QT_QPA_PLATFORM=offscreen exec .venv/bin/assay --practice $(PRACTICE) --drive out; \
	fi

lint: setup-dev ## ruff and mypy
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary

test: lint ## lint, then every test, in as many processes as there are cores
	@$(PY) -m pytest -q -n auto --dist worksteal

soak: setup-dev ## the long fault test: 1,000 decisions, cut, doubled and killed on their way
	@$(PY) -m pytest -q -s tests/soak/soak_outbox.py

bench: setup-dev ## the measurements
	@$(PY) -m pytest -q -s -m bench

screenshots: setup-dev practice ## the pictures of every pane, light and dark, in docs/screenshots
	@QT_QPA_PLATFORM=offscreen $(PY) -m widgets.screenshots --practice $(PRACTICE) docs/screenshots

docs: setup-dev ## write docs/checks.md from the code
	@$(PY) -m app.reports.check_table

lock: setup-dev ## resolve the dependencies anew and pin them with hashes
	@packaging/lock

clean: ## remove what was built (.venv stays)
	@rm -rf build out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	@find app checks widgets tests -name __pycache__ -type d -prune -exec rm -rf {} +
