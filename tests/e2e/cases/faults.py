"""What a switch itself gets wrong, by injection: the stream ends all the same, and nothing is left of it."""

import os

import inspection
from calls import Listener, streaming_call
from case import case
from scripts import every, listen
from wait import wait_for

MINISWITCH = ("miniswitch",)
WATCHDOG_SECONDS = 20  # its patience, and a margin


def inject(test, fault):
    test.host.client.ok(f"fault {fault}")


def count(test, name):
    return inspection.metrics(test.host)[f"asr_stream_{name}"]


def hang_up_without_close(test, call):
    """The switch forgets to tell that the call is over: the watchdog sees it."""
    inject(test, "close-never=1")
    test.host.hang_up(call)
    test.host.wait_gone(call)
    test.event(call, "asr_stream::closed", seconds=WATCHDOG_SECONDS)
    assert count(test, "watchdog_ends_total") == 1
    inspection.nothing_left(test)


def assert_unloads(test, command):
    """Nothing of ours holds the module, and no code of it stays mapped."""
    answer = test.host.client.api(command, timeout=test.seconds(60))
    assert answer.startswith("+OK"), answer
    test.module_is_gone = True
    if not test.options.sanitizer:
        assert not test.host.is_mapped(), "something of ours was left, so that the code stays mapped"


@case(hosts=MINISWITCH)
def a_stream_whose_close_never_comes_is_ended(test):
    service, host = test.start_with(every(100), drain_timeout="500ms")
    call = streaming_call(test)
    test.event(call, "asr_stream::final")
    hang_up_without_close(test, call)
    wait_for(lambda: service.live == 0, "the service's connection is closed", test.seconds(10))
    assert_unloads(test, "unload mod_asr_stream")


@case(hosts=MINISWITCH)
def a_recognizer_whose_close_never_comes_is_given_up(test):
    """The switch's own lock on the interface is lost too, so that only an unload by force helps: it then finds nothing."""
    service, host = test.start_with(every(100), drain_timeout="500ms")
    call = Listener(test).call
    test.event(call, "asr_stream::final")
    hang_up_without_close(test, call)
    wait_for(lambda: count(test, "handles_reclaimed_total") == 1, "the recognizer is given up", test.seconds(WATCHDOG_SECONDS))
    assert "in use" in host.client.api("unload mod_asr_stream"), "the switch's lock is not ours to release"
    assert_unloads(test, "unload -f mod_asr_stream")


@case(hosts=MINISWITCH)
def what_was_lost_a_moment_before_does_not_keep_the_code_mapped(test):
    """The stream is over, so that nothing holds the module any more, but nobody closed what fed it."""
    service, host = test.start_with(every(100), drain_timeout="500ms")
    call = streaming_call(test)
    inject(test, "close-never=1")
    assert host.stream(call, "stop now").startswith("+OK")
    test.event(call, "asr_stream::closed")
    host.hang_up(call)
    host.wait_gone(call)
    assert_unloads(test, "unload mod_asr_stream")


@case(hosts=MINISWITCH)
def a_close_that_comes_after_the_watchdog_gave_up_leads_nowhere(test):
    """The switch stands still for longer than the watchdog's patience, with the call forgotten and its bugs not closed."""
    service, host = test.start_with(every(100), drain_timeout="500ms")
    calls = (streaming_call(test), Listener(test).call)
    for call in calls:
        test.event(call, "asr_stream::final")
    inject(test, "close-delay-ms=15000")  # the watchdog takes ten seconds at most
    for call in calls:
        host.hang_up(call)
    inject(test, "locate-fails=1000000")
    wait_for(lambda: count(test, "handles_reclaimed_total") == 1, "the recognizer is given up", test.seconds(WATCHDOG_SECONDS))
    for call in calls:
        test.event(call, "asr_stream::closed", seconds=WATCHDOG_SECONDS)
    inject(test, "locate-fails=0")
    for call in calls:
        test.event(call, "CHANNEL_DESTROY", seconds=WATCHDOG_SECONDS)
        assert len(test.esl.events(call, "asr_stream::closed")) == 1
    inspection.nothing_left(test)
    assert_unloads(test, "unload mod_asr_stream")


