#!/usr/bin/env python3
"""Holds miniswitch to its scope: check.py interface MODULE MINISWITCH, or check.py size."""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
LINES_OF_CODE = 3000


def symbols(file, which):
    lines = subprocess.run(["nm", "-D", which, file], check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[-1] for line in lines if re.match(r"switch_|SWITCH_", line.split()[-1])}


def check_interface(module, miniswitch):
    """The module's undefined symbols are those of contract.def, and miniswitch defines those and no others."""
    used, defined = symbols(module, "--undefined-only"), symbols(miniswitch, "--defined-only")
    listed = set(re.findall(r"^(?:FUNCTION\([^,]+, |VARIABLE\()(\w+),", (HERE / "contract.def").read_text(), re.M))
    return [f"{name}: {'not ' * (name not in used)}used by the module, {'not ' * (name not in listed)}in contract.def, "
            f"{'not ' * (name not in defined)}defined by miniswitch"
            for name in sorted(used | listed | defined) if not name in used & listed & defined]


def check_size():
    """Lines that hold code: neither blank nor comment."""
    files = [file for pattern in ("*.cpp", "*.hpp", "*.def", "*.py", "include/*") for file in HERE.glob(pattern)]
    code = sum(1 for file in files for line in file.read_text().splitlines() if not re.match(r"\s*(//|#!|$)", line))
    return [] if code <= LINES_OF_CODE else [f"{code} lines of code, more than {LINES_OF_CODE}: miniswitch is to stay small"]


if __name__ == "__main__":
    problems = check_size() if sys.argv[1] == "size" else check_interface(*sys.argv[2:])
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
