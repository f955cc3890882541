"""Small pieces of HTML; every string that is not markup of this module is escaped here."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class Html:
    """Markup, as told from text."""

    text: str

    @classmethod
    def escaped(cls, words: str) -> str:
        """Text as markup that shows it."""
        return escape(words, quote=True)


def text(value: object) -> Html:
    """Text as markup that shows it; markup stays what it is."""
    return value if isinstance(value, Html) else Html(Html.escaped(str(value)))


BREAK = Html("<br>")


def tag(name: str, *children: object, **attributes: str) -> Html:
    """An element; a trailing underscore of an attribute's name is left out, others become hyphens."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value, quote=True)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{words}>{''.join(text(child).text for child in children)}</{name}>")


def join(*children: object) -> Html:
    """Pieces one after the other."""
    return Html("".join(text(child).text for child in children))


def image(data: bytes, kind: str, alt: str, class_: str = "") -> Html:
    """A picture within the page, svg or png."""
    source = f"data:{_TYPES[kind]};base64,{base64.b64encode(data).decode()}"
    chosen = f' class="{escape(class_)}"' if class_ else ""
    return Html(f'<img src="{source}" alt="{escape(alt, quote=True)}"{chosen}>')


def table(header: Sequence[object], rows: Sequence[Sequence[object]], class_: str = "") -> Html:
    """A table that scrolls sideways where it is wider than the page."""
    head = tag("tr", *(tag("th", cell, scope="col") for cell in header))
    body = [tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:])) for row in rows]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body), class_=class_), class_="scroll")


def section(title: str, *children: object) -> Html:
    """A part of the page."""
    return tag("section", tag("h2", title), *children)
