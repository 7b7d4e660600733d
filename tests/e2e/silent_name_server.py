"""A name server that hears questions and never answers; the switch is started with it as its only one."""

import ctypes
import os
import socket
import threading

from case import Skip

ADDRESS = "127.0.0.77"
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x00020000, 4096, 16384, 1 << 18


class SilentNameServer:
    name = "never-answered.test"

    def __init__(self, test):
        if os.geteuid() != 0:
            raise Skip("a name server of our own on port 53 needs root")
        self.queries = 0
        self._file = os.path.join(test.folder, "resolv.conf")
        with open(self._file, "w") as file:
            file.write(f"nameserver {ADDRESS}\noptions timeout:30 attempts:1\n")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((ADDRESS, 53))
        except OSError as error:
            raise Skip(f"{ADDRESS}:53: {error}") from None
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()
        test.host.before_exec = self._enter

    def _enter(self):
        """In the child, before exec: a mount namespace of its own, where /etc/resolv.conf is ours."""
        libc = ctypes.CDLL(None, use_errno=True)
        real = os.path.realpath("/etc/resolv.conf").encode()
        if (libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
                or libc.mount(self._file.encode(), real, None, MS_BIND, None)):
            raise OSError(ctypes.get_errno(), "private /etc/resolv.conf")

    def _count(self):
        while True:
            try:
                data, _ = self._socket.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            self.queries += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (ADDRESS, 53))
        self._thread.join(5)
        self._socket.close()
