"""Texts for the player's scripts: links of the player, and queries."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dashboards.selection import view_words
from rlxai.replay.html import parse_view
from tests.fuzz import queries
from tests.fuzz.makers import beside, mixed
from tests.fuzz.model import Input, Target
from tests.fuzz.mutate import damaged
from tests.fuzz.node import running
from tests.fuzz.plain import NAMES, NUMBERS

# ---- links of the player ----------------------------------------------------------------------------------------

_WORDS = {
    "t": "12",
    "p": "1000,grad-cam,advantage;,lrp,value",
    "view": "free",
    "sync": "own",
    "align": "reward",
    "zoom": "3-90",
    "loop": "1-2",
    "query": "lift.ball > 2",
    "cmap": "magma",
    "scale": "shared",
    "opacity": "0.5",
    "threshold": "0.1",
    "dim": "0",
    "smooth": "1",
    "speed": "30",
    "marks": "3:a%20note;17",
    "run": "small",
    "episode": "x",
}


def _link(_: Path, rng: random.Random) -> Input:
    words: dict[str, str] = {}
    for name, usual in _WORDS.items():
        value = rng.choice(
            (
                usual,
                usual * rng.choice((1, 2, 5000)),
                str(rng.choice(NUMBERS)),
                rng.choice(NAMES),
                ";".join(["1:x"] * 300),
            )
        )
        if rng.random() < 0.6:
            words[rng.choice((name, name, name, rng.choice(NAMES)))] = value.replace(
                "2", rng.choice(("2", "-", ";", "\0")), 1
            )
    return Input(words=(json.dumps(words),), how="a link")


def _open_link(folder: Path, given: Input) -> Any:
    words = json.loads(given.words[0]) if given.words else _WORDS
    text = "&".join(
        f"{quote(k.encode('utf-8', 'replace'))}={quote(v.encode('utf-8', 'replace'))}" for k, v in words.items()
    )
    read = view_words(parse_view(text))
    found = running(folder).ask("address", read)
    if found["view"] != found["again"]:
        raise AssertionError(f"reads its own link differently: {found}")
    view = found["view"]
    if not (
        len(view["marks"]) <= 100 and len(view["panels"]) <= 10 and 0 <= view["opacity"] <= 1 and 0 <= view["t"] < 10**9
    ):
        raise AssertionError(f"outside of its domain: {view}")
    return view


# ---- queries ----------------------------------------------------------------------------------------------------


def _meant(part: queries.Part) -> Input:
    return Input(words=(part.text,), expected=json.dumps(queries.hits(part)), how="a query with a meaning")


_PARTS = (
    "a",
    "b",
    "lift.ball",
    "lift.visible-ball",
    "flag",
    "action",
    "'LEFT'",
    '"UP',
    "1",
    "2e0",
    "1e999",
    ".5",
    "and",
    "or",
    "not",
    "(",
    ")",
    "(" * 90,
    ")" * 90,
    "-",
    "+",
    "*",
    "/",
    "==",
    "!=",
    "<",
    "=",
    "&&",
    "was",
    "was(",
    ", 3)",
    "abs(",
    "min(",
    ",",
    "true",
    "__proto__",
    "constructor",
    "toString",
    "\0",
    "\n",
    "é",
    "\ud83d",
    "`",
    "${1}",
    "//",
    "9" * 400,
    "a." * 100,
    "-" * 120,
    "not " * 60,
)


def _noise(_: Path, rng: random.Random) -> Input:
    match rng.randrange(5):
        case 0:
            long = (
                "(" * 10_000 + "a" + ")" * 10_000,
                "a > 1 or " * 120_000,
                "not " * 250_000,
                "a" * 10**6,
                " " * 10**6,
                "'" + "x" * 10**6,
            )
            text = rng.choice((*long, *(f"{part[:400]}" for part in long)))
        case 1:
            text = damaged(b"lift.ball > 2 and (action == 'LEFT' or flag) and was(a > 0, 3)", rng).decode("latin-1")
        case _:
            text = rng.choice(("", " ")).join(rng.choice(_PARTS) for _ in range(rng.randrange(1, 12)))
    return Input(words=(text,), how="no query")


def _open_query(folder: Path, given: Input) -> Any:
    text = given.words[0] if given.words else "a > 1"
    return running(folder).ask("query", {"text": text, "table": queries.TABLE, "decisions": queries.DECISIONS})


def _nothing(_: Path) -> None:
    pass


_QUERIES = queries.CONDITIONS.filter(lambda part: len(part.text) < 400).map(_meant)
TARGETS = (
    Target("query", _nothing, beside(_QUERIES, mixed(_noise)), _open_query),
    Target("link", _nothing, mixed(_link), _open_link),
)
