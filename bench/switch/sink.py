#!/usr/bin/python3
"""The far end of the benchmark: takes connections, upgrades those that ask for it, reads and forgets. Prints its port; each
line on standard input is answered with "connections bytes"."""

import base64
import hashlib
import selectors
import socket
import sys
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PAUSE_SECONDS = 0.01  # between two looks at the sockets, so that the sink itself costs little


def answer_upgrade(connection, head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"sec-websocket-key":
            accept = base64.b64encode(hashlib.sha1(value.strip() + GUID).digest())
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    watch = selectors.DefaultSelector()
    watch.register(listener, selectors.EVENT_READ)
    watch.register(sys.stdin, selectors.EVENT_READ)
    print(listener.getsockname()[1], flush=True)
    buffer = bytearray(1 << 16)
    live = total = 0
    while True:
        for key, _ in watch.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                watch.register(connection, selectors.EVENT_READ)
                live += 1
            elif key.fileobj is sys.stdin:
                if not sys.stdin.readline():
                    return
                print(live, total, flush=True)
            else:
                try:
                    size = key.fileobj.recv_into(buffer)
                except BlockingIOError:
                    continue
                except OSError:
                    size = 0
                total += size
                if not size:
                    watch.unregister(key.fileobj)
                    key.fileobj.close()
                    live -= 1
                elif buffer.startswith(b"GET "):
                    answer_upgrade(key.fileobj, bytes(buffer[:size]))
                    buffer[:4] = b"\0\0\0\0"
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
