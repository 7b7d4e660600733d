#!/usr/bin/env bash
# soak.sh HEAPTREND FOLDER PROGRAM [ARGUMENT...]: the program under heaptrend; fails when the program fails, when anything
# in it grows, or when that cannot be told. 77 where this machine cannot profile.
set -euo pipefail
heaptrend=$1 folder=$2
shift 2
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
compgen -G "/usr/lib/*/libjemalloc.so.2" >/dev/null || { echo "soak: libjemalloc2 is not installed"; exit 77; }
"$heaptrend" run --output "$folder" -- "$@"
"$heaptrend" report "$folder"
"$heaptrend" check "$folder" --max-growth 0 --junit "$folder/junit.xml"
