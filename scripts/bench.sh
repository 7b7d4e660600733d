#!/usr/bin/env bash
# bench.sh [--check]: micro benchmarks, the side-by-side load run, and the module in FreeSWITCH where it is installed.
# Figures go to build/bench/. With --check a figure beyond what is promised fails the run.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

if [ $# -gt 0 ] && [ "$*" != --check ]; then
    echo "usage: bench.sh [--check]" >&2
    exit 2
fi
find_freeswitch
step "release build"
scripts/build.sh release
mkdir -p build/bench
step "micro benchmarks"
build/release/bench/micro/micro_bench --benchmark_out=build/bench/micro.json --benchmark_out_format=json
step "load: engine, floor and the incident's design, side by side"
build/release/bench/load/load_bench --json build/bench/load.json "$@"
step "the module in a running FreeSWITCH"
bench/switch/run.py --build build/release --json build/bench/switch.json "$@"
