"""detect_speech and play_and_detect_speech: results, timers, completion causes, begin-speaking, grammars."""

from calls import Listener, cause, grammar_variables
from case import case
from scripts import BEGIN, END, alternate, die_after, every, final, listen, partial, refuse, say
from wait import wait_for

YES = (BEGIN, partial("ye"), partial("yes"), END, final("yes", confidence=0.9, start_ms=100, end_ms=500))


def utterance(at, *messages):
    return tuple((at, message) for message in messages)


@case(recorded=True)
def single_shot_gives_one_terminal_result(test):
    _, host = test.start_with(say(*utterance(300, *YES), *utterance(600, *YES), *utterance(900, *YES)))
    listener = Listener(test)
    result = listener.heard()
    assert cause(result) == "000", result
    assert '"yes"' in result.body, result.body
    wait_for(lambda: len(test.esl.events(listener.call, "asr_stream::final")) == 3, "all finals published", 20)
    assert len(listener.all_heard()) == 1, "a single-shot recognition gave a second result"
    listener.tell("hangup")
    test.event(listener.call, "asr_stream::closed")
    test.event(listener.call, "CHANNEL_DESTROY")
    test.keep_order(listener.call)


@case(recorded=True)
def a_new_grammar_starts_a_new_recognition(test):
    _, host = test.start_with(every(400))
    listener = Listener(test, "{no-input-timeout=0}builtin:dictation")
    listener.heard()
    for number in range(2, 4):
        listener.tell("listen {no-input-timeout=0}builtin:dictation")
        wait_for(lambda: len(listener.all_heard()) == number, f"result {number}", test.seconds(15))
    listener.tell("hangup")
    test.event(listener.call, "asr_stream::closed")
    test.event(listener.call, "CHANNEL_DESTROY")
    assert len(listener.all_heard()) == 3
    test.keep_order(listener.call)


@case()
def resume_after_a_result_starts_a_new_recognition(test):
    _, host = test.start_with(every(400))
    listener = Listener(test)
    listener.heard()
    listener.tell("resume")
    wait_for(lambda: len(listener.all_heard()) == 2, "the second result", test.seconds(15))
    host.hang_up(listener.call)


@case(recorded=True)
def continuous_gives_every_final(test):
    _, host = test.start_with(say(*utterance(300, *YES), *utterance(600, *YES), *utterance(900, *YES)))
    listener = Listener(test, "{continuous=true,no-input-timeout=0}builtin:dictation")
    wait_for(lambda: len(listener.all_heard()) == 3, "three results", test.seconds(15))
    listener.tell("hangup")
    test.event(listener.call, "asr_stream::closed")
    test.event(listener.call, "CHANNEL_DESTROY")
    test.keep_order(listener.call)


@case()
def partial_results_reach_the_script(test):
    _, host = test.start_with(say((200, BEGIN), (300, partial("good")), (700, partial("good morning")),
                                  (900, final("good morning"))), interim="true", partial_interval="0")
    listener = Listener(test)
    listener.heard("begin-speaking")
    assert "good" in listener.heard("detected-partial-speech").body
    listener.heard("detected-speech")
    host.hang_up(listener.call)


@case()
def no_partial_results_unless_asked(test):
    _, host = test.start_with(say((200, partial("good")), (400, final("good morning"))), interim="false")
    listener = Listener(test)
    listener.heard("detected-speech")
    assert not listener.all_heard("detected-partial-speech")
    host.hang_up(listener.call)


@case(recorded=True)
def silence_ends_with_no_input(test):
    _, host = test.start_with(listen())
    listener = Listener(test, "{no-input-timeout=400}builtin:dictation")
    assert cause(listener.heard()) == "002"
    listener.tell("hangup")
    test.event(listener.call, "asr_stream::closed")
    test.event(listener.call, "CHANNEL_DESTROY")
    test.keep_order(listener.call)


