#!/usr/bin/env python3
"""clang-tidy on every translation unit named on standard input, two at a time.

A unit that was clean is not looked at again as long as neither its preprocessed text nor .clang-tidy changes, in this or in
another checkout. usage: git ls-files ... | tidy.py BUILD_FOLDER
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

TIDY = "clang-tidy-14"
root = pathlib.Path.cwd()
cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "asr_stream-tidy"


def preprocessed(command, folder):
    words = [w for w in shlex.split(command) if not w.endswith("/ccache")]
    out = words.index("-o")
    words[out + 1] = "-"
    words[words.index("-c")] = "-E"
    return subprocess.run(words, cwd=folder, capture_output=True, check=True).stdout


def key_of(entry):
    text = preprocessed(entry["command"], entry["directory"]).replace(str(root).encode(), b".")
    return hashlib.sha256(text + (root / ".clang-tidy").read_bytes()).hexdigest()


def check(unit, entry, build):
    mark = cache / key_of(entry)
    if mark.exists():
        return unit, ""
    run = subprocess.run([TIDY, "-p", build, "--quiet", unit], capture_output=True, text=True)
    if run.returncode == 0:
        mark.touch()
        return unit, ""
    return unit, run.stdout or run.stderr


def main():
    build = sys.argv[1]
    entries = {os.path.relpath(e["file"], root): e for e in json.load(open(f"{build}/compile_commands.json"))}
    units = [u for u in sys.stdin.read().split() if u in entries]
    cache.mkdir(parents=True, exist_ok=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for unit, findings in pool.map(lambda u: check(u, entries[u], build), units):
            if findings:
                failed += 1
                print(findings, file=sys.stderr)
    print(f"lint: clang-tidy on {len(units)} translation units, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
