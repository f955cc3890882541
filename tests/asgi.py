"""The smallest ASGI client: sends a path exactly as written, which HTTP libraries would tidy up first."""

from __future__ import annotations

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    @property
    def text(self) -> str:
        return self.content.decode()


def request(app: Any, path: str, host: str = "127.0.0.1:8501", kind: str = "http") -> Answer:
    """One GET request, or the handshake of a WebSocket (`kind` "websocket")."""
    scope = {
        "type": kind, "method": "GET", "path": unquote(path), "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", host.encode())], "scheme": "http", "http_version": "1.1", "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8501), "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request" if kind == "http" else "websocket.connect", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def exchange() -> None:
        await app(scope, receive, send)

    # In a thread of its own: Playwright keeps a loop running in this one while a browser is open.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, exchange()).result()
    start = next(message for message in sent if message["type"].endswith("response.start"))
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(message.get("body", b"") for message in sent))
