"""Parts of the Trust page: one badge explained, and the figures of one test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
import streamlit as st

from dashboards import cached
from dashboards.charts import trust as charts
from dashboards.charts import trust_tests as figures
from dashboards.parts import sections
from dashboards.readers import trust as reader
from dashboards.readers.trust import Trust
from dashboards.readers.trust_states import Tested
from dashboards.trust_tests import LOCATED, MEASURES, charts_of, criteria_of, objects_of
from dashboards.words import plain
from rlxai.replay.badges import MapBadge
from rlxai.store import Run
from rlxai.strategy.claims.words import number
from rlxai.trust.badge import SURE
from rlxai.trust.controls import CONTROLS
from rlxai.trust.papers import Test, test_of
from rlxai.trust.rule import RULE, Criterion
from rlxai.trust.words import NOT_TESTED, WORDS, signed

_LOOKS: Mapping[str, tuple[str, Literal["green", "orange", "red", "gray"]]] = {
    "trusted": (":material/check_circle:", "green"), "use with care": (":material/error:", "orange"),
    "misleading": (":material/cancel:", "red"), NOT_TESTED: (":material/help:", "gray"),
}  # fmt: skip
_SAID = {"failed": "✗\u00a0failed", "doubtful": "~\u00a0doubtful", "passed": "✓\u00a0passed", "not asked": "not asked"}
_SURE = f"{100 * SURE:g} %"
_COLUMNS = 3
_FIRST = 5
"""Methods whose curves are drawn at first."""


def badge(word: str, why: str = "") -> None:
    """A badge as Streamlit draws it, with the reasons under the pointer."""
    icon, colour = _LOOKS[word]
    st.badge(word, icon=icon, color=colour, help=why or None)


def verdict(word: str, reasons: str) -> str:
    """Why a map has its badge, in one sentence."""
    return MapBadge(word, tuple(reason for reason in reasons.split("; ") if reason)).why


def board(trust: Trust, target: str, step: int) -> None:
    """Badges of all methods and snapshots, and the faithfulness of one snapshot's maps with intervals."""
    methods = trust.methods(target)
    left, right = st.columns([2.2, 1], gap="medium")
    with left:
        st.altair_chart(
            charts.board_chart(reader.board_table(trust, target), methods), on_select="rerun", key="leaderboard",
            alt=f"Badges of {len(methods)} methods at {len(trust.steps)} snapshots for {target}.",
        )  # fmt: skip
        signs = ", ".join(signed(word) for word in WORDS)
        st.caption(
            f"{plain(signs)}. The number: how far the target follows the pixels that the map calls relevant, above "
            "random orders of the same pixels (mean over fills, in spreads of the target); compare within a column. "
            "Click a cell to see how its badge was earned. *random* and *edges* are controls that explain nothing."
        )
    with right:
        rows = reader.faithful_rows(trust, step, target)
        chart = charts.dots_chart(
            rows, trust.methods(target, step), f"Above random orders, step {step:,}", "spreads of the target",
            words=True,
        )  # fmt: skip
        st.altair_chart(chart, alt=charts.words_of(rows, "Faithfulness above random orders"))
        st.caption("Mean over fills and 95 % interval over games, by badge.")
    with st.expander("All scores of this snapshot as a table"):
        st.dataframe(reader.wide_table(trust, step, target), hide_index=True)


def explained(trust: Trust, step: int, method: str, target: str) -> None:
    """Every criterion with its answer, its scores and what was needed, for one map; failed ones first."""
    told = reader.answers(trust, step, method, target)
    rows = [
        {
            "": _SAID[answer.said], "criterion": answer.criterion.name, "asks": answer.criterion.asks,
            f"found, {_SURE} interval": plain(answer.found), "needed": plain(answer.criterion.passes),
            "fails": plain(answer.criterion.fails), "paper": _papers(test_of(answer.criterion.scores)),
        }
        for answer in sorted(told, key=lambda one: list(_SAID).index(one.said))
        if answer.said != "not asked"
    ]  # fmt: skip
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True)
    left_out = [one.criterion.name for one in told if one.said == "not asked"]
    if left_out:
        st.caption(f"Not asked of this map: {', '.join(left_out)}.")


def rule() -> None:
    """The rule as it stands in the code, in plain words."""
    st.markdown(
        "A map is **misleading** if it fails a criterion, **trusted** if it passes all that are asked of it, else to "
        f"be **used with care**. *Passed* means that the whole {_SURE} interval over games is on the right side of "
        "the number; *failed*, that it is wholly beyond the second one; *doubtful* is in between. Of a score for "
        "several fills each must pass."
    )
    st.table(pd.DataFrame([_criterion(criterion) for criterion in RULE]), border="horizontal", hide_index=True)


def states(name: str, run: Run, tested: Tested, step: int, method: str, target: str, score: str) -> None:
    """Tested states at which a score is highest and lowest, with the map, each leading to Replay."""
    if method in CONTROLS:
        st.caption("The controls draw no maps to look at.")
        return
    ends = tested.moments(step, method, target, score)
    pictures = cached.moment_pictures(run, [*ends[0], *ends[1]], method, target)
    for cell, title, moments in zip(st.columns(2, gap="large"), ("highest", "lowest"), ends, strict=True):
        with cell:
            st.caption(f"{title} {plain(score)}")
            shown = [(moment, number(moment.value)) for moment in moments]
            sections.gallery(name, shown, pictures, method, target, columns=4)


