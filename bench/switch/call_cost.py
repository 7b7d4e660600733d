"""What a stream adds to the CPU time of a call. Three groups of calls at once: bare, with our stream, and with the floor's
media bug; after each turn they change places. Counted is the time of the threads that handle the calls' media, and of all
the module's own threads. Whatever else the machine does in a turn meets the three groups alike."""

import statistics
import time

import inspection
import process
from wait import wait_for

KINDS = ("bare", "module", "floor")
SETTLE_SECONDS = 1  # after a change, before the CPU is measured
OWN_THREADS = "asr-"  # how the names of the module's threads begin
LEAST_FRAMES_A_SECOND = 45  # of a call, of 50


class CallCost:
    def __init__(self, bench):
        self.bench, self.host, self.sink = bench, bench.host, bench.sink
        self.size, self.seconds = bench.options.calls, bench.options.seconds
        self.pid = self.host.process.pid
        self.added_per_call = None
        self.bytes_a_frame = 0

    def measure(self):
        calls = self.bench.calls(len(KINDS) * self.size)
        groups = [calls[first::len(KINDS)] for first in range(len(KINDS))]
        thread_of = {call: int(self.host.client.ok(f"bench_thread {call}")) for call in calls}
        self.learn(groups[0])
        turns = [self.turn(groups[number % 3:] + groups[:number % 3], thread_of)
                 for number in range(len(KINDS) * self.bench.options.rounds)]
        self.bench.end(calls)
        return {"calls": self.size, "seconds": self.seconds, "turns": turns, "bytes_a_frame": self.bytes_a_frame,
                "added_per_call": self.added_per_call, **summary(turns, self.size)}

    def learn(self, calls):
        """What else a stream adds, and how many bytes the floor has to write."""
        before = process.threads(self.pid), process.descriptors(self.pid)
        self.start_module(calls)
        after = process.threads(self.pid), process.descriptors(self.pid)
        self.added_per_call = {name: (now - then) / len(calls)
                               for name, then, now in zip(("threads", "descriptors"), before, after)}
        time.sleep(self.seconds)
        sent = statistics_of(self.host, calls[0])
        self.bytes_a_frame = sent["sent_bytes"] // max(sent["sent_frames"], 1)
        self.stop_module(calls)

    def turn(self, groups, thread_of):
        """Cores that each kind takes."""
        calls = dict(zip(KINDS, groups))
        self.start_module(calls["module"])
        self.start_floor(calls["floor"])
        time.sleep(SETTLE_SECONDS)
        own = [thread for thread, name in process.thread_names(self.pid).items() if name.startswith(OWN_THREADS)]
        threads = {kind: [thread_of[call] for call in group] for kind, group in calls.items()} | {"own": own}
        read, begin, before = self.sink.totals()[1], time.monotonic(), self.cpu(threads)
        time.sleep(self.seconds)
        after, took, read = self.cpu(threads), time.monotonic() - begin, self.sink.totals()[1] - read
        self.stop_module(calls["module"])
        self.stop_floor(calls["floor"])
        rate = read / took / (2 * self.size) / self.bytes_a_frame
        assert rate > LEAST_FRAMES_A_SECOND, f"the sink got {rate:.1f} frames a second and call, not 50"
        return {kind: (after[kind] - before[kind]) / took for kind in threads}

    def cpu(self, threads):
        return {kind: sum(process.thread_cpu_seconds(self.pid, thread) for thread in group)
                for kind, group in threads.items()}

    def start_module(self, calls):
        open_before = self.sink.totals()[0]
        for call in calls:
            self.host.client.ok(f"uuid_asr_stream {call} start sink")
        self.wait_connected(open_before + len(calls))

    def stop_module(self, calls):
        open_before = self.sink.totals()[0]
        for call in calls:
            self.host.client.ok(f"uuid_asr_stream {call} stop now")
        self.wait_connected(open_before - len(calls))

    def start_floor(self, calls):
        open_before = self.sink.totals()[0]
        for call in calls:
            self.host.client.ok(f"bench_socket {call} {self.sink.port} {self.bytes_a_frame}")
        self.wait_connected(open_before + len(calls))

    def stop_floor(self, calls):
        open_before = self.sink.totals()[0]
        for call in calls:
            self.host.client.ok(f"bench_close {call} bug")
        self.wait_connected(open_before - len(calls))

    def wait_connected(self, count):
        wait_for(lambda: self.sink.totals()[0] == count, f"{count} connections", 30)


def statistics_of(host, call):
    found = inspection.stats(host, call)
    found = found[0] if isinstance(found, list) else found
    return found.get("statistics", found)


def summary(turns, calls):
    """Cores added by 100 calls, and the ratio of each turn: medians, the ratio's with its quartiles."""
    module = [turn["module"] + turn["own"] - turn["bare"] for turn in turns]
    floor = [turn["floor"] - turn["bare"] for turn in turns]
    low, ratio, high = statistics.quantiles((ours / theirs for ours, theirs in zip(module, floor)), n=4)
    per_100 = 100 / calls
    return {"module_added_per_100": per_100 * statistics.median(module), "floor_added_per_100": per_100 * statistics.median(floor),
            "own_threads_per_100": per_100 * statistics.median(turn["own"] for turn in turns),
            "module_of_floor": ratio, "module_of_floor_quartiles": [low, high]}
