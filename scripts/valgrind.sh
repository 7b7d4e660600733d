#!/usr/bin/env bash
# Every test program of the dev build under valgrind's memcheck; an error or a definite leak fails.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh dev
mapfile -t programs < <(find build/dev -type f -name '*_test' -executable | sort)
[ ${#programs[@]} -gt 0 ] || { echo "valgrind: no test program in build/dev" >&2; exit 1; }

run_one() {
    local program=$1 name
    name=$(basename "$program")
    local log=build/dev/$name.memcheck.log
    # valgrind runs one thread at a time: --fair-sched=yes lets loop and test threads take turns.
    if timeout 1800 valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
        --fair-sched=yes --suppressions=scripts/valgrind.supp "$program" --gtest_brief=1 >"$log" 2>&1; then
        echo "valgrind: $name clean"
    else
        tail -n 60 "$log" >&2
        echo "valgrind: $name FAILED, whole log in $log" >&2
        return 1
    fi
}
export -f run_one
export HEAPTREND_SMALL_SIMULATION=yes
printf '%s\n' "${programs[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one "$@"' _ {}
