"""How runs were made, in facts that can be laid side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import torch

from rlxai.networks.architecture import ARCHITECTURES, Layer, describe
from rlxai.store import Run

_BETWEEN = " / "
_RECIPE = "recipe."
_INCIDENTAL = ("versions.", "recipe.explanations", "recipe.commits", "recipe.snapshots", "device", "origin")
"""Facts that do not change what is learned, or say nothing by differing."""


def facts(run: Run) -> dict[str, str]:
    """Network, preprocessing, actions, what it was trained with, seed and versions, as far as the run says.

    A key that is not recorded is absent. The recipe is what was really used, where that is recorded.
    """
    info, provenance = run.info, run.info.get("provenance") or {}
    recipe = provenance.get("trained_with") or info.get("recipe")
    snapshots = run.snapshots()
    known: dict[str, Any] = {
        "network": network_name(snapshots[0].meta["architecture"]) if snapshots else None,
        "seed": provenance.get("seed"),
        "last snapshot": snapshots[-1].step if snapshots else None,
        "actions": info.get("actions"),
        "preprocessing": info.get("preprocessing"),
        "recipe": recipe,
        "algorithm": provenance.get("algorithm"),
        "device": provenance.get("device"),
        "origin": provenance.get("origin"),
        "versions": provenance.get("versions"),
    }
    return dict(_flat(known, ""))


def made_table(a: Sequence[Run], b: Sequence[Run]) -> pd.DataFrame:
    """What differs: columns key, a, b, and `matters`, whether it can change what is learned.

    Where trainings of one side differ, all their values are given, in their order. A side without any recipe differs in
    one thing, not in all settings of the other's.
    """
    sides = [[facts(run) for run in runs] for runs in (a, b)]
    if any(not any(key.startswith(_RECIPE) for one in side for key in one) for side in sides):
        sides = [[_without_settings(one) for one in side] for side in sides]
    keys = dict.fromkeys(key for side in sides for one in side for key in one)
    rows = []
    for key in keys:
        values = [[one.get(key, "not recorded") for one in side] for side in sides]
        if len({value for side in values for value in side}) > 1:
            words = [_BETWEEN.join(side if len(set(side)) > 1 else side[:1]) for side in values]
            rows.append((key, *words, not key.startswith(_INCIDENTAL)))
    return pd.DataFrame(rows, columns=["key", "a", "b", "matters"])


def mixed(runs: Sequence[Run]) -> list[str]:
    """Keys other than the seed in which the runs of one side differ, of those that matter."""
    known = [facts(run) for run in runs]
    keys = dict.fromkeys(key for one in known for key in one)
    return [
        key
        for key in keys
        if key != "seed" and not key.startswith(_INCIDENTAL) and len({one.get(key) for one in known}) > 1
    ]


def network_name(layers: list[Layer]) -> str:
    """The name of a known architecture, else its layers in short."""
    inputs, outputs = int(layers[0].get("in", 0)), int(layers[-1].get("out", 0))
    for name, build in ARCHITECTURES.items():
        with torch.device("meta"):  # no memory, and no random number drawn
            if describe(build(inputs, outputs)) == layers:
                return name
    kept = [layer for layer in layers if layer["type"] not in ("relu", "flatten")]
    return " ".join(f"{layer['type']}{'-' + str(layer['out']) if 'out' in layer else ''}" for layer in kept)


def _without_settings(known: dict[str, str]) -> dict[str, str]:
    others = {key: value for key, value in known.items() if not key.startswith(_RECIPE)}
    settings = len(known) - len(others)
    return others | ({"recipe": f"recorded, {settings} settings"} if settings else {})


def _flat(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [pair for key, part in value.items() for pair in _flat(part, f"{name}.{key}" if name else str(key))]
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [(_plain(name), _plain(" ".join(map(str, value))))]
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return [(_plain(name), _plain(text))]


def _plain(text: str) -> str:
    """On one line of a terminal or a table, also if a stranger wrote it."""
    return "".join(letter if letter.isprintable() and letter != "|" else " " for letter in text)
