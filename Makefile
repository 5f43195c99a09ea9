# Heddle. `make run` shows it at work, `make test` is what a change must pass.
.DEFAULT_GOAL := build
.PHONY: deps build run test lint unit end-to-end browser simulator simulate simulated exhaustive torture planted fuzz races proof bench
.PHONY: built built-apart contract install clean

PREFIX ?= /usr/local
# The release binary, with the Swift runtime linked in and symbols stripped.
HEDDLE := .build/heddle
# The largest it may be, in bytes.
SIZE_LIMIT := 25000000
PYTHON := python3 -B
# The days that `make run` takes through the mesh.
FROM ?= 2013-01-01
TO ?= 2013-01-31
export PYTHONDONTWRITEBYTECODE := 1

deps:
	@.ci/deps build

build: deps
	swift build -c release --static-swift-stdlib --product heddle
	@strip -o $(HEDDLE).new .build/release/heddle && mv -f $(HEDDLE).new $(HEDDLE)
	@size=$$(stat -c %s $(HEDDLE)); if [ $$size -ge $(SIZE_LIMIT) ]; then \
	  echo "$(HEDDLE) has $$size bytes, more than $(SIZE_LIMIT): does something import Foundation?" >&2; exit 1; \
	  fi; echo "$(HEDDLE): $$size bytes"

# One month of real flights through five domains. The second call finds nothing to do; `make clean` forgets.
# FLIGHTS_CSV=PATH reads the whole table instead of the daily files (see dags/README.md).
run: build
	$(HEDDLE) backfill 'insights/*' --upstream --from $(FROM) --to $(TO) --yes \
	  $(if $(FLIGHTS_CSV),--param flights_csv=$(abspath $(FLIGHTS_CSV)))
	$(HEDDLE) status

test: lint
	@# Each build goes through the rooms one by one, which keeps no two processors busy: so two of them at a time.
	$(MAKE) -j2 built built-apart
	$(MAKE) -j1 unit end-to-end browser simulated races fuzz
	$(MAKE) planted ROTATE=3
	@echo "everything passed"

built: build
	$(MAKE) simulator
	swift build --build-tests

# What has folders of its own.
built-apart: deps
	$(PYTHON) Tests/Fuzz/fuzz.py --build
	HEDDLE_TESTS=$(RACES) swift build --build-tests $(RACES_BUILD)
	$(PYTHON) Tests/Planted/planted.py --build

lint:
	@.ci/deps test
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

unit: deps
	swift build --build-tests
	swift test --skip-build --parallel

# `make end-to-end TESTS=serve_test`
end-to-end: build
	@.ci/deps test
	HEDDLE=$(CURDIR)/$(HEDDLE) $(PYTHON) Tests/EndToEnd/end_to_end.py $(TESTS)

# The page in Debian's Chromium. Where there is none to be had, its tests are skipped by name. `make browser TESTS=live_test`;
# UPDATE_PICTURES=1 draws the pictures of the documentation.
browser: build
	@.ci/deps browser || echo "the tests of the page go without what is missing" >&2
	HEDDLE=$(CURDIR)/$(HEDDLE) $(PYTHON) Tests/Browser/browser.py $(TESTS)

# Owners killed at random moments, one in ten with their keeper and all tasks; compared with what the tasks themselves
# wrote down. `make torture KILLS=3000`
KILLS ?= 100
torture: build
	@.ci/deps test
	HEDDLE=$(CURDIR)/$(HEDDLE) $(PYTHON) Tests/Torture/torture.py --kills $(KILLS)

# Whatever the document of the API allows and forbids, asked of a daemon by schemathesis, which is installed below .build.
# `make contract EXAMPLES=1000 FIRST=7`
EXAMPLES ?= 200
contract: build
	@.ci/deps contract
	HEDDLE=$(CURDIR)/$(HEDDLE) $(PYTHON) Tests/Contract/contract.py --examples $(EXAMPLES) --seed $(FIRST)

# Bugs planted in a copy of the tree, for the simulator to find: all of them, those of ONLY, or as many as ROTATE says,
# others with each commit.
planted: deps
	$(PYTHON) Tests/Planted/planted.py $(if $(ONLY),--only $(ONLY)) $(if $(ROTATE),--rotate $(ROTATE))

