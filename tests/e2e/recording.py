"""The order of events of a case, and of the calls of the recognizer's callbacks, as FreeSWITCH did it; miniswitch must do
the same.

Each call's events are a list of kinds. Repetitions whose number depends on time (partials, begin and end of speech,
whole utterances) count once; the two streams of events that are not ordered among each other (what goes through the session's
queue, and what the module's publisher fires) are kept apart. So are callbacks, of which those count that do not come with
each frame.
"""

import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded")
SUCCESS, BREAK, MORE_DATA = 0, 11, 13  # switch_status_t
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


def order_of(events, callbacks=()):
    """{"session": [...], "published": [...], "callbacks": [...]} of one call; the last only where there were any."""
    lists = {"session": [], "published": []}
    for event in events:
        name = event.kind
        target = lists["published" if name.startswith("asr_stream::") else "session"]
        if name in REPEATING and name in target and not ends_between(target, name):
            continue
        target.append(name)
    lists["published"] = utterances_once(lists["published"])
    if callbacks:
        lists["callbacks"] = callbacks_once(callbacks)
    return lists


RESULTS = {SUCCESS: "get_results: result", MORE_DATA: "get_results: partial", BREAK: "get_results: begin-speaking"}


def callbacks_once(callbacks):
    """Without what comes with each frame: of the feeds of one recognizer the first counts, and checks and headers go with
    their results, see assert_callbacks_in_order(). Repeated partials count once. The input timers are started by the call's
    thread while the speech thread fetches results, so their place means nothing."""
    kept, is_fed = [], False
    for name, status in callbacks:
        if name == "open":
            is_fed = False
        if name in ("check_results", "get_result_headers", "start_input_timers") or (name == "feed" and is_fed):
            continue
        is_fed = is_fed or name == "feed"
        shown = RESULTS.get(status, f"get_results: {status}") if name == "get_results" else name
        if not (kept and kept[-1] == shown and status == MORE_DATA):
            kept.append(shown)
    return kept


def assert_callbacks_in_order(callbacks):
    """open, then a grammar, then audio; each result after a check that found one, its headers right behind; close, and after
    it nothing but the next open."""
    state, found, lacks_headers = "closed", 0, False
    for number, (name, status) in enumerate(callbacks):
        line = f"{name} {status} is number {number} of {callbacks}"
        if name == "open":
            assert state == "closed", f"not closed before: {line}"
            state, found, lacks_headers = "closed" if status else "open", 0, False
            continue
        assert state != "closed", f"after a close, or before the first open: {line}"
        if name == "load_grammar":
            state = "listening"
        elif name == "check_results":
            found += 1
        elif name == "get_results":
            assert state == "listening" and found and not lacks_headers, line
            assert status in RESULTS, f"the speech thread ends at such a status: {line}"
            lacks_headers = True
        elif name == "get_result_headers":
            assert lacks_headers, line
            lacks_headers = False
        elif name == "close":
            state = "closed"
    assert state == "closed", f"never closed: {callbacks}"


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
