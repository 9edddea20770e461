# Simpul ILP. `make help` lists the verbs.
# Needed: python3 (3.11), python3-venv, make. Everything else goes into .venv and data/ of this folder.

PYTHON ?= python3
BIN := .venv/bin
# Three workers on two cores, since a house mostly waits; a file at a time: files share no house.
# In the order of the folders: the slow files with few tests would else come last, one worker waiting for the other.
PYTEST := $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help up demo test check bench bench-jkn bench-indicators soak reset lock

help: ## daftar perintah · this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

up: $(BIN)/.installed ## pasang dan jalankan semuanya · install and start everything
	@exec $(BIN)/simpul up

demo: $(BIN)/.installed ## mainkan ceritanya pada sistem yang berjalan · play the story against the running system
	@exec $(BIN)/simpul demo

test: $(BIN)/.installed-dev ## semua uji · every test
	$(PYTEST)

check: $(BIN)/.installed-dev ## gaya, tipe, arah impor, lalu semua uji · lint, types, import rules, then every test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)

bench: $(BIN)/.installed-dev ## ukur kecepatan terhadap rute telanjang · measure against the bare route
	$(BIN)/python -m bench

bench-jkn: $(BIN)/.installed-dev ## ukur yang ditambahkan konektor BPJS · measure what the BPJS connector adds to a call
	$(BIN)/python -m bench.jkn
	$(BIN)/python -m bench.member_lists

bench-indicators: $(BIN)/.installed-dev ## ukur angka di atas 200 ribu lalu 1 juta orang · measure the numbers over 200,000 and 1,000,000 people
	$(BIN)/python -m bench.indicators --persons 200000
	$(BIN)/python -m bench.indicators --persons 1000000

soak: $(BIN)/.installed-dev ## matikan paksa, ramaikan rujukan, lalu periksa · kill again and again, crowd the referrals, verify
	$(BIN)/python -m bench.soak
	SIMPUL_LONG=1 $(BIN)/pytest -s tests/service/referrals/test_many_actors.py tests/service/referrals/test_any_calls.py
	SIMPUL_LONG=1 $(BIN)/pytest tests/service/indicators -k laws
	SIMPUL_LONG=1 $(BIN)/pytest -s tests/service/coverage/test_outbox_kill.py tests/service/coverage/test_outbox_storms.py

reset: $(BIN)/.installed ## kosongkan data · empty the data folder
	@$(BIN)/simpul reset

lock: $(BIN)/.installed-dev ## tulis ulang versi yang dipatok · write the pinned versions anew
	printf 'uv\nsetuptools>=75\n' | $(COMPILE) - -o requirements-build.txt
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

# Installing: by uv where it works (2 s), else by plain pip (15 s). Nothing is fetched that is not pinned by hash:
# what has to be built is built with the pinned setuptools. The stamps say what is installed already.
UV = $(BIN)/uv pip install --quiet --python $(BIN)/python $(if $(wildcard /etc/ssl/certs/*.crt),--system-certs)
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL = $(UV) --no-build-isolation $(1) || $(PIP) --no-build-isolation $(1)
# Compiled once here, also where Python is told not to write bytecode: else every process compiles all it loads.
COMPILED = $(BIN)/python -m compileall -qq -j 0 .venv/lib services gateway deploy || true

$(BIN)/.made: requirements-build.txt
	@echo "Menyiapkan .venv … · preparing .venv …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Perlu Python 3.11 atau lebih baru · Python 3.11 or newer is needed" >&2; exit 2; }
	@[ -w . ] || { echo "Folder ini bukan milik Anda; clone sendiri · this folder is not yours to write; clone your own" >&2; exit 2; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear .venv || \
		{ echo "Perlu python3-venv · python3-venv is needed: apt install python3-venv" >&2; exit 2; }
	@$(PIP) --require-hashes -r requirements-build.txt
	@touch $@

$(BIN)/.installed: $(BIN)/.made requirements.txt pyproject.toml
	@echo "Memasang pustaka … · installing libraries …"
	@$(call INSTALL,--require-hashes -r requirements.txt)
	@$(call INSTALL,--no-deps --editable .)
	@$(COMPILED)
	@touch $@

$(BIN)/.installed-dev: $(BIN)/.installed requirements-dev.txt
	@echo "Memasang alat uji … · installing test tools …"
	@$(call INSTALL,--require-hashes -r requirements-dev.txt)
	@$(COMPILED)
	@touch $@
