#!/usr/bin/env bash
# The incident again, without a switch: the faulty client under 50 calls grows, heaptrend names the two leaks while a
# bounded cache is still the largest block, and the mended client and the engine stay flat under the same load.
# incident.sh [--runs N] [--seconds N] [--compare]: --compare puts the same load under jeprof and valgrind as well.
# Files are left in build/incident. Fails when a verdict is wrong.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

runs=1 seconds=40 compare=
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=$2; shift 2 ;;
        --seconds) seconds=$2; shift 2 ;;
        --compare) compare=yes; shift ;;
        *) echo "usage: incident.sh [--runs N] [--seconds N] [--compare]" >&2; exit 2 ;;
    esac
done
work=build/incident
build=${INCIDENT_BUILD:-build/release}  # a build that is there is taken as it is
programs=$build/examples
heaptrend=$build/src/heaptrend/heaptrend
mkdir -p "$work"

if [ -z "${INCIDENT_BUILD:-}" ]; then
    step "build"
    scripts/build.sh release heaptrend leaky_calls mended_calls engine_calls | tail -n 1
fi

# profile NAME RUN: one program under load and under heaptrend.
profile() {
    rm -rf "$work/$1.$2"
    "$heaptrend" run --output "$work/$1.$2" -- "$programs/${1}_calls" --seconds "$seconds" >"$work/$1.$2.log" 2>&1
    grep resident "$work/$1.$2.log"
    "$heaptrend" report "$work/$1.$2" --json "$work/$1.$2.json" --html "$work/$1.$2.html" --pdf "$work/$1.$2.pdf" \
        >"$work/$1.$2.txt"
    echo
    sed '/^$/q' "$work/$1.$2.txt"
}

wrong=0
for run in $(seq "$runs"); do
    step "the faulty client, run $run of $runs: 50 calls, $seconds s"
    profile leaky "$run"
    scripts/incident_verdict.py leaks "$work/leaky.$run.json" || wrong=$((wrong + 1))
    step "the client without its two faults"
    profile mended "$run"
    scripts/incident_verdict.py flat "$work/mended.$run.json" || wrong=$((wrong + 1))
    step "the engine under the same load"
    profile engine "$run"
    scripts/incident_verdict.py flat "$work/engine.$run.json" || wrong=$((wrong + 1))
done
echo "$((3 * runs - wrong)) of $((3 * runs)) verdicts are right; reports are in $work"

if [ -n "$compare" ]; then
    mapfile -t dumps < <(find "$work/leaky.1" -name '*.heap' | sort -V)
    step "jeprof --text over the last dump that was taken under load"
    jeprof --text "$programs/leaky_calls" "${dumps[-2]}" >"$work/jeprof.last.txt" 2>/dev/null
    sed -n 1,6p "$work/jeprof.last.txt"
    step "jeprof --text over all dumps, as a pattern gives them to it"
    jeprof --text "$programs/leaky_calls" "${dumps[@]}" >"$work/jeprof.all.txt" 2>/dev/null
    sed -n 1,4p "$work/jeprof.all.txt"
    step "valgrind --leak-check=full: 2 calls for 10 s, ended in the middle of the calls as a stopped switch ends them"
    valgrind --leak-check=full --show-leak-kinds=all --log-file="$work/valgrind.log" \
        "$programs/leaky_calls" --calls 2 --seconds 10 --abandon
    grep -A 6 -m 1 'are definitely lost in' "$work/valgrind.log"
    grep -A 6 'LEAK SUMMARY' "$work/valgrind.log"
fi
exit $((wrong > 0))
