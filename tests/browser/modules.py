"""The player's modules in an empty page, without any server."""

from __future__ import annotations

from importlib import resources
from typing import Any

from rlxai.replay import player

HOME = "http://player.test/"
_HELPERS = """
() => {  // JSON knows no NaN
    window.column = (values) => Float32Array.from(values, (value) => value ?? NaN);
    window.plain = (values) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));
}
"""


def page_with(browser: Any, *names: str, body: str = "", **context: Any) -> Any:
    """A page that has what these modules export as properties of `window`.

    Beside them `column(list)`, a Float32Array with NaN for null, and `plain(array)`, the way back.
    """
    page = browser.new_page(**context)
    style = "" if not body else f"<style>{player.css()}</style>"
    page.route(f"{HOME}**", lambda route: _answer(route, f"<!doctype html><meta charset=utf-8>{style}{body}"))
    page.goto(HOME)
    page.evaluate(_HELPERS)
    page.evaluate(
        "async names => { for (const name of names) Object.assign(window, await import(`./${name}.js`)) }", list(names)
    )
    return page


def _answer(route: Any, html: str) -> None:
    name = route.request.url.removeprefix(HOME)
    if not name:
        route.fulfill(body=html, content_type="text/html")
    elif name.endswith(".js"):
        route.fulfill(body=resources.files(player).joinpath(name).read_bytes(), content_type="text/javascript")
    else:
        route.fulfill(status=404)
