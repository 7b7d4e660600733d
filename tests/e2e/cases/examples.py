"""The dialplan of examples/ on the real switch, with the configuration that is shipped."""

import os

import inspection
from case import case
from cases.playback import audio, marks
from scripts import BEGIN, final, partial, say
from wait import wait_for

FREESWITCH = ("freeswitch",)
UTTERANCE = (BEGIN, partial("ye"), final("yes", confidence=0.9))


def start(test, script):
    """A service that follows `script`, and a switch with the shipped configuration, whose profiles all lead to it."""
    service, host = test.service(script), test.host
    host.with_examples = True
    test.start(url=service.url)
    with open(os.path.join(test.options.source, "conf", "asr_stream.conf.xml")) as file:
        text = file.read()
    for url in ("ws://127.0.0.1:2700/", "wss://bot.example.com/call"):
        assert url in text
        text = text.replace(url, service.url)
    host.write_raw_configuration(text)
    answer = host.module("reload")
    assert answer.startswith("+OK"), answer
    return service, host


def call_extension(test, extension):
    """The caller's recording speaks into the extension, as callers.xml says."""
    call, job = test.host.begin_originate_to("loopback/say-vm-review.wav/callers", f"{extension} XML examples")
    answer = test.esl.job_answer(job, test.seconds(20))
    assert answer.startswith("+OK"), answer
    return call


def say_when_asked(*messages):
    return say(*((600 + 50 * number, message) for number, message in enumerate(messages)))


@case(hosts=FREESWITCH)
def a_question_without_a_script(test):
    service, host = start(test, say_when_asked(*UTTERANCE))
    call = call_extension(test, "asr-ask")
    test.event(call, "CHANNEL_DESTROY", seconds=30)
    wait_for(lambda: f"{call} said: yes" in host.log(), "the answer in the log", test.seconds(5))


@case(hosts=FREESWITCH)
def yes_or_no(test):
    service, host = start(test, say_when_asked(*UTTERANCE))
    call = call_extension(test, "asr-yes-no")
    test.event(call, "CHANNEL_DESTROY", seconds=30)
    answers = [f"{call} answered: {answer}" for answer in ("true", "yes")]
    wait_for(lambda: any(answer in host.log() for answer in answers), "the answer in the log", test.seconds(5))


@case(hosts=FREESWITCH)
def the_robot_call(test):
    service, host = start(test, say_when_asked(BEGIN, final("goodbye", confidence=0.9)))
    call = call_extension(test, "asr-bot")
    transcript = test.event(call, "bot::transcript", seconds=30)
    assert transcript.body == "goodbye", transcript.body
    host.hang_up(call)


@case(hosts=FREESWITCH)
def the_script_that_follows_a_call(test):
    service, host = start(test, say_when_asked(*UTTERANCE, BEGIN, final("no", confidence=0.9)))
    call = call_extension(test, "asr-listen")
    for text in ("yes", "no"):
        test.event(call, "bot::transcript", lambda e: e.body == text, seconds=30)
    host.hang_up(call)
    test.event(call, "asr_stream::closed")


@case(hosts=FREESWITCH)
def both_sides_of_a_conversation(test):
    service, host = start(test, say())
    call = call_extension(test, "asr-both-1000")
    test.event(call, "CHANNEL_BRIDGE")
    wait_for(lambda: service.session().audio_ms >= 200, "audio", test.seconds(20))
    told = service.session().start
    assert told["audio"]["channels"] == 2 and told["metadata"] == {"queue": "sales"}, told
    host.hang_up(call)
    test.event(call, "asr_stream::closed")


@case(hosts=FREESWITCH)
def a_service_that_speaks(test):
    service, host = start(test, say((100, audio(300, 24000)), (100, {"type": "mark", "name": "said"})))
    call = call_extension(test, "asr-voicebot")
    wait_for(lambda: marks(service.session()) == [("said", "played")], "the mark, played", test.seconds(15))
    figures = inspection.metrics(host)
    queued = figures["asr_stream_playback_queued_samples_total"]
    assert queued == 24000 * 300 // 1000 == figures["asr_stream_playback_played_samples_total"], figures
    host.hang_up(call)
    test.event(call, "asr_stream::closed")
