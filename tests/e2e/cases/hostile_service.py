"""A hostile service costs at most its own stream: each attack runs beside a well-behaved stream of the same call."""

from case import case
import inspection
import scripts
from scripts import every, hostile
from wait import wait_for


def attacked(test, script, ends, profile=None):
    """The attacked stream ends or goes on; the other one delivers before and after; the switch lives."""
    bad, good = test.service(script), test.service(every(200))
    host = test.start({"bad": {"url": bad.url, "reconnect-attempts": "0", **(profile or {})}, "good": {"url": good.url}})
    call = host.originate()
    for name in ("good", "bad"):
        assert host.stream(call, f"start {name} name={name}").startswith("+OK")
    test.event(call, "asr_stream::final", lambda e: e["ASR-Stream"] == "good")
    ends(test, host, call)
    test.event(call, "asr_stream::final", lambda e: e["ASR-Stream"] == "good", since=test.esl.mark())
    assert host.is_up(call)
    host.hang_up(call)
    wait_for(lambda: len(test.esl.events(call, "asr_stream::closed")) == 2, "two closed", test.seconds(10))
    leaks_nothing_into(test, call)


def leaks_nothing_into(test, call):
    for event in test.esl.events():
        if event.kind.startswith("asr_stream::"):
            assert event.call == call, f"an event of another call: {event}"


def closes(*errors):
    def ends(test, _, call):
        closed = test.event(call, "asr_stream::closed", lambda e: e["ASR-Stream"] == "bad", seconds=30)
        assert not errors or closed["ASR-Error"] in errors, closed
    return ends


def goes_on_with(text):
    def ends(test, _, call):
        said = test.event(call, "asr_stream::final", lambda e: e["ASR-Stream"] == "bad" and text in e.body)
        assert "\0" not in said.body
    return ends


def counts(metric):
    def ends(_, host, __):
        wait_for(lambda: inspection.metrics(host)[metric] >= 1, metric, 20)
    return ends


@case()
def message_of_100_megabytes(test):
    attacked(test, hostile(scripts.huge_message), closes())


@case()
def endless_fragments(test):
    attacked(test, hostile(scripts.endless_fragments), closes())


@case()
def endless_empty_fragments(test):
    """They carry nothing: the stream may go on, the switch must."""
    attacked(test, hostile(scripts.empty_fragments), lambda *_: None)


@case()
def invalid_utf8(test):
    attacked(test, hostile(scripts.invalid_utf8), closes())


@case()
def compression_nobody_agreed_to(test):
    attacked(test, hostile(scripts.compressed_unasked), closes())


@case()
def compression_bomb(test):
    attacked(test, scripts.compression_bomb, closes(), {"permessage-deflate": "true"})


@case()
def nul_bytes(test):
    attacked(test, hostile(scripts.nul_bytes), goes_on_with("clean"))


@case()
def transcript_of_a_megabyte(test):
    attacked(test, hostile(scripts.megabyte_transcript), closes())


@case()
def transcript_of_a_megabyte_where_allowed(test):
    """It is larger than what a call may allocate, or it arrives: nothing else."""
    attacked(test, hostile(scripts.megabyte_transcript), counts("asr_stream_received_messages_total"),
             {"max-message-bytes": "4194304", "call-memory-bytes": "16777216"})


@case()
def results_for_other_calls(test):
    attacked(test, hostile(scripts.other_calls), goes_on_with("not yours"))


@case()
def nonsense(test):
    attacked(test, hostile(scripts.nonsense), goes_on_with("still there"))


@case()
def masked_frame(test):
    attacked(test, hostile(scripts.masked_frame), closes())


@case()
def reserved_opcode(test):
    attacked(test, hostile(scripts.reserved_opcode), closes())


@case()
def pings_without_end(test):
    attacked(test, hostile(scripts.pings_without_end), lambda *_: None)


@case()
def ten_thousand_results_a_second(test):
    attacked(test, hostile(scripts.flood_finals), closes("too_many_finals"))
