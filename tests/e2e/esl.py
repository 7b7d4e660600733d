"""A client of the event socket: commands, background jobs and a searchable list of the events received."""

import json
import queue
import socket
import threading
import time
import urllib.parse
import uuid

from wait import TimedOut


class Closed(ConnectionError):
    """The switch closed the event socket."""


class Event(dict):
    """Headers of one event; `body` is its text."""

    body = ""

    @property
    def call(self):
        return self.get("Unique-ID", "")

    @property
    def subclass(self):
        return self.get("Event-Subclass", "")

    @property
    def kind(self):
        """What tests tell events apart by: asr_stream::final, detected-speech, CHANNEL_HANGUP ..."""
        return self.get("Speech-Type") or self.subclass or self.get("Event-Name", "")

    def json(self):
        return json.loads(self.body) if self.body else {}


def parse_headers(text, decode):
    headers = {}
    for line in text.split("\n"):
        name, separator, value = line.partition(": ")
        if separator:
            headers[name] = urllib.parse.unquote(value) if decode else value
    return headers


class Client:
    """One connection. A reader thread sorts what arrives: answers to one queue, events to a list."""

    def __init__(self, port, password="ClueCon", timeout=10):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.settimeout(None)
        self._file = self._socket.makefile("rb")
        self._answers = queue.Queue()
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._events = []
        self._jobs = {}
        self._closed = False
        headers, _ = self._read_message()
        if headers.get("Content-Type") != "auth/request":
            raise Closed(f"no auth/request but {headers}")
        self._reader = threading.Thread(target=self._read, name="esl reader", daemon=True)
        self._reader.start()
        answer = self.command(f"auth {password}")
        if not answer.startswith("+OK"):
            raise Closed(answer)

    # commands

    def command(self, line, timeout=30):
        """The Reply-Text, or the body of an api command."""
        return self.commands([line], timeout)[0]

    def commands(self, lines, timeout=30):
        """Sent together and answered in their order: a round trip takes long on a busy machine."""
        with self._lock:
            self._socket.sendall(b"".join(line.encode() + b"\n\n" for line in lines))
            try:
                answers = [self._answers.get(timeout=timeout) for _ in lines]
            except queue.Empty:
                raise TimedOut(f"no answer within {timeout} s to one of: {lines}") from None
        if None in answers:
            raise Closed(f"the switch closed the event socket at one of: {lines}")
        return answers

    def api(self, command, timeout=30):
        return self.api_all([command], timeout)[0]

    def api_all(self, commands, timeout=30):
        return [answer.strip() for answer in self.commands([f"api {command}" for command in commands], timeout)]

    def ok(self, command, timeout=30):
        """An api command that must answer +OK; returns what follows it."""
        answer = self.api(command, timeout)
        assert answer.startswith("+OK"), f"{command}: {answer}"
        return answer[3:].strip()

    def bgapi(self, command):
        """Starts a background job; returns its id for job_answer()."""
        return self.bgapi_all([command])[0]

    def bgapi_all(self, commands):
        jobs = [str(uuid.uuid4()) for _ in commands]
        for answer in self.commands([f"bgapi {command}\nJob-UUID: {job}" for command, job in zip(commands, jobs)]):
            assert answer.startswith("+OK"), answer
        return jobs

    def job_answer(self, job, seconds=30):
        deadline = time.monotonic() + seconds
        with self._changed:
            while job not in self._jobs:
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise TimedOut(f"background job {job}: no answer within {seconds} s")
            return self._jobs.pop(job)

    def subscribe(self, events="BACKGROUND_JOB DETECTED_SPEECH CHANNEL_CREATE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE "
                               "CHANNEL_DESTROY CHANNEL_HOLD "
                               "CHANNEL_UNHOLD CHANNEL_BRIDGE MEDIA_BUG_START MEDIA_BUG_STOP PLAYBACK_START "
                               "PLAYBACK_STOP CUSTOM", subclasses=()):
        names = " ".join(f"asr_stream::{kind}" for kind in KINDS)
        answer = self.command(f"event plain {events} {names} {' '.join(subclasses)}".strip())
        assert answer.startswith("+OK"), answer

    # events

    def mark(self):
        """A place in the list of events, for `since` below."""
        with self._changed:
            return len(self._events)

    def events(self, call=None, kind=None, since=0):
        with self._changed:
            return [e for e in self._events[since:] if self._matches(e, call, kind)]

    def forget_events(self):
        with self._changed:
            self._events.clear()

    def wait_event(self, call=None, kind=None, where=None, seconds=15, since=0):
        """The first event that matches, already received or still to come."""
        deadline = time.monotonic() + seconds
        with self._changed:
            position = since
            while True:
                while position < len(self._events):
                    event = self._events[position]
                    position += 1
                    if self._matches(event, call, kind) and (where is None or where(event)):
                        return event
                left = deadline - time.monotonic()
                if left <= 0 or self._closed:
                    seen = [e.kind for e in self._events[since:] if call is None or e.call == call]
                    raise TimedOut(f"no {kind or 'event'} of call {call or 'any'} within {seconds} s; seen: {seen[-30:]}")
                self._changed.wait(left)

    @staticmethod
    def _matches(event, call, kind):
        return (call is None or event.call == call) and (kind is None or event.kind == kind)

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reader.join(5)
        self._file.close()
        self._socket.close()

    # the reader thread

    def _read(self):
        try:
            while True:
                headers, body = self._read_message()
                self._sort(headers, body)
        except (OSError, ValueError, Closed):
            pass
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._answers.put(None)

    def _read_message(self):
        lines = []
        while True:
            line = self._file.readline()
            if not line:
                raise Closed("end of file")
            if line == b"\n":
                break
            lines.append(line.decode(errors="replace").rstrip("\n"))
        headers = parse_headers("\n".join(lines), decode=False)
        size = int(headers.get("Content-Length", 0))
        body = self._file.read(size) if size else b""
        if len(body) < size:
            raise Closed("end of file in a body")
        return headers, body

    def _sort(self, headers, body):
        content = headers.get("Content-Type", "")
        if content == "command/reply":
            self._answers.put(headers.get("Reply-Text", ""))
        elif content == "api/response":
            self._answers.put(body.decode(errors="replace"))
        elif content == "text/event-plain":
            self._keep(parse_event(body))
        elif content == "text/disconnect-notice":
            raise Closed("disconnect notice")

    def _keep(self, event):
        with self._changed:
            if event.get("Event-Name") == "BACKGROUND_JOB":
                self._jobs[event.get("Job-UUID")] = event.body.strip()
            else:
                self._events.append(event)
            self._changed.notify_all()


KINDS = ("connected", "begin_speaking", "partial", "final", "end_speaking", "error", "disconnected", "closed")


def parse_event(raw):
    head, _, rest = raw.partition(b"\n\n")
    event = Event(parse_headers(head.decode(errors="replace"), decode=True))
    size = int(event.get("Content-Length", 0))
    event.body = rest[:size].decode(errors="replace")
    return event
