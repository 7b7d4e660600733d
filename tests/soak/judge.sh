#!/usr/bin/env bash
# judge.sh HEAPTREND FOLDER: fails when anything in the series grows, or when that cannot be told.
set -euo pipefail
heaptrend=$1 folder=$2
"$heaptrend" report "$folder"
status=0
"$heaptrend" check "$folder" --max-growth 0 --junit "$folder/junit.xml" >"$folder/offenders" || status=$?
while read -r offender; do
    echo "the gate is shut: $offender"
done <"$folder/offenders"
exit "$status"
