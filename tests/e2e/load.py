#!/usr/bin/python3
"""A switch with one module in it, under calls that speak and listen: for heaptrend, and for other tools beside it.

load.py --module leaky|mended|asr_stream [options] [-- COMMAND...]

`leaky` and `mended` are the twins of examples/leaky_asr. The switch is FreeSWITCH where it is installed, else miniswitch.
COMMAND runs at the end of the load, while the calls are still up, and its status is this program's; {pid} in its words is the
switch's process. Fails when a call does not get its transcripts."""

import argparse
import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
import types

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import hosts  # noqa: E402
import process  # noqa: E402

SKIPPED = 77  # CTest's SKIP_RETURN_CODE
AT_ONCE = 10  # calls that are set up together
TELL_EVERY = 5  # seconds
START_SECONDS = 300  # valgrind takes its time
SECONDS_PER_FINAL = 2  # of the service
LEAST_FINALS = 0.5  # of those that a call should get: it connects late, and the service may be busy


def specimen_module(options, host, twin):
    """The twin's module for this host, or None where it is not built."""
    path = os.path.join(options.build, "examples", host.name, twin, "mod_leaky_asr.so")
    return path if os.path.exists(path) else None


class RecognitionService:
    """examples/leaky_asr/service.cpp: a partial every 100 ms, a final every 2 s."""

    def __init__(self, options):
        program = os.path.join(options.build, "examples", "leaky_asr_service")
        self._child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"ws://127.0.0.1:{int(self._child.stdout.readline())}/"

    def stop(self):
        self._child.stdin.close()
        self._child.wait(10)


class LoadedSwitch:
    """One switch with one module, and its calls."""

    def __init__(self, host_class, options, module, folder, launcher=(), environment=None):
        self.service = RecognitionService(options)
        self.host = host_class(options, folder)
        self.host.log_level = "err"
        self.host.launcher, self.host.environment = launcher, environment or {}
        self.host.start_seconds = START_SECONDS
        self.engine = "asr_stream:default"
        if module != "asr_stream":
            self.host.module_file = specimen_module(options, self.host, module)
            self.engine = f"leaky_asr:{self.service.url}"
        self.calls = []  # (call, when it began), the oldest first
        self.transcripts = 0

    def start(self):
        self.host.start({"default": {"url": self.service.url}})
        self.host.client.command("noevents")  # a consumer that is slow would be memory of the switch
        self.host.client.command("event plain BACKGROUND_JOB CUSTOM bot::transcript")

    @property
    def pid(self):
        return self.host.process.pid

    def begin_calls(self, count):
        while count > 0:
            batch = [self.host.begin_originate("lua(e2e_transcribe.lua)", None, {"e2e_engine": self.engine}, lean=True)
                     for _ in range(min(AT_ONCE, count))]
            for call, job in batch:
                answer = self.host.client.job_answer(job, 60)
                assert answer.startswith("+OK"), f"originate: {answer}"
                self.calls.append((call, time.monotonic()))
            count -= len(batch)

    def end_call(self):
        """The oldest; it must have got transcripts."""
        call, began = self.calls.pop(0)
        heard = len(self.host.client.events(call, "bot::transcript"))
        expected = int(LEAST_FINALS * ((time.monotonic() - began) / SECONDS_PER_FINAL - 1))
        assert heard >= expected, f"call {call} got {heard} transcripts, not {expected}"
        self.transcripts += heard
        self.host.hang_up(call)

    def hold(self, seconds, call_seconds=0, tell=None):
        """Keeps the calls up for so long. With `call_seconds` each ends after that time and another begins, spread evenly.
        `tell(second)` is called now and then."""
        started, count, told = time.monotonic(), len(self.calls), 0
        next_change = call_seconds / count if call_seconds else float("inf")
        while (now := time.monotonic() - started) < seconds:
            if tell and now >= told:
                tell(now)
                told += TELL_EVERY
            if now >= next_change:
                self.end_call()
                self.begin_calls(1)
                next_change += call_seconds / count
            due = min(seconds, next_change, told if tell else seconds)
            time.sleep(max(0.0, due - (time.monotonic() - started)))
        assert len(self.calls) == count and self.host.process.is_alive()

    def stop(self):
        while self.calls:
            self.end_call()
        self.host.stop()
        self.service.stop()

    def kill(self):
        self.host.kill()
        self.service.stop()


@contextlib.contextmanager
def loaded_switch(host_class, options, module, **arguments):
    """Started; taken down at the end, whatever happens."""
    with tempfile.TemporaryDirectory(prefix=f"load-{host_class.name}-") as folder:
        switch = LoadedSwitch(host_class, options, module, folder, **arguments)
        try:
            switch.start()
            yield switch
            switch.stop()
        except BaseException:
            switch.kill()
            raise


def resident_megabytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", required=True, choices=("leaky", "mended", "asr_stream"))
    parser.add_argument("--host", choices=sorted(hosts.HOSTS), help="default: freeswitch, where it is there")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "release"), help="build folder")
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=43, help="of load, once all calls are up")
    parser.add_argument("--call-seconds", type=float, default=0, help="a call ends after this long and another begins")
    parser.add_argument("--series", help="folder for what heaptrend run writes")
    parser.add_argument("--launcher", default="", help="a command in front of the switch's, such as valgrind")
    parser.add_argument("command", nargs="*", help="after --")
    options = parser.parse_args()
    options.build, options.source, options.sanitizer = os.path.abspath(options.build), os.path.join(HERE, "..", ".."), None
    return options


def launcher(options):
    words = shlex.split(options.launcher)
    if options.series:
        heaptrend = os.path.join(options.build, "src", "heaptrend", "heaptrend")
        words += [heaptrend, "run", "--output", os.path.abspath(options.series), "--"]
    return words


def main():
    options = parse_arguments()
    host_class = hosts.choose(options, options.host)
    if host_class is None or (options.module != "asr_stream" and not specimen_module(options, host_class, options.module)):
        print("load: there is no switch, or examples/leaky_asr is not built")
        return SKIPPED
    with loaded_switch(host_class, options, options.module, launcher=launcher(options)) as switch:
        print(f"{switch.host.module_name} in {host_class.name}, {os.readlink(f'/proc/{switch.pid}/exe')}", flush=True)
        switch.begin_calls(options.calls)
        began, cpu = time.monotonic(), process.cpu_seconds(switch.pid)

        def tell(second):
            print(f"{second:5.0f} s  {len(switch.calls)} calls  resident {resident_megabytes(switch.pid):.1f} MB", flush=True)

        switch.hold(options.seconds, options.call_seconds, tell)
        tell(time.monotonic() - began)
        share = (process.cpu_seconds(switch.pid) - cpu) / (time.monotonic() - began)
        words = [word.replace("{pid}", str(switch.pid)) for word in options.command]
        status = subprocess.run(words).returncode if words else 0
    print(f"{switch.transcripts} transcripts, {share:.2f} cores", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
