"""What it costs to be profiled: an allocation-heavy program, and a switch with calls; rounds interleaved, so that each is a
pair with each other one."""

import glob
import os
import re
import shutil
import subprocess
import sys
import time

from measure import Failed, mean_with_error, measured, pairs_with

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "e2e"))

import hosts  # noqa: E402
import load  # noqa: E402
import process  # noqa: E402

JEMALLOC = "libjemalloc.so.2"
HEAPTRACK = "/usr/lib/heaptrack/libheaptrack_preload.so"
ROUNDS_OF_PROGRAM = "400000"
CHURN_PER_ROUND = 320 + 4096 + 4 * 704  # usable bytes that the program allocates in one of its rounds
LG_SAMPLE = 16
OURS = "heaptrend run"


def interval_dumps(folder):
    """As the incident's profiles were taken: a dump after each 128 MiB of allocation."""
    return {"LD_PRELOAD": JEMALLOC, "MALLOC_CONF": f"prof:true,lg_prof_interval:27,prof_prefix:{folder}/interval"}


def cost_of_a_sample(build, rounds):
    """Seconds, from pairs of the program with and without sampling at the default interval; no agent."""
    program = [os.path.join(build, "src/heaptrend/heaptrend_leaky"), ROUNDS_OF_PROGRAM]
    samples = int(ROUNDS_OF_PROGRAM) * CHURN_PER_ROUND / 2**LG_SAMPLE
    sampling = {"LD_PRELOAD": JEMALLOC, "MALLOC_CONF": f"prof:true,prof_prefix:,lg_prof_sample:{LG_SAMPLE}"}
    costs = []
    for _ in range(rounds):
        without = measured(program, {"LD_PRELOAD": JEMALLOC})[0]
        costs.append((measured(program, sampling)[0] - without) / samples)
    mean, error = mean_with_error(costs)
    return {"seconds": mean, "error_95": error}


def of_program(build, folder, rounds):
    """CPU seconds of the program and whatever the tool starts beside it."""
    heaptrend = os.path.join(build, "src/heaptrend/heaptrend")
    program = [os.path.join(build, "src/heaptrend/heaptrend_leaky"), ROUNDS_OF_PROGRAM]
    runs = {
        OURS: ([heaptrend, "run", "--output", os.path.join(folder, "program"), "--", *program], None),
        "jemalloc alone": (program, {"LD_PRELOAD": JEMALLOC}),
        "lg_prof_interval:27": (program, interval_dumps(folder)),
    }
    if shutil.which("heaptrack"):
        runs["heaptrack"] = (["heaptrack", "-o", os.path.join(folder, "track"), *program], None)
    cpu = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (command, environment) in runs.items():
            cpu[name].append(measured(command, environment)[0])
            clear(folder)
    return pairs_with(OURS, cpu)


BUSY_SETTLES_WITHIN = 30  # seconds until the agent has measured the churn and has set the interval


