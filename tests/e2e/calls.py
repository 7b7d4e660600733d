"""Calls as most cases need them."""

import itertools


def grammar_variables(grammar):
    """"{a=b,c=d}NAME" as channel variables: a dial string cannot carry braces and commas."""
    parameters, _, name = grammar.lstrip("{").rpartition("}")
    return {"e2e_parameters": parameters.replace(",", "|"), "e2e_grammar": name}


class Listener:
    """A call that runs e2e_listen.lua."""

    def __init__(self, test, grammar="builtin:dictation", voice=None, engine="asr_stream:default", variables=None):
        self.test, self.host = test, test.host
        self._numbers = itertools.count(1)
        self.call = self.host.originate("lua(e2e_listen.lua)", voice, {
            "e2e_engine": engine, **grammar_variables(grammar), **(variables or {})})
        self.wait("e2e::listening")

    def wait(self, kind, where=None, seconds=15, since=0):
        return self.test.event(self.call, kind, where, seconds, since)

    def tell(self, words):
        """Has the script do something; returns when it did."""
        number = str(next(self._numbers))
        self.host.set_variable(self.call, "e2e_command", f"{number} {words}")
        self.wait("e2e::done", lambda e: e["Done"] == number)

    def heard(self, kind="detected-speech", where=None, seconds=15, since=0):
        """What the script's input callback got."""
        return self.wait("e2e::heard", lambda e: e["Heard-Type"] == kind and (where is None or where(e)), seconds, since)

    def all_heard(self, kind="detected-speech"):
        return [e for e in self.test.esl.events(self.call, "e2e::heard") if e["Heard-Type"] == kind]


def streaming_call(test, words="start default", voice=None, variables=None):
    """A parked call with an API stream on it."""
    call = test.host.originate("park()", voice, variables)
    answer = test.host.stream(call, words)
    assert answer.startswith("+OK"), f"{words}: {answer}"
    return call


def cause(event):
    """The number of ASR-Completion-Cause: 000, 002 ..."""
    return (event.get("Heard-Cause") or event.get("Answer-Cause") or event.get("ASR-Completion-Cause") or "")[:3]
