"""What a failing service does to a call: little, and never for long."""

import inspection
from calls import Listener, cause, streaming_call
from case import case
from scripts import (alternate, cycle, die_after, every, final, flood_partials, hostile, flood_finals, ignore_stop,
                     listen, refuse, reset, say, upgrade_and_stall)
from wait import wait_for


@case()
def refused_by_status(test):
    service = test.service(refuse("403 Forbidden"))
    host = test.start(url=service.url)
    call = streaming_call(test)
    error = test.event(call, "asr_stream::error")
    assert "403" in error["ASR-Error-Text"], error
    test.event(call, "asr_stream::closed")
    assert service.connections == 1, "a refusal that cannot mend itself was tried again"
    host.hang_up(call)


@case()
def busy_and_then_well(test):
    service = test.service(alternate(refuse("503 Busy"), every(200)))
    host = test.start(url=service.url)
    call = streaming_call(test)
    test.event(call, "asr_stream::final")
    host.hang_up(call)


@case()
def nobody_listens(test):
    host = test.start(url="ws://127.0.0.1:1/")
    call = streaming_call(test)
    closed = test.event(call, "asr_stream::closed")
    assert closed.get("ASR-Error"), closed
    assert host.is_up(call), "the call must go on"
    assert host.stream(call, "start default").startswith("+OK"), "the name is free again"
    test.event(call, "asr_stream::closed", since=1 + test.esl.events().index(closed))
    host.hang_up(call)


@case()
def reset_at_once(test):
    service = test.service(raw=reset)
    host = test.start(url=service.url)
    call = streaming_call(test)
    test.event(call, "asr_stream::closed")
    assert service.connections == 3, "one connect and two reconnects"
    host.hang_up(call)


@case()
def dies_in_the_middle_of_an_utterance(test):
    service = test.service(alternate(die_after(400), every(500)))
    host = test.start(url=service.url)
    call = streaming_call(test)
    test.event(call, "asr_stream::disconnected")
    test.event(call, "asr_stream::final")
    wait_for(lambda: len(test.esl.events(call, "asr_stream::connected")) == 2, "connected again", 10)
    assert service.session(1).start["resume_ms"] == 0
    host.hang_up(call)
    inspection.assert_sequence_complete(test.esl.events(call))


@case()
def stalls(test):
    """It takes the connection and reads nothing: noticed by the pings."""
    service = test.service(alternate(upgrade_and_stall, every(300)))
    host = test.start(url=service.url, stall_timeout="1s", connect_timeout="2s", replay_ms="20s")
    call = streaming_call(test)
    test.event(call, "asr_stream::final", seconds=30)
    assert len(service.sessions) == 2
    host.hang_up(call)


@case()
def answers_neither_stop_nor_close(test):
    service, host = test.start_with(ignore_stop, drain_timeout="500ms")
    call = streaming_call(test)
    wait_for(lambda: service.session().audio_ms >= 100, "audio", 20)
    assert host.stream(call, "stop").startswith("+OK")
    closed = test.event(call, "asr_stream::closed")
    assert closed["ASR-Drained"] == "false", closed
    assert host.is_up(call)
    host.hang_up(call)


@case()
def a_flood_of_finals_ends_that_stream_only(test):
    bad, good = test.service(hostile(flood_finals)), test.service(every(300))
    host = test.start({"bad": {"url": bad.url}, "good": {"url": good.url}})
    call = host.originate()
    assert host.stream(call, "start bad name=bad").startswith("+OK")
    assert host.stream(call, "start good name=good").startswith("+OK")
    closed = test.event(call, "asr_stream::closed", lambda e: e["ASR-Stream"] == "bad")
    assert closed["ASR-Error"] == "too_many_finals", closed
    test.event(call, "asr_stream::final", lambda e: e["ASR-Stream"] == "good", since=test.esl.mark())
    host.hang_up(call)


@case()
def a_flood_of_partials_is_coalesced(test):
    service, host = test.start_with(hostile(flood_partials))
    call = streaming_call(test)
    test.event(call, "asr_stream::partial")
    wait_for(lambda: inspection.metrics(host)["asr_stream_partials_coalesced_total"] > 1000, "coalesced partials", 20)
    assert len(test.esl.events(call, "asr_stream::partial")) < 100
    host.hang_up(call)


@case()
def results_nobody_fetches_are_bounded(test):
    """detect_speech on a call whose script does not read its events: finals wait, then that recognition ends."""
    service, host = test.start_with(every(60, spoken=False), max_results="8", max_finals_per_second="1000",
                                    stall_timeout="1s")
    call = host.originate("lua(e2e_busy.lua)")
    wait_for(lambda: len(test.esl.events(call, "asr_stream::final")) >= 20, "finals go on as events", test.seconds(20))
    host.hang_up(call)
    test.event(call, "asr_stream::closed")


@case()
def one_call_in_three_fails(test):
    service = test.service(cycle(every(200), die_after(100), refuse("403 Forbidden")))
    host = test.start(url=service.url, reconnect_attempts="0")
    calls = [streaming_call(test) for _ in range(9)]
    for call in calls:
        wait_for(lambda: test.esl.events(call, "asr_stream::final") or test.esl.events(call, "asr_stream::closed"),
                 "a result or an end", test.seconds(15))
    for call in calls:
        host.hang_up(call)
        test.event(call, "asr_stream::closed")