def of_busy_program(build, folder, seconds):
    """The agent's cores and samples a second under a program that does nothing but allocate: before the agent has measured
    the churn, and after."""
    series = os.path.join(folder, "busy")
    program = [os.path.join(build, "bench/heaptrend/bench_heaptrend_busy"), str(BUSY_SETTLES_WITHIN + seconds)]
    running = subprocess.Popen([os.path.join(build, "src/heaptrend/heaptrend"), "run", "--output", series, "--", *program],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        at_first = samples_until_reset(series)
        began, cpu = time.monotonic(), agent_cpu(running.pid)
        time.sleep(seconds)
        cores = (agent_cpu(running.pid) - cpu) / (time.monotonic() - began)
        return {"agent_cores": cores, "samples_per_second": samples_per_second(series), "samples_per_second_at_first": at_first}
    finally:
        running.kill()
        running.wait()


def samples_until_reset(series):
    """Waits until the agent has raised the interval; answers how many samples a second there were before."""
    deadline = time.monotonic() + BUSY_SETTLES_WITHIN
    while time.monotonic() < deadline:
        for path in glob.glob(os.path.join(series, "*", "series.log")):
            with open(path) as log:
                found = re.search(r"^calibration samples (\d+) seconds (\S+) .*\nreset ", log.read(), re.M)
            if found:
                return int(found.group(1)) / float(found.group(2))
        time.sleep(0.2)
    raise Failed("the agent did not raise the interval")


def clear(folder):
    for path in glob.glob(os.path.join(folder, "track*")) + glob.glob(os.path.join(folder, "interval*")):
        os.unlink(path)


class Switch:
    """mod_asr_stream in FreeSWITCH where it is installed, else in miniswitch, with calls that stream and listen."""

    def __init__(self, options, folder):
        self.host_class = hosts.choose(options)
        if self.host_class is None:
            raise Failed("there is no switch")
        self.options, self.folder = options, folder
        self.last_series = None
        self.program = None
        self.agent = []  # of each run under heaptrend: its share of a core, and samples a second

    def runs(self):
        heaptrend = os.path.join(self.options.build, "src/heaptrend/heaptrend")
        self.last_series = os.path.join(self.folder, "switch")
        runs = {
            OURS: {"launcher": (heaptrend, "run", "--output", self.last_series, "--")},
            "jemalloc alone": {"environment": {"LD_PRELOAD": JEMALLOC}},
            "lg_prof_interval:27": {"environment": interval_dumps(self.folder)},
        }
        if os.path.exists(HEAPTRACK):  # what it records alone: its interpreter is another process
            track = os.path.join(self.folder, "track")
            runs["heaptrack"] = {"environment": {"LD_PRELOAD": HEAPTRACK, "DUMP_HEAPTRACK_OUTPUT": track}}
        return runs

    def overhead(self):
        """Cores that the switch takes under the calls."""
        runs = self.runs()
        cores = {name: [] for name in runs}
        for _ in range(self.options.rounds):
            for name, how in runs.items():
                if name == OURS:
                    shutil.rmtree(self.last_series, ignore_errors=True)
                cores[name].append(self.one(name == OURS, how))
                clear(self.folder)
        return pairs_with(OURS, cores)

    def one(self, is_ours, how):
        with load.loaded_switch(self.host_class, self.options, "asr_stream", **how) as switch:
            switch.begin_calls(self.options.calls)
            self.program = os.readlink(f"/proc/{switch.pid}/exe")
            agent = agent_cpu(switch.pid) if is_ours else 0
            began, cpu = time.monotonic(), process.cpu_seconds(switch.pid)
            switch.hold(self.options.seconds)
            elapsed = time.monotonic() - began
            share = (process.cpu_seconds(switch.pid) - cpu) / elapsed
            if is_ours:
                self.agent.append({"cores": (agent_cpu(switch.pid) - agent) / elapsed,
                                   "samples_per_second": samples_per_second(self.last_series)})
        return share

    def last_dump(self):
        dumps = glob.glob(os.path.join(self.last_series, "*", "*.heap"))
        return max(dumps, key=os.path.getsize)


def agent_cpu(pid):
    """CPU seconds of the agent's thread."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm") as name:
            if name.read() == "heaptrend\n":
                return process.cpu_seconds(f"{pid}/task/{task}")
    raise Failed(f"process {pid} has no agent")


def samples_per_second(series):
    """Between the first and the last dump: their heads count all samples so far, and the log has their times."""
    seen = []
    for path in glob.glob(os.path.join(series, "*", "series.log")):
        with open(path) as log:
            for name, when in re.findall(r"^dump (\S+) time (\S+)", log.read(), re.M):
                dump = os.path.join(os.path.dirname(path), name)
                if os.path.exists(dump):
                    with open(dump) as text:
                        text.readline()
                        seen.append((float(when), int(re.search(r"\[(\d+):", text.readline()).group(1))))
    (start, before), (end, after) = min(seen), max(seen)
    return (after - before) / (end - start)
