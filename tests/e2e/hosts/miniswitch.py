"""The test host of this project."""

import os

from hosts.base import Host, SOUNDS, dial_variables
from process import Process


class MiniSwitch(Host):
    name = "miniswitch"

    @staticmethod
    def why_not(options):
        program = MiniSwitch.program(options)
        return None if os.path.exists(program) else f"{program} is not built"

    @staticmethod
    def program(options):
        return os.path.join(options.build, "tests", "miniswitch", "miniswitch")

    @staticmethod
    def built_module(options):
        return os.path.join(options.build, "src", "freeswitch", "mini", "mod_asr_stream.so")

    @property
    def log_path(self):
        return os.path.join(self.folder, "miniswitch.log")

    def _launch(self):
        os.rmdir(os.path.join(self.folder, "sounds"))
        os.symlink(SOUNDS, os.path.join(self.folder, "sounds"))
        arguments = [*self.launcher, self.program(self.options), "--module", self.module_path,
                     "--listen", f"127.0.0.1:{self.port}"]
        for name in ("conf", "scripts", "sounds"):
            arguments += [f"--{name}", os.path.join(self.folder, name)]
        environment = {**self.sanitizer.environment(), **self.preload_environment(), **self.witness_environment(),
                       **self.environment}
        self.process = Process(arguments, self.log_path, environment, self.folder, self._prepare_child)
        self.process.wait_output(lambda text: "listening on 127.0.0.1:" in text, "miniswitch is ready",
                                 self.sanitizer.scale(self.start_seconds))

    def _ask_to_end(self):
        self.process.child.terminate()

    def endpoint(self, voice, variables):
        return f"{dial_variables(variables)}wav/{voice or 'silence'}"
