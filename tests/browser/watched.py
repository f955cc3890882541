"""A page under observation: what it asks for, what it sends to Python, what goes wrong in it."""

from __future__ import annotations

import base64
import re
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np


class Watched:
    """A fresh browser context with the dashboard open."""

    def __init__(self, browser: Any, address: str, path: str = "", **context: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 900}, **context)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.sent: list[Any] = []
        self._home = address
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._requested)
        self.page.on("websocket", lambda socket: socket.on("framesent", self._heard))
        self.page.goto(f"{address}/{path}")

    def _heard(self, frame: Any) -> None:
        self.sent.append(frame)

    def _requested(self, request: Any) -> None:
        if not re.match(rf"{re.escape(self._home)}/|blob:|data:|ws://{re.escape(self._home[7:])}/", request.url):
            self.foreign.append(request.url)

    def ready(self) -> Watched:
        """Wait until the panels show a frame with its map."""
        self.page.wait_for_selector(".panel canvas", timeout=60_000)
        self.until_loaded()
        return self

    def until_loaded(self) -> None:
        self.page.wait_for_function(
            f"() => {{ {_ROOT}; return root.querySelector('[data-ref=status]').textContent === '' }}"
        )

    def until_drawn(self) -> None:
        """Wait until what was last asked for is on the screen: the player draws once per animation frame."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def decision(self) -> int:
        return int(self.page.locator("[data-ref=goto]").input_value())

    def wait_for_decision(self, t: int) -> None:
        self.page.wait_for_function(
            f"t => {{ {_ROOT}; return root.querySelector('[data-ref=goto]').value == t }}", arg=t
        )

    def wait_to_play_past(self, t: int) -> None:
        """The shown number is refreshed ten times a second while playing, so that no single one is sure to appear."""
        self.page.wait_for_function(
            f"t => {{ {_ROOT}; return Number(root.querySelector('[data-ref=goto]').value) >= t }}", arg=t
        )

    def pixels(self, panel: int = 0) -> bytes:
        """RGB of a panel's picture, as drawn."""
        url = self.page.evaluate(
            f"panel => {{ {_ROOT}; return root.querySelectorAll('.screen canvas:not(.overlay)')[panel].toDataURL() }}",
            panel,
        )
        png = np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8)
        return cv2.imdecode(png, cv2.IMREAD_COLOR).tobytes()

    def close(self) -> None:
        self.context.close()


def within(context: Any) -> Any:
    """What `Watched` takes for a browser, so that a tab is opened in a context that is there already."""
    return SimpleNamespace(new_context=lambda **_: context)


# Playwright's locators look into shadow roots, scripts in the page have to go there themselves.
_ROOT = (
    "const find = (node) => { for (const e of node.querySelectorAll('*')) { if (e.shadowRoot) {"
    " const r = e.shadowRoot.querySelector('[data-ref=root]') ?? find(e.shadowRoot); if (r) return r } } return null };"
    " const root = document.querySelector('[data-ref=root]') ?? find(document)"
)
