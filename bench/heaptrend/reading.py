"""How fast dumps are read and judged, and how much memory that takes."""

import os
import random
import shutil

from measure import MEGABYTE, measured

DUMPS = 20
STACKS = 16_000
DEPTH = 30
CANNOT_TELL = 3  # heaptrend's status for a single dump


def write_series(folder):
    """Dumps of one process with the same stacks, a few thousand functions deep in one library. Answers their size in MB."""
    choose = random.Random(7)
    places = [0x7F0000001000 + 16 * choose.randrange(500_000) for _ in range(4_000)]
    stacks = [" ".join(hex(place) for place in choose.choices(places, k=DEPTH)) for _ in range(STACKS)]
    size = 0
    for number in range(DUMPS):
        path = os.path.join(folder, f"large.1.{number}.i{number}.heap")
        with open(path, "w", encoding="ascii") as out:
            out.write("heap_v2/65536\n  t*: 1: 1 [0: 0]\n")
            for stack in stacks:
                count = choose.randrange(1, 50)
                born = 50 * (number + 1)
                counts = f"{count}: {count * 320} [{born}: {born * 320}]"
                out.write(f"@ {stack}\n  t*: {counts}\n  t3: {counts}\n")
            out.write("\nMAPPED_LIBRARIES:\n7f0000000000-7f0002000000 r-xp 00000000 08:01 12 /nonexistent/library.so\n")
        os.utime(path, (number, number))
        size += os.path.getsize(path)
    return size / MEGABYTE


def speed(heaptrend, folder):
    """A series of text alone: no names to look up."""
    target = os.path.join(folder, "large")
    os.mkdir(target)
    size = write_series(target)
    cpu, memory = min(measured([heaptrend, "report", "--quiet", target]) for _ in range(3))
    return {"megabytes": size, "cpu_seconds": cpu, "megabytes_per_second": size / cpu, "resident_megabytes": memory}


def report(heaptrend, dump, program, rounds):
    """One real dump with its names, as heaptrend and jeprof tell it; of each the least counts."""
    ours, memory = min(measured([heaptrend, "report", dump], statuses=(0, CANNOT_TELL)) for _ in range(rounds))
    result = {"program": program, "heaptrend_seconds": ours, "heaptrend_megabytes": memory}
    if shutil.which("jeprof"):
        theirs, their_memory = min(measured(["jeprof", "--text", program, dump]) for _ in range(rounds))
        result.update({"jeprof_seconds": theirs, "jeprof_megabytes": their_memory, "times_as_fast": theirs / ours})
    return result
