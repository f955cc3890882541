"""Claim cards: verdict, hypothesis, what was found, evidence in numbers, and moments that show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import isfinite

import pandas as pd
import streamlit as st

from dashboards import cached
from dashboards.parts import sections
from dashboards.readers.strategy import ORDER, Card, Piece
from dashboards.words import count, plain
from rlxai.replay.badges import badges
from rlxai.store import Commit, Run
from rlxai.strategy.claims.moments import Moment
from rlxai.strategy.claims.words import figure_words, number

_LOOKS = {
    "supported": ("blue", ":material/check_circle:"), "refuted": ("orange", ":material/cancel:"),
    "untested": ("gray", ":material/help:"),
}  # fmt: skip
_OUTCOMES = {"holds": "✓\u00a0holds", "fails": "✗\u00a0fails", "cannot be told": "·\u00a0open"}


def summary(found: Sequence[Card]) -> str:
    """How many claims came out how, in Markdown."""
    counts = Counter(card.verdict for card in found)
    parts = [f":{_LOOKS[word][0]}[**{counts[word]} {word}**]" for word in ORDER]
    return f"Of {len(found)} claims: {', '.join(parts)}."


def grid(name: str, run: Run, commit: Commit, found: Sequence[Card], columns: int = 2) -> None:
    """Cards side by side.

    Args:
        name: of the run, in addresses.
        run: it.
        commit: the strategy result that holds the claims.
        found: the claims shown.
        columns: cards in a row.
    """
    method, target = str(commit.summary["method"]), str(commit.summary["target"])
    pictures = cached.moment_pictures(run, [m for card in found for _, m in _two(card)], method, target)
    earned = badges(run)
    for start in range(0, len(found), columns):
        for cell, card in zip(st.columns(columns), found[start : start + columns], strict=False):
            with cell.container(border=True, height="stretch"):
                _head(card)
                # Games that are alike so far show the same screen: once is enough.
                once = {pictures[moment]: (which, moment) for which, moment in reversed(_two(card))}
                shown = [(moment, f"{which}: {number(moment.value)}") for which, moment in reversed(once.values())]
                if shown:
                    st.caption(f"Where it holds best and worst, by {plain(figure_words(shown[0][0].figure))}")
                    sections.gallery(name, shown, pictures, method, target, columns=4, earned=earned)


def _head(card: Card) -> None:
    colour, icon = _LOOKS[card.verdict]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"#### {plain(card.name)}", width="content")
        st.badge(card.verdict, icon=icon, color=colour)  # type: ignore[arg-type]
    st.markdown(plain(card.hypothesis))
    st.table(_evidence(card.pieces), border="horizontal", hide_index=True)


def _two(card: Card) -> list[tuple[str, Moment]]:
    """Best and worst moments; none twice, where there are too few to be both."""
    found: dict[tuple[int, str, int], tuple[str, Moment]] = {}
    for which, moments in (("best", card.best), ("worst", card.worst)):
        for moment in moments:
            found.setdefault((moment.step, moment.game, moment.decision), (which, moment))
    return list(found.values())


def _evidence(pieces: Sequence[Piece]) -> pd.DataFrame:
    """Rows of the table; what several pieces have in common is said once."""
    rows, before = [], ("", "")
    for piece in pieces:
        head = plain(f"{figure_words(piece.figure)}, {piece.states} states"), _value(piece)
        shown = ("", "") if head == before else head
        rows.append({
            "evidence": shown[0], "value, 95 % interval": shown[1], "needed": plain(piece.needed),
            "": _OUTCOMES[piece.outcome],
        })  # fmt: skip
        before = head
    return pd.DataFrame(rows)


def _value(piece: Piece) -> str:
    if not isfinite(piece.value):
        return "not measured"
    interval = f" ({number(piece.low)} to {number(piece.high)})" if isfinite(piece.low) else ""
    return plain(f"{number(piece.value)}{interval}, {count(piece.games, 'game')}")
