#!/usr/bin/env bash
# Everything: what CI runs, then what takes longer. Each stage stops the run when it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_freeswitch # the end-to-end suite runs on it too, wherever it is
scripts/test.sh
step "soak: 5,000 short calls on each switch"
ASR_STREAM_SOAK_CALLS=5000 tests/e2e/run.py --build build/dev --case soak
step "clang-tidy"
scripts/tidy.sh
step "every fuzzer for 60 s"
scripts/fuzz.sh --each 60
step "gcc's AddressSanitizer and UndefinedBehaviorSanitizer"
scripts/build.sh asan
run_ctest asan -LE '^e2e_freeswitch$'
step "FreeSWITCH with AddressSanitizer in it"
freeswitch_matrix asan
step "ThreadSanitizer"
scripts/build.sh tsan
run_ctest tsan -LE '^e2e_freeswitch$'
step "FreeSWITCH with ThreadSanitizer in it"
freeswitch_matrix tsan
step "clang"
scripts/build.sh clang
run_ctest clang
step "valgrind"
scripts/valgrind.sh
step "line coverage"
scripts/coverage.sh
step "instructions per frame"
scripts/build.sh release
ctest --test-dir build/release --output-on-failure --no-tests=error -L gate
