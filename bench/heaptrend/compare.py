#!/usr/bin/env python3
"""What heaptrend costs, beside other tools: compare.py BUILD [--rounds N] [--dump FILE --program FILE].

speed     a generated series of 20 dumps with 16,000 stacks each: megabytes of text a second of CPU, and the memory
report    one real dump: heaptrend report and jeprof --text, CPU and memory; FILE for one of a switch
overhead  an allocation-heavy program, rounds interleaved: jemalloc alone, heaptrend run, jemalloc's own dumps at
          lg_prof_interval:27, heaptrack; CPU with the 95 % interval of the mean of the differences to jemalloc alone
A tool that is not installed is left out. Nothing else should run on the machine.
"""
import argparse
import math
import os
import random
import shutil
import statistics
import sys
import tempfile

MEGABYTE = 1e6
DUMPS = 20
STACKS = 16_000
DEPTH = 30


def measured(command, environment=None):
    """CPU seconds and the largest resident set, in MB, of a command and its children."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        try:
            os.execvpe(command[0], command, {**os.environ, **(environment or {})})
        finally:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):  # 3: heaptrend says that one dump cannot tell
        sys.exit(f"compare: {command} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / MEGABYTE


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
    target = os.path.join(folder, "large")
    os.mkdir(target)
    size = write_series(target)
    cpu, memory = measured([heaptrend, "report", "--quiet", target])
    print(f"speed: {size:.0f} MB in {cpu:.2f} s of CPU, {size / cpu:.0f} MB/s; {memory:.0f} MB resident")


def report(heaptrend, dump, program):
    ours, our_memory = measured([heaptrend, "report", dump])
    print(f"report: heaptrend {ours:.3f} s, {our_memory:.0f} MB")
    if shutil.which("jeprof"):
        theirs, memory = measured(["jeprof", "--text", program, dump])
        print(f"report: jeprof --text {theirs:.3f} s, {memory:.0f} MB: {theirs / ours:.1f} times as long")


def series_dump(build, folder):
    program = os.path.join(build, "examples/leaky_calls")
    target = os.path.join(folder, "real")
    measured([os.path.join(build, "src/heaptrend/heaptrend"), "run", "--output", target, "--", program, "--seconds", "10"])
    dumps = [os.path.join(where, name) for where, _, names in os.walk(target) for name in names if ".heap" in name]
    return max(dumps, key=os.path.getsize), program


def overhead(build, folder, rounds):
    heaptrend = os.path.join(build, "src/heaptrend/heaptrend")
    program = [os.path.join(build, "src/heaptrend/heaptrend_leaky"), "400000"]
    preload = {"LD_PRELOAD": "libjemalloc.so.2"}
    runs = {
        "jemalloc alone": (program, preload),
        "heaptrend run": ([heaptrend, "run", "--output", os.path.join(folder, "run"), "--"] + program, None),
        "lg_prof_interval:27": (program, {**preload, "MALLOC_CONF": "prof:true,lg_prof_interval:27,prof_prefix:"
                                          + os.path.join(folder, "interval")}),
    }
    if shutil.which("heaptrack"):
        runs["heaptrack"] = (["heaptrack", "-o", os.path.join(folder, "track")] + program, None)
    cpu = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (command, environment) in runs.items():
            cpu[name].append(measured(command, environment)[0])
    base = cpu["jemalloc alone"]
    for name, seconds in cpu.items():
        more = [a - b for a, b in zip(seconds, base)]
        error = 2.26 * statistics.stdev(more) / math.sqrt(rounds) if rounds > 1 else 0  # Student's t for ten
        print(f"overhead: {name:20} {statistics.mean(seconds):.3f} s, {statistics.mean(more):+.3f} +- {error:.3f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--dump")
    parser.add_argument("--program")
    options = parser.parse_args()
    heaptrend = os.path.join(options.build, "src/heaptrend/heaptrend")
    with tempfile.TemporaryDirectory() as folder:
        speed(heaptrend, folder)
        dump, program = (options.dump, options.program) if options.dump else series_dump(options.build, folder)
        report(heaptrend, dump, program)
        overhead(options.build, folder, options.rounds)


if __name__ == "__main__":
    main()
