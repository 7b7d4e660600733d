"""Calls over SIP and RTP: codecs that change, hold, transfer, bridge. On FreeSWITCH only."""

import json
import time

import inspection
from calls import cause
from case import case
from recognizer import Recognizer, grammar, held_out
from scripts import every, listen
from sip import Caller, Scenario, voice
from wait import wait_for


def sip_case(**arguments):
    return case(hosts=("freeswitch",), **arguments)


def start(test, script=None, url=None, **profile):
    test.host.with_sip = True
    if url is None:
        service = test.service(script or every(200))
        url = service.url
    else:
        service = None
    return service, test.start(url=url, **profile)


def call_of(test, since=0):
    """The id of the call that sipp made."""
    return test.esl.wait_event(None, "CHANNEL_CREATE", lambda e: "sofia" in e.get("Channel-Name", ""),
                               test.seconds(20), since).call


def audio_keeps_time(test, session, milliseconds=2000):
    """Audio that came at twice its rate would be there in half the time."""
    begin, first = time.monotonic(), session.audio_ms
    wait_for(lambda: session.audio_ms >= first + milliseconds, "audio goes on", test.seconds(20))
    assert time.monotonic() - begin > 0.7 * milliseconds / 1000, "audio runs faster than time"


def finals_go_on(test, call, since=None):
    test.event(call, "asr_stream::final", since=test.esl.mark() if since is None else since)


@sip_case(timeout=240)
def a_sip_call_is_understood(test):
    recognizer = Recognizer(test, "--grammar", grammar(test))
    _, host = start(test, url=recognizer.url, stall_timeout="10s", replay_ms="40s")
    name = "vm-review.wav"
    scenario = Scenario().invite("PCMU").speak(voice(test.folder, name)).until_bye()
    caller = Caller(test, scenario, "stream-default")
    call = call_of(test)
    said = test.event(call, "asr_stream::final", lambda e: e.json().get("text"), seconds=60)
    assert said.json()["text"] == held_out(test)[name], said.body
    host.hang_up(call)
    caller.wait()
    test.event(call, "asr_stream::closed")


@sip_case()
def codec_change_to_another_law(test):
    service, host = start(test)
    scenario = Scenario().invite("PCMU").speak(voice(test.folder)).wait(1500)
    scenario.reinvite("PCMA").until_bye()
    caller = Caller(test, scenario, "stream-default")
    call = call_of(test)
    finals_go_on(test, call)
    wait_for(lambda: "PCMA" in host.client.api(f"uuid_dump {call}"), "PCMA", 20)
    finals_go_on(test, call)
    audio_keeps_time(test, service.session())
    host.hang_up(call)
    caller.wait()


@sip_case()
def codec_change_to_another_rate(test):
    """8,000 Hz becomes 16,000 in the middle of the call: the service goes on hearing 8,000."""
    service, host = start(test, listen())
    scenario = Scenario().invite("PCMU").speak(voice(test.folder)).wait(1500).fall_silent()
    scenario.reinvite("L16/16000").until_bye()
    caller = Caller(test, scenario, "stream-default")
    call = call_of(test)
    wait_for(lambda: "L16" in host.client.api(f"uuid_dump {call}"), "the new codec", 20)
    audio_keeps_time(test, service.session())
    statistics = _statistics(host, call)
    assert statistics["refused_samples"] == 0, statistics
    host.hang_up(call)
    caller.wait()


@sip_case()
def two_channel_codec(test):
    service, host = start(test, listen())
    caller = Caller(test, Scenario().invite("L16/8000/2").until_bye(), "stream-default")
    call = call_of(test)
    wait_for(lambda: service.sessions and service.sessions[0].audio_ms > 100, "audio", test.seconds(20))
    audio_keeps_time(test, service.session())
    host.hang_up(call)
    caller.wait()


@sip_case()
def hold_and_back(test):
    service, host = start(test)
    scenario = Scenario().invite("PCMU").speak(voice(test.folder)).wait(1000)
    scenario.reinvite("PCMU", "sendonly").wait(1500).reinvite("PCMU", "sendrecv").until_bye()
    caller = Caller(test, scenario, "stream-default")
    call = call_of(test)
    finals_go_on(test, call)
    test.event(call, "CHANNEL_HOLD")
    test.event(call, "CHANNEL_UNHOLD")
    finals_go_on(test, call)
    host.hang_up(call)
    caller.wait()
    test.event(call, "asr_stream::closed")


@sip_case()
def transfer(test):
    service, host = start(test)
    caller = Caller(test, Scenario().invite("PCMU").speak(voice(test.folder)).until_bye(), "stream-default")
    call = call_of(test)
    finals_go_on(test, call)
    host.client.ok(f"uuid_transfer {call} park XML callers")
    finals_go_on(test, call)
    assert service.connections == 1, "the stream was opened again"
    host.hang_up(call)
    caller.wait()


@sip_case()
def bridge(test):
    """Both legs stream, one of them both directions; the bridge changes nothing for either."""
    service, host = start(test)
    speech = voice(test.folder)
    calls, callers = [], []
    for number in ("stream-default", "park"):
        mark = test.esl.mark()
        callers.append(Caller(test, Scenario().invite("PCMU").speak(speech).until_bye(), number))
        calls.append(call_of(test, mark))
    wait_for(lambda: host.stream(calls[1], "start default mix=stereo").startswith("+OK"), "stream of the other leg", 10)
    host.client.ok(f"uuid_bridge {calls[0]} {calls[1]}")
    for call in calls:
        finals_go_on(test, call)
    audio_keeps_time(test, service.session(1))
    host.hang_up(calls[0])
    for caller in callers:
        caller.wait()
    for call in calls:
        test.event(call, "asr_stream::closed")


@sip_case()
def bypass_media_is_refused(test):
    service, host = start(test)
    caller = Caller(test, Scenario().invite("PCMU").until_bye(), f"bypass-{host.sip_port}")
    call = call_of(test)
    wait_for(lambda: "bypass" in host.client.api(f"uuid_dump {call}") and host.is_up(call), "the call", 10)
    test.event(call, "CHANNEL_BRIDGE")
    answer = host.stream(call, "start default")
    assert answer.startswith("-ERR") and "media" in answer, answer
    host.hang_up(call)
    caller.wait()


def _statistics(host, call):
    found = inspection.stats(host, call)
    found = found[0] if isinstance(found, list) else found
    return found.get("statistics", found)
