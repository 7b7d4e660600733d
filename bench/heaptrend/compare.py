#!/usr/bin/python3
"""What heaptrend costs, beside other tools.

speed     a generated series of 20 dumps with 16,000 stacks each: megabytes of text a second of CPU, and the memory
sample    what one sample costs the program
program   an allocation-heavy program: heaptrend run, jemalloc alone, jemalloc's own dumps at lg_prof_interval:27, heaptrack
busy      a program that does nothing but allocate: what the agent and its samples cost of a core
switch    the same four with mod_asr_stream in FreeSWITCH (miniswitch where there is none) under calls; what the agent and
          its samples cost of a core
report    a dump of that switch: heaptrend report and jeprof --text, CPU and memory

Rounds are interleaved; differences are of pairs, with the 95 % interval of their mean. A tool that is not installed is left
out. Nothing else should run on the machine. --check fails when a figure is not what docs/heaptrend.md promises."""

import argparse
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import overhead  # noqa: E402
import reading  # noqa: E402
from measure import mean_with_error  # noqa: E402

PARTS = ("speed", "sample", "program", "busy", "switch", "report")
LEAST_MEGABYTES_PER_SECOND = 150
MOST_MEGABYTES = 200
LEAST_TIMES_AS_FAST = 10
MOST_CORES = 0.005


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=os.path.join(HERE, "..", "..", "build", "release"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20, help="length of each measurement in the switch, and of the busy one")
    parser.add_argument("--part", choices=PARTS, action="append", help="default: all; report needs switch")
    parser.add_argument("--json", default=os.path.join(HERE, "..", "..", "build", "bench", "heaptrend.json"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.build, options.source, options.sanitizer = os.path.abspath(options.build), os.path.join(HERE, "..", ".."), None
    options.part = options.part or list(PARTS)
    return options


def measure_switch(options, folder, figures):
    switch = overhead.Switch(options, folder)
    pairs = switch.overhead()
    agent, samples = ([run[key] for run in switch.agent] for key in ("cores", "samples_per_second"))
    figures["switch"] = {"host": switch.host_class.name, "calls": options.calls, "cores": pairs,
                         "agent_cores": mean_with_error(agent)[0], "samples_per_second": mean_with_error(samples)[0]}
    if "report" in options.part:
        heaptrend = os.path.join(options.build, "src/heaptrend/heaptrend")
        figures["report"] = reading.report(heaptrend, switch.last_dump(), switch.program, 3)


def measure(options, folder):
    figures = {}
    if "speed" in options.part:
        figures["speed"] = reading.speed(os.path.join(options.build, "src/heaptrend/heaptrend"), folder)
    if "sample" in options.part:
        figures["sample"] = overhead.cost_of_a_sample(options.build, options.rounds)
    if "program" in options.part:
        figures["program"] = {"cpu_seconds": overhead.of_program(options.build, folder, options.rounds)}
    if "busy" in options.part:
        figures["busy"] = overhead.of_busy_program(options.build, folder, options.seconds)
    if "switch" in options.part:
        measure_switch(options, folder, figures)
    if "sample" in figures:
        for measured in (figures[part] for part in ("busy", "switch") if part in figures):
            measured["cost_in_cores"] = measured["agent_cores"] + measured["samples_per_second"] * figures["sample"]["seconds"]
    return figures


def tell_cost(measured):
    print(f"  agent {100 * measured['agent_cores']:.3f} % of a core, {measured['samples_per_second']:.0f} samples a second"
          + (f"; together {100 * measured['cost_in_cores']:.3f} % of a core" if "cost_in_cores" in measured else ""))


def print_pairs(title, unit, pairs):
    print(f"{title}:")
    for name, cost in pairs.items():
        more = f"heaptrend run costs {cost['more_of_heaptrend']:+.4f} +- {cost['error_95']:.4f} {unit} beside it" \
            if "error_95" in cost else ""
        print(f"  {name:20} {cost['mean']:8.4f} {unit}  {more}")


def tell(figures):
    if speed := figures.get("speed"):
        print(f"speed: {speed['megabytes']:.0f} MB in {speed['cpu_seconds']:.2f} s of CPU, "
              f"{speed['megabytes_per_second']:.0f} MB/s; {speed['resident_megabytes']:.0f} MB resident")
    if sample := figures.get("sample"):
        print(f"a sample costs {1e6 * sample['seconds']:.2f} +- {1e6 * sample['error_95']:.2f} us")
    if program := figures.get("program"):
        print_pairs("allocation-heavy program", "s of CPU", program["cpu_seconds"])
    if busy := figures.get("busy"):
        print(f"a program that only allocates: {busy['samples_per_second_at_first']:.0f} samples a second until the agent "
              "has measured that; then")
        tell_cost(busy)
    if switch := figures.get("switch"):
        print_pairs(f"{switch['host']} with {switch['calls']} calls", "cores", switch["cores"])
        tell_cost(switch)
    if report := figures.get("report"):
        print(f"report of a dump of {report['program']}: heaptrend {report['heaptrend_seconds']:.3f} s, "
              f"{report['heaptrend_megabytes']:.0f} MB"
              + (f"; jeprof --text {report['jeprof_seconds']:.3f} s, {report['jeprof_megabytes']:.0f} MB: "
                 f"{report['times_as_fast']:.1f} times as long" if "jeprof_seconds" in report else ""))


def misses(figures):
    """What is not as promised."""
    speed, report, busy, switch = (figures.get(part, {}) for part in ("speed", "report", "busy", "switch"))
    limits = [("megabytes a second", speed.get("megabytes_per_second"), LEAST_MEGABYTES_PER_SECOND, None),
              ("megabytes resident for the large series", speed.get("resident_megabytes"), None, MOST_MEGABYTES),
              ("megabytes resident for a report", report.get("heaptrend_megabytes"), None, MOST_MEGABYTES),
              ("times as fast as jeprof", report.get("times_as_fast"), LEAST_TIMES_AS_FAST, None),
              ("cores for agent and samples in a program that only allocates", busy.get("cost_in_cores"), None, MOST_CORES),
              ("cores for agent and samples in the switch", switch.get("cost_in_cores"), None, MOST_CORES)]
    found = []
    for what, value, least, most in limits:
        if value is not None and ((least is not None and value < least) or (most is not None and value > most)):
            found.append(f"{what}: {value:.4g}, {'at least' if least is not None else 'at most'} {least if least is not None else most}")
    return found


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="bench-heaptrend-") as folder:
        figures = measure(options, folder)
    tell(figures)
    os.makedirs(os.path.dirname(os.path.abspath(options.json)), exist_ok=True)
    with open(options.json, "w") as file:
        json.dump(figures, file, indent=2)
    if not options.check:
        return 0
    found = misses(figures)
    for line in found:
        print("MISSED: " + line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
