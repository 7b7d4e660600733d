"""Child processes of a test: their output, their end, and what the kernel says about them."""

import os
import signal
import socket
import subprocess
import threading

from wait import TimedOut, wait_for


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A child with its output in a file; ended at the latest by stop()."""

    def __init__(self, arguments, log_path, environment=None, cwd=None, preexec=None):
        self.log_path = log_path
        self._log = open(log_path, "wb")
        self.child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
                                      env={**os.environ, **(environment or {})}, cwd=cwd, preexec_fn=preexec)
        self._log.close()

    @property
    def pid(self):
        return self.child.pid

    def output(self):
        with open(self.log_path, "rb") as log:
            return log.read().decode(errors="replace")

    def is_alive(self):
        return self.child.poll() is None

    def wait_output(self, predicate, what, seconds=30):
        def check():
            text = self.output()
            found = predicate(text)
            if not found and not self.is_alive():
                raise AssertionError(f"{what}: the process ended with {self.child.returncode}; it said:\n{text[-3000:]}")
            return found
        return wait_for(check, what, seconds, poll=0.05)

    def wait_end(self, seconds):
        """The exit status, or TimedOut."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"process {self.pid} did not end within {seconds} s") from None

    def stop(self, seconds=10):
        """SIGTERM, then SIGKILL; returns the exit status."""
        if self.is_alive():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
        return self.child.wait()


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def open_files(pid):
    """What each descriptor leads to."""
    files = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            files[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:  # closed meanwhile
            pass
    return files


def sockets(pid):
    return sum(file.startswith("socket:") for file in open_files(pid).values())


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def thread_names(pid):
    """Of each thread, by its number."""
    return {int(thread): _read_if_alive(f"/proc/{pid}/task/{thread}/comm").strip() for thread in os.listdir(f"/proc/{pid}/task")}


def thread_cpu_seconds(pid, thread):
    """The time that it ran, to the nanosecond; 0 for one that has ended."""
    return int((_read_if_alive(f"/proc/{pid}/task/{thread}/schedstat") or "0").split()[0]) / 1e9


def _read_if_alive(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def is_mapped(pid, name):
    with open(f"/proc/{pid}/maps") as maps:
        return any(name in line for line in maps)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_thread(function, *arguments):
    """Runs `function` beside the test; join() returns its result or raises what it raised."""
    return _Task(function, arguments)


class _Task(threading.Thread):
    def __init__(self, function, arguments):
        super().__init__(daemon=True)
        self._function, self._arguments = function, arguments
        self._result = self._error = None
        self.start()

    def run(self):
        try:
            self._result = self._function(*self._arguments)
        except BaseException as error:  # handed to whoever joins
            self._error = error

    def join(self, timeout=60):
        super().join(timeout)
        if self.is_alive():
            raise TimedOut("a helper thread of the test did not end")
        if self._error:
            raise self._error
        return self._result
