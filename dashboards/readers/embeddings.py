"""Embeddings and atlases as the Embedding page shows them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboards.readers.arrays import read_array
from dashboards.readers.unit_pictures import stack_png
from rlxai.errors import RunError
from rlxai.store import Commit
from rlxai.store.readable import read_table
from rlxai.strategy.figure import shown_objects

VALUE, ACTION, STEP = "value", "best action", "training step"
"""Colourings that every embedding has; the last where there are several snapshots."""
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
"""Within names of objects; not the sign of a number."""


@dataclass(frozen=True, eq=False)
class Embedding:
    """States as points, in several planes."""

    layer: str
    planes: dict[str, str]
    """Name -> title."""
    trust: dict[str, float]
    points: pd.DataFrame
    """A row per snapshot and state: row, step, game, decision, value, action, the state's properties, coordinates."""
    actions: list[str]


@dataclass(frozen=True, eq=False)
class Atlas:
    """Cells of an embedding's plane."""

    cells: pd.DataFrame
    """row, column, states, game, decision, action, value, traits, members (rows of the points)."""
    typical: np.ndarray
    """uint8 (M, C, H, W), the newest frame last."""
    optimised: np.ndarray


def read_embedding(commit: Commit) -> Embedding:
    """An embedding with its points.

    Raises:
        RunError: a file of it is missing or damaged.
    """
    points = read_table(commit, "points.parquet")
    summary = commit.summary
    if "titles" not in summary:
        raise RunError(f"{commit.kind} {commit.task} was made by an earlier version; make it again")
    titles = {name: str(summary["titles"][name]) for name in sorted(summary["titles"], key=_order)}
    return Embedding(
        str(summary["layer"]), titles, dict(summary["trust"]),
        points.assign(row=np.arange(len(points))), list(summary["actions"]),
    )  # fmt: skip


def _order(plane: str) -> tuple[str, float]:
    """PCA, t-SNE by perplexity, UMAP."""
    kind, _, perplexity = plane.partition("-")
    return kind, float(perplexity or 0)


def read_atlas(commit: Commit) -> Atlas:
    """An atlas with its pictures.

    Raises:
        RunError: a file of it is missing or damaged.
    """
    cells = read_table(commit, "cells.parquet")
    typical, optimised = (
        read_array(commit, f"atlas-{name}.npy", dims=4, length=len(cells)) for name in ("typical", "optimised")
    )
    return Atlas(cells, typical, optimised)


def colourings(of: Embedding) -> dict[str, str]:
    """What points can be coloured by: words -> column of the points; object state, the usual objects first."""
    found = {VALUE: "value", ACTION: "action"}
    if of.points["step"].nunique() > 1:
        found = {STEP: "step"} | found
    properties = [str(name) for name in of.points.columns if str(name).endswith((" x", " y", " area"))]
    objects = dict.fromkeys(name.rpartition(" ")[0] for name in properties)
    for name in shown_objects(objects, len(objects)):
        for what in ("x", "y", "area"):
            column = f"{name} {what}"
            if column in properties and of.points[column].nunique() > 1:
                found[column.replace("-", " ")] = column
    return found


def coloured(of: Embedding, plane: str, column: str) -> pd.DataFrame:
    """Points of one plane: row, step, game, decision, x, y, by (number, or name of the action)."""
    points = of.points
    by = points[column] if column != "action" else points["action"].map(dict(enumerate(of.actions)))
    return points[["row", "step", "game", "decision"]].assign(
        x=points[f"{plane}-x"], y=points[f"{plane}-y"], by=by, value=points["value"],
        best=points["action"].map(dict(enumerate(of.actions))),
    )  # fmt: skip


def some_of(points: pd.DataFrame, count: int) -> pd.DataFrame:
    """Up to `count` points, evenly chosen among all in the order of game, decision and step."""
    ordered = points.sort_values(["game", "decision", "step"], kind="stable")
    places = np.unique(np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(int))
    return ordered.iloc[places]


def cells_with_pictures(atlas: Atlas, which: str) -> pd.DataFrame:
    """Cells with a picture each, as an address within the page.

    Args:
        atlas: with cells.
        which: typical or optimised.

    Returns:
        The cells with url, said (what sets them apart), label (the most of it, in short) and cell (their number).
    """
    pictures = atlas.typical if which == "typical" else atlas.optimised
    urls = ["data:image/png;base64," + base64.b64encode(stack_png(one)).decode() for one in pictures]
    said = [traits_in_words(words) for words in atlas.cells["traits"]]
    labels = [one.partition(",")[0].removesuffix(" sd") for one in said]
    return atlas.cells.drop(columns="members").assign(url=urls, said=said, label=labels, cell=np.arange(len(urls)))


def traits_in_words(traits: str) -> str:
    """What sets a cell's states apart, as it is read; empty where nothing does."""
    return _HYPHEN.sub(" ", traits).replace("; ", ", ")