@case()
def input_timers_wait_until_they_are_started(test):
    service, host = test.start_with(listen())
    listener = Listener(test, "{no-input-timeout=300,start-input-timers=false}builtin:dictation")
    wait_for(lambda: service.session().audio_ms >= 900, "thrice the time", 20)
    assert not listener.all_heard()
    listener.tell("timers")
    assert cause(listener.heard()) == "002"
    host.hang_up(listener.call)


@case()
def a_long_utterance_ends_with_what_was_heard(test):
    _, host = test.start_with(say((200, BEGIN), (300, partial("and so on")), (100000, END)))
    listener = Listener(test, "{recognition-timeout=800}builtin:dictation")
    result = listener.heard()
    assert cause(result) == "008" and "and so on" in result.body, result
    host.hang_up(listener.call)


@case()
def a_long_utterance_without_text_is_no_match(test):
    _, host = test.start_with(say((200, BEGIN)))
    listener = Listener(test, "{recognition-timeout=800}builtin:dictation")
    assert cause(listener.heard()) == "015"
    host.hang_up(listener.call)


@case()
def a_pause_completes_speech(test):
    """The service never says that the utterance is over; speech-complete-timeout does."""
    _, host = test.start_with(say((200, BEGIN), (300, partial("done")), (400, END)))
    listener = Listener(test, "{speech-complete-timeout=400,recognition-timeout=0}builtin:dictation")
    result = listener.heard()
    assert cause(result) == "000" and "done" in result.body, result
    host.hang_up(listener.call)


@case()
def an_empty_final_is_no_match(test):
    _, host = test.start_with(say((200, BEGIN), (400, final(""))))
    listener = Listener(test)
    assert cause(listener.heard()) == "001"
    host.hang_up(listener.call)


@case()
def low_confidence_is_no_match(test):
    _, host = test.start_with(say((300, final("perhaps", confidence=0.2))))
    listener = Listener(test, "{confidence-threshold=0.5}builtin:dictation")
    assert cause(listener.heard()) == "001"
    host.hang_up(listener.call)


@case(recorded=True)
def an_unreachable_service_ends_the_recognition(test):
    test.start(url="ws://127.0.0.1:1/")
    listener = Listener(test, "{no-input-timeout=0}builtin:dictation")
    assert cause(listener.heard()) in ("006", "009"), listener.heard()
    listener.tell("hangup")
    test.event(listener.call, "CHANNEL_DESTROY")
    test.event(listener.call, "asr_stream::closed")
    test.keep_order(listener.call)


@case()
def a_refusing_service_ends_the_recognition(test):
    service = test.service(raw=None, script=refuse("403 Forbidden"))
    test.start(url=service.url)
    listener = Listener(test, "{no-input-timeout=0}builtin:dictation")
    assert cause(listener.heard()) in ("006", "009")
    test.host.hang_up(listener.call)


@case()
def after_a_failure_the_next_grammar_connects_again(test):
    service = test.service(alternate(refuse("403 Forbidden"), say((200, final("back")))))
    test.start(url=service.url)
    listener = Listener(test, "{no-input-timeout=0}builtin:dictation")
    assert cause(listener.heard()) in ("006", "009")
    listener.tell("listen {no-input-timeout=0}builtin:dictation")
    assert "back" in listener.heard(where=lambda e: cause(e) == "000").body
    test.host.hang_up(listener.call)


@case()
def a_lost_connection_costs_no_utterance(test):
    service = test.service(alternate(die_after(300), say((600, final("whole sentence", start_ms=0, end_ms=600)))))
    test.start(url=service.url)
    listener = Listener(test, "{no-input-timeout=0}builtin:dictation")
    result = listener.heard()
    assert cause(result) == "000" and "whole sentence" in result.body
    assert service.session(1).start["attempt"] == 2
    test.host.hang_up(listener.call)


