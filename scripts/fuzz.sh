#!/usr/bin/env bash
# fuzz.sh --total SECONDS | --each SECONDS: runs every fuzzer of build/fuzz from its seeds, as many at a time as there are
# processors. SECONDS are those of the fuzzers added up, or of each.
# A finding is left in build/fuzz/findings and fails the run.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t fuzzers < <(find build/fuzz/src -type f -name '*_fuzzer' -executable | sort)
[ ${#fuzzers[@]} -gt 0 ] || { echo "fuzz: no fuzzer in build/fuzz; run scripts/build.sh fuzz" >&2; exit 1; }
jobs=$(nproc)
case ${1:-} in
    --total) each=$(($2 / ${#fuzzers[@]})) ;;
    --each) each=$2 ;;
    *) echo "usage: fuzz.sh --total SECONDS | --each SECONDS" >&2; exit 2 ;;
esac
((each > 0)) || each=1

findings=build/fuzz/findings
mkdir -p "$findings" build/fuzz/corpus
run_one() {
    local fuzzer=$1 each=$2 findings=$3 name
    name=$(basename "$fuzzer" _fuzzer)
    local corpus=build/fuzz/corpus/$name log=build/fuzz/$name.log
    mkdir -p "$corpus"
    local dictionary=()
    [ -f "tests/fuzz/$name.dict" ] && dictionary=("-dict=tests/fuzz/$name.dict")
    if "$fuzzer" -max_total_time="$each" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$findings/$name-" "${dictionary[@]}" "$corpus" "tests/fuzz/$name" >"$log" 2>&1; then
        printf 'fuzz: %-16s quiet for %d s, %s runs\n' "$name" "$each" \
            "$(sed -n 's/stat::number_of_executed_units: //p' "$log")"
    else
        tail -n 40 "$log" >&2
        printf 'fuzz: %s FAILED, see %s\n' "$name" "$findings" >&2
        return 1
    fi
}
export -f run_one
export UBSAN_OPTIONS=print_stacktrace=1
printf '%s\n' "${fuzzers[@]}" | xargs -P "$jobs" -I{} bash -c 'run_one "$@"' _ {} "$each" "$findings"
