"""Sentences of the page about units."""

from __future__ import annotations

import pandas as pd

from rlxai.strategy.claims.words import number
from rlxai.strategy.figure import shown_objects

CARE = (
    "A score of marking an object (IoU) says where a unit fires, not what the network uses it for; the games without "
    "the unit say that.",
    "Intervals are over games; of few games they are wide. Only the best units' intervals are read, after looking at "
    "all: the two controls are the best of as many units, so that they allow for that.",
    "Masks of other states keep the places where objects usually are. Objects that never move (walls, the score) score "
    "as high with them: nothing can be told of such objects here.",
    "A decision that changes without a unit may cost nothing; what several units do alike none of them shows alone.",
    "Blinding shows the network pictures that no game has. The same holes elsewhere cost something too; what an object "
    "costs more than these is its own.",
    "Optimised inputs and pre-images are one answer of many to a question that no game asks.",
    "In t-SNE and UMAP, distances between groups, their sizes and shapes mean nothing.",
    "Exemplars show the end of a unit's range; what it does in between they do not show (Borowski et al. 2021, arXiv "
    "2010.12606, found them more helpful to people than optimised inputs all the same).",
)

_FAR = 0.5
"""Error of the code from which a pre-image is none."""


def detector_sentences(table: pd.DataFrame, step: int) -> list[str]:
    """What is found at a snapshot: one sentence per object with a detector, the most of them first."""
    mine = table[table.step == step]
    counts = mine.groupby("object", sort=False).detectors.sum()
    found = []
    kinds = shown_objects(counts.index, len(counts))  # the ball as far as it can be seen, not once more where hidden
    for name in sorted(kinds, key=lambda name: -int(counts[name])):
        rows = mine[(mine.object == name) & (mine.detectors > 0)]
        if not len(rows):
            continue
        gain = rows.iou - rows[["shuffled", "random"]].max(axis=1)
        best = rows.iloc[int(gain.to_numpy().argmax())]
        layers = ", ".join(f"{row.detectors} in {row.layer}" for row in rows.itertuples())
        found.append(
            f"{counts[name]} units mark the {str(name).replace('-', ' ')} ({layers}): unit {best.unit} of {best.layer} "
            f"with an IoU of {number(best.iou)}, where masks of other states give {number(best.shuffled)} and random "
            f"networks at most {number(best.random)}."
        )
    return found or ["No unit marks an object better than place and chance do."]


def effect_sentences(table: pd.DataFrame | None) -> list[str]:
    """Which conditions clearly change the score, the largest loss first."""
    if table is None:
        return []
    whole = table.iloc[0]
    rest = table.iloc[1:]
    clear = rest[(rest.difference_high < 0) | (rest.difference_low > 0)].sort_values("difference")
    found = [
        f"{_without(row['kind'], row['condition'])} it scores {number(row['score'])} instead of "
        f"{number(whole['score'])} (difference {number(row['difference'])}, {number(row['difference_low'])} to "
        f"{number(row['difference_high'])})."
        for row in clear.to_dict("records")
    ]
    unclear = [str(row.condition) for row in rest.itertuples() if row.condition not in set(clear.condition)]
    if unclear:
        found.append(f"Not told apart from the whole agent over {int(whole.games)} games: {', '.join(unclear)}.")
    return found


def search_sentence(table: pd.DataFrame) -> str:
    """Of which layers the search for pre-images found no input with the code; empty where it found all."""
    errors = table.groupby(["layer", "prior"], sort=False).code_error.mean().groupby("layer", sort=False).min()
    failed = ", ".join(errors.index[errors > _FAR])
    if not failed:
        return ""
    return (
        f"No input with the code of {failed} was found (error above {_FAR:g} by both priors; 1 is that of a picture to "
        "which nothing responds): nothing can be told of what these layers know."
    )


def preimage_sentence(table: pd.DataFrame) -> str:
    """How much of each object comes back from the first and the last layer, by the better of both priors."""
    best = table.groupby(["layer", "object", "state"], sort=False).recovered.max().groupby(["layer", "object"]).mean()
    layers = list(dict.fromkeys(table.layer))
    parts = []
    for name in dict.fromkeys(table.object):
        values = [best.get((layer, name), float("nan")) for layer in (layers[0], layers[-1])]
        if all(value == value for value in values):
            parts.append(f"{str(name).replace('-', ' ')} {values[0]:.0%} and {values[1]:.0%}")
    return (
        f"Of what each object adds to the newest frame, this much comes back from {layers[0]} and from {layers[-1]} "
        f"(100 %: all of it, 0 %: no more than background, less: something else): {'; '.join(parts)}. "
        f"{search_sentence(table)}"
    ).rstrip()


def percent(share: float) -> str:
    """A share in per cent; a dash where there is none."""
    return f"{share:.0%}" if share == share else "–"


def _without(kind: str, condition: str) -> str:
    if kind == "blind":
        return f"Blind to the {condition.removeprefix('blind: ').replace('-', ' ')},"
    return f"{'Without' if 'units' in kind else 'With'} {condition},"