@case()
def an_unknown_profile_fails_the_recognition(test):
    _, host = test.start_with(listen())
    call = host.originate("lua(e2e_ask.lua)", variables={
        "e2e_engine": "asr_stream:nobody", "e2e_prompt": "hello-world.wav", **grammar_variables("builtin:dictation")})
    answer = test.event(call, "e2e::answer")
    assert not answer.body, answer.body
    host.hang_up(call)


@case()
def a_grammar_that_cannot_be_read_is_refused(test):
    _, host = test.start_with(listen())
    for grammar in ("/nowhere/at/all.gram", "builtin:nonsense", "{no-input-timeout=soon}builtin:dictation"):
        listener = Listener(test, grammar)
        assert not [e for e in listener.all_heard() if cause(e) == "000"]
        host.hang_up(listener.call)
        host.wait_gone(listener.call)


@case()
def parameters_reach_the_service(test):
    service, host = test.start_with(listen())
    listener = Listener(test, "{language=de-DE,hints=yes}builtin:digits")
    start = wait_for(lambda: service.sessions and service.sessions[0].start, "start", 20)
    assert start["language"] == "de-DE", start
    assert start["call"] == listener.call
    host.hang_up(listener.call)


@case(recorded=True)
def play_and_detect_speech_returns_the_result(test):
    _, host = test.start_with(say(*utterance(500, *YES)))
    call = host.originate("lua(e2e_ask.lua)", variables={"e2e_prompt": "queue-periodic-announce.wav"})
    answer = test.event(call, "e2e::answer")
    assert "yes" in answer.body and cause(answer) == "000", answer
    assert "begin-speaking" in answer["Answer-Heard"], answer["Answer-Heard"]
    host.hang_up(call)
    test.event(call, "asr_stream::closed")
    test.event(call, "CHANNEL_DESTROY")
    test.keep_order(call)


@case()
def play_and_detect_speech_twice_gives_no_leftovers(test):
    """What the service said after the first result belongs to nobody."""
    service, host = test.start_with(say(*utterance(300, *YES, final("left over"), final("left over")),
                                        (2500, final("second answer"))))
    call = host.originate("lua(e2e_ask.lua)", variables={
        "e2e_prompt": "vm-sorry.wav", "e2e_rounds": "2", **grammar_variables("{no-input-timeout=0}builtin:dictation")})
    first = test.event(call, "e2e::answer", lambda e: e["Answer-Round"] == "1")
    second = test.event(call, "e2e::answer", lambda e: e["Answer-Round"] == "2", seconds=30)
    assert "yes" in first.body and "second answer" in second.body, (first.body, second.body)
    host.hang_up(call)


@case()
def play_and_detect_speech_ends_in_silence(test):
    _, host = test.start_with(listen())
    call = host.originate("lua(e2e_ask.lua)", variables={
        "e2e_prompt": "beep.wav", **grammar_variables("{no-input-timeout=300,start-input-timers=false}builtin:dictation")})
    assert cause(test.event(call, "e2e::answer")) == "002"
    host.hang_up(call)


@case()
def play_and_detect_speech_ends_when_the_service_is_gone(test):
    test.start(url="ws://127.0.0.1:1/")
    call = test.host.originate("lua(e2e_ask.lua)", variables={
        "e2e_prompt": "beep.wav", **grammar_variables("{no-input-timeout=0,recognition-timeout=0}builtin:dictation")})
    assert cause(test.event(call, "e2e::answer")) in ("006", "009")
    test.host.hang_up(call)


@case()
def keys_reach_the_service(test):
    service, host = test.start_with(listen())
    listener = Listener(test)
    wait_for(lambda: service.sessions and service.sessions[0].audio_ms, "audio", 20)
    host.client.ok(f"uuid_recv_dtmf {listener.call} ~7")
    keys = wait_for(lambda: [m for m in service.sessions[0].messages if m["type"] == "dtmf"], "the key at the service", 10)
    assert [key["digit"] for key in keys] == ["7"], keys
    host.hang_up(listener.call)
