"""Hang-up in every state of a stream, of one opened by the API and of one opened by detect_speech."""

import os

from calls import Listener, streaming_call
from case import Skip, case
from process import descriptors
from scripts import (alternate, die_after, every, ignore_stop, listen, never_upgrade, refuse, reset, say,
                     upgrade_and_stall, final)
from service import FullBacklog, certificate
from silent_name_server import SilentNameServer
from wait import wait_for


def hang_up_when(test, reached):
    """Two calls, one with each kind of stream; hang-up once `reached()`; both must close and leave nothing."""
    calls = [streaming_call(test), Listener(test).call]
    reached()
    for call in calls:
        assert test.host.hang_up(call).startswith("+OK")
    for call in calls:
        test.host.wait_gone(call)
        closed = test.event(call, "asr_stream::closed")
        assert int(closed["ASR-Sequence"]) >= 1
    assert_one_closed(test, calls)


def assert_one_closed(test, calls):
    for call in calls:
        assert len(test.esl.events(call, "asr_stream::closed")) == 1


@case()
def hang_up_while_resolving(test):
    with SilentNameServer(test) as names:
        test.start(url=f"ws://{names.name}:2700/", connect_timeout="20s", replay_ms="40s")
        hang_up_when(test, lambda: wait_for(lambda: names.queries >= 1, "a question about the name"))


@case()
def hang_up_while_connecting(test):
    with FullBacklog() as port:
        test.start(url=port.url, connect_timeout="20s", replay_ms="40s")
        before = descriptors(test.host.process.pid)
        hang_up_when(test, lambda: wait_for(lambda: descriptors(test.host.process.pid) >= before + 2, "sockets"))


@case()
def hang_up_in_tls(test):
    service = test.service(raw=never_upgrade)
    test.start(url=service.url.replace("ws:", "wss:"), connect_timeout="20s", replay_ms="40s")
    hang_up_when(test, lambda: service.session(1))


@case()
def hang_up_in_upgrade(test):
    service = test.service(raw=never_upgrade)
    test.start(url=service.url, connect_timeout="20s", replay_ms="40s")
    hang_up_when(test, lambda: service.session(1))


@case()
def hang_up_when_the_service_reads_nothing(test):
    service, _ = test.start_with(upgrade_and_stall, stall_timeout="10s", drain_timeout="500ms", replay_ms="40s")
    hang_up_when(test, lambda: service.session(1))


@case(recorded=True)
def hang_up_while_streaming(test):
    service, host = test.start_with(say(at_stop=[final("last words")]))
    api, listener = streaming_call(test), Listener(test).call
    wait_for(lambda: all(s.audio_ms >= 200 for s in service.sessions) and len(service.sessions) == 2, "audio", 20)
    for call in (api, listener):
        host.hang_up(call)
        host.wait_gone(call)
        said = test.event(call, "asr_stream::final")
        assert "last words" in said.body, said.body
        test.event(call, "asr_stream::closed")
        test.event(call, "CHANNEL_DESTROY")
        test.keep_order(call)
    assert_one_closed(test, (api, listener))


@case()
def hang_up_discards_when_the_profile_says_so(test):
    service, host = test.start_with(say(at_stop=[final("last words")]), on_hangup="discard")
    call = streaming_call(test)
    wait_for(lambda: service.session().audio_ms >= 200, "audio", 20)
    host.hang_up(call)
    test.event(call, "asr_stream::closed")
    assert not test.esl.events(call, "asr_stream::final")


@case()
def hang_up_while_paused(test):
    service, host = test.start_with(listen())
    call, listener = streaming_call(test), Listener(test)
    wait_for(lambda: len(service.sessions) == 2 and all(s.audio_ms for s in service.sessions), "audio", 20)
    assert host.stream(call, "pause").startswith("+OK")
    listener.tell("pause")
    for one in (call, listener.call):
        host.hang_up(one)
        test.event(one, "asr_stream::closed")


@case()
def hang_up_while_reconnecting(test):
    service = test.service(alternate(die_after(100), die_after(100), refuse("503 Busy")))
    test.start(url=service.url, reconnect_attempts=1000, reconnect_backoff="1s", reconnect_backoff_max="2s")
    api, listener = streaming_call(test), Listener(test).call
    for call in (api, listener):
        test.event(call, "asr_stream::disconnected")
    for call in (api, listener):
        test.host.hang_up(call)
        test.event(call, "asr_stream::closed")


@case()
def hang_up_while_draining(test):
    service, host = test.start_with(ignore_stop, drain_timeout="3s")
    call = streaming_call(test)
    wait_for(lambda: service.session().audio_ms >= 100, "audio", 20)
    assert host.stream(call, "stop").startswith("+OK")
    wait_for(lambda: any(m["type"] == "stop" for m in service.session().messages), "stop message", 10)
    host.hang_up(call)
    host.wait_gone(call, 2)
    closed = test.event(call, "asr_stream::closed")
    assert closed.json()["drained"] is False, closed.body


@case()
def hang_up_before_the_first_frame(test):
    service, host = test.start_with(listen())
    for _ in range(10):
        call, job = host.begin_originate("lua(e2e_listen.lua)")
        test.event(call, "CHANNEL_CREATE")
        host.hang_up(call)
        test.esl.job_answer(job)
        host.wait_gone(call)


@case()
def stop_twice_and_start_twice(test):
    service, host = test.start_with(listen())
    call = streaming_call(test)
    test.event(call, "asr_stream::connected")
    again = host.stream(call, "start default")
    assert again.startswith("-ERR"), again
    assert host.stream(call, "stop").startswith("+OK")
    second = host.stream(call, "stop")
    assert second.startswith("-ERR"), second
    assert host.stream(call, "start default").startswith("+OK")
    wait_for(lambda: len(service.sessions) == 2, "the second connection", 10)
    host.hang_up(call)
    wait_for(lambda: len(test.esl.events(call, "asr_stream::closed")) == 2, "two closed", test.seconds(10))


@case()
def detect_speech_stopped_twice(test):
    _, host = test.start_with(listen())
    listener = Listener(test)
    listener.tell("stop")
    listener.tell("stop")
    test.event(listener.call, "asr_stream::closed")
    listener.tell("listen builtin:dictation")
    host.hang_up(listener.call)
    wait_for(lambda: len(test.esl.events(listener.call, "asr_stream::closed")) == 2, "two closed", test.seconds(10))


@case(timeout=240)
def two_hundred_starts_and_hang_ups_racing(test):
    """Hang-ups come from a second connection while streams start, so that each meets the other anywhere."""
    service, host = test.start_with(every(100), drain_timeout="500ms")
    killer = host.connect()
    rounds, batch = 20, 10
    for number in range(rounds):
        calls = [host.begin_originate("lua(e2e_listen.lua)" if i % 2 else "park()") for i in range(batch)]
        for call, _ in calls:
            test.esl.wait_event(call, "CHANNEL_CREATE", seconds=test.seconds(20))
        jobs = [test.esl.bgapi(f"uuid_asr_stream {call} start default name=race") for call, _ in calls]
        for call, _ in calls if number % 2 else reversed(calls):
            killer.api(f"uuid_kill {call}")
        for job in jobs:
            answer = test.esl.job_answer(job, test.seconds(20))
            assert answer.startswith(("+OK", "-ERR")), answer
        for call, job in calls:
            test.esl.job_answer(job, test.seconds(20))
            host.wait_gone(call)
    killer.close()
    test.note(f"{rounds * batch} calls, {service.connections} connections")
