"""A private FreeSWITCH: own configuration, ports and folders."""

import os
import random
import re
import subprocess

import process
from esl import Closed, parse_headers
from hosts.base import Host, SOUNDS, dial_variables
from hosts.freeswitch_configuration import write_configuration
from process import Process
from wait import wait_for

MODULES = ("mod_commands", "mod_console", "mod_dialplan_xml", "mod_dptools", "mod_event_socket", "mod_logfile",
           "mod_loopback", "mod_lua", "mod_native_file", "mod_sndfile", "mod_tone_stream")
CS_CONSUME_MEDIA = "7"
SIP_MODULES = ("mod_opus", "mod_sofia")  # seconds to start and to stop: loaded only for cases that need them


def pkg_config(variable):
    return subprocess.run(["pkg-config", f"--variable={variable}", "freeswitch"], capture_output=True, text=True,
                          check=True).stdout.strip()


class FreeSwitch(Host):
    name = "freeswitch"

    @staticmethod
    def why_not(options):
        found = subprocess.run(["pkg-config", "--exists", "freeswitch"], capture_output=True)
        if found.returncode != 0:
            return "pkg-config finds no freeswitch"
        if not os.path.exists(FreeSwitch.built_module(options)):
            return f"{FreeSwitch.built_module(options)} is not built"
        return None

    @staticmethod
    def built_module(options):
        return os.path.join(options.build, "src", "freeswitch", "mod_asr_stream.so")

    def __init__(self, options, folder):
        super().__init__(options, folder)
        self.program = os.path.join(pkg_config("prefix"), "bin", "freeswitch")
        self.sip_port = process.free_port()
        self.log_level = "debug"
        self.with_sip = False
        self.bench_modules = ()  # paths
        self.with_examples = False  # contexts: examples/dialplan/asr_stream.xml as `examples`, callers.xml instead of ours
        for name in ("db", "log", "run", "mod", "storage", "temp", "cache", "certs", "recordings"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)

    @property
    def module_path(self):
        return os.path.join(self.folder, "mod", os.path.basename(self.module_file))

    @property
    def log_path(self):
        return os.path.join(self.folder, "log", "freeswitch.log")

    def _launch(self):
        self._link_modules()
        first_rtp = random.randrange(20000, 32000, 2)
        write_configuration(self, self._module_names(), (first_rtp, first_rtp + 4000))
        folders = {"conf": "conf", "db": "db", "log": "log", "run": "run", "mod": "mod", "scripts": "scripts",
                   "sounds": "sounds", "storage": "storage", "temp": "temp", "cache": "cache", "certs": "certs",
                   "recordings": "recordings", "grammar": "grammar"}
        arguments = [*self.launcher, self.program, "-nf", "-nc", "-nonat", "-nocal", "-np"]
        for option, name in folders.items():
            arguments += [f"-{option}", os.path.join(self.folder, name)]
        environment = {**self.sanitizer.preload(self.options.build), **self.preload_environment(),
                       **self.witness_environment(), **self.environment}
        self.process = Process(arguments, os.path.join(self.folder, "console.log"), environment, self.folder,
                               self._prepare_child)
        self.process.wait_output(lambda _: self._answers(), "FreeSWITCH is ready", self.sanitizer.scale(self.start_seconds))

    def _answers(self):
        """The event socket listens before all modules are loaded: ask the core."""
        try:
            client = self.connect()
        except OSError:
            return False
        try:
            return client.api("status").count("is ready") == 1
        finally:
            client.close()

    def _link_modules(self):
        installed = pkg_config("modulesdir")
        for module in MODULES + SIP_MODULES:
            path = os.path.join(installed, module + ".so")
            if os.path.exists(path):
                os.symlink(path, os.path.join(self.folder, "mod", module + ".so"))
        os.symlink(self.loaded_module(), self.module_path)
        for path in self.bench_modules:
            os.symlink(path, os.path.join(self.folder, "mod", os.path.basename(path)))
        os.rmdir(os.path.join(self.folder, "sounds"))
        os.symlink(SOUNDS, os.path.join(self.folder, "sounds"))

    def _module_names(self):
        extra = [os.path.basename(path).removesuffix(".so") for path in self.bench_modules]
        return MODULES + (SIP_MODULES if self.with_sip else ()) + tuple(extra) + (self.module_name,)

    def _ask_to_end(self):
        try:
            self.client.api("fsctl shutdown")
        except Closed:  # it may end before it answered
            pass

    def endpoint(self, voice, variables):
        variables = {"loopback_bowout": "false", "ignore_early_media": "true", **variables}
        return f"{dial_variables(variables)}loopback/{'say-' + voice if voice else 'silence'}/voices"

    def lean_endpoint(self, variables):
        """No second leg, which copies each frame with its whole buffer: 1.7 MB a second and call."""
        return f"{dial_variables(variables)}null/silence"

    def idle_databases(self):
        """One from the start, 230 KB, is closed half a minute to a minute later (switch_core_sqldb.c, sql_close)."""
        total, used = re.search(r"(\d+) total. (\d+) in use", self.client.api("db_cache status")).groups()
        return int(total) - int(used)

    def run_applications(self, calls):
        """originate sets CS_EXECUTE as soon as the far end answers. If that happens between the two statements of
        originate_on_routing (switch_ivr_originate.c: is the state CS_ROUTING? then CS_CONSUME_MEDIA), which the call's own
        thread runs, CS_EXECUTE is overwritten, and the answered call does nothing until it is hung up. No module of ours
        has been called by then."""
        answers = self.client.api_all([f"uuid_getvar {call} current_application" for call in calls])
        return [answer != "_undef_" or self._comes_to_run(call) for call, answer in zip(calls, answers)]

    def _comes_to_run(self, call):
        return wait_for(lambda: self._progress(call), f"call {call} runs its application", self.sanitizer.scale(20)) == "runs"

    def _progress(self, call):
        if self.client.api(f"uuid_getvar {call} current_application") != "_undef_":
            return "runs"  # or did, and is over
        state = parse_headers(self.client.api(f"uuid_dump {call}"), decode=True).get("Channel-State-Number")
        return "lost" if state == CS_CONSUME_MEDIA else None
