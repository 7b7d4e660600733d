#!/usr/bin/env bash
# What CI runs. Each stage stops the run when it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

step "dev build"
scripts/build.sh dev
step "build with AddressSanitizer, UndefinedBehaviorSanitizer and libFuzzer"
scripts/build.sh fuzz
if [ -n "${FUZZ_EACH_SECONDS-}" ]; then
    step "fuzzing, $FUZZ_EACH_SECONDS s each"
    scripts/fuzz.sh --each "$FUZZ_EACH_SECONDS"
else
    step "fuzzing, ${FUZZ_TOTAL_SECONDS:=300} s in all"
    scripts/fuzz.sh --total "$FUZZ_TOTAL_SECONDS"
fi
step "tests under AddressSanitizer and UndefinedBehaviorSanitizer"
run_ctest fuzz
step "tests"
run_ctest dev
