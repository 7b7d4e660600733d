"""AddressSanitizer and ThreadSanitizer: how a host is started with one, and which of its reports count."""

import glob
import os
import re
import subprocess

OURS = ("asr_stream", "miniswitch", "/src/freeswitch/", "/src/engine/", "/src/websocket/", "/src/dialect/", "/src/audio/")

OPTIONS = {"asan": ("ASAN_OPTIONS", "detect_stack_use_after_return=0:abort_on_error=0:halt_on_error=0:exitcode=0"
                                    ":detect_odr_violation=0:alloc_dealloc_mismatch=0:detect_leaks=1"),
           "tsan": ("TSAN_OPTIONS", "halt_on_error=0:exitcode=0:second_deadlock_stack=1:history_size=4"
                                    ":detect_deadlocks={deadlocks}")}


class Sanitizer:
    def __init__(self, kind, report_prefix):
        self.kind = kind
        self._prefix = report_prefix

    def scale(self, seconds):
        """Deadlines are longer under a sanitizer."""
        return seconds * 4 if self.kind else seconds

    def environment(self, deadlocks=1):
        """For a host that is instrumented as a whole."""
        if not self.kind:
            return {}
        name, options = OPTIONS[self.kind]
        options = options.format(deadlocks=deadlocks)
        environment = {name: f"log_path={self._prefix}:{options}"}
        if self.kind == "asan":
            environment["UBSAN_OPTIONS"] = f"print_stacktrace=1:log_path={self._prefix}"
        return environment

    def preload(self, build):
        """For a host that is not: only our module is."""
        if not self.kind:
            return {}
        library = subprocess.run(["gcc", f"-print-file-name=lib{self.kind}.so"], capture_output=True, text=True,
                                 check=True).stdout.strip()
        return {**self.environment(deadlocks=0), "LD_PRELOAD": f"{os.path.realpath(library)}:{build}/tests/e2e/libe2e_sanitized_switch.so"}

    def reports(self):
        """Those with a frame in our code; the switch's own are none of our business."""
        found = []
        for path in sorted(glob.glob(self._prefix + ".*")):
            with open(path, errors="replace") as file:
                found += [report for report in split_reports(file.read()) if is_ours(report)]
        return found


def split_reports(text):
    """A leak counts by itself, another report as a whole."""
    separators = ("Direct leak of", "Indirect leak of", "==================", "runtime error:")
    reports, current = [], []
    for line in text.splitlines():
        if any(word in line for word in separators) and current:
            reports.append("\n".join(current))
            current = []
        current.append(line)
    reports.append("\n".join(current))
    return reports


def is_ours(report):
    return any(word in line for line in frames_of(report) for word in OURS)


def frames_of(report):
    """Without those that say where a mutex that was held, or a thread, came from: the switch makes its own inside our calls,
    as when a module is loaded."""
    frames, tells_origin = [], False
    for line in report.splitlines():
        if re.match(r"\s*(Mutex M\d+|Thread T\d+) ", line):
            tells_origin = True
        elif not line.strip() or line.startswith("="):
            tells_origin = False
        elif not tells_origin and (line.lstrip().startswith("#") or "runtime error:" in line):
            frames.append(line)
    return frames
