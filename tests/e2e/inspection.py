"""What must hold when the calls of a case are over."""

import json

import process
from wait import TimedOut, wait_for


def status(host):
    return parse(host.module("status json"))


def memory(host):
    return parse(host.module("memory json"))


def metrics(host):
    """Name (with labels) -> value of the Prometheus text."""
    values = {}
    for line in host.module("metrics").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            try:
                values[name] = float(value)
            except ValueError:
                raise AssertionError(f"metrics: not a line of Prometheus text: {line!r}") from None
    return values


def stats(host, call, name=""):
    return parse(host.stream(call, f"stats {name} json" if name else "stats json"))


def parse(answer):
    assert answer[:1] in "{[", f"JSON was asked for, the answer is: {answer[:300]!r}"
    return json.loads(answer)


def live_streams(host):
    return int(metrics(host)["asr_stream_streams"])


def live_bytes(host):
    return int(metrics(host)["asr_stream_memory_bytes"])


def nothing_left(test):
    """No stream, no accounted byte, nothing leaked; the module still answers."""
    host = test.host
    if not (host.client and host.process.is_alive()) or test.module_is_gone:
        return
    wait_for(lambda: live_streams(host) == 0, "no stream is left", test.seconds(20), poll=0.1)
    wait_for(lambda: live_bytes(host) == 0, "no accounted byte is left", test.seconds(10), poll=0.1)
    leaked = metrics(host)["asr_stream_leaked_bytes_total"]
    assert leaked == 0, f"streams ended with {leaked} bytes outstanding"


class Footprint:
    """What the process has: descriptors, threads, and what the module counts."""

    def __init__(self, host):
        pid = host.process.pid
        self.descriptors = len(process.open_files(pid))
        self.threads = process.threads(pid)
        self.streams = live_streams(host)
        self.bytes = live_bytes(host)

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __repr__(self):
        return ", ".join(f"{value} {name}" for name, value in vars(self).items())


def wait_footprint(test, expected, seconds=30):
    """The process has exactly what it had before. A switch lets go of its own threads after some time."""
    try:
        wait_for(lambda: Footprint(test.host) == expected, "footprint", test.seconds(seconds), poll=0.2)
    except TimedOut:
        raise AssertionError(f"before: {expected}; now: {Footprint(test.host)}") from None


def terminal_results(test, call, since=0):
    """The DETECTED_SPEECH events of one call that end a recognition."""
    return [e for e in test.esl.events(call, "detected-speech", since)]


def assert_sequence_complete(events):
    """ASR-Sequence counts up by one for each stream of a call."""
    last = {}
    for event in events:
        if "ASR-Sequence" not in event:
            continue
        key, number = (event.call, event.get("ASR-Stream")), int(event["ASR-Sequence"])
        before = last.get(key, 0)
        assert number == before + 1, f"{key}: sequence {number} follows {before}"
        last[key] = number
