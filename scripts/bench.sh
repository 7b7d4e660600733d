#!/usr/bin/env bash
# Micro benchmarks, then the side-by-side load run. Figures go to build/bench/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

step "release build"
scripts/build.sh release
mkdir -p build/bench
step "micro benchmarks"
build/release/bench/micro/micro_bench --benchmark_out=build/bench/micro.json --benchmark_out_format=json
step "load: engine, floor and the incident's design, side by side"
build/release/bench/load/load_bench --json build/bench/load.json "$@"
