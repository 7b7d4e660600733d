"""The real recognizer, `asr-stream serve`, and what it makes of the same recordings without a switch."""

import json
import os
import re
import subprocess

from hosts.base import SOUNDS
from process import Process
from word_accuracy import errors


class Recognizer:
    def __init__(self, test, *arguments):
        model = os.path.join(test.options.source, "models", "al8k")
        self.process = Process([test.program(), "serve", "--listen", "127.0.0.1:0", "--model", model, *arguments],
                               os.path.join(test.folder, f"recognizer-{len(os.listdir(test.folder))}.log"),
                               test.host.sanitizer.environment())
        test.clean_up(self.process.stop)
        found = self.process.wait_output(lambda text: re.search(r"^listening on (ws://[^ ]+)", text, re.M),
                                         "the recognizer listens", test.seconds(30))
        self.url = found.group(1)


def held_out(test):
    """File name -> text of the ten prompts the model was not trained on."""
    path = os.path.join(test.options.source, "models", "al8k", "heldout.tsv")
    with open(path) as file:
        return dict(line.rstrip("\n").split("\t") for line in file)


def grammar(test):
    return os.path.join(test.options.source, "models", "al8k", "heldout.gram")


def transcribe(test, url, names):
    """What `asr-stream transcribe` gets for the same files: name -> text."""
    texts = {}
    answer = subprocess.run([test.program(), "transcribe", "--quiet", "--url", url, "--format", "jsonl", "--jobs", "2",
                             *(os.path.join(SOUNDS, name) for name in names)],
                            capture_output=True, text=True, timeout=test.seconds(240), check=True)
    for line in answer.stdout.splitlines():
        event = json.loads(line)
        if event.get("type", event.get("event")) == "final" and event["text"]:
            name = os.path.basename(event["file"])
            texts[name] = f"{texts.get(name, '')} {event['text']}".strip()
    return texts


def accuracy(references, heard):
    """Per cent of all words."""
    words = sum(len(text.split()) for text in references.values())
    wrong = sum(errors(text, heard.get(name, "")) for name, text in references.items())
    return 100 * (words - wrong) / words
