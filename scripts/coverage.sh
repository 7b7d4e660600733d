#!/usr/bin/env bash
# Line coverage of the folders that decide what happens to a call, by the tests of the library; fails below the floor. Report: build/coverage/index.html
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
floor=90

scripts/build.sh coverage
find build/coverage -name '*.gcda' -delete
run_ctest coverage
status=0
for folder in base audio dialect engine; do
    printf '%-8s ' "$folder"
    gcovr --root . --object-directory build/coverage --filter "src/$folder/" --exclude '.*_(test|fuzzer)\.cpp' \
        --exclude-directories '.*CompilerId.*' --fail-under-line "$floor" --print-summary --output build/coverage/$folder.txt 2>/dev/null | grep '^lines' || status=1
done
gcovr --root . --object-directory build/coverage --filter 'src/' --exclude '.*_(test|fuzzer)\.cpp' \
    --exclude-directories '.*CompilerId.*' --html-details build/coverage/index.html
[ $status -eq 0 ] || echo "coverage: a folder is below $floor %; see build/coverage/index.html" >&2
exit $status
