# make app    serve the page on http://127.0.0.1:7860
# make test   run every test, the browser's included
# make audit  look for known vulnerabilities in what is installed, where there is internet
# All do all of their own set-up: a virtual environment in .venv, what Python needs, what the system needs.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: app test lint audit clean

app: $(VENV)/app.done
	$(BIN)/python app.py

test: $(VENV)/app.done $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest

lint: $(VENV)/dev.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

audit: $(VENV)/app.done
	sh audit.sh $(BIN)/python

$(VENV)/app.done: requirements.txt system.sh
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Python 3.11 is needed: make PYTHON=/path/to/python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	sh system.sh $(BIN)/python app
	touch $@

$(VENV)/dev.done: requirements-dev.txt system.sh $(VENV)/app.done
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	sh system.sh $(BIN)/python test
	touch $@

clean:
	rm -rf $(VENV)
