"""What both hosts have in common: folders, the module, calls."""

import os
import resource
import shutil
import uuid

import configuration
import esl
import process
import sanitizers
from wait import wait_for

SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison"


class Host:
    """A switch with our module in it, made by and for one test case."""

    name = ""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.module_file = self.built_module(options)  # may be another one, made for this host
        self.launcher = ()  # a command in front of the switch's own, which becomes the switch
        self.environment = {}  # of the switch, beside ours
        self.start_seconds = 60  # that it may take to be ready
        self.process = None
        self.client = None
        self.counts_heap = False  # see live_heap.cpp
        self.adds_bugs_late = False  # see late_bug.cpp
        self.has_witness = False  # see asr_witness.cpp
        self.originated = self.replaced = 0  # calls
        self.before_exec = None  # called in the child, see silent_name_server.py
        self.port = process.free_port()
        self.sanitizer = sanitizers.Sanitizer(options.sanitizer, os.path.join(folder, "sanitizer"))
        for name in ("conf", "scripts", "sounds", "grammar"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)

    # life

    def start(self, profiles, settings=None):
        self.write_configuration(profiles, settings)
        self._copy_scripts()
        self._launch()
        self.client = self.connect()
        self.client.subscribe(subclasses=("bot::transcript", "e2e::heard", "e2e::listening", "e2e::done", "e2e::answer", "e2e::played"))

    def connect(self):
        return esl.Client(self.port)

    def write_configuration(self, profiles, settings=None):
        text = configuration.render(profiles, settings)
        with open(os.path.join(self.folder, "conf", "asr_stream.conf.xml"), "w") as file:
            file.write(text)

    def write_raw_configuration(self, text):
        with open(os.path.join(self.folder, "conf", "asr_stream.conf.xml"), "w") as file:
            file.write(text)

    def _copy_scripts(self):
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        for source in (os.path.join(here, "lua"), os.path.join(self.options.source, "examples", "lua")):
            if os.path.isdir(source):
                shutil.copytree(source, os.path.join(self.folder, "scripts"), dirs_exist_ok=True)

    def stop(self):
        """Ends the switch; it must end by itself, in time, and without a sanitizer's report."""
        if self.client:
            self._ask_to_end()
            self.client.close()
            self.client = None
        status = self.process.wait_end(self.sanitizer.scale(40))
        assert status in self.good_exit, f"{self.name} ended with {status}:\n{self.process.output()[-3000:]}"

    def kill(self):
        """After a failure: no matter how."""
        if self.client:
            self.client.close()
        if self.process:
            self.process.stop(2)

    good_exit = (0,)

    # to be told by each host

    def _launch(self):
        raise NotImplementedError

    def loaded_module(self):
        """What the switch loads: the module, or the witness in its place."""
        if not self.has_witness:
            return self.module_file
        return os.path.join(self.options.build, "tests", "e2e", "witness", self.name, "mod_asr_stream.so")

    def witness_environment(self):
        if not self.has_witness:
            return {}
        return {"ASR_STREAM_WITNESSED": self.module_file, "ASR_STREAM_WITNESS": self._witness_path}

    def callbacks(self, call):
        """How the switch used the recognizer of a call: (callback, status) in their order."""
        if not os.path.exists(self._witness_path):
            return []
        with open(self._witness_path) as file:
            lines = [line.split() for line in file]
        return [(name.removeprefix("asr_"), int(status)) for uuid, name, status in lines if uuid == call]

    @property
    def _witness_path(self):
        return os.path.join(self.folder, "callbacks")

    def preload_environment(self):
        """What goes into the switch of a case that asks for it."""
        if self.counts_heap:
            return {"LD_PRELOAD": self._library("live_heap"), "ASR_STREAM_LIVE_HEAP": os.path.join(self.folder, "live_heap")}
        if self.adds_bugs_late:
            return {"LD_PRELOAD": self._library("late_bug"), "ASR_STREAM_LATE_BUG": self.late_bug_begun}
        return {}

    @property
    def late_bug_begun(self):
        return os.path.join(self.folder, "late_bug")

    def _library(self, name):
        return os.path.join(self.options.build, "tests", "e2e", f"libe2e_{name}.so")

    def heap_bytes(self):
        """The heap in use, to the byte."""
        with open(os.path.join(self.folder, "live_heap"), "rb") as file:
            return int.from_bytes(file.read(8), "little", signed=True)

    def idle_databases(self):
        """Connections to databases that the host keeps open without using them, for as long as it likes."""
        return 0

    def _prepare_child(self):
        raise_limits()
        if self.before_exec:
            self.before_exec()

    def _ask_to_end(self):
        raise NotImplementedError

    def endpoint(self, voice, variables):
        """The dial string of a call whose caller says `voice`, a WAV file's name; None: a silent caller."""
        raise NotImplementedError

    def lean_endpoint(self, variables):
        """The dial string of a silent caller who costs the switch as little as can be."""
        return self.endpoint(None, variables)

    # calls

    def originate(self, app="park()", voice=None, variables=None):
        """Starts a call and returns its id once it was answered and runs its application."""
        return self.originate_together([(app, voice)], variables)[0]

    def originate_together(self, calls, variables=None):
        """One call for each (application, voice), all at once. A call whose application the switch lost is replaced."""
        started = self.begin_originate_all(calls, variables)
        for _, job in started:
            self._assert_answered(job)
        ids = [call for call, _ in started]
        running = self.run_applications(ids)
        return [call if runs else self._replace(call, app, voice, variables)
                for (app, voice), call, runs in zip(calls, ids, running)]

    def _assert_answered(self, job):
        answer = self.client.job_answer(job, self.sanitizer.scale(30))
        assert answer.startswith("+OK"), f"originate: {answer}"
        self.originated += 1

    def _replace(self, call, app, voice, variables):
        self.replaced += 1
        self.hang_up(call)
        return self.originate_together([(app, voice)], variables)[0]

    def run_applications(self, calls):
        """Of calls that were answered; False for one whose application the switch will never run."""
        return [True for _ in calls]

    def most_replaced(self):
        """More than that is no accident."""
        return 2 + self.originated // 100

    def begin_originate(self, app="park()", voice=None, variables=None, lean=False):
        return self.begin_originate_all([(app, voice)], variables, lean)[0]

    def begin_originate_all(self, calls, variables=None, lean=False):
        ids = [str(uuid.uuid4()) for _ in calls]
        endpoints = [self._caller(voice, {"origination_uuid": call, **(variables or {})}, lean)
                     for call, (_, voice) in zip(ids, calls)]
        return list(zip(ids, self.client.bgapi_all(
            [f"originate {endpoint} '&{app}'" for endpoint, (app, _) in zip(endpoints, calls)])))

    def _caller(self, voice, variables, lean):
        return self.lean_endpoint(variables) if lean else self.endpoint(voice, variables)

    def begin_originate_to(self, endpoint, target):
        """The same for a far end and an extension of the switch's dialplan."""
        call = str(uuid.uuid4())
        variables = {"origination_uuid": call, "loopback_bowout": "false"}
        return call, self.client.bgapi(f"originate {dial_variables(variables)}{endpoint} {target}")

    def hang_up(self, call):
        return self.hang_up_all([call])[0]

    def hang_up_all(self, calls):
        return self.client.api_all([f"uuid_kill {call}" for call in calls])

    def is_up(self, call):
        """Any command on the call tells; both hosts have this one."""
        return self.client.api(f"uuid_setvar {call} e2e_probe 1").startswith("+OK")

    def set_variable(self, call, name, value):
        self.client.ok(f"uuid_setvar {call} {name} {value}")

    # the module

    @property
    def module_path(self):
        """Where the switch finds the module."""
        return self.loaded_module()

    @property
    def module_name(self):
        return os.path.splitext(os.path.basename(self.module_file))[0]

    @staticmethod
    def built_module(options):
        raise NotImplementedError

    def module(self, words, timeout=30):
        return self.client.api(f"asr_stream {words}", timeout)

    def stream(self, call, words, timeout=30):
        return self.client.api(f"uuid_asr_stream {call} {words}", timeout)

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def is_mapped(self):
        return process.is_mapped(self.process.pid, self.module_name)

    def wait_gone(self, call, seconds=20):
        wait_for(lambda: not self.is_up(call), f"call {call} is gone", self.sanitizer.scale(seconds))


def dial_variables(variables):
    """{a=b,c=d} with values quoted as the switch reads them."""
    if not variables:
        return ""
    return "{" + ",".join(f"{name}='{value}'" if "," in str(value) or " " in str(value) else f"{name}={value}"
                          for name, value in variables.items()) + "}"


def raise_limits():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
