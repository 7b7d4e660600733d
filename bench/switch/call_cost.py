"""What a stream adds to the CPU time of a call. In turns, all but a few of the calls have our stream, or the floor's media
bug; the few stay bare, so that each turn has its own measure of what a call costs without. Counted is the time of the threads
that handle the calls' media, and of all the module's own threads."""

import statistics
import time

import inspection
import process

BARE_OF = 5  # one bare call for so many others
SETTLE_SECONDS = 3  # after a change, before the CPU is measured
OWN_THREADS = "asr-"  # how the names of the module's threads begin
LEAST_FRAMES_A_SECOND = 45  # of a call, of 50


class CallCost:
    def __init__(self, bench):
        self.bench, self.host, self.sink = bench, bench.host, bench.sink
        self.size, self.seconds, self.rounds = bench.options.calls, bench.options.seconds, bench.options.rounds
        self.bare = max(self.size // BARE_OF, 1)
        self.pid = self.host.process.pid
        self.added_per_call = None
        self.bytes_a_frame = 0

    def measure(self):
        calls = self.bench.calls(self.size + self.bare)
        thread_of = {call: int(self.host.client.ok(f"bench_thread {call}")) for call in calls}
        self.learn(calls[:self.size])
        rounds = []
        for number in range(self.rounds):
            turns = [("module", self.start_module, self.stop_module), ("floor", self.start_floor, self.stop_floor)]
            rounds.append({turn[0]: self.turn(turn, calls, thread_of) for turn in (turns if number % 2 == 0 else turns[::-1])})
            calls = calls[self.bare:] + calls[:self.bare]  # others are bare now
        self.bench.end(calls)
        return {"calls": self.size, "seconds": self.seconds, "rounds": rounds, "bytes_a_frame": self.bytes_a_frame,
                "added_per_call": self.added_per_call, **summary(rounds)}

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

    def turn(self, kind, calls, thread_of):
        """Cores by call: of a bare one, of one that streams, and the module's own threads."""
        _, start, stop = kind
        streaming, bare = calls[:self.size], calls[self.size:]
        start(streaming)
        time.sleep(SETTLE_SECONDS)
        own = [thread for thread, name in process.thread_names(self.pid).items() if name.startswith(OWN_THREADS)]
        threads = {"bare": [thread_of[call] for call in bare], "streaming": [thread_of[call] for call in streaming], "own": own}
        read, begin, before = self.sink.totals()[1], time.monotonic(), self.cpu(threads)
        time.sleep(self.seconds)
        after, took, read = self.cpu(threads), time.monotonic() - begin, self.sink.totals()[1] - read
        stop(streaming)
        rate = read / took / self.size / self.bytes_a_frame
        assert rate > LEAST_FRAMES_A_SECOND, f"the sink got {rate:.1f} frames a second and call, not 50"
        per_call = {"bare": len(bare), "streaming": self.size, "own": self.size}
        return {group: (after[group] - before[group]) / took / count for group, count in per_call.items()}

    def cpu(self, threads):
        return {group: sum(process.thread_cpu_seconds(self.pid, thread) for thread in members)
                for group, members in threads.items()}

    def start_module(self, calls):
        self.connect(len(calls), [f"uuid_asr_stream {call} start sink" for call in calls])

    def stop_module(self, calls):
        self.connect(-len(calls), [f"uuid_asr_stream {call} stop now" for call in calls])

    def start_floor(self, calls):
        self.connect(len(calls), [f"bench_socket {call} {self.sink.port} {self.bytes_a_frame}" for call in calls])

    def stop_floor(self, calls):
        self.connect(-len(calls), [f"bench_close {call} bug" for call in calls])

    def connect(self, more, commands):
        """Commands that together open so many connections, or close them."""
        wanted = self.sink.totals()[0] + more
        for command in commands:
            self.host.client.ok(command)
        self.bench.wait_connected(wanted)


def statistics_of(host, call):
    found = inspection.stats(host, call)
    found = found[0] if isinstance(found, list) else found
    return found.get("statistics", found)


def added(turn):
    return turn["streaming"] + turn["own"] - turn["bare"]


def summary(rounds):
    """Cores added by 100 calls, and the ratio of each round: medians, the ratio's with its quartiles."""
    low, ratio, high = statistics.quantiles((added(one["module"]) / added(one["floor"]) for one in rounds), n=4)
    return {"module_added_per_100": 100 * statistics.median(added(one["module"]) for one in rounds),
            "own_threads_per_100": 100 * statistics.median(one["module"]["own"] for one in rounds),
            "floor_added_per_100": 100 * statistics.median(added(one["floor"]) for one in rounds),
            "module_of_floor": ratio, "module_of_floor_quartiles": [low, high]}
