#!/usr/bin/env bash
# soak.sh HEAPTREND FOLDER PROGRAM [ARGUMENT...]: the program under heaptrend, then judge.sh; fails when the program does.
# 77 where this machine cannot profile.
set -euo pipefail
here=$(dirname "$0")
heaptrend=$1 folder=$2
shift 2
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
compgen -G "/usr/lib/*/libjemalloc.so.2" >/dev/null || { echo "soak: libjemalloc2 is not installed"; exit 77; }
case $(basename "$1") in
    load.py) # starts the switch under heaptrend by itself, and is to be judged while its calls go on
        /usr/bin/python3 "$@" --series "$folder" -- "$here/judge.sh" "$heaptrend" "$folder" ;;
    *)
        "$heaptrend" run --output "$folder" -- "$@"
        "$here/judge.sh" "$heaptrend" "$folder" ;;
esac