# The tests of threads, workers and the keeper under ThreadSanitizer. It makes a fork of vfork, so who starts a process
# goes on before the child has opened its log, and is told of no failed start; and it needs more room than an isolated
# process may have: what is about these is left out.
RACES ?= Threads,Execution
RACES_BUILD := --sanitize=thread --scratch-path .build-tsan
races: deps
	HEDDLE_TESTS=$(RACES) swift test $(RACES_BUILD) \
	  --skip IsolatedTests --skip 'that cannot be started' --skip 'left before anybody waits'

# Everything that comes from outside and is parsed, under libFuzzer. `make fuzz SECONDS=600`
SECONDS ?= 20
fuzz: deps
	$(PYTHON) Tests/Fuzz/fuzz.py --seconds $(SECONDS)

# Seeds of the simulator: the first of them, and how many. A broken law prints how to play its seed again.
FIRST ?= 1
SEEDS ?= 1000
SIMULATE := .build/release/simulate

simulator: deps
	swift build -c release --static-swift-stdlib --product simulate

simulate: simulator
	$(SIMULATE) --from $(FIRST) --seeds $(SEEDS) --threads $$(nproc) $(ARGS)

# What `make test` plays: the same seeds each time, one that the commit chooses, and one seed twice: the event
# logs of two processes must be the same.
simulated: simulator
	$(SIMULATE) --from 1 --seeds 120 --threads $$(nproc)
	$(SIMULATE) --from $$((0x$$(git rev-parse --short=8 HEAD 2>/dev/null || echo 1))) --seeds 1
	$(SIMULATE) --from 5 --seeds 2 --digest > .build/digests.1
	$(SIMULATE) --from 5 --seeds 2 --digest > .build/digests.2
	cmp .build/digests.1 .build/digests.2

# Every graph of up to four tasks with every trigger rule, every end, and every order of ends.
exhaustive: simulator
	$(SIMULATE) --exhaustive

# The long ones, for hours; each that passed is in a ledger and not done again. `make proof ONLY='three hundred kills'`
proof: build
	@.ci/deps proof
	Tests/Proof/prove.sh $(CURDIR)/$(HEDDLE) "$(ONLY)"

# Figures, against ninja and against the bare limit of the machine.
bench: build
	@.ci/deps bench
	swift build -c release --static-swift-stdlib --product ticks
	$(PYTHON) Tests/Bench/bench.py --heddle $(CURDIR)/$(HEDDLE) --json .build/bench.json $(BENCH)

# The page, each file beside its packed twin, for browsers that unpack.
WEB = $(abspath $(DESTDIR)$(PREFIX))/share/heddle/web-static

RESOURCES = Sources/heddle/Documentation.docc/Resources
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system

# The binary, its page, what 'man' and shells know of it, and a systemd unit for one project or several.
install: build
	install -D -m 0755 $(HEDDLE) $(DESTDIR)$(PREFIX)/bin/heddle
	@rm -rf $(WEB)
	@cd web-static && find . -type f ! -name '*.gz' -exec sh -ec 'for file; do \
	  place="$(WEB)/$$file"; install -D -m 0644 "$$file" "$$place"; \
	  gzip -9nk "$$place"; done' sh {} +
	@set -e; umask 022; share=$(DESTDIR)$(PREFIX)/share; \
	  mkdir -p $$share/man/man1 $$share/bash-completion/completions $$share/zsh/site-functions \
	    $$share/fish/vendor_completions.d $(UNITS); \
	  $(HEDDLE) help --man | gzip -9n > $$share/man/man1/heddle.1.gz; \
	  $(HEDDLE) completion bash > $$share/bash-completion/completions/heddle; \
	  $(HEDDLE) completion zsh > $$share/zsh/site-functions/_heddle; \
	  $(HEDDLE) completion fish > $$share/fish/vendor_completions.d/heddle.fish; \
	  sed 's|@BIN@|$(abspath $(PREFIX))/bin|' '$(RESOURCES)/heddle@.service' > $(UNITS)/heddle@.service

clean:
	rm -rf .build .build-* .heddle
