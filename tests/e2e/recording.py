"""The order of events of a case as FreeSWITCH did it; miniswitch must do the same.

Each call's events are a list of kinds. Repetitions whose number depends on time (partials, begin and end of speech,
whole utterances) count once; the two streams of events that are not ordered among each other (what goes through the session's
queue, and what the module's publisher fires) are kept apart.
"""

import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded")
REPEATING = ("asr_stream::partial", "detected-partial-speech", "asr_stream::begin_speaking", "begin-speaking",
             "asr_stream::end_speaking")


def check(test):
    if not test.case.recorded or test.options.sanitizer:
        return
    orders = test.orders
    assert orders, "a recorded case keeps the order of its calls with test.keep_order(call)"
    path = os.path.join(FOLDER, test.case.name + ".json")
    if test.options.record and test.host.name == "freeswitch":
        with open(path, "w") as file:
            json.dump({"host": "FreeSWITCH", "calls": orders}, file, indent=2)
            file.write("\n")
        test.note("recorded")
        return
    if not os.path.exists(path):
        assert test.host.name == "freeswitch", f"{path} is missing: record it on FreeSWITCH with --record"
        return
    with open(path) as file:
        expected = json.load(file)["calls"]
    assert orders == expected, f"order of events differs from the recording:\n  now:      {orders}\n  recorded: {expected}"


def order_of(events):
    """{"session": [...], "published": [...]} of one call."""
    lists = {"session": [], "published": []}
    for event in events:
        name = event.kind
        target = lists["published" if name.startswith("asr_stream::") else "session"]
        if name in REPEATING and name in target and not ends_between(target, name):
            continue
        target.append(name)
    lists["published"] = utterances_once(lists["published"])
    return lists


UTTERANCE = ["asr_stream::begin_speaking", "asr_stream::partial", "asr_stream::final"]


def utterances_once(names):
    """How many utterances like the one before there were depends on time; that there was one more does not."""
    size, kept = len(UTTERANCE), []
    for name in names:
        kept.append(name)
        if kept[-2 * size:] == 2 * UTTERANCE:
            del kept[-size:]
    return kept


def ends_between(names, name):
    """Whether a result came since the last `name`: then it belongs to another utterance."""
    last = len(names) - 1 - names[::-1].index(name)
    return any(other.endswith("final") or other == "detected-speech" for other in names[last:])
