#!/usr/bin/env bash
# test_all.sh [STAGE...]: what CI runs, then what takes longer; or only the stages named. A stage that fails does not keep
# the others from running: which failed, and how long each took, is told at the end.
# shellcheck disable=SC2317 # the stages are called by name
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

stages=(ci soak tidy asan freeswitch_asan tsan freeswitch_tsan clang valgrind coverage instructions)

# What CI runs, each fuzzer for a minute.
stage_ci() { FUZZ_EACH_SECONDS=60 scripts/test.sh; }
# 5,000 short calls on each switch.
stage_soak() {
    scripts/build.sh dev
    ASR_STREAM_SOAK_CALLS=5000 tests/e2e/run.py --build build/dev --case soak
}
stage_tidy() { scripts/tidy.sh; }
# gcc's AddressSanitizer and UndefinedBehaviorSanitizer.
stage_asan() {
    scripts/build.sh asan
    run_ctest asan e2e_freeswitch
}
# FreeSWITCH with that in it.
stage_freeswitch_asan() {
    scripts/build.sh asan
    freeswitch_matrix asan
}
stage_tsan() {
    scripts/build.sh tsan
    run_ctest tsan e2e_freeswitch
}
stage_freeswitch_tsan() {
    scripts/build.sh tsan
    freeswitch_matrix tsan
}
stage_clang() {
    scripts/build.sh clang
    run_ctest clang
}
stage_valgrind() { scripts/valgrind.sh; }
# Of lines.
stage_coverage() { scripts/coverage.sh; }
# Per frame, as callgrind counts them.
stage_instructions() {
    scripts/build.sh release
    ctest --test-dir build/release --output-on-failure --no-tests=error -L gate
}

find_freeswitch # the end-to-end suite runs on it too, wherever it is
if [ "${1-}" = --alone ]; then
    "stage_$2"
    exit
fi

wanted=("$@")
[ $# -gt 0 ] || wanted=("${stages[@]}")
for stage in "${wanted[@]}"; do
    if ! declare -F "stage_$stage" >/dev/null; then
        echo "test_all.sh: no stage $stage; there are: ${stages[*]}" >&2
        exit 2
    fi
done

report=()
failed=0
for stage in "${wanted[@]}"; do
    step "$stage"
    begun=$SECONDS verdict=passed
    # A process of its own: bash forgets `set -e` in functions whose status is asked for.
    "$0" --alone "$stage" || { verdict=FAILED failed=1; }
    report+=("$(printf '%-16s %s, %d s' "$stage" "$verdict" "$((SECONDS - begun))")")
done
step "the stages"
printf '%s\n' "${report[@]}"
exit "$failed"
