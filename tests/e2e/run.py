#!/usr/bin/python3
"""The end-to-end suite: one set of cases, two hosts. `run.py --help`; tests/e2e/README.md says what it needs."""

import argparse
import faulthandler
import importlib
import os
import pkgutil
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import case  # noqa: E402
import cases  # noqa: E402
import hosts  # noqa: E402
import recording  # noqa: E402


LOUD = ("WARNING", "ERR", "CRIT", "ALERT")
SKIPPED = 77  # CTest's SKIP_RETURN_CODE


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", choices=sorted(hosts.HOSTS), action="append", help="default: each that is there")
    parser.add_argument("--case", action="append", help="run this one only; may be repeated; a prefix will do")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "dev"), help="build folder")
    parser.add_argument("--source", default=os.path.join(HERE, "..", ".."), help="source folder")
    parser.add_argument("--sanitizer", choices=("asan", "tsan"), help="what the build folder is instrumented with")
    parser.add_argument("--record", action="store_true", help="write tests/e2e/recorded from what FreeSWITCH does")
    parser.add_argument("--soak-calls", type=int, default=int(os.environ.get("ASR_STREAM_SOAK_CALLS", 300)),
                        help="calls of the soak (environment: ASR_STREAM_SOAK_CALLS)")
    parser.add_argument("--list", action="store_true", help="names of the cases, one a line")
    parser.add_argument("--keep", action="store_true", help="keep the folder of each run")
    options = parser.parse_args()
    options.build, options.source = os.path.abspath(options.build), os.path.abspath(options.source)
    return options


def load_cases():
    for module in pkgutil.iter_modules(cases.__path__):
        importlib.import_module(f"cases.{module.name}")


def chosen(options):
    for name, one in sorted(case.CASES.items()):
        if not options.case or any(name == asked or name.startswith(asked + ".") for asked in options.case):
            yield one


def run_one(one, host_name, options):
    """Prints one line; returns its verdict: ok, skipped, FAILED."""
    folder = tempfile.mkdtemp(prefix=f"e2e-{host_name}-{one.name}-")
    started = time.monotonic()
    test = case.Test(one, host_name, options, folder)
    scale = 4 if options.sanitizer else 1
    faulthandler.dump_traceback_later(one.timeout * scale, exit=True)
    try:
        test.run()
        recording.check(test)
        verdict, words = "ok", "; ".join(test.notes)
    except case.Skip as skip:
        verdict, words = "skipped", str(skip)
    except Exception:
        verdict, words = "FAILED", traceback.format_exc() + log_tail(test)
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"{verdict:8}{host_name:12}{one.name}  {time.monotonic() - started:.1f} s  {words}", flush=True)
    if options.keep or verdict == "FAILED":
        print(f"        its folder: {folder}", flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return verdict


def log_tail(test, lines=60):
    """The last lines of the switch's log that tell something."""
    path = test.host.log_path
    if not os.path.exists(path):
        return ""
    with open(path, errors="replace") as file:
        telling = [line for line in file if "asr_stream" in line or any(f"[{level}]" in line for level in LOUD)]
    return f"--- of {path}:\n" + "".join(telling[-lines:])


def main():
    options = parse_arguments()
    load_cases()
    if options.list:
        for one in chosen(options):
            print(one.name, ",".join(one.hosts), one.timeout, ",".join(one.sanitizers))
        return 0
    verdicts = []
    for host_name in options.host or sorted(hosts.HOSTS, reverse=True):
        reason = hosts.HOSTS[host_name].why_not(options)
        if reason:
            print(f"skipped {host_name:12}all cases: {reason}")
            if options.host:
                return SKIPPED
            continue
        for one in chosen(options):
            if host_name not in one.hosts or (options.sanitizer and options.sanitizer not in one.sanitizers):
                continue
            verdicts.append(run_one(one, host_name, options))
    count = {verdict: verdicts.count(verdict) for verdict in ("ok", "skipped", "FAILED")}
    print(f"{count['ok']} of {len(verdicts)} passed, {count['skipped']} skipped")
    if count["FAILED"] or not verdicts:
        return 1
    return 0 if count["ok"] else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
