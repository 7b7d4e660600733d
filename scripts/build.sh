#!/usr/bin/env bash
# build.sh PRESET [TARGET...]: configures once, then builds.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
# Another checkout of the same sources finds what this one compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
cmake --preset "$preset" >"$(mkdir -p build && echo "build/configure-$preset.log")" 2>&1 || {
    cat "build/configure-$preset.log" >&2
    exit 1
}
cmake --build "build/$preset" --parallel "$(nproc)" ${1:+--target "$@"}
