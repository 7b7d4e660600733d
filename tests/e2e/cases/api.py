"""uuid_asr_stream, asr_stream and the application: what they do and what they answer to misuse."""

import uuid

import inspection
from calls import streaming_call
from case import case
from scripts import every, final, listen, say
from wait import wait_for


@case(recorded=True)
def a_parked_call_is_transcribed(test):
    service, host = test.start_with(every(400))
    call = streaming_call(test, voice="vm-review.wav")
    said = test.event(call, "asr_stream::final", lambda e: "word 2" in e.body)
    assert said["ASR-Profile"] == "default" and said["ASR-Stream"] == "default", said
    assert host.stream(call, "stop").startswith("+OK")
    closed = test.event(call, "asr_stream::closed")
    assert closed.json()["drained"] is True, closed.body
    inspection.assert_sequence_complete(test.esl.events(call))
    host.hang_up(call)
    test.event(call, "CHANNEL_DESTROY")
    test.keep_order(call)


@case()
def the_service_hears_the_caller(test):
    """The samples at the service are those of the recording, not silence."""
    service, host = test.start_with(listen())
    call = streaming_call(test, "start default audio-format=binary", voice="vm-review.wav")
    wait_for(lambda: service.session().audio_ms >= 500, "audio", 20)
    start = service.session().start
    assert start["audio"] == {"encoding": "L16", "sample_rate": 8000, "channels": 1}, start
    assert start["call"] == call
    host.hang_up(call)


@case()
def mixed_and_stereo(test):
    service, host = test.start_with(listen())
    for number, (mix, channels) in enumerate((("mixed", 1), ("stereo", 2))):
        call = streaming_call(test, f"start default mix={mix}", voice="vm-review.wav")
        session = service.session(number)
        wait_for(lambda: session.audio_ms >= 400, f"audio, {mix}", 20)
        assert session.start["audio"]["channels"] == channels, session.start
        host.hang_up(call)
        closed = test.event(call, "asr_stream::closed")
        assert closed.json()["statistics"]["refused_samples"] == 0


@case()
def any_rate_on_the_wire(test):
    service, host = test.start_with(listen())
    call = streaming_call(test, "start default sample-rate=16000")
    wait_for(lambda: service.session().audio_ms >= 200, "audio", 20)
    assert service.session().start["audio"]["sample_rate"] == 16000
    host.hang_up(call)


@case()
def several_named_streams_of_one_call(test):
    service, host = test.start_with(every(300))
    call = host.originate()
    for name in ("one", "two", "three"):
        assert host.stream(call, f"start default name={name}").startswith("+OK")
    for name in ("one", "two", "three"):
        test.event(call, "asr_stream::final", lambda e: e["ASR-Stream"] == name)
    ambiguous = host.stream(call, "pause")
    assert ambiguous.startswith("-ERR"), ambiguous
    assert host.stream(call, "stop two").startswith("+OK")
    test.event(call, "asr_stream::closed", lambda e: e["ASR-Stream"] == "two")
    assert inspection.stats(host, call, "one")
    assert host.stream(call, "stats two").startswith("-ERR")
    host.hang_up(call)
    wait_for(lambda: len(test.esl.events(call, "asr_stream::closed")) == 3, "three closed", test.seconds(10))


@case()
def pause_and_resume(test):
    service, host = test.start_with(listen())
    call = streaming_call(test)
    session = service.session()
    wait_for(lambda: session.audio_ms >= 200, "audio", 20)
    assert host.stream(call, "pause").startswith("+OK")
    wait_for(lambda: _statistics(host, call)["paused_samples"] > 8000, "a second of paused audio", 20)
    before = session.audio_ms
    assert host.stream(call, "resume").startswith("+OK")
    wait_for(lambda: session.audio_ms >= before + 200, "audio again", 20)
    host.hang_up(call)


def _statistics(host, call):
    """Where the statistics lie in the answer is the answer's own business."""
    found = inspection.stats(host, call)
    if isinstance(found, list):
        found = found[0]
    return found.get("statistics", found)


@case()
def text_reaches_the_service(test):
    service, host = test.start_with(listen())
    call = streaming_call(test, "start default name=a")
    assert host.stream(call, "send_text hello, 'world' \"x\"").startswith("+OK")
    assert host.stream(call, "send_text name=a second text").startswith("+OK")
    wait_for(lambda: [m["text"] for m in service.session().messages if m["type"] == "text"]
             == ["hello, 'world' \"x\"", "second text"], "both texts", 10)
    host.hang_up(call)


