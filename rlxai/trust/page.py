"""The page of the tests: one HTML file with the leaderboard, the rule, and what the figures cannot show."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import isnan
from pathlib import Path
from string import Template

import pandas as pd

from rlxai.strategy import report
from rlxai.strategy.claims.words import number
from rlxai.strategy.report.html import BREAK, Html, image, join, section, table, tag
from rlxai.strategy.report.tables import short
from rlxai.trust.leaderboard import SHOWN
from rlxai.trust.papers import TESTS
from rlxai.trust.rule import RULE
from rlxai.trust.words import WORDS, signed

_TEMPLATE = Path(report.__file__).with_name("page.html")
_CLASSES = {"trusted": "yes", "use with care": "open", "misleading": "no"}
CARE = (
    "A badge is about the map as evidence on this network, this target and these states; it says nothing of the agent.",
    "Faithfulness asks the network about pictures it never saw; three fills that agree are worth more than one.",
    "Randomised networks catch maps that ignore the weights. Passing does not show that a map is right.",
    "Localisation shows whether a map points at an object, not whether the agent needs it.",
    "Intervals are over games. A few games make them wide, and a wide interval earns no trust.",
    "Dozens of maps are tested at 99 %: about one in a hundred passes or fails a single question by chance.",
)
"""What no badge can show."""


def trust_page(
    name: str, facts: Sequence[tuple[str, str]], board: pd.DataFrame, badges: pd.DataFrame, figures: Mapping[str, bytes]
) -> str:
    """The page.

    Args:
        name: of the run.
        facts: what was looked at: term and description.
        board: of `rlxai.trust.leaderboard.leaderboard`.
        badges: of `badge_table`.
        figures: SVG by the caption that goes with it; the first is the leaderboard's.
    """
    (first, main), *others = figures.items()
    body = join(
        tag("h1", f"Which maps of {name} may be believed?"), tag("p", _summary(badges), class_="lead"),
        tag("dl", *(join(tag("dt", term), tag("dd", said)) for term, said in facts), class_="facts"),
        section("Leaderboard", _figure(main, first), *_boards(board)), section("The rule", _rule(badges)),
        section("The tests", *(_figure(svg, caption) for caption, svg in others)),
        section("What this cannot show", tag("ul", *(tag("li", line) for line in CARE)), _papers()),
    )  # fmt: skip
    title = Html.escaped(f"{name}: trust in maps")
    return Template(_TEMPLATE.read_text("utf-8")).substitute(title=title, body=body.text)


def _summary(badges: pd.DataFrame) -> str:
    counts = badges.badge.value_counts()
    said = ", ".join(f"{counts.get(word, 0)} {word}" for word in WORDS)
    return f"{len(badges)} kinds of maps (snapshot, method, target) were tested: {said}."


def _boards(board: pd.DataFrame) -> list[Html]:
    shown = [name for name in SHOWN if name in board.columns]
    parts = []
    for key, group in board.groupby(["target", "step"], sort=False):
        target, step = (str(one) for one in key)
        rows = [
            [row["method"], _badge(row["badge"], row["reasons"]), *(_score(row, name) for name in shown)]
            for row in group.to_dict("records")
        ]
        title = tag("summary", f"{target}, step {short(int(step))}")
        parts.append(tag("details", title, table(("method", "badge", *shown), rows, "numbers")))
    return parts


def _badge(word: str, reasons: str) -> Html:
    return tag("span", signed(word), class_=_CLASSES[word], title=reasons or "all passed")


def _score(row: Mapping[Hashable, float], name: str) -> object:
    value, low, high = row[name], row[f"{name} low"], row[f"{name} high"]
    if isnan(value):
        return "–"
    interval = f"{number(low)} to {number(high)}" if low < high else ""
    return join(number(value), BREAK, tag("span", interval, class_="soft small"))


def _rule(badges: pd.DataFrame) -> Html:
    rows = []
    for criterion in RULE:
        answers = badges[criterion.name].value_counts()
        counts = " / ".join(str(answers.get(word, 0)) for word in ("passed", "doubtful", "failed"))
        asks = join(criterion.asks, BREAK, tag("span", criterion.because, class_="soft small"))
        rows.append([criterion.name, asks, criterion.scores, criterion.passes, criterion.fails, counts])
    header = ("criterion", "asks", "score", "passed", "failed", "passed / doubtful / failed here")
    return join(
        tag("p", "Misleading: a criterion is failed. Trusted: all that are asked are passed. Use with care: else."),
        table(header, rows),
    )


def _papers() -> Html:
    rows = []
    for test in TESTS:
        links = [part for cited, address in test.papers for part in (tag("a", cited, href=address), BREAK)]
        rows.append([test.name, test.scores, join(*links[:-1]), test.blind])
    return table(("test", "scores", "paper", "cannot show"), rows)


def _figure(svg: bytes, caption: str) -> Html:
    return tag("figure", image(svg, "svg", caption), tag("figcaption", caption))
