#!/usr/bin/env bash
# clang-tidy on every translation unit of src; what was clean and has not changed is not looked at again.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset clang >/dev/null
git ls-files 'src/*.cpp' | grep -vE '_(test|fuzzer)\.cpp$' | scripts/tidy.py build/clang
