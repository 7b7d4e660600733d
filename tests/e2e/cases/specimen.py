"""The incident's recognizer client (examples/leaky_asr) as a module of the switch: it works, apart from what it keeps."""

import load
from case import Skip, case
from scripts import every
from wait import wait_for


def transcribes(test, twin):
    path = load.specimen_module(test.options, test.host, twin)
    if path is None:
        raise Skip("examples/leaky_asr is not built")
    test.host.module_file = path
    test.module_is_gone = True  # it is not ours: nothing of it is asked
    service = test.service(every(200))
    host = test.start()
    call = host.originate("lua(e2e_transcribe.lua)", None, {"e2e_engine": f"leaky_asr:{service.url}"})
    wait_for(lambda: len(test.esl.events(call, "bot::transcript")) >= 3, "three transcripts", test.seconds(20))
    assert '"final"' in test.esl.events(call, "bot::transcript")[0].body
    host.hang_up(call)
    test.event(call, "CHANNEL_DESTROY")
    wait_for(lambda: service.live == 0, "the connection ends with the call", test.seconds(10))


@case(sanitizers=())
def the_faulty_twin_transcribes_a_call(test):
    transcribes(test, "leaky")


@case(sanitizers=())
def the_mended_twin_transcribes_a_call(test):
    transcribes(test, "mended")
