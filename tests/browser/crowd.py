"""Clients of a dashboard that are not browsers: some time their answers, some read slowly or not at all."""

from __future__ import annotations

import base64
import http.client
import os
import random
import re
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.frames import Frame, Opcode

WAIT = 60
"""Seconds after which a client gives up."""


@dataclass(frozen=True)
class Reply:
    """An answer: status, bytes, and the seconds from the first byte of the request to the last one of the answer."""

    status: int
    size: int
    seconds: float


def fetch(address: str, path: str) -> Reply:
    """GET over a connection of its own, as a new visitor would."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=WAIT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        size = len(answer.read())
    finally:
        connection.close()
    return Reply(answer.status, size, time.perf_counter() - start)


def crowd(address: str, paths: Sequence[str], clients: int, each: int) -> list[Reply]:
    """Answers to several clients at once, each of which asks for some of the paths, one after the other."""
    replies: list[Reply] = []

    def visit(number: int) -> None:
        for path in random.Random(number).choices(paths, k=each):
            replies.append(fetch(address, path))

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


class Probe(threading.Thread):
    """Asks for one random path after the other for as long as the block runs; `replies` are its answers."""

    def __init__(self, address: str, paths: Sequence[str], pause: float = 0.05) -> None:
        super().__init__(daemon=True)
        self.replies: list[Reply] = []
        self._address = address
        self._paths = paths
        self._pause = pause
        self._over = threading.Event()

    def run(self) -> None:
        """Ask until the block is left."""
        order = random.Random(0)
        while not self._over.wait(self._pause):
            self.replies.append(fetch(self._address, order.choice(self._paths)))

    def __enter__(self) -> Probe:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.join()


@contextmanager
def stalled(address: str, path: str, clients: int) -> Iterator[list[socket.socket]]:
    """Clients that ask for something and take nothing of it; see `reading`."""
    with _connected(address, clients) as sockets:
        for one in sockets:
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.removeprefix('http://')}\r\n\r\n".encode())
        yield sockets


@contextmanager
def mute(address: str, clients: int) -> Iterator[list[socket.socket]]:
    """Clients that open a connection and stop in the middle of the first line."""
    with _connected(address, clients) as sockets:
        for one in sockets:
            one.sendall(b"GET /rlx")
        yield sockets


@contextmanager
def visiting(address: str, clients: int, reruns: int = 1) -> Iterator[list[socket.socket]]:
    """Clients of the page's websocket that ask for the page some times, as browsers do, and read none of it."""
    rerun = Frame(Opcode.BINARY, BackMsg(rerun_script={}).SerializeToString()).serialize(mask=True)
    with _connected(address, clients) as sockets:
        for one in sockets:
            key = base64.b64encode(os.urandom(16)).decode()
            one.sendall(
                f"GET /_stcore/stream HTTP/1.1\r\nHost: {address.removeprefix('http://')}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: streamlit\r\n\r\n".encode()
            )
            if not one.recv(12).endswith(b" 101"):
                raise ConnectionError("the server refused a websocket")
            one.sendall(rerun * reruns)
        yield sockets


@contextmanager
def reading(sockets: Sequence[socket.socket], pause: float = 0, most: int = 65_536) -> Iterator[Counter[socket.socket]]:
    """Take what comes for as long as the block runs; by default all of it at once.

    Args:
        sockets: read one after the other.
        pause: seconds between two rounds.
        most: bytes that are taken of each in a round.

    Yields:
        The bytes taken of each so far.
    """
    taken: Counter[socket.socket] = Counter()
    over = threading.Event()

    def read() -> None:
        while not over.wait(pause):
            for one in select.select(sockets, [], [], 0.1)[0]:
                taken[one] += len(one.recv(most))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    return 1024 * int(re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)[1])


@contextmanager
def _connected(address: str, clients: int) -> Iterator[list[socket.socket]]:
    host, port = address.removeprefix("http://").split(":")
    sockets = []
    try:
        for _ in range(clients):
            one = socket.socket()
            sockets.append(one)
            one.settimeout(WAIT)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # or the kernel takes most of an answer itself
            one.connect((host, int(port)))
        yield sockets
    finally:
        for one in sockets:
            one.close()
