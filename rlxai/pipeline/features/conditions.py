"""Which objects an agent is blinded to, and which units are taken from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlxai.networks import Agent
from rlxai.pipeline.features.games import WHOLE, Condition
from rlxai.pipeline.features.states import known_masks, newest_last
from rlxai.pipeline.selection import Selection, batches
from rlxai.store import Run
from rlxai.strategy.figure import shown_objects

_SEEN = 8
"""Grey levels by which an object differs from the background, on average, to be worth hiding."""
_SMALL = 0.03
"""Share of the screen up to which an object is small."""
_FEW = 3
"""Detectors that are taken away together."""


@dataclass(frozen=True)
class Scene:
    """What the game's screen is like."""

    background: int
    """The most common grey level, 0 to 255."""
    objects: tuple[str, ...]
    """Those that differ from it, the usual ones first."""
    small: tuple[str, ...]
    """Those of them that cover little, so that holes of their shape find a place elsewhere."""
    fullest: tuple[tuple[str, int], ...]
    """(episode task, decision), those with most objects first."""


def look_at(run: Run, agent: Agent, selection: Selection) -> Scene:
    """Read the scene off some states.

    Raises:
        RunError: the objects of the game are not known.
    """
    planes, masks, where = [], [], []
    for task, episode, decisions in batches(run, selection, agent.preprocessing):
        planes.append(newest_last(episode.observations(decisions), agent.preprocessing)[:, -1])
        masks.append(newest_last(known_masks(run, episode, decisions), agent.preprocessing)[:, -1])
        where += [(task, int(decision)) for decision in decisions]
    seen, covered = np.concatenate(planes), np.concatenate(masks)  # (N, H, W), (N, K, H, W)
    background = int(np.bincount(seen.ravel(), minlength=256).argmax())
    apart = np.abs(seen.astype(float) - background)
    names = shown_objects(episode.mask_names, len(episode.mask_names))
    weights = covered.sum((0, 2, 3))
    contrast = np.divide((covered * apart[:, None]).sum((0, 2, 3)), weights, out=0 * weights, where=weights > 0)
    visible = {episode.mask_names[k] for k in np.flatnonzero(contrast >= _SEEN)}
    shares = covered.mean((0, 2, 3))
    small = {episode.mask_names[k] for k in np.flatnonzero(shares <= _SMALL)}
    present = (covered > 0).any((2, 3)).sum(1)
    order = np.argsort(-present, kind="stable")
    objects = tuple(name for name in names if name in visible)
    return Scene(background, objects, tuple(n for n in objects if n in small), tuple(where[i] for i in order))


def conditions(
    dissection: pd.DataFrame, limits: pd.DataFrame, scene: Scene, sizes: Mapping[str, int], step: int, seed: int
) -> list[Condition]:
    """The whole agent; blind to each object, and to holes of its shape elsewhere; without detectors of each object.

    Args:
        dissection: rows of the snapshot, and of others.
        limits: rows of the snapshot, see `rlxai.features.detectors.detectors`.
        scene: names the objects.
        sizes: layer -> number of its channels.
        step: of the snapshot.
        seed: of the random units.
    """
    found = [WHOLE]
    for name in scene.objects:
        found.append(Condition(f"blind: {name}", "blind", (name,), scene.background))
        if name in scene.small:
            found.append(Condition(f"holes like the {name}, elsewhere", "elsewhere", (name,), scene.background))
    rows = dissection[(dissection.step == step) & (dissection.control == "none")]
    random = np.random.default_rng(seed)
    for name in shown_objects(limits.object, 4):
        found += _without_detectors(name, rows[rows.object == name], limits[limits.object == name], sizes, random)
    return found


def _without_detectors(
    name: str, rows: pd.DataFrame, limits: pd.DataFrame, sizes: Mapping[str, int], random: np.random.Generator
) -> list[Condition]:
    """In the layer with the best detector: it alone, the best few together, and as often other units of the layer."""
    marked = limits[limits.detectors > 0]
    if not len(marked):
        return []
    limit = marked.sort_values("iou", kind="stable").iloc[-1]
    layer = str(limit.layer)
    bar = float(np.nanmax([limit.shuffled, limit.random]))
    here = rows[(rows.layer == layer) & (rows.low > bar)].sort_values("iou", ascending=False, kind="stable")
    units = [int(unit) for unit in here.unit]
    others = random.permutation([unit for unit in range(sizes[layer]) if unit not in units]).tolist()
    found = [_held(f"unit {units[0]} of {layer}, the best for the {name}", layer, units[:1])]
    found += [_held(f"unit {unit} of {layer}, at random", layer, [unit], "random units") for unit in others[:2]]
    if (few := min(_FEW, len(units), len(others))) > 1:
        words = f"units {', '.join(map(str, units[:few]))} of {layer}"
        found.append(_held(f"{words}, the best for the {name}", layer, units[:few]))
        drawn = sorted(others[:few])
        words = f"units {', '.join(map(str, drawn))} of {layer}"
        found.append(_held(f"{words}, at random", layer, drawn, "random units"))
    return found


def _held(name: str, layer: str, units: list[int], kind: str = "units") -> Condition:
    return Condition(name, kind, units=((layer, tuple(units)),))
