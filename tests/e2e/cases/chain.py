"""The whole chain: ten calls at once, each a recorded prompt with known text, through the recognizer to events."""

import json

import inspection
from calls import cause
from case import case
from recognizer import Recognizer, accuracy, grammar, held_out, transcribe
from wait import wait_for


def ten_calls(test, host, app, variables=None):
    """File name -> call id, all at once."""
    names = list(held_out(test))
    return dict(zip(names, host.originate_together([(app, name) for name in names], variables)))


@case(timeout=300)
def ten_calls_with_a_closed_grammar_are_exact(test):
    recognizer = Recognizer(test, "--grammar", grammar(test))
    host = test.start(url=recognizer.url, stall_timeout="10s", replay_ms="40s")
    calls = ten_calls(test, host, "lua(e2e_transcribe.lua)")
    references = held_out(test)
    for name, call in calls.items():
        said = test.event(call, "asr_stream::final", lambda e: e.json().get("text"), seconds=90)
        assert text_of(said) == references[name], f"{name}: {said.body}"
    for name, call in calls.items():
        transcript = test.event(call, "bot::transcript", seconds=20)
        assert transcript.body == references[name], f"{name}: {transcript.body!r}"
        host.hang_up(call)
    for call in calls.values():
        test.event(call, "asr_stream::closed", seconds=20)
        inspection.assert_sequence_complete(events_of_stream(test, call))
        texts = [text_of(e) for e in test.esl.events(call, "asr_stream::final") if text_of(e)]
        assert len(texts) == 1, f"each prompt is one utterance: {texts}"


@case(timeout=300)
def ten_calls_with_the_open_model_are_as_good_as_without_a_switch(test):
    recognizer = Recognizer(test)
    references = held_out(test)
    alone = accuracy(references, transcribe(test, recognizer.url, references))
    host = test.start(url=recognizer.url, stall_timeout="10s", replay_ms="40s")
    calls = ten_calls(test, host, "lua(e2e_transcribe.lua)")
    heard = {}
    for name, call in calls.items():
        wait_for(lambda: len(spoken(test, call)) and is_over(test, call), f"{name} is over", test.seconds(120), poll=0.5)
        host.hang_up(call)
        test.event(call, "asr_stream::closed", seconds=20)
        heard[name] = " ".join(text_of(e) for e in spoken(test, call))
    through_calls = accuracy(references, heard)
    test.note(f"word accuracy {through_calls:.1f} % in calls, {alone:.1f} % without")
    assert through_calls >= alone - 5, heard


def spoken(test, call):
    return [e for e in test.esl.events(call, "asr_stream::final") if text_of(e)]


def is_over(test, call):
    """The recording's end and two seconds of silence lie behind the last result."""
    statistics = inspection.stats(test.host, call)
    if isinstance(statistics, list):
        statistics = statistics[0]
    statistics = statistics.get("statistics", statistics)
    return statistics["pushed_samples"] > 8000 * 14


def text_of(event):
    body = event.json()
    return body.get("text", body.get("transcript", {}).get("text", "") if isinstance(body.get("transcript"), dict) else "")


def events_of_stream(test, call):
    return [e for e in test.esl.events(call) if e.kind.startswith("asr_stream::")]


@case(timeout=300)
def the_robot_call_of_the_examples(test):
    """examples/lua/bot.lua against the recognizer: it greets, hears a sentence, fires bot::transcript and ends."""
    recognizer = Recognizer(test, "--grammar", grammar(test))
    host = test.start(url=recognizer.url, stall_timeout="10s", replay_ms="40s")
    name = "demo-thanks.wav"
    call = host.originate("lua(bot.lua)", name, {"bot_answer_ms": "100"})
    transcript = test.event(call, "bot::transcript", seconds=60)
    assert transcript.body == held_out(test)[name], transcript.body
    test.event(call, "CHANNEL_HANGUP_COMPLETE", seconds=60)
    host.wait_gone(call)