def test(trust: Trust, one: Test, step: int, target: str) -> None:
    """The figures of a test, with the paper and what it cannot show."""
    st.caption(source(one))
    methods = trust.methods(target, step)
    located = next(iter(LOCATED))
    if one.name == "Localisation":
        located = st.segmented_control(
            "Measure", list(LOCATED), default=located, required=True, format_func=LOCATED.__getitem__, key="located",
            label_visibility="collapsed",
        )  # fmt: skip
    if one.name == "Randomised layers":
        _randomised(trust, step, target, methods)
    if one.name == "Faithfulness":
        _curves(trust, step, target, methods)
    shown = charts_of(one, target, objects_of(trust.scores), located)
    cells = st.columns(max(1, min(_COLUMNS, len(shown)))) if shown else []
    for place, dots in enumerate(shown):
        rows = reader.score_rows(trust, step, target, dots.scores)
        if dots.criterion is not None:
            rows = reader.with_answers(rows, trust, step, target, dots.criterion)
        if dots.chance:
            chance = reader.score_rows(trust, step, target, (dots.chance,))[["method", "value"]]
            rows = rows.merge(chance.rename(columns={"value": "chance"}), on="method", how="left")
        rows = rows.assign(variant=[reader.variant(name) for name in rows["score"]])
        with cells[place % len(cells)]:
            if rows["value"].notna().any():
                chart = charts.dots_chart(rows, methods, dots.title, dots.axis, log=dots.log, criterion=dots.criterion)
                st.altair_chart(chart, alt=charts.words_of(rows, dots.title))
            else:
                st.caption(f"{dots.title}: not measured")
            variants = list(dict.fromkeys(rows["variant"]))
            if len(variants) > 1:
                st.caption(f"In each row, from above: {', '.join(variants)}.")
    if one.name == "Localisation":
        st.caption(
            "Grey: chance, for an object of this size. An agent need not look at an object, and not in every state."
        )
    _agent(trust, one)
    for criterion in criteria_of(one):
        if not criterion.targets or target.partition(":")[0] in criterion.targets:
            bounds = f"({plain(criterion.passes)}; fails: {plain(criterion.fails)})"
            st.caption(f"**{criterion.name}** {bounds}. {criterion.because}")


def source(one: Test | None) -> str:
    """Paper of a test and what it cannot show, in Markdown."""
    return f"{_papers(one)} · **cannot show** {plain(one.blind)}" if one else ""


def _randomised(trust: Trust, step: int, target: str, methods: list[str]) -> None:
    measure = st.segmented_control(
        "Measure", list(MEASURES), default="rank-used", required=True, format_func=MEASURES.__getitem__, key="measure",
        label_visibility="collapsed",
    )  # fmt: skip
    rows = reader.score_rows(trust, step, target, (f"sanity/{measure}/*",))
    table = figures.randomised_table(rows, measure)
    for cell, panel in zip(st.columns([7, 5, 1.6]), figures.PANELS, strict=True):
        words = f"what is left of the maps by {MEASURES[measure]}, {panel}, of {len(methods)} methods"
        cell.altair_chart(figures.randomised_chart(table, methods, panel), alt=words)
    st.caption(
        "What is left of a map when layers are drawn anew: 1 (full colour) is the same map, 0 nothing in common, blue "
        "the opposite. Methods in the order of the leaderboard."
    )


def _curves(trust: Trust, step: int, target: str, methods: list[str]) -> None:
    if trust.curves is None:
        st.caption("These results were made before curves were kept; `rlxai trust` makes them again.")
        return
    rows = trust.curves[(trust.curves["step"] == step) & (trust.curves["target"] == target)]
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    fills = list(dict.fromkeys(rows["fill"]))
    fill = left.segmented_control("Fill", fills, default=fills[-1], required=True, key="fill")
    usual = [name for name in methods if name not in CONTROLS][:_FIRST]
    chosen = right.multiselect(
        "Methods", [name for name in methods if name not in CONTROLS], usual, max_selections=7, key=f"curves {target}"
    )
    of_fill = rows[rows["fill"] == fill]
    for cell, way in zip(st.columns(2), ("deletion", "insertion"), strict=True):
        words = f"{way} curves of {', '.join(chosen)} beside random and edge orders, fill {fill}"
        cell.altair_chart(figures.curves_chart(of_fill, chosen, way), alt=words)
    st.caption("Grey: random order, and dashed the order of an edge detector. Bands: 95 % over games.")


def _agent(trust: Trust, one: Test) -> None:
    """What a test says of the agent rather than of maps, over training."""
    last = max(1, trust.steps[-1])
    if one.name == "Small changes":
        rows = reader.decision_rows(trust)
        chart = figures.changes_chart(rows, last, "Decisions changed", "share of the states")
        st.altair_chart(chart, alt="share of decisions that small changes change, over training")
        st.caption("The agent's own fragility: a map of a decision that hangs by a hair explains a hair.")
    if one.name == "Adversarial patch":
        rows = reader.patch_rows(trust)
        chart = figures.changes_chart(
            rows, last, "Action of the patch pressed", "share of states of games the patch was not found on"
        )
        st.altair_chart(chart, alt="how often a patch gets its action pressed, over training")


def _criterion(criterion: Criterion) -> dict[str, str]:
    return {
        "criterion": criterion.name, "asks": criterion.asks, "passed": plain(criterion.passes),
        "failed": plain(criterion.fails), "why these numbers": criterion.because,
        "asked of": ", ".join(criterion.targets) or "all targets", "paper": _papers(test_of(criterion.scores)),
    }  # fmt: skip


def _papers(one: Test | None) -> str:
    return ", ".join(f"[{cited}]({address})" for cited, address in one.papers) if one else ""
