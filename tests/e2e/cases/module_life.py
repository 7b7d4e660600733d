"""load, reload, unload, configuration."""

import os

import inspection
import process
from calls import Listener, streaming_call
from case import case
from scripts import every, ignore_stop, listen
from wait import wait_for


@case()
def reload_keeps_running_calls(test):
    service, host = test.start_with(every(200), language="en-US")
    call = streaming_call(test)
    test.event(call, "asr_stream::final")
    host.write_configuration({"default": {"url": service.url, "language": "de-DE"}, "second": {"url": service.url}})
    assert host.module("reload").startswith("+OK")
    assert "second" in host.module("profiles")
    test.event(call, "asr_stream::final", since=test.esl.mark())
    assert host.stream(call, "start default name=new").startswith("+OK")
    wait_for(lambda: service.session(1).start, "start of the new stream", 10)
    assert [s.start["language"] for s in service.sessions] == ["en-US", "de-DE"]
    host.hang_up(call)


@case()
def threads_have_names(test):
    """`top -H` says what is ours."""
    test.start_with(every(200))
    ours = [name for name in process.thread_names(test.host.process.pid).values() if name.startswith("asr-")]
    assert sorted(ours) == ["asr-barge-in", "asr-events", "asr-loop", "asr-watchdog"], ours


@case()
def a_bad_reload_keeps_the_configuration(test):
    service, host = test.start_with(every(200))
    call = streaming_call(test)
    host.write_configuration({"default": {"url": service.url, "frame-ms": "7"}})
    answer = host.module("reload")
    assert answer.startswith("-ERR") and "default" in answer and "frame-ms" in answer and "10 to 1000" in answer, answer
    assert "\n" not in answer
    host.write_raw_configuration("<configuration name=\"asr_stream.conf\"><profiles></configuration>")
    assert host.module("reload").startswith("-ERR")
    test.event(call, "asr_stream::final", since=test.esl.mark())
    assert host.stream(call, "start default name=after").startswith("+OK")
    host.hang_up(call)


@case()
def reload_in_a_storm_of_calls(test):
    service, host = test.start_with(every(100), drain_timeout="500ms")
    other = host.connect()
    calls = []
    for number in range(20):
        calls.append(streaming_call(test))
        assert other.api("asr_stream reload").startswith("+OK")
        if number % 2:
            host.hang_up(calls.pop(0))
    other.close()
    for call in calls:
        host.hang_up(call)


@case()
def unload_is_refused_while_a_stream_lives(test):
    service, host = test.start_with(every(200))
    for call in (streaming_call(test), Listener(test).call):
        answer = host.client.api("unload mod_asr_stream")
        assert answer.startswith("-ERR"), answer
        test.event(call, "asr_stream::final", since=test.esl.mark())
        host.hang_up(call)
        host.wait_gone(call)
        test.event(call, "asr_stream::closed")


@case(sanitizers=())
def unload_leaves_no_mapping(test):
    """Under a sanitizer code stays mapped on purpose, so that reports keep their names."""
    service, host = test.start_with(every(200), drain_timeout="500ms")
    for round_number in range(3):
        for call in (streaming_call(test), Listener(test).call):
            test.event(call, "asr_stream::final")
            host.hang_up(call)
            host.wait_gone(call)
            test.event(call, "asr_stream::closed")
        inspection.nothing_left(test)
        unload(test)
        assert not host.is_mapped(), f"round {round_number}: the module is still mapped"
        answer = host.client.api("load mod_asr_stream")
        assert "+OK" in answer, answer


def unload(test):
    """The hold of the last stream goes a moment after its `closed` event."""
    def attempt():
        return test.host.client.api("unload mod_asr_stream").startswith("+OK")
    wait_for(attempt, "unload", test.seconds(10), poll=0.1)


@case(sanitizers=("asan", "tsan"))
def unload_by_force_in_the_middle_of_calls(test):
    service, host = test.start_with(ignore_stop, drain_timeout="1s")
    calls = [streaming_call(test), Listener(test).call]
    wait_for(lambda: len(service.sessions) == 2 and all(s.audio_ms for s in service.sessions), "audio", 20)
    answer = host.client.api("unload -f mod_asr_stream", timeout=test.seconds(60))
    test.note(f"unload -f answered {answer!r}")
    for call in calls:
        assert host.is_up(call), "the call must go on"
        host.hang_up(call)
        host.wait_gone(call)
    assert host.process.is_alive()
    test.module_is_gone = True


@case()
def shutdown_in_the_middle_of_calls(test):
    service, host = test.start_with(ignore_stop, drain_timeout="1s")
    for _ in range(3):
        streaming_call(test)
        Listener(test)
    wait_for(lambda: len(service.sessions) == 6, "connections", 20)
    test.expects_leftovers = True  # host.stop() follows: it must end, in time, with status 0


@case()
def a_refused_configuration_says_why(test):
    """The module does not load; the switch lives; a mended file loads."""
    service = test.service(listen())
    host = test.host
    host.start({"default": {"url": service.url}})
    inspection.nothing_left(test)
    unload(test)
    wrong = {
        "frame-ms": ({"default": {"url": service.url, "frame-ms": "7"}}, ("default", "frame-ms", "10 to 1000")),
        "fram-ms": ({"default": {"url": service.url, "fram-ms": "20"}}, ("default", "fram-ms", "frame-ms")),
        "no url": ({"default": {}}, ("default", "url")),
        "replay": ({"default": {"url": service.url, "replay-ms": "2s"}}, ("default", "replay-ms")),
    }
    for name, (profiles, words) in wrong.items():
        host.write_configuration(profiles)
        before = len(host.log())
        answer = host.client.api("reloadxml")
        answer = host.client.api("load mod_asr_stream")
        assert "-ERR" in answer, f"{name}: {answer}"
        for word in words:  # a switch writes its log on a thread of its own
            wait_for(lambda: word in host.log()[before:], f"{name}: the log says {word!r}", test.seconds(5))
    host.write_configuration({"default": {"url": service.url}})
    host.client.api("reloadxml")
    assert "+OK" in host.client.api("load mod_asr_stream")
