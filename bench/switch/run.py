#!/usr/bin/python3
"""What mod_asr_stream costs in a running FreeSWITCH, beside a media bug that writes to a socket itself. Needs FreeSWITCH
(pkg-config) and a quiet machine; prints the figures and writes them as JSON."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import types

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "e2e"))

import inspection  # noqa: E402
import process  # noqa: E402
from call_cost import CallCost, statistics_of  # noqa: E402
from hosts.freeswitch import FreeSwitch  # noqa: E402
from scripts import final, say  # noqa: E402
from service import Service  # noqa: E402
from wait import wait_for  # noqa: E402

VOICE = "conf-usermenu.wav"
DRAIN_TIMEOUT_MS = 500
ALLOWED = {"module_of_floor": 0.7,             # what the module may cost of the floor's CPU
           "threads_a_call": 0.0, "descriptors_a_call": 1.0,
           "hang_up_to_closed_drain_p99_ms": DRAIN_TIMEOUT_MS + 100, "hang_up_to_closed_discard_p99_ms": 100,
           "close_path_bug_p99_ms": 20, "close_path_speech_p99_ms": 20, "dropped_samples": 0}
DROPS = ("refused_samples", "queue_dropped_samples", "replay_dropped_samples")
LONG = {"stall-timeout": "100s", "connect-timeout": "5s", "idle-timeout": "1000s", "replay-ms": "120s",
        "call-memory-bytes": str(8 << 20)}  # the sink answers no pings


class Sink:
    def __init__(self):
        self._child = subprocess.Popen([sys.executable, os.path.join(HERE, "sink.py")], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        self.port = int(self._child.stdout.readline())

    def totals(self):
        """(live connections, bytes read so far)"""
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return tuple(int(word) for word in self._child.stdout.readline().split())

    def stop(self):
        self._child.stdin.close()
        self._child.wait(5)


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.sink = Sink()
        self.service = Service(say(at_stop=[final("last")]))
        host_options = types.SimpleNamespace(build=options.build, source=os.path.join(HERE, "..", ".."), sanitizer=None)
        self.host = FreeSwitch(host_options, folder)
        self.host.log_level = "err"
        self.host.bench_modules = (os.path.join(options.build, "bench", "switch", "mod_bench_switch.so"),)
        url = f"ws://127.0.0.1:{self.sink.port}/"
        drain = {"url": self.service.url, "drain-timeout": f"{DRAIN_TIMEOUT_MS}ms"}
        self.host.start({"sink": {**LONG, "url": url}, "drain": drain, "discard": {**drain, "on-hangup": "discard"}},
                        {"connect-rate": "100000"})

    def calls(self, count, app="park()", variables=None):
        started = []
        while len(started) < count:
            started += self.host.originate_together([(app, VOICE)] * min(20, count - len(started)), variables)
        return started

    def batches(self):
        """Sizes that add up to the hang-ups asked for."""
        return [min(20, self.options.hang_ups - done) for done in range(0, self.options.hang_ups, 20)]

    def end(self, calls):
        for call in calls:
            self.host.hang_up(call)
        for call in calls:
            self.host.client.wait_event(call, "CHANNEL_DESTROY", seconds=60)
        inspection_quiet(self.host)
        self.host.client.forget_events()

    def wait_connected(self, count):
        wait_for(lambda: self.sink.totals()[0] == count, f"{count} connections", 30)

    # measurements

    def hang_up_to_closed(self, profile):
        """Milliseconds from the event CHANNEL_HANGUP to the event `closed`, by the switch's own time stamps: how long the
        switch takes to obey uuid_kill is not ours."""
        times = []
        for size in self.batches():
            calls = self.calls(size)
            for call in calls:
                self.host.client.ok(f"uuid_asr_stream {call} start {profile}")
            for call in calls:
                self.host.client.wait_event(call, "asr_stream::connected")
            for call in calls:
                self.host.hang_up(call)
            for call in calls:
                closed = self.host.client.wait_event(call, "asr_stream::closed", seconds=20)
                times.append(stamp_ms(closed) - stamp_ms(self.host.client.wait_event(call, "CHANNEL_HANGUP")))
            self.end([])
        return quantiles(times)

    def close_path(self):
        """Milliseconds in which the switch takes our media bug, and our recognizer, off a call that streams."""
        result = {}
        for kind, app in (("bug", "park()"), ("speech", "lua(e2e_listen.lua)")):
            times = []
            for size in self.batches():
                calls = self.calls(size, app, {"e2e_engine": "asr_stream:drain"})
                for call in calls:
                    if kind == "bug":
                        self.host.client.ok(f"uuid_asr_stream {call} start drain")
                    self.host.client.wait_event(call, "asr_stream::connected")
                for call in calls:
                    times.append(int(self.host.client.ok(f"bench_close {call} {kind}")) / 1000)
                self.end(calls)
            result[kind] = quantiles(times)
        return result

    def many_calls(self):
        """500 calls with 100 ms in a message: nothing of ours may be dropped."""
        calls = self.calls(self.options.many)
        for call in calls:
            self.host.client.ok(f"uuid_asr_stream {call} start sink frame-ms=100")
        self.wait_connected(len(calls))
        cores = cores_of(self.host.process.pid, self.options.seconds)
        sums = dict.fromkeys((*DROPS, "late_frames"), 0)
        pushed = []
        for call in calls:
            counted = statistics_of(self.host, call)
            pushed.append(counted["pushed_samples"])
            for name in sums:
                sums[name] += counted[name]
        self.end(calls)
        return {"calls": len(calls), "cores": cores, "pushed_samples_min": min(pushed), **sums}

    def stop(self):
        self.host.stop()
        self.service.stop()
        self.sink.stop()


def cores_of(pid, seconds):
    """Cores that the process takes meanwhile."""
    before, begin = process.cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (process.cpu_seconds(pid) - before) / (time.monotonic() - begin)


def inspection_quiet(host):
    wait_for(lambda: inspection.live_streams(host) == 0, "no stream is left", 60, poll=0.1)


def stamp_ms(event):
    return int(event["Event-Date-Timestamp"]) / 1000


def quantiles(times):
    times = sorted(times)
    return {"count": len(times), "p50_ms": round(times[len(times) // 2], 3),
            "p99_ms": round(times[min(len(times) - 1, len(times) * 99 // 100)], 3), "max_ms": round(times[-1], 3)}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "release"))
    parser.add_argument("--json", default=os.path.join(HERE, "..", "..", "build", "bench", "switch.json"))
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--many", type=int, default=500)
    parser.add_argument("--hang-ups", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5, help="length of each CPU measurement")
    parser.add_argument("--rounds", type=int, default=10, help="of two turns each")
    parser.add_argument("--check", action="store_true", help="fail when a figure is beyond what is allowed")
    options = parser.parse_args()
    if options.calls < 1 or options.rounds < 2:
        parser.error(f"--calls {options.calls} --rounds {options.rounds}: at least 1 and 2, for a median with quartiles")
    options.build = os.path.abspath(options.build)
    return options


def main():
    options = parse_arguments()
    reason = FreeSwitch.why_not(options)
    if reason:
        print(f"bench/switch: skipped: {reason}")
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-switch-") as folder:
        bench = Bench(options, folder)
        try:
            figures = {"host": "FreeSWITCH", "cpu": CallCost(bench).measure(), "hang_up_to_closed_drain": bench.hang_up_to_closed("drain"),
                       "hang_up_to_closed_discard": bench.hang_up_to_closed("discard"), "close_path": bench.close_path(),
                       "many_calls": bench.many_calls()}
        except BaseException:
            print(bench.host.log()[-3000:])
            bench.host.kill()
            raise
        bench.stop()
    figures["allowed"] = ALLOWED
    figures["beyond"] = beyond(figures)
    print_figures(figures)
    os.makedirs(os.path.dirname(options.json), exist_ok=True)
    with open(options.json, "w") as file:
        json.dump(figures, file, indent=2)
    for line in figures["beyond"]:
        print(f"beyond what is allowed: {line}")
    return 1 if options.check and figures["beyond"] else 0


def beyond(figures):
    """A line for each figure that is more than it may be."""
    added, many = figures["cpu"]["added_per_call"], figures["many_calls"]
    measured = {"module_of_floor": figures["cpu"]["module_of_floor"], "threads_a_call": added["threads"],
                "descriptors_a_call": added["descriptors"],
                "hang_up_to_closed_drain_p99_ms": figures["hang_up_to_closed_drain"]["p99_ms"],
                "hang_up_to_closed_discard_p99_ms": figures["hang_up_to_closed_discard"]["p99_ms"],
                "close_path_bug_p99_ms": figures["close_path"]["bug"]["p99_ms"],
                "close_path_speech_p99_ms": figures["close_path"]["speech"]["p99_ms"],
                "dropped_samples": sum(many[name] for name in DROPS)}
    return [f"{name} is {measured[name]:.3f}, allowed {most}" for name, most in ALLOWED.items() if measured[name] > most]


def print_figures(figures):
    cpu = figures["cpu"]
    low, high = cpu["module_of_floor_quartiles"]
    print(f"CPU added by 100 calls: module {cpu['module_added_per_100']:.3f} cores, media bug with a socket "
          f"{cpu['floor_added_per_100']:.3f}, ratio {cpu['module_of_floor']:.2f} ({low:.2f} to {high:.2f}; allowed "
          f"{ALLOWED['module_of_floor']})")
    print(f"added per call: {cpu['added_per_call']['threads']:.2f} threads, {cpu['added_per_call']['descriptors']:.2f} "
          "descriptors")
    for name in ("drain", "discard"):
        times = figures[f"hang_up_to_closed_{name}"]
        print(f"hang-up to closed, {name}: p50 {times['p50_ms']} ms, p99 {times['p99_ms']} ms")
    for kind, times in figures["close_path"].items():
        print(f"close path, {kind}: p50 {times['p50_ms']} ms, p99 {times['p99_ms']} ms")
    many = figures["many_calls"]
    print(f"{many['calls']} calls: {many['cores']:.2f} cores, dropped samples: {many['refused_samples']} at the ring, "
          f"{many['queue_dropped_samples']} unsent, {many['replay_dropped_samples']} unconfirmed")


if __name__ == "__main__":
    sys.exit(main())
