#!/usr/bin/env bash
# Formatting, static checks, shell scripts. `scripts/lint.sh --fix` formats in place.
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

cmake --preset clang >/dev/null
mapfile -t units < <(git ls-files 'src/*.cpp' | grep -vE '_(test|fuzzer)\.cpp$')
echo "lint: clang-tidy on ${#units[@]} translation units"
printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/clang --quiet 2>build/tidy.log || {
    grep -v 'warnings generated' build/tidy.log >&2 || true
    echo "lint: clang-tidy found something, see above" >&2
    exit 1
}
echo "lint: clean"
