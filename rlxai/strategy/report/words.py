"""The report's sentences; each is made from measured numbers, and says how they were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from rlxai.strategy.claims.claim import CONTROLS
from rlxai.strategy.claims.verdict import FEWEST_GAMES, Verdict
from rlxai.strategy.claims.words import control_words, interval_words, number
from rlxai.strategy.curves import Curves
from rlxai.strategy.emergence.change import ALPHA
from rlxai.strategy.emergence.story import LEADS, STORY

CAUTIONS = (
    "One run is one seed: what is said here is about these weights, not about the algorithm that trained them.",
    "Intervals are 95 %, bootstrapped over games and widened for few games; games of one snapshot are independent, the "
    f"decisions of one game are not. With fewer than {FEWEST_GAMES} games nothing is concluded.",
    "A claim is supported only if all its evidence is, and refuted if any of it is. Verdicts are not adjusted for the "
    "number of claims; p-values of the table of changes are (Holm). The curves of that table were chosen before they "
    "were looked at; whether a claim was is for its author to say. Verdicts at single snapshots are many more, and are "
    "to be read as a picture.",
    "The snapshot that plays best is chosen by its score, so that its score is flattered, and what goes with the score "
    "may be a little.",
    "Relevance tells what the arithmetic of the network rests on, by one method and for one target. Only edits of the "
    "state, and games played on from them, tell what it would do otherwise.",
    "Distances and sizes of groups in t-SNE pictures mean nothing; clusters were found without them, and are no "
    "evidence for a claim.",
)


def summary_sentence(verdicts: Sequence[Verdict]) -> str:
    """How many claims came out how."""
    counts = Counter(verdict.word for verdict in verdicts)
    told = ", ".join(f"{counts[word]} {word}" for word in ("supported", "refuted", "untested"))
    return f"Of {len(verdicts)} claims: {told}."


def change_sentence(row: Mapping[Hashable, Any]) -> str:
    """When a curve of the story changed."""
    way = "" if row["direction"] > 0 else " less"
    return (
        f"From step {row['step']:,.0f} on ({row['low']:,.0f} to {row['high']:,.0f}) it {row['says']}{way}: "
        f"{number(row['before'])} before, {number(row['after'])} after (p = {number(row['p'])}, "
        f"{number(row['p_holm'])} adjusted)."
    )


def change_sentences(emergence: pd.DataFrame) -> tuple[list[str], str]:
    """Sentences on all changes that hold after adjustment, by step, and one on the curves that show none."""
    if not len(emergence):
        return [], "No curve of the story was measured."
    sure = emergence[emergence.found & (emergence.p_holm <= ALPHA)].sort_values(["step", "name"], kind="stable")
    others = emergence[~emergence.index.isin(sure.index)]
    rest = "; ".join(f"{row.says}" for row in others.itertuples())
    said = f"No change that holds after adjustment was found in: {rest}." if len(others) else "All curves change."
    return [change_sentence(row) for row in sure.to_dict("records")], said


def lead_sentences(leads: pd.DataFrame, emergence: pd.DataFrame) -> list[str]:
    """What comes first, pair by pair; nothing is said of curves whose change does not hold after adjustment."""
    sure = set(emergence.name[emergence.p_holm <= ALPHA]) if len(emergence) else set()
    says = {f"{one.figure} ({one.states})": one.says for one in STORY}
    found = []
    for row in leads.itertuples():
        first, second = says[str(row.first)], says[str(row.second)]
        if row.verdict == "cannot be told" or not sure.issuperset({row.first, row.second}):
            found.append(f"Whether it {first} before it {second} cannot be told.")
        else:
            a, b = (first, second) if row.verdict == "first" else (second, first)
            low, high = sorted([abs(float(row.low)), abs(float(row.high))])  # type: ignore[arg-type]
            found.append(f"It {a} before it {b}, by {low:,.0f} to {high:,.0f} steps.")
    return found or [f"None of the {len(LEADS)} pairs was measured."]


def lift_sentence(curves: Curves, name: str, states: str) -> str | None:
    """How much relevance is on an object at the best snapshot, beside its controls."""
    figure = f"lift/{name}"
    found = curves.estimate(figure, states, curves.best)
    if found is None:
        return None
    controls = [
        f"{control_words(control, figure)} {number(limits[0])} to {number(limits[1])}"
        for control in CONTROLS
        if (limits := curves.control(control, figure, states, curves.best))
    ]
    beside = f"; {', '.join(controls)}" if controls else ""
    times = f"{interval_words(found)} times its share of the area"
    return f"On {states} states, relevance on {name.replace('-', ' ')} is {times}{beside}."


def cluster_sentence(summary: Mapping[str, Any]) -> str:
    """How many clusters there are, what they are about, and which are worth a look."""
    clusters = summary["clusters"]
    named = "; ".join(f"{one['name']} ({100 * one['size'] / summary['maps']:.0f} %)" for one in clusters)
    count = f"{len(clusters)} cluster" + "s" * (len(clusters) != 1)
    sentence = f"{summary['maps']:,} maps fall into {count}: {named}."
    candidates = [one["name"] for one in clusters if one["candidate"]]
    if candidates:
        sentence += f" Small and well apart, so worth a look as possible Clever Hans: {'; '.join(candidates)}."
    return sentence