@case(hosts=("freeswitch",), sanitizers=())
def a_recognizer_added_behind_a_hang_up_does_not_keep_the_call(test):
    """Its speech thread holds the call, and the switch has removed all media bugs already: only the watchdog can help."""
    service = test.service(every(100))
    host = test.host
    host.adds_bugs_late = True
    test.start(url=service.url, drain_timeout="500ms")
    call = host.originate()
    job = test.esl.bgapi(f"luarun e2e_late.lua {call}")
    wait_for(lambda: os.path.exists(host.late_bug_begun), "the recognizer begins", test.seconds(10))
    host.hang_up(call)
    test.esl.job_answer(job, test.seconds(20))
    test.event(call, "CHANNEL_DESTROY", seconds=2 * WATCHDOG_SECONDS)
    test.event(call, "asr_stream::closed", seconds=WATCHDOG_SECONDS)
    inspection.nothing_left(test)
    wait_for(lambda: host.client.api("unload mod_asr_stream").startswith("+OK"), "unload", test.seconds(10), poll=0.1)
    assert not host.is_mapped()
    test.module_is_gone = True


@case(hosts=MINISWITCH)
def a_late_close_ends_the_stream_once(test):
    service, host = test.start_with(every(100), drain_timeout="500ms")
    inject(test, "close-delay-ms=1500")
    for call in (streaming_call(test), Listener(test).call):
        test.event(call, "asr_stream::final")
        host.hang_up(call)
        test.event(call, "asr_stream::closed")
        host.wait_gone(call)
        assert len(test.esl.events(call, "asr_stream::closed")) == 1
    assert count(test, "watchdog_ends_total") == 0


@case(hosts=MINISWITCH)
def a_refused_media_bug_fails_the_start_and_frees_the_name(test):
    service, host = test.start_with(every(100))
    call = host.originate()
    inject(test, "bug-add-fails=1")
    assert "refused a media bug" in host.stream(call, "start default")
    assert count(test, "media_bugs_refused_total") == 1
    test.event(call, "asr_stream::closed")
    assert host.stream(call, "start default").startswith("+OK")
    test.event(call, "asr_stream::final", since=test.esl.mark())
    host.hang_up(call)


@case(hosts=MINISWITCH)
def a_refused_media_bug_leaves_no_recognizer(test):
    service, host = test.start_with(listen())
    inject(test, "bug-add-fails=1")
    listener = Listener(test)
    inspection.nothing_left(test)
    listener.tell("listen builtin:dictation")
    wait_for(lambda: service.sessions and service.sessions[-1].audio_ms >= 100, "audio of the second attempt", 20)
    host.hang_up(listener.call)
    test.event(listener.call, "asr_stream::closed")
    wait_for(lambda: host.client.api("unload mod_asr_stream").startswith("+OK"), "unload", test.seconds(10), poll=0.1)
    test.module_is_gone = True


@case(hosts=MINISWITCH)
def a_jammed_session_queue_costs_no_event_of_ours(test):
    service, host = test.start_with(every(100))
    inject(test, "queue-jam=1")
    listener = Listener(test, "{continuous=true}builtin:dictation")
    wait_for(lambda: len(test.esl.events(listener.call, "asr_stream::final")) >= 3, "three finals", test.seconds(20))
    assert not listener.all_heard(), "the script's queue is full"
    inspection.assert_sequence_complete(test.esl.events(listener.call))
    host.hang_up(listener.call)
    test.event(listener.call, "asr_stream::closed")


@case(hosts=MINISWITCH)
def lost_frames_are_no_defect(test):
    service, host = test.start_with(every(200))
    inject(test, "drop-frames=3")
    call = streaming_call(test)
    wait_for(lambda: len(test.esl.events(call, "asr_stream::final")) >= 3, "three finals", test.seconds(20))
    host.hang_up(call)
    test.event(call, "asr_stream::closed")


@case(hosts=MINISWITCH)
def a_close_reaches_a_speech_thread_that_is_about_to_wait(test):
    test.start_with(every(10_000), drain_timeout="500ms")
    inject(test, "speech-wait-delay-ms=1500")
    call, _ = test.host.begin_originate("lua(e2e_listen.lua)")
    test.event(call, "asr_stream::connected")  # by now it has looked, and holds its mutex until it waits
    test.host.hang_up(call)
    test.event(call, "CHANNEL_DESTROY")
    inspection.nothing_left(test)


@case(hosts=MINISWITCH, timeout=240)
def hang_up_at_every_place(test):
    """The caller hangs up in the middle of what the switch is just doing."""
    service, host = test.start_with(every(60), drain_timeout="500ms")
    for place in ("answer", "bug-add", "asr-open", "load-grammar", "result", "play", "play-end", "closing"):
        inject(test, f"hangup-at={place}")
        calls = [host.begin_originate(app, None, {"e2e_prompt": "beep.wav"})
                 for app in ("lua(e2e_listen.lua)", "lua(e2e_ask.lua)", "park()")]
        for call, job in calls:
            test.esl.job_answer(job, test.seconds(20))
        host.stream(calls[2][0], "start default")
        for call, _ in calls:
            host.hang_up(call)
            host.wait_gone(call)
        inject(test, "hangup-at=0")
        inspection.nothing_left(test)
