"""Autobahn's WebSocket cases in miniature: what a client sends, byte for byte, against an echo server of Python's websockets.

websocket_cases.py [PROXY_HOST:PORT]     prints one line per case: its name and what the client got back. Without a proxy it goes straight to the server.

Sections as in Autobahn: 1 sizes, 2 ping and pong, 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing, 9 large messages, 12 and 13 compression.
"""

import asyncio
import hashlib
import os
import struct
import sys
import zlib

import websockets

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PATIENCE = 20


def frame(opcode, payload=b"", fin=True, rsv=0):
    mask = os.urandom(4)
    length = len(payload)
    head = bytes([(128 if fin else 0) | (rsv << 4) | opcode])
    if length < 126:
        head += bytes([128 | length])
    elif length < 65536:
        head += bytes([128 | 126]) + struct.pack(">H", length)
    else:
        head += bytes([128 | 127]) + struct.pack(">Q", length)
    pad = (mask * (length // 4 + 1))[:length]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(length, "big")
    return head + mask + masked


def closing(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


class Deflater:
    def __init__(self, keeps_context=True, bits=15):
        self._new = lambda: zlib.compressobj(wbits=-bits)
        self._keeps, self._z = keeps_context, None

    def message(self, opcode, payload):
        if self._z is None or not self._keeps:
            self._z = self._new()
        data = self._z.compress(payload) + self._z.flush(zlib.Z_SYNC_FLUSH)
        return frame(opcode, data[:-4], rsv=4)


class Case:
    """violates: the server is to refuse it. ends: closes when everything was answered; else the pieces hold a close, or are refused."""

    def __init__(self, name, pieces, violates=False, ends=False, extensions=None):
        self.name, self.pieces, self.violates, self.ends, self.extensions = name, pieces, violates, ends, extensions
        self.answers = sum(self._answers(b"".join(pieces))) if ends else 0

    @staticmethod
    def _answers(data):
        """How many frames come back: one for each ping, and for each message."""
        while data:
            opcode, fin, length, head = data[0] & 15, data[0] & 128, data[1] & 127, 2
            if length == 126:
                length, head = struct.unpack(">H", data[2:4])[0], 4
            elif length == 127:
                length, head = struct.unpack(">Q", data[2:10])[0], 10
            yield opcode == PING or (bool(fin) and opcode in (CONTINUATION, TEXT, BINARY))
            data = memoryview(data)[head + 4 + length:]


def fragments(opcode, payload, size):
    parts = [payload[i:i + size] for i in range(0, len(payload), size)] or [b""]
    return b"".join(frame(opcode if i == 0 else CONTINUATION, part, fin=i == len(parts) - 1) for i, part in enumerate(parts))


def bytewise(data):
    return [data[i:i + 1] for i in range(len(data))]


def cases():
    def ok(name, *pieces, **options):
        return Case(name, pieces, ends=True, **options)

    def bad(name, *pieces):
        return Case(name, list(pieces), violates=True)

    for size in (0, 1, 125, 126, 127, 128, 65535, 65536, 1 << 20):
        yield ok(f"1.1 text {size}", frame(TEXT, b"*" * size))
        yield ok(f"1.2 binary {size}", frame(BINARY, b"\xfe" * size))
    yield ok("1.1 text 300 byte by byte", *bytewise(frame(TEXT, b"x" * 300)))

    yield ok("2.1 ping", frame(PING))
    yield ok("2.2 ping text", frame(PING, b"Hello"))
    yield ok("2.3 ping binary", frame(PING, bytes([0, 255, 254, 253])))
    yield ok("2.4 ping 125", frame(PING, b"\xfe" * 125))
    yield bad("2.5 ping 126", frame(PING, b"\xfe" * 126))
    yield ok("2.6 ping byte by byte", *bytewise(frame(PING, b"\xfe" * 125)))
    yield ok("2.7 pong nobody asked for", frame(PONG, b"unasked"), frame(PING, b"asked"))
    yield ok("2.10 ten pings", *[frame(PING, b"payload-%d" % i) for i in range(10)])

    for rsv in range(1, 8):
        yield bad(f"3 reserved bits {rsv}", frame(TEXT, b"Hello", rsv=rsv))
    yield bad("3.2 reserved bit after a message", frame(TEXT, b"Hello"), frame(TEXT, b"Hello", rsv=2))
    yield bad("3.6 reserved bits of a ping", frame(PING, b"Hello", rsv=6))

    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield bad(f"4 opcode {opcode}", frame(opcode, b"x"))

    yield bad("5.1 ping in fragments", frame(PING, b"a", fin=False) + frame(CONTINUATION, b"b"))
    yield bad("5.2 pong in fragments", frame(PONG, b"a", fin=False) + frame(CONTINUATION, b"b"))
    yield ok("5.3 text in two", frame(TEXT, b"frag1", fin=False), frame(CONTINUATION, b"frag2"))
    yield ok("5.6 ping between fragments", frame(TEXT, b"frag1", fin=False), frame(PING, b"ping"), frame(CONTINUATION, b"frag2"))
    yield ok("5.8 all of it byte by byte", *bytewise(frame(TEXT, b"frag1", fin=False) + frame(PING, b"ping") + frame(CONTINUATION, b"frag2")))
    yield bad("5.9 continuation of nothing", frame(CONTINUATION, b"x"), frame(TEXT, b"y"))
    yield bad("5.10 continuation of nothing, not final", frame(CONTINUATION, b"x", fin=False))
    yield bad("5.15 continuation after the end", fragments(TEXT, b"frag1frag2", 5) + frame(CONTINUATION, b"x"))
    yield bad("5.18 text within a text", frame(TEXT, b"frag1", fin=False) + frame(TEXT, b"frag2"))
    yield ok("5.19 five fragments with pings", frame(TEXT, b"1", fin=False), frame(CONTINUATION, b"2", fin=False), frame(PING, b"p1"),
             frame(CONTINUATION, b"3", fin=False), frame(CONTINUATION, b"4", fin=False), frame(PING, b"p2"), frame(CONTINUATION, b"5"))
    yield ok("5.20 empty fragments", frame(TEXT, b"", fin=False), frame(CONTINUATION, b"", fin=False), frame(CONTINUATION, b"x"))

    greek, hello = "κόσμε".encode(), "Hello-µ@ßöäüàá-UTF-8!!".encode()
    yield ok("6.1 empty fragments", fragments(TEXT, b"", 1), frame(TEXT, b"", fin=False) + frame(CONTINUATION, b""))
    yield ok("6.2 text", frame(TEXT, hello))
    yield ok("6.2 code points cut by fragments", fragments(TEXT, hello, 1))
    for name, text in {"boundaries": "\0\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff", "not characters": "\ufffe\uffff\U0001fffe\U0010ffff", "private": "\ue000\uf8ff"}.items():
        yield ok(f"6.5 {name}", frame(TEXT, text.encode()))
    for name, payload in {
        "in the middle": greek + b"\xed\xa0\x80edited", "at the start": b"\xffabc", "at the end": greek + b"\xce", "overlong slash": b"\xc0\xaf", "overlong NUL": b"\xe0\x80\x80",
        "surrogate": b"\xed\xbf\xbf", "beyond the last": b"\xf4\x90\x80\x80", "five bytes": b"\xf8\x88\x80\x80\x80", "lonely continuation": b"\x80", "FE": b"\xfe", "half a pair": b"\xed\xa0\xbd",
    }.items():
        yield bad(f"6 invalid {name}", frame(TEXT, payload))
        yield bad(f"6 invalid {name}, in fragments", fragments(TEXT, payload, 1))

    yield ok("7.1 close after a message", frame(TEXT, b"Hello"))
    yield Case("7.1.2 two closes", [closing(1000) + closing(1000)])
    yield Case("7.1.3 ping after close", [closing(1000) + frame(PING)])
    yield Case("7.1.4 text after close", [closing(1000) + frame(TEXT, b"late")])
    yield Case("7.3.1 close without payload", [frame(CLOSE)])
    yield bad("7.3.2 close with one byte", frame(CLOSE, b"a"))
    yield Case("7.3.4 close with a reason", [closing(1000, b"Hello World!")])
    yield Case("7.3.5 close with the longest reason", [closing(1000, b"*" * 123)])
    yield bad("7.3.6 close that is too long", closing(1000, b"*" * 124))
    yield bad("7.5.1 close with a reason that is not UTF-8", closing(1000, greek + b"\xed\xa0\x80"))
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield Case(f"7.7 close {code}", [closing(code)])
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535):
        yield bad(f"7.9 close {code}", closing(code))

    for size in (64 << 10, 256 << 10, 1 << 20):
        for part in (64, 4096, 65536):
            if size // part <= 4096:
                yield ok(f"9.3 text {size} in fragments of {part}", fragments(TEXT, b"*" * size, part))
                yield ok(f"9.4 binary {size} in fragments of {part}", fragments(BINARY, b"\xfe" * size, part))
    yield ok("9.7 500 small messages", *[frame(TEXT, b"%d" % i) for i in range(500)])

    text = b"It was the best of times, it was the worst of times. "
    for extensions, keeps, bits in (("permessage-deflate", True, 15), ("permessage-deflate; client_no_context_takeover", False, 15),
                                    ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", False, 15),
                                    ("permessage-deflate; client_max_window_bits=10; server_max_window_bits=9", True, 10)):
        for size in (0, 16, 200, 10_000, 200_000):
            z = Deflater(keeps, bits)
            payload = (text * (size // len(text) + 1))[:size]
            yield ok(f"12 {size} with {extensions}", *[z.message(TEXT, payload) for _ in range(5)], extensions=extensions)
    z = Deflater()
    yield ok("13 compressed and not, by turns", z.message(TEXT, text * 3), frame(TEXT, text), z.message(BINARY, text * 3), frame(PING, b"p"), z.message(TEXT, text), extensions="permessage-deflate")
    whole = zlib.compressobj(wbits=-15)
    data = (whole.compress(text * 50) + whole.flush(zlib.Z_SYNC_FLUSH))[:-4]
    yield ok("13 compressed in fragments", frame(TEXT, data[:5], fin=False, rsv=4) + frame(CONTINUATION, data[5:9], fin=False) + frame(CONTINUATION, data[9:]), extensions="permessage-deflate")


class Client:
    def __init__(self, reader, writer, compresses, keeps_context):
        self.reader, self.writer = reader, writer
        self._inflater = zlib.decompressobj(wbits=-15) if compresses else None
        self._keeps_context = keeps_context

    async def receive(self):
        """The next message or control frame: (kind, payload); None at the end."""
        kind, payload, compressed = None, b"", False
        while True:
            try:
                first, second = await self.reader.readexactly(2)
                length = second & 127
                if length == 126:
                    length = struct.unpack(">H", await self.reader.readexactly(2))[0]
                elif length == 127:
                    length = struct.unpack(">Q", await self.reader.readexactly(8))[0]
                data = await self.reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            opcode = first & 15
            if opcode >= CLOSE:
                return opcode, data
            if opcode != CONTINUATION:
                kind, compressed = opcode, bool(first & 64)
            payload += data
            if first & 128:
                if compressed:
                    payload = self._inflater.decompress(payload + b"\x00\x00\xff\xff")
                    if not self._keeps_context:
                        self._inflater = zlib.decompressobj(wbits=-15)
                return kind, payload


async def connect(port, proxy, extensions):
    reader, writer = await asyncio.open_connection(*(proxy or ("127.0.0.1", port)), limit=1 << 22)
    if proxy:
        writer.write(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (port, port))
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer:
            raise RuntimeError(answer)
    offer = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
    writer.write((f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n").encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    if " 101 " not in head or "s3pplmbitxaq9kygzzhzrbk+xoo=" not in head:
        raise RuntimeError(head)
    agreed = "permessage-deflate" in head
    if extensions and not agreed:
        raise RuntimeError("no compression was agreed on")
    return Client(reader, writer, agreed, "server_no_context_takeover" not in head)


def describe(kind, payload):
    if kind == CLOSE:
        return f"close {struct.unpack('>H', payload[:2])[0] if len(payload) >= 2 else ''}"
    name = {TEXT: "text", BINARY: "binary", PING: "ping", PONG: "pong"}[kind]
    return f"{name} {len(payload)} {hashlib.sha1(payload).hexdigest()[:8]}"


async def run(case, port, proxy):
    client = await connect(port, proxy, case.extensions)

    async def send():
        for piece in case.pieces:
            client.writer.write(piece)
            try:
                await client.writer.drain()
            except ConnectionError:
                return  # refused before all of it was sent

    sending = asyncio.ensure_future(send())
    got = []
    while (received := await client.receive()) is not None:
        got.append(describe(*received))
        if case.ends and len(got) == case.answers:
            client.writer.write(closing(1000))
    await sending
    client.writer.close()

    # Pongs may overtake messages, which the server sends back in its own time.
    got.sort(key=lambda one: 2 if one.startswith("close") else one.startswith("pong"))

    # Of what was sent before a violation, nobody has to answer anything.
    return [one for one in got if one.startswith("close")] if case.violates else got


async def echo(socket):
    try:
        async for message in socket:
            await socket.send(message)
    except websockets.exceptions.ConnectionClosed:
        pass  # as the case wants it


async def main():
    proxy = None
    if len(sys.argv) > 1:
        host, _, port = sys.argv[1].rpartition(":")
        proxy = (host, int(port))
    async with websockets.serve(echo, "127.0.0.1", 0, max_size=1 << 21, ping_interval=None, close_timeout=10) as server:
        port = server.sockets[0].getsockname()[1]
        for case in cases():
            try:
                outcome = ", ".join(await asyncio.wait_for(run(case, port, proxy), PATIENCE))
            except Exception as error:
                outcome = f"FAILED {type(error).__name__}: {error}"
            if len(outcome) > 400:
                outcome = f"{outcome[:60]} … {hashlib.sha1(outcome.encode()).hexdigest()}"
            print(f"{case.name}: {outcome}", flush=True)


asyncio.run(main())