@case()
def settings_of_the_call(test):
    """Channel variables over the profile, key=value over both."""
    service, host = test.start_with(listen(), language="en-US")
    call = host.originate(variables={"asr_stream_language": "fr-FR", "asr_stream_frame_ms": "40"})
    assert host.stream(call, "start default name=a").startswith("+OK")
    assert host.stream(call, "start default name=b language=it-IT").startswith("+OK")
    wait_for(lambda: len(service.sessions) == 2 and all(s.audio_messages for s in service.sessions), "audio", 20)
    assert sorted(s.start["language"] for s in service.sessions) == ["fr-FR", "it-IT"]
    host.hang_up(call)


@case()
def a_setting_s_other_name_serves_as_a_variable_too(test):
    service, host = test.start_with(listen())
    call = host.originate(variables={"asr_stream_speech_timeout": "never"})
    answer = host.stream(call, "start default")
    assert answer.startswith("-ERR") and "speech-timeout=never" in answer, answer
    host.hang_up(call)


@case()
def stop_now_waits_for_nothing(test):
    service, host = test.start_with(say(at_stop=[final("too late")]))
    call = streaming_call(test)
    wait_for(lambda: service.session().audio_ms >= 100, "audio", 20)
    assert host.stream(call, "stop now").startswith("+OK")
    test.event(call, "asr_stream::closed")
    assert not test.esl.events(call, "asr_stream::final")
    host.hang_up(call)


@case()
def misuse_is_answered_in_one_line(test):
    service, host = test.start_with(listen(), settings={"max-streams": "2"})
    call = host.originate()
    nobody = str(uuid.uuid4())
    misuse = {"": "-USAGE", "nonsense": "-USAGE", "start": "-USAGE", "start nobody": "-ERR", "stop": "-ERR",
              "pause": "-ERR", "resume": "-ERR", "stats": "-ERR", "send_text": "-USAGE", "send_text hello": "-ERR",
              "stop nothing": "-ERR", "start default fram-ms=20": "-ERR", "start default frame-ms=7": "-ERR",
              "start default name=": "-", "start default mix=loud": "-ERR", "start default 'unclosed": "-USAGE",
              "start default url=http://x/": "-ERR", f"start default name={'n' * 300}": "-"}
    for words, expected in misuse.items():
        answer = host.stream(call, words)
        assert answer.startswith(expected), f"{words!r}: {answer}"
        assert expected == "-USAGE" or "\n" not in answer, f"{words!r}: {answer}"
    for words in ("start default", "stop", "stats"):
        answer = host.stream(nobody, words)
        assert answer.startswith("-ERR"), f"{words} of a call that is not there: {answer}"
    assert host.client.api("uuid_asr_stream").startswith("-USAGE")
    for words in ("", "nonsense", "status extra words"):
        assert host.module(words).startswith("-USAGE"), f"asr_stream {words}: {host.module(words)}"
    for name in ("a", "b"):
        assert host.stream(call, f"start default name={name}").startswith("+OK")
    limit = host.stream(call, "start default name=c")
    assert limit.startswith("-ERR") and "limit" in limit, limit
    host.hang_up(call)


@case()
def reports_of_the_module(test):
    _, host = test.start_with(listen())
    call = streaming_call(test)
    for words in ("status", "list", "memory", "metrics", "profiles", "version"):
        answer = host.module(words)
        assert answer and not answer.startswith("-"), f"{words}: {answer}"
    for words in ("status json", "list json", "memory json", "profiles json"):
        inspection.parse(host.module(words))
    assert call in host.module("list") and call in host.module("memory json")
    assert "default" in host.module("profiles")
    assert inspection.live_streams(host) == 1
    assert inspection.live_bytes(host) > 0
    host.hang_up(call)


@case()
def the_application_takes_the_same_words(test):
    service, host = test.start_with(every(300))
    call = host.originate("lua(e2e_stream.lua)")
    test.event(call, "asr_stream::final")
    host.hang_up(call)
    test.event(call, "asr_stream::closed")


@case()
def events_are_slim_unless_channel_data_is_asked_for(test):
    service, host = test.start_with(every(300))
    slim = streaming_call(test, variables={"e2e_secret": "of the call"})
    said = test.event(slim, "asr_stream::final")
    assert not [name for name in said if name.startswith("variable_")], "a slim event has channel variables"
    host.hang_up(slim)
    full = streaming_call(test, "start default event-channel-data=true", variables={"e2e_secret": "of the call"})
    said = test.event(full, "asr_stream::final")
    assert said.get("variable_e2e_secret") == "of the call", sorted(said)
    host.hang_up(full)
