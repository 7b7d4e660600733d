"""Scripted ASR services on real sockets: a script is a coroutine that is given each new connection."""

import asyncio
import os
import socket
import ssl
import subprocess
import threading

from wait import wait_for
from websocket import Gone, Session


class Service:
    """One listening socket in a thread of its own. `script(session)` runs after the upgrade, `raw(session)` instead of
    it."""

    def __init__(self, script=None, raw=None, tls=None):
        self._script, self._raw, self._tls = script, raw, tls
        self.sessions = []
        self.connections = 0
        self.live = 0
        self.errors = []
        self._tasks = set()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="service", daemon=True)
        self._thread.start()
        ready.wait(10)

    @property
    def url(self):
        return f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self.port}/"

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._tls, backlog=1024, limit=1 << 20))
        self._server = server
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        self.live += 1
        session = Session(reader, writer)
        try:
            if self._raw:
                self.sessions.append(session)
                await self._raw(session)
            else:
                await session.read_request()
                self.sessions.append(session)
                await self._script(session)
        except (Gone, asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:  # a defect of the test's own script: the case says so
            self.errors.append(error)
        finally:
            session.ended = True
            self.live -= 1
            self._tasks.discard(asyncio.current_task())
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    def session(self, number=0, seconds=20):
        """The n-th connection, once it came."""
        wait_for(lambda: len(self.sessions) > number, f"connection {number + 1} to the service", seconds)
        return self.sessions[number]

    def do(self, coroutine, seconds=10):
        """Runs a coroutine in the service's thread, for instance to say something now."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def stop_listening(self):
        """From now on connections are refused; those that are there stay."""
        self._loop.call_soon_threadsafe(self._server.close)

    def stop(self):
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        if self.errors:
            raise self.errors[0]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        elif self._loop.is_running():
            self._loop.call_soon_threadsafe(self._loop.stop)


class FullBacklog:
    """A port that takes no more connections: SYNs are dropped, so that a connect hangs."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self._listener.getsockname())
            self._fillers.append(filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (*self._fillers, self._listener):
            one.close()


def certificate(folder):
    """A certificate for 127.0.0.1: (file, server context)."""
    path, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                    key, "-out", path], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return path, context
