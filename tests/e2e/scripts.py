"""What scripted services do. Each is a coroutine, or makes one."""

import asyncio
import time

from websocket import BINARY, CONTINUATION, TEXT, Gone, frame


# orderly services

def say(*steps, at_stop=()):
    """Says messages when the audio received reaches their times: say((500, final("yes")), ...); then goes on
    listening. At the client's stop: `at_stop`, end, close."""
    async def script(session):
        await session.accept()
        left = list(steps)
        while True:
            message = await session.receive_json()
            while left and session.audio_ms >= left[0][0]:
                await session.send_json(**left.pop(0)[1])
            if message["type"] == "stop":
                for last in at_stop:
                    await session.send_json(**last)
                await session.send_json(type="end")
                await session.close()
    return script


def final(text, **fields):
    return {"type": "final", "text": text, **fields}


def partial(text, **fields):
    return {"type": "partial", "text": text, **fields}


BEGIN = {"type": "begin_speaking"}
END = {"type": "end_speaking"}


def every(ms, text="word", spoken=True):
    """One utterance for each `ms` of audio: begin, partial, final with its times; the last one at stop."""
    async def script(session):
        await session.accept()
        number = 0
        while True:
            message = await session.receive_json()
            while session.audio_ms >= (number + 1) * ms:
                number += 1
                if spoken:
                    await session.send_json(**BEGIN)
                    await session.send_json(**partial(f"{text} {number}"))
                await session.send_json(**final(f"{text} {number}", start_ms=(number - 1) * ms, end_ms=number * ms))
            if message["type"] == "stop":
                await session.send_json(type="end")
                await session.close()
    return script


def listen():
    return say()


# services that break, one for each step of a connect

async def never_upgrade(session):
    """Takes the connection and says nothing: in TLS that hangs the handshake, else the upgrade."""
    await session.stay()


def refuse(status="403 Forbidden"):
    async def script(session):
        await session.refuse(status)
    return script


async def reset(session):
    session.reset()


async def upgrade_and_stall(session):
    """Never reads a byte and never says one."""
    await session.accept()
    await session.stay()


async def ignore_stop(session):
    """Reads everything, answers neither stop nor close."""
    session.answers_close = False
    await session.accept()
    while True:
        await session.receive_json()


def read_slowly(bytes_a_second):
    async def script(session):
        await session.accept()
        while True:
            if not await session._reader.read(bytes_a_second // 20):
                raise Gone("end of file")
            await asyncio.sleep(0.05)
    return script


def die_after(ms, script=None):
    """Resets the connection when `ms` of audio came, in the middle of an utterance."""
    async def run(session):
        await session.accept()
        await session.send_json(**BEGIN)
        while session.audio_ms < ms:
            await session.receive_json()
        await session.send_json(**partial("half a"))
        session.reset()
    return run


def alternate(*scripts):
    """The n-th connection gets the n-th script; the last one serves all that follow."""
    state = {"next": 0}

    async def run(session):
        number = min(state["next"], len(scripts) - 1)
        state["next"] += 1
        await scripts[number](session)
    return run


def cycle(*scripts):
    state = {"next": 0}

    async def run(session):
        number = state["next"] % len(scripts)
        state["next"] += 1
        await scripts[number](session)
    return run


# hostile services: each gets hold of a connection that is up

def hostile(attack):
    async def run(session):
        await session.accept()
        await session.receive_json()
        await attack(session)
        while (await session.receive_json())["type"] != "stop":
            pass
        await session.close()
        while True:
            await session.receive()
    return run


async def flood_finals(session, seconds=3.0):
    """10,000 finals a second."""
    await _flood(session, lambda n: final(f"flood {n}"), seconds)


async def flood_partials(session, seconds=2.0):
    await _flood(session, lambda n: partial(f"flood {n}"), seconds)


async def _flood(session, make, seconds):
    import json
    start = time.monotonic()
    number = 0
    while time.monotonic() - start < seconds:
        batch = b"".join(frame(TEXT, json.dumps(make(number + i)).encode()) for i in range(100))
        number += 100
        await session.send_raw(batch)
        await asyncio.sleep(max(0, start + number / 10000 - time.monotonic()))


async def huge_message(session):
    """Announces 100 MB and sends until it is cut off."""
    size = 100 * 1024 * 1024
    await session.send_raw(b"\x81\x7f" + size.to_bytes(8, "big"))
    for _ in range(100):
        await session.send_raw(b"x" * (1024 * 1024))


async def endless_fragments(session):
    await session.send_frame(TEXT, b"{", final=False)
    for _ in range(200000):
        await session.send_raw(frame(CONTINUATION, b" " * 64, final=False) * 50)


async def empty_fragments(session):
    """Fragments without a byte: no bound on the message's size stops them."""
    await session.send_frame(TEXT, b"", final=False)
    empty = frame(CONTINUATION, b"", final=False) * 1000
    for _ in range(300):
        await session.send_raw(empty)


async def invalid_utf8(session):
    await session.send_frame(TEXT, b'{"type":"final","text":"\xff\xfe\xc0"}')


async def compressed_unasked(session):
    """A compression bomb, although nobody agreed to compression."""
    await session.send_frame(TEXT, bomb(), reserved=4)


async def compression_bomb(session):
    """Where permessage-deflate was agreed: 64 KB that become 64 MB."""
    await session.accept("Sec-WebSocket-Extensions: permessage-deflate\r\n")
    await session.send_frame(TEXT, bomb(), reserved=4)
    await session.stay()


def bomb(megabytes=64):
    import zlib
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(b" " * (megabytes << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return data[:-4]


async def nul_bytes(session):
    await session.send_text(b'{"type":"final","text":"before\\u0000after"}')
    await session.send_text(b'{"type":"final","text":"raw \x00 byte"}')
    await session.send_json(**final("clean"))


async def megabyte_transcript(session):
    await session.send_json(**final("a" * (1 << 20)))


async def other_calls(session):
    """Results that claim to be for somebody else."""
    await session.send_json(**final("not yours", stream="99-1", call="11111111-2222-3333-4444-555555555555",
                                    uuid="11111111-2222-3333-4444-555555555555"))


async def nonsense(session):
    for text in ("", "null", "[]", "{}", '{"type":7}', '{"type":"final"}', '{"type":"final","text":7}', "[" * 5000,
                 '{"type":"unknown"}', '{"type":"final","text":"x","end_ms":-1}', '{"type":"partial","text":null}'):
        await session.send_text(text)
    await session.send_frame(BINARY, b"\0\1\2")
    await session.send_json(**final("still there"))


async def masked_frame(session):
    """A server must not mask."""
    await session.send_raw(b"\x81\x82abcd\x00\x00")


async def reserved_opcode(session):
    await session.send_frame(3, b"x")


async def pings_without_end(session):
    for _ in range(500):
        await session.send_raw(frame(9, b"x" * 125) * 100)
