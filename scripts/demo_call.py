"""Ten calls at once, from the callers' voices to the Java service; see scripts/demo.sh, which builds what this runs.

    scripts/demo.sh                      on FreeSWITCH if pkg-config finds it, else on miniswitch
    scripts/demo.sh --host miniswitch    on that one
    scripts/demo.sh --build build/dev    with what is already built there
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import types

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))

import hosts  # noqa: E402
import word_accuracy  # noqa: E402
from hosts.base import SOUNDS  # noqa: E402
from process import Process  # noqa: E402

MODEL = os.path.join(SOURCE, "models", "al8k")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", choices=sorted(hosts.HOSTS), help="default: freeswitch, where it is there")
    parser.add_argument("--build", default=os.path.join(SOURCE, "build", "release"), help="build folder")
    arguments = parser.parse_args()
    return types.SimpleNamespace(host=arguments.host, build=os.path.abspath(arguments.build), source=SOURCE, sanitizer=None)


def known_texts():
    with open(os.path.join(MODEL, "heldout.tsv")) as file:
        return dict(line.rstrip("\n").split("\t") for line in file)


@contextlib.contextmanager
def recognizer(options, folder):
    """`asr-stream serve` on a port the system chooses; gives its URL."""
    server = Process([os.path.join(options.build, "src", "cli", "asr-stream"), "serve", "--listen", "127.0.0.1:0", "--model",
                      "al8k", "--quiet"], os.path.join(folder, "serve.log"), cwd=SOURCE)
    try:
        found = server.wait_output(lambda text: re.search(r"^listening on (wss?:\S+).*", text, re.M), "the recognizer is ready")
        print(found.group(0))
        yield found.group(1)
    finally:
        server.stop()


@contextlib.contextmanager
def switch(host_class, options, folder, url):
    host = host_class(options, folder)
    try:
        host.start({"default": {"url": url, "speech-detection": "both"}})
        print(f"{host.name} with {os.path.basename(host.module_path)}, event socket on 127.0.0.1:{host.port}")
        yield host
        host.stop()
    finally:
        host.kill()


def dial_list(host, names, folder):
    """One caller for each prompt, and the channel variables that go with all of them."""
    path = os.path.join(folder, "calls.tsv")
    variables = ""
    with open(path, "w") as file:
        for name in names:
            variables, dial = re.fullmatch(r"(?:\{(.*?)\})?(.*)", host.endpoint(name, {})).groups()
            file.write(f"{dial}\t{name}\n")
    return path, variables or ""


def run_service(host, calls, variables):
    """The Java service; returns its exit code and what each caller was heard saying."""
    heard = {}
    command = [os.path.join(SOURCE, "examples", "java", "run.sh"), "--switch", f"127.0.0.1:{host.port}", "--dial-list", calls,
               "--concurrency", "10", "--call-timeout", "60", "--variables", variables]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        for line in service.stdout:
            uuid, name, number, text = line.rstrip("\n").split("\t")[:4]
            print(f"    {uuid[:8]}  {name:29}  {number}  {text}", flush=True)
            heard[name] = (heard.get(name, "") + " " + text).strip()
        return service.wait(), heard
    finally:
        service.kill()
        service.wait()


def report(texts, heard):
    """Prints the accuracy and returns it in percent."""
    words = sum(len(text.split()) for text in texts.values())
    wrong = sum(word_accuracy.errors(text, heard.get(name, "")) for name, text in texts.items())
    for name, text in texts.items():
        print(f"    {word_accuracy.percent(text, heard.get(name, '')):5.1f} % of {len(text.split()):3} words  {name}")
    accuracy = 100.0 * (words - wrong) / words
    print(f"word accuracy {accuracy:.1f} % of {words} words on {len(texts)} calls")
    return accuracy


def campaign(title, host, grammar, folder):
    print(f"\n== {title}", flush=True)
    texts = known_texts()
    calls, variables = dial_list(host, texts, folder)
    # The bot waits longer than usual for its answer: a machine that has just built all this may still be busy.
    variables = ",".join(filter(None, [variables, f"bot_grammar={grammar}", "bot_answer_ms=3000"]))
    code, heard = run_service(host, calls, variables)
    return code, report(texts, heard)


def main():
    for number in (signal.SIGINT, signal.SIGTERM):  # ends what was started, then this
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    options = parse_arguments()
    host_class = hosts.choose(options, options.host) or sys.exit("demo: there is no switch to run on")
    folder = tempfile.mkdtemp(prefix="asr-stream-demo-")
    try:
        print(f"\n== recognizer and switch: {host_class.name}", flush=True)
        with recognizer(options, folder) as url, switch(host_class, options, folder, url) as host:
            closed, accuracy = campaign("ten calls at once; the recognizer knows what may be said", host,
                                        os.path.join(MODEL, "heldout.gram"), folder)
            opened, _ = campaign("the same calls; anything may be said", host, "builtin:dictation", folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    good = closed == 0 and opened == 0 and accuracy == 100.0
    print(f"\n== {'done' if good else 'NOT as it should be'}, on {host_class.name}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
