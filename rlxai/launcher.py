"""Starts the dashboard: Streamlit's server on loopback, with the replay routes beside it. The only user of Streamlit.

Streamlit's defaults bind all interfaces, accept any Host header, send usage statistics and may stop at an e-mail
prompt; each is set otherwise here. Whoever reaches the port can read the runs that are open in
it, and start the verbs that its pages offer.
"""

from __future__ import annotations

import asyncio
import socket
import webbrowser
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlxai.errors import InvalidValue, RunError
from rlxai.replay import registry
from rlxai.replay.routes import routes
from rlxai.resources import data_dir
from rlxai.store import Run, open_run

if TYPE_CHECKING:
    from streamlit import App

PORT = 8501
_PORTS_TRIED = 50
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_WILDCARDS = ("0.0.0.0", "::", "")
_HEADERS = (
    # Everything comes from this server: the page cannot load from or send to another. Streamlit's own scripts need
    # inline styles, blob modules (components) and eval (Vega expressions, WebAssembly).
    (
        "Content-Security-Policy",
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def launch(
    runs: Iterable[Path],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    names: Sequence[str] = (),
    open_browser: bool = False,
) -> None:
    """Serve the dashboard of some runs until Ctrl-C.

    Args:
        runs: run folders.
        host: address to bind.
        port: port to bind; None takes the first free one from 8501 on.
        names: further host names under which the dashboard may be reached, such as that of a reverse proxy.
        open_browser: open the page in the user's browser.

    Raises:
        InvalidValue: the address is a wildcard and no name is given, or the port is taken.
        RunError: a run cannot be opened.
    """
    if host in _WILDCARDS and not names:
        raise InvalidValue(
            f"host {host!r} means every network interface: also give the name under which the dashboard will be "
            "reached, since other names are refused"
        )
    hosts = list(dict.fromkeys((*_LOOPBACK, *names, *(() if host in _WILDCARDS else (host,)))))
    port = _port(host, port)
    url = f"http://{'127.0.0.1' if host in _WILDCARDS else host}:{port}"
    opened = [open_run(path) for path in runs]
    if not opened:
        raise RunError("the dashboard needs at least one run folder")
    app = build(registry.named(opened), hosts, partial(_announce, url, open_browser))
    try:
        app.run(config=server_config(host, port, hosts))
    except KeyboardInterrupt:
        return


def build(runs: Mapping[str, Run], hosts: Sequence[str], started: Any = None) -> App:
    """The ASGI application: pages, replay routes, host check and security headers.

    Args:
        runs: by the name used in addresses, see `registry.named`.
        hosts: Host headers accepted; others get status 400, which stops DNS rebinding.
        started: called without arguments once the server runs.
    """
    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    registry.show(runs)

    @asynccontextmanager
    async def lifespan(_: App) -> AsyncGenerator[None, None]:
        if started is not None:
            started()
        yield

    return st.App(
        data_dir("dashboards") / "main.py",
        routes=routes(runs),
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
            Middleware(SecurityHeaders),
        ],
        lifespan=lifespan,
    )


def server_config(host: str, port: int, hosts: Sequence[str]) -> dict[str, Any]:
    """Streamlit options, given to the process so that no file of the user's is read or written."""
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.allowedHosts": list(hosts),
        "server.showEmailPrompt": False,
        "server.fileWatcherType": "none",
        # A full collection after each run of a page stops all threads, for 0.1 s on an idle machine: with twenty
        # visitors at once, on a busy one, a further client waited for 19 s. Python collects by itself all the same.
        "runner.postScriptGC": False,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": host,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "logger.hideWelcomeMessage": True,
        "theme.base": str(data_dir("dashboards") / "theme.toml"),
    }


class SecurityHeaders:
    """ASGI middleware that adds fixed headers to every HTTP response which does not set them itself."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on; Streamlit's own headers win over these."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"]] + [
                    (name.lower().encode(), value.encode())
                    for name, value in _HEADERS
                    if name.lower().encode() not in present
                ]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def _announce(url: str, open_browser: bool) -> None:
    print(f"rlxai dashboard: {url}  (Ctrl-C stops it)", flush=True)
    if open_browser:
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, url)


def _port(host: str, port: int | None) -> int:
    candidates = range(PORT, PORT + _PORTS_TRIED) if port is None else (port,)
    for candidate in candidates:
        if not 1 <= candidate <= 65535:
            raise InvalidValue(f"port must be 1 to 65535, met {candidate}")
        if _free(host, candidate):
            return candidate
    if port is None:
        raise InvalidValue(f"no port from {PORT} to {PORT + _PORTS_TRIED - 1} is free on {host}")
    raise InvalidValue(f"port {port} on {host} is taken or cannot be used; leave it out to take a free one")


def _free(host: str, port: int) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise InvalidValue(f"host {host!r} is not an address of this machine") from None
        return False
    return True
