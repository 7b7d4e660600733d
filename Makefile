# The only commands a newcomer needs. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the Debian packages this project builds with (needs root or sudo)
	@scripts/setup.sh

demo: setup ## build, then ten calls at once: caller, switch, recognizer, Lua script, Java service
	@scripts/demo.sh

demo-stream: setup ## the same recordings without a switch: the command line and the recognizer
	@scripts/demo_stream.sh

test: setup ## what CI runs: dev build, ASan+UBSan, five minutes of fuzzing in all
	@scripts/test.sh

test-all: setup ## the above, and the long soak, clang-tidy, a minute of each fuzzer, gcc's sanitizers and TSan (in FreeSWITCH too), clang, valgrind, coverage, the instruction gate
	@scripts/test_all.sh

bench: setup ## micro benchmarks, the load comparison, the module in FreeSWITCH if installed; writes build/bench/*.json
	@scripts/bench.sh

incident: setup ## the memory leak that started this project, found by heaptrend
	@scripts/incident.sh --compare

incident-bench: setup ## twenty runs of it, with how many verdicts were right
	@scripts/incident.sh --runs 20

lint: setup ## formatting and shell scripts
	@scripts/lint.sh

install: setup ## build optimised and install below PREFIX (default /usr/local)
	@scripts/build.sh release
	cmake --install build/release --prefix $${PREFIX:-/usr/local}

clean: ## remove everything that was built
	rm -rf build

.PHONY: help setup demo demo-stream test test-all bench incident incident-bench lint install clean
