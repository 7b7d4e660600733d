"""Registry of cases, and what a case is given."""

import os

import hosts
import inspection
import recording
from service import Service

CASES = {}
BOTH = ("miniswitch", "freeswitch")


class Skip(Exception):
    """The case cannot be run here; says why."""


class Case:
    def __init__(self, name, function, hosts, sanitizers, timeout, recorded):
        self.name, self.function, self.hosts = name, function, hosts
        self.sanitizers, self.timeout, self.recorded = sanitizers, timeout, recorded


def case(hosts=BOTH, sanitizers=("asan", "tsan"), timeout=120, recorded=False):
    """Registers a function `subject.py: name(test)` as case `subject.name`. `recorded`: the order of events is compared
    with what FreeSWITCH did."""
    def register(function):
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        CASES[name] = Case(name, function, hosts, sanitizers, timeout, recorded)
        return function
    return register


class Test:
    """One run of one case on one host: makes what the case asks for and takes it down again."""

    def __init__(self, this_case, host_name, options, folder):
        self.case, self.options, self.folder = this_case, options, folder
        self.host = hosts.HOSTS[host_name](options, folder)
        self.host.has_witness = this_case.recorded and not options.sanitizer
        self.profiles, self.settings = {}, {}
        self._services = []
        self._cleanups = []
        self.expects_leftovers = False  # a case that kills the switch or the module checks by itself
        self.module_is_gone = False     # nothing of it can be asked any more
        self.notes = []
        self.orders = []  # see recording.py

    # what a case uses

    def service(self, script=None, **arguments):
        service = Service(script, **arguments)
        self._services.append(service)
        return service

    def clean_up(self, action):
        self._cleanups.append(action)

    def start(self, profiles=None, settings=None, **profile):
        """Starts the switch; keyword arguments make the profile `default` (underscores for dashes)."""
        self.profiles = profiles or {}
        if profile:
            self.profiles["default"] = {name.replace("_", "-"): value for name, value in profile.items()}
        self.settings = settings or {}
        self.host.start(self.profiles, self.settings)
        return self.host

    def start_with(self, script, settings=None, tls=None, **profile):
        """A service that follows `script`, and a switch whose profile `default` names it: (service, host)."""
        service = self.service(script, tls=tls)
        return service, self.start(settings=settings, url=service.url, **profile)

    @property
    def esl(self):
        return self.host.client

    def note(self, text):
        self.notes.append(text)

    def keep_order(self, call):
        """Once all is over for this call: its events, and how the switch used its recognizer, become part of the
        recording."""
        callbacks = self.host.callbacks(call)
        recording.assert_callbacks_in_order(callbacks)
        self.orders.append(recording.order_of(self.esl.events(call), callbacks))

    def seconds(self, seconds):
        return self.host.sanitizer.scale(seconds)

    def event(self, call, kind, where=None, seconds=15, since=0):
        return self.esl.wait_event(call, kind, where, self.seconds(seconds), since)

    def program(self, name="asr-stream"):
        path = os.path.join(self.options.build, "src", "cli", name)
        if not os.path.exists(path):
            raise Skip(f"{path} is not built")
        return path

    # frame of a run

    def run(self):
        failed = True
        try:
            self.case.function(self)
            self._judge_replaced_calls()
            if self.host.process and not self.expects_leftovers:
                inspection.nothing_left(self)
            if self.host.process and self.host.process.is_alive():
                self.host.stop()
            for service in self._services:
                service.stop()
            failed = False
        finally:
            for action in reversed(self._cleanups):
                action()
            if failed:
                self.host.kill()
                for service in self._services:
                    service.__exit__(True)
        reports = self.host.sanitizer.reports()
        assert not reports, f"{len(reports)} sanitizer reports in our code; the first:\n{reports[0][:6000]}"

    def _judge_replaced_calls(self):
        host = self.host
        if not host.replaced:
            return
        self.note(f"the switch lost the application of {host.replaced} of {host.originated} calls; they were replaced")
        assert host.replaced <= host.most_replaced(), f"{host.replaced} of {host.originated} calls never ran their application"
