"""Audio of the service, played to the caller; barge-in."""

import base64
import math
import struct

import inspection
from calls import streaming_call
from case import case
from scripts import BEGIN, every, final, listen, partial, say
from wait import wait_for


def tone(ms, rate=8000):
    samples = [int(8000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(rate * ms // 1000)]
    return base64.b64encode(struct.pack(f"<{len(samples)}h", *samples)).decode()


def audio(ms, rate=8000):
    return {"type": "play", "data": tone(ms, rate), "sample_rate": rate}


def playing_call(test, words="start default playback=true", variables=None):
    """A call with a stream, then a script that plays what the service sends."""
    call = test.host.originate("lua(e2e_playback.lua)", variables={"e2e_start": words, **(variables or {})})
    return call


def marks(session):
    return [(m["name"], m["event"]) for m in session.messages if m["type"] == "mark"]


@case()
def audio_of_the_service_is_played_and_marks_are_answered(test):
    service, host = test.start_with(say((100, audio(200)), (100, {"type": "mark", "name": "a"}),
                                        (120, audio(200, 16000)), (120, {"type": "mark", "name": "b"})))
    call = playing_call(test)
    wait_for(lambda: len(marks(service.session())) == 2, "both marks", test.seconds(15))
    assert marks(service.session()) == [("a", "played"), ("b", "played")]
    host.hang_up(call)
    test.event(call, "asr_stream::closed")


@case()
def clear_throws_away_what_waits(test):
    service, host = test.start_with(say((100, audio(5000)), (100, {"type": "mark", "name": "late"}),
                                        (400, {"type": "clear"})))
    call = playing_call(test)
    wait_for(lambda: marks(service.session()) == [("late", "cleared")], "the mark, cleared", test.seconds(4))
    host.hang_up(call)


@case()
def hang_up_while_playing(test):
    service, host = test.start_with(say((100, audio(5000)), (200, audio(5000))))
    call = playing_call(test)
    wait_for(lambda: service.session().audio_ms >= 400, "playing", 20)
    host.hang_up(call)
    host.wait_gone(call)
    test.event(call, "asr_stream::closed")


@case()
def playback_is_bounded(test):
    service, host = test.start_with(say(*((100, audio(1000)) for _ in range(20))))
    call = host.originate()
    assert host.stream(call, "start default playback=true playback-ms=3000").startswith("+OK")
    wait_for(lambda: service.session().audio_ms >= 300, "audio", 20)
    assert inspection.live_bytes(host) < 2 << 20
    host.hang_up(call)


@case()
def no_playback_unless_the_profile_says_so(test):
    service, host = test.start_with(say((100, audio(200)), (120, {"type": "mark", "name": "a"})))
    call = playing_call(test, "start default")
    wait_for(lambda: service.session().audio_ms >= 600, "audio", 20)
    assert not [m for m in marks(service.session()) if m[1] == "played"]
    host.hang_up(call)


@case()
def barge_in_stops_the_prompt(test):
    service, host = test.start_with(say((300, BEGIN), (600, final("stop"))))
    call = host.originate("lua(e2e_play.lua)", variables={"e2e_file": "conf-usermenu.wav"})
    assert host.stream(call, "start default barge-in=true").startswith("+OK")
    test.event(call, "e2e::played", seconds=5)  # the prompt takes 12 s
    host.hang_up(call)


@case()
def the_first_words_stop_the_prompt_where_the_service_does_not_tell_when_speech_begins(test):
    service, host = test.start_with(say((300, partial("st")), (20_000, final("stop"))))
    call = host.originate("lua(e2e_play.lua)", variables={"e2e_file": "conf-usermenu.wav"})
    assert host.stream(call, "start default barge-in=true").startswith("+OK")
    test.event(call, "e2e::played", seconds=5)  # the prompt takes 12 s
    host.hang_up(call)


@case()
def without_barge_in_the_prompt_goes_on(test):
    service, host = test.start_with(say((300, BEGIN), (600, final("stop"))))
    call = host.originate("lua(e2e_play.lua)", variables={"e2e_file": "conf-usermenu.wav"})
    assert host.stream(call, "start default").startswith("+OK")
    wait_for(lambda: service.session().audio_ms >= 1500, "audio", 20)
    assert not test.esl.events(call, "e2e::played")
    host.hang_up(call)


@case()
def barge_in_without_a_prompt_does_nothing(test):
    service, host = test.start_with(every(100))
    call = streaming_call(test, "start default barge-in=true")
    wait_for(lambda: len(test.esl.events(call, "asr_stream::final")) >= 5, "five utterances", 20)
    assert host.is_up(call)
    host.hang_up(call)
