# shellcheck shell=bash
# Shared by the scripts in this folder; sourced, not run.

step_started=$SECONDS
# step TEXT: a headline, with how long the step before took.
step() {
    printf '\n== %s  (%d s so far)\n' "$1" "$((SECONDS - step_started))"
}

# run_ctest PRESET [ARGUMENT...]: the preset's tests, output only of those that fail.
run_ctest() {
    local preset=$1
    shift
    ctest --test-dir "build/$preset" --output-on-failure --parallel "$(nproc)" --no-tests=error --progress "$@"
}
