#!/usr/bin/env bash
# Formatting and shell scripts; scripts/tidy.sh holds clang-tidy. `scripts/lint.sh --fix` formats in place.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files '*.cpp' '*.hpp' '*.h' '*.c')
if [ "${1:-}" = --fix ]; then
    clang-format-14 -i "${sources[@]}"
    exit 0
fi
echo "lint: formatting of ${#sources[@]} files"
clang-format-14 --dry-run --Werror "${sources[@]}"

echo "lint: shell scripts"
mapfile -t scripts < <(git ls-files 'scripts/*.sh' '.ci/run' '*.sh' | sort -u)
shellcheck -x "${scripts[@]}"

echo "lint: clean"
