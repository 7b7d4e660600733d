"""The server side of RFC 6455, byte by byte, so that a service can also break every rule of it."""

import asyncio
import base64
import hashlib
import json

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Gone(Exception):
    """The client closed or broke the connection."""


def decoded_size(text):
    """Of base64."""
    return len(text) * 3 // 4 - text[-2:].count(b"=")


class Session:
    """One client. A script receives messages and sends whatever it likes."""

    def __init__(self, reader, writer):
        self._reader, self.writer = reader, writer
        self.headers = {}
        self.path = ""
        self.answers_pings = True
        self.answers_close = True
        self.start = {}          # the client's start message
        self.start_received = False
        self.audio_bytes = 0
        self.audio_messages = 0
        self.messages = []       # all but audio, decoded
        self.pings = 0
        self.close_received = False
        self.ended = False

    @property
    def audio_ms(self):
        audio = self.start.get("audio", {})
        return self.audio_bytes * 1000 // (2 * audio.get("sample_rate", 8000) * audio.get("channels", 1))

    # upgrade

    async def read_request(self):
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.path = lines[0].split(" ")[1]
        for line in lines[1:]:
            name, separator, value = line.partition(":")
            if separator:
                self.headers[name.strip().lower()] = value.strip()

    async def accept(self, extra=""):
        key = self.headers["sec-websocket-key"]
        answer = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        await self.send_raw(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Accept: {answer}\r\n{extra}\r\n").encode())

    async def refuse(self, status):
        await self.send_raw(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    # receiving

    async def receive(self):
        """The next message: (opcode, payload). Pings and closes are answered on the way; Gone at the end."""
        whole, kind = b"", None
        while True:
            final, opcode, payload = await self._read_frame()
            if opcode == PING:
                self.pings += 1
                if self.answers_pings:
                    await self.send_frame(PONG, payload)
            elif opcode == CLOSE:
                self.close_received = True
                if self.answers_close:
                    await self.send_frame(CLOSE, payload)
                    raise Gone("closed")
            elif opcode != PONG:
                kind = opcode or kind
                whole += payload
                if final:
                    return kind, whole

    async def _read_frame(self):
        try:
            first, second = await self._reader.readexactly(2)
            size = second & 127
            if size == 126:
                size = int.from_bytes(await self._reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self._reader.readexactly(8), "big")
            mask = await self._reader.readexactly(4) if second & 128 else b"\0\0\0\0"
            payload = await self._reader.readexactly(size) if size else b""
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Gone(str(error)) from None
        if size:
            key = (mask * (size // 4 + 1))[:size]
            payload = (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")
        return first & 128, first & 15, payload

    async def receive_json(self):
        """The next message of dialect json as a dictionary; audio is counted."""
        opcode, payload = await self.receive()
        if opcode == BINARY:
            message = {"type": "audio", "size": len(payload)}
        elif payload.startswith(b'{"type":"audio"'):
            message = {"type": "audio", "size": decoded_size(payload[payload.index(b'"data":"') + 8:payload.rindex(b'"')])}
        else:
            message = json.loads(payload)
            if message["type"] == "audio":  # written otherwise than ours
                message["size"] = decoded_size(message["data"].encode())
        if message["type"] == "audio":
            self.audio_messages += 1
            self.audio_bytes += message["size"]
            return message
        if message["type"] == "start":
            self.start, self.start_received = message, True
        self.messages.append(message)
        return message

    # sending

    async def send_json(self, **message):
        await self.send_text(json.dumps(message))

    async def send_text(self, text):
        await self.send_frame(TEXT, text.encode() if isinstance(text, str) else text)

    async def send_frame(self, opcode, payload=b"", final=True, reserved=0):
        await self.send_raw(frame(opcode, payload, final, reserved))

    async def send_raw(self, data):
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError as error:
            raise Gone(str(error)) from None

    async def close(self, code=1000, reason=""):
        await self.send_frame(CLOSE, code.to_bytes(2, "big") + reason.encode())

    def reset(self):
        """RST instead of FIN."""
        self.writer.transport.abort()

    async def stay(self):
        """Keeps the connection without reading a byte."""
        await asyncio.Event().wait()


def frame(opcode, payload=b"", final=True, reserved=0):
    head = bytes([(128 if final else 0) | reserved << 4 | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([size])
    elif size < 65536:
        head += b"\x7e" + size.to_bytes(2, "big")
    else:
        head += b"\x7f" + size.to_bytes(8, "big")
    return head + payload
