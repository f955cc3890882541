"""The report's tables."""

from __future__ import annotations

import pandas as pd

from rlxai.strategy.behaviour import QUANTITIES
from rlxai.strategy.claims.table import Verdicts
from rlxai.strategy.claims.words import control_words, number
from rlxai.strategy.curves import Curves, Estimate
from rlxai.strategy.report.html import BREAK, Html, join, table, tag

_MARKS = {"supported": ("✓", "yes"), "refuted": ("✗", "no"), "untested": ("·", "open")}
_SHOWN = (
    "score", "length", "tracking", "arrival-distance", "lag", "hits-per-life", "bricks-removed",
    "digging-above-shuffled", "columns-opened", "first-tunnel-bricks", "above-share", "action-entropy", "looping",
    "drought",
)  # fmt: skip
"""Behavioural quantities; all are in the table of curves."""
_EDITS = {
    "value-of": "Worth of an object to the state's value, in spreads of it",
    "advantage-of": "Worth of an object to the decision's advantage, in spreads of it",
    "changed": "Share of decisions that an edit changes",
    "rollout": "Games played on from edited states",
}


def verdict_grid(verdicts: Verdicts) -> Html:
    """Claims by snapshots."""
    header = ["claim", *map(short, verdicts.of_snapshots)]
    rows = []
    for place, verdict in enumerate(verdicts.of_run):
        cells = [found[place] for found in verdicts.of_snapshots.values()]
        rows.append([verdict.claim.name, *(_mark(one.word, one.sentence) for one in cells)])
    return table(header, rows, "grid")


def _mark(word: str, sentence: str) -> Html:
    sign, class_ = _MARKS[word]
    return tag("span", sign, class_=class_, title=sentence, aria_label=word)


def change_table(emergence: pd.DataFrame) -> Html:
    """When each curve of the story changes."""
    rows = []
    for row in emergence.to_dict("records"):
        found = bool(row["found"])
        when = f"{row['step']:,.0f}" if found else "–"
        interval = f"{row['low']:,.0f} to {row['high']:,.0f}" if found else "–"
        rows.append([
            row["name"], row["says"], when, interval, number(row["before"]), number(row["after"]), number(row["p"]),
            number(row["p_holm"]), row["snapshots"], row["games"],
        ])  # fmt: skip
    header = (
        "curve", "the agent", "changes at step", "interval", "before", "after", "p", "p adjusted", "snapshots", "games",
    )  # fmt: skip
    return tag("details", tag("summary", "table of changes"), table(header, rows, "numbers"))


def lead_table(leads: pd.DataFrame) -> Html:
    """Which of two curves changes first."""
    if not len(leads):
        return Html("")
    rows = [
        [
            f"{row['first']}, {row['second']}", row["verdict"], number(row["difference"]), number(row["low"]),
            number(row["high"]), number(row["first_leads"]), number(row["second_leads"]),
        ]
        for row in leads.to_dict("records")
    ]  # fmt: skip
    header = ("first, second", "comes first", "steps between", "low", "high", "first leads", "second leads")
    return tag("details", tag("summary", "table of leads"), table(header, rows, "numbers"))


def behaviour_table(curves: Curves) -> Html | None:
    """Means over games by snapshot, the interval in small; None where nothing was measured."""
    known = {quantity.name: quantity for quantity in QUANTITIES}
    rows = []
    for name in _SHOWN:
        found = [curves.estimate(f"behaviour/{name}", "own", step) for step in curves.steps]
        if any(found):
            label = join(name, BREAK, tag("span", known[name].unit, class_="soft small"))
            rows.append([label, *map(_cell, found)])
    header = ["mean over games", *map(short, curves.steps)]
    return table(header, rows, "numbers") if rows else None


def edit_table(curves: Curves) -> Html | None:
    """What edits of the state do at the best snapshot, beside controls; None where nothing was edited."""
    figures = sorted({str(name) for name in curves.table.figure})
    parts = []
    for family, title in _EDITS.items():
        rows = []
        for figure in (name for name in figures if name.startswith(f"{family}/")):
            for states in ("common", "own"):
                if found := curves.estimate(figure, states, curves.best):
                    controls = [curves.control(one, figure, states, curves.best) for one in ("shifted", "random")]
                    first = curves.estimate(figure, states, curves.steps[0])
                    name = figure.partition("/")[2]
                    rows.append([name, states, _cell(found), found.games, *map(_range, controls), _cell(first)])
        if rows:
            elsewhere = control_words("shifted", f"{family}/")
            header = (
                "", "states", f"step {short(curves.best)}", "games", elsewhere, "random networks",
                f"step {short(curves.steps[0])}",
            )  # fmt: skip
            parts += [tag("h3", title), table(header, rows, "numbers")]
    return join(*parts) if parts else None


def short(step: int) -> str:
    """A step as a heading."""
    if step >= 1_000_000:
        return f"{step / 1e6:.4g} M"
    return f"{step / 1e3:g} k" if step >= 1000 else str(step)


def _cell(found: Estimate | None) -> object:
    if found is None:
        return "–"
    interval = f"{number(found.low)} to {number(found.high)}" if found.low < found.high else ""
    return join(number(found.value), BREAK, tag("span", interval, class_="soft small"))


def _range(limits: tuple[float, float] | None) -> str:
    if limits is None:
        return "–"
    low, high = map(number, limits)
    return low if low == high else f"{low} to {high}"
