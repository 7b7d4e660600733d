#!/usr/bin/env bash
# Micro benchmarks, the side-by-side load run, and the module in FreeSWITCH where it is installed. Figures go to build/bench/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_freeswitch
step "release build"
scripts/build.sh release
mkdir -p build/bench
step "micro benchmarks"
build/release/bench/micro/micro_bench --benchmark_out=build/bench/micro.json --benchmark_out_format=json
step "load: engine, floor and the incident's design, side by side"
build/release/bench/load/load_bench --json build/bench/load.json "$@"
step "the module in a running FreeSWITCH"
bench/switch/run.py --build build/release --json build/bench/switch.json
