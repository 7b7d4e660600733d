#!/usr/bin/env bash
# The incident again, in a switch: FreeSWITCH where it is installed, else miniswitch. The faulty module under 50 calls grows,
# heaptrend names the two leaks while a bounded cache is still the largest block, and the mended module and mod_asr_stream
# stay flat under the same load.
# incident.sh [--runs N] [--seconds N] [--host NAME] [--build FOLDER] [--output FOLDER] [--together] [--compare]
#   --build     what is built there is taken as it is
#   --together  the three switches of a run at once
#   --compare   jeprof and valgrind on the same load as well
# Files are left in the output folder. Fails when a verdict is wrong.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

runs=1 seconds=43 host='' build='' work=build/incident together='' compare=''
usage() { sed -n '5,9s/^# //p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
        --runs | --seconds | --host | --build | --output)
            [ $# -gt 1 ] || usage
            case $1 in
                --runs) runs=$2 ;;
                --seconds) seconds=$2 ;;
                --host) host=$2 ;;
                --build) build=$2 ;;
                --output) work=$2 ;;
            esac
            shift 2 ;;
        --together) together=yes; shift ;;
        --compare) compare=yes; shift ;;
        *) usage ;;
    esac
done
find_freeswitch
if [ -z "$build" ]; then
    build=build/release
    targets=(heaptrend miniswitch mod_asr_stream_mini mod_leaky_asr_miniswitch mod_mended_asr_miniswitch)
    if pkg-config --exists freeswitch; then
        targets+=(mod_asr_stream mod_leaky_asr_freeswitch mod_mended_asr_freeswitch)
    fi
    step "build"
    scripts/build.sh release "${targets[@]}" | tail -n 1
fi
heaptrend=$build/src/heaptrend/heaptrend
under_load=(/usr/bin/python3 tests/e2e/load.py --build "$build" ${host:+--host "$host"})
mkdir -p "$work"

# profile MODULE RUN: the switch with one module under load and under heaptrend; the report is made while the calls go on.
profile() {
    local at=$work/$1.$2
    rm -rf "$at"
    # shellcheck disable=SC2016 # expanded by the shell that is started
    "${under_load[@]}" --module "$1" --seconds "$seconds" --series "$at" -- bash -c '
        find "$2" -name "*.heap" | sort -V >"$2.dumps"
        "$1" report "$2" --json "$2.json" --html "$2.html" --pdf "$2.pdf" >"$2.txt"' report "$heaptrend" "$at"
}

# judge MODULE RUN EXPECTED: what the load printed, the verdict, and whether it is right.
wrong=0
judge() {
    local at=$work/$1.$2
    cat "$at.log"
    sed '/^$/q' "$at.txt"
    scripts/incident_verdict.py "$3" "$at.json" || wrong=$((wrong + 1))
}

modules=(leaky mended asr_stream)
declare -A expected=([leaky]=leaks [mended]=flat [asr_stream]=flat)
declare -A title=([leaky]="the faulty module" [mended]="the module without its two faults" [asr_stream]="mod_asr_stream")
for run in $(seq "$runs"); do
    if [ -n "$together" ]; then
        jobs=()
        for module in "${modules[@]}"; do
            profile "$module" "$run" >"$work/$module.$run.log" 2>&1 &
            jobs+=($!)
        done
        for job in "${jobs[@]}"; do
            wait "$job" || ended=$?
        done
    fi
    for module in "${modules[@]}"; do
        step "${title[$module]}, run $run of $runs: 50 calls, $seconds s"
        if [ -z "$together" ]; then
            profile "$module" "$run" >"$work/$module.$run.log" 2>&1 || ended=$?
        fi
        if [ "${ended:-0}" -ne 0 ]; then
            cat "$work/$module.$run.log"
            exit "$ended"
        fi
        judge "$module" "$run" "${expected[$module]}"
    done
done
echo
echo "$((3 * runs - wrong)) of $((3 * runs)) verdicts are right; reports are in $work"

if [ -n "$compare" ]; then
    mapfile -t dumps <"$work/leaky.1.dumps"
    program=$(sed -n 's/^mod_leaky_asr in [a-z]*, //p' "$work/leaky.1.log")
    step "jeprof --text over the last dump under load"
    jeprof --text "$program" "${dumps[-1]}" >"$work/jeprof.last.txt" 2>/dev/null
    sed -n 1,8p "$work/jeprof.last.txt"
    step "jeprof --text over all dumps, as a pattern gives them to it"
    jeprof --text "$program" "${dumps[@]}" >"$work/jeprof.all.txt" 2>/dev/null
    sed -n 1,6p "$work/jeprof.all.txt"
    step "valgrind, asked while 2 calls go on for 20 s"
    "${under_load[@]}" --module leaky --calls 2 --seconds 20 --launcher "valgrind --quiet" -- \
        vgdb '--pid={pid}' leak_check full reachable any >"$work/valgrind.log" 2>&1
    largest=$(grep -n 'are definitely lost in' "$work/valgrind.log" | tail -n 1 | cut -d: -f1)
    sed -n "$largest,$((largest + 7))p" "$work/valgrind.log"
    echo "the message list:"
    grep -B 12 'on_message (' "$work/valgrind.log" | grep 'in loss record'
fi
exit $((wrong > 0))
