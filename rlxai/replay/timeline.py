"""Timelines: one number per decision and column, sent to the player as one block of float32."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlxai.errors import RunError
from rlxai.games.behaviour import game_behaviour
from rlxai.games.played import Played
from rlxai.replay.bands import Bands
from rlxai.replay.clustered import Clusters

_TOLD = {"tunnel-opened": "tunnel opened", "ball-above-wall": "ball above wall"}
"""Events of a game that the timeline shows beside rewards and lost lives, and what it calls them."""
_AXES = {"ball-height": ("x", "y"), "ball-column": ("y", "x")}
"""Series of the ball across the paddle's track -> (axis along the track, axis across it)."""


_EVEN = 1e-3
"""Differences between stacked frames below this are those of rounding."""


@dataclass(frozen=True)
class Timeline:
    """Columns over the decisions of an episode, and what is said about them once."""

    columns: dict[str, np.ndarray]
    """name -> float32 (T,); NaN where there is no value."""
    meta: dict[str, Any]

    def pack(self) -> bytes:
        """Bytes for the player: uint32 length of the header, JSON header padded to 4 bytes, float32 (columns, T).

        All numbers are little-endian. NaN stays NaN, which JSON could not carry.
        """
        rows = len(next(iter(self.columns.values()))) if self.columns else 0
        header = json.dumps({**self.meta, "rows": rows, "columns": list(self.columns)}, allow_nan=False).encode()
        header += b" " * (-len(header) % 4)
        data = b"".join(np.asarray(column, "<f4").tobytes() for column in self.columns.values())
        return struct.pack("<I", len(header)) + header + data


def episode_timeline(episode: Any) -> Timeline:
    """What the table of an episode tells: actions, rewards, lives, network outputs, and the events among them.

    Args:
        episode: an `rlxai.episodes.Episode` of T decisions.
    """
    decisions = len(episode.rewards)
    rewards, lives = np.asarray(episode.rewards), np.asarray(episode.lives)
    outputs = np.asarray(episode.outputs)  # (T, A)
    columns = {
        "chosen": np.asarray(episode.chosen),
        "taken": np.asarray(episode.taken),
        "reward": rewards,
        "lives": lives[:decisions],
        "score": np.cumsum(rewards),
        **{f"output_{i}": outputs[:, i] for i in range(outputs.shape[1])},
    }
    skip, height, width = episode.screens.shape[1:]
    meta = {
        "actions": list(episode.actions),
        "skip": skip,
        "screen": [height, width],
        "palette": np.asarray(episode.palette, np.uint8).reshape(-1).tolist(),
        "events": events(rewards, lives),
        "end": episode.end,
    }
    return Timeline(_float32(columns), meta)


def played_timeline(episode: Any) -> Timeline:
    """What RAM tells beyond `episode_timeline`: where ball and paddle are, and the game's own events.

    It is a timeline of its own since a long game's RAM takes longer to read than all that a first picture needs. Empty
    where the game's RAM is not known.

    Args:
        episode: an `rlxai.episodes.Episode` of T decisions.
    """
    played = _played(episode)
    if played is None:
        return Timeline({}, {"events": []})
    return Timeline(_float32(positions(played)), {"events": told(played)})


def events(rewards: np.ndarray, lives: np.ndarray) -> list[list[Any]]:
    """[decision, kind, amount] in order; all of them happen *after* the decision, in the frames it leads to.

    Kinds are "reward" (amount: its size) and "life lost" (lives left).

    Args:
        rewards: (T,).
        lives: (T + 1,), before each decision and at the end.
    """
    found: list[list[Any]] = [[int(t), "reward", float(rewards[t])] for t in np.flatnonzero(rewards)]
    found += [[int(t), "life lost", int(lives[t + 1])] for t in np.flatnonzero(np.diff(lives) < 0)]
    return sorted(found, key=lambda event: event[0])


def told(played: Played) -> list[list[Any]]:
    """Events of the game itself, like `events`.

    Kinds are "tunnel opened" (which column of bricks lost its last one, from 0 on the left) and "ball above wall" (0).
    """
    found: list[list[Any]] = []
    for name, kind in _TOLD.items():
        if name in played.events:
            seen = played.events[name]
            amounts = seen.facts.get("column", np.zeros(len(seen)))
            found += [[int(t), kind, int(amount)] for t, amount in zip(seen.decisions, amounts, strict=True)]
    return sorted(found, key=lambda event: event[0])


def positions(played: Played) -> dict[str, np.ndarray]:
    """Columns ball_x, ball_y and paddle_x or paddle_y: centres in screen pixels, NaN while there is no ball.

    Empty where the game does not say across which axis its paddle moves.
    """
    for across, (along, other) in _AXES.items():
        if {"ball", "paddle", across} <= set(played.series):
            series = played.series
            return {
                f"ball_{along}": series["ball"],
                f"ball_{other}": series[across],
                f"paddle_{along}": series["paddle"],
            }
    return {}


def _played(episode: Any) -> Played | None:
    """From the frame that each decision sees alone: a quarter of the time, and no state of the timeline needs more."""
    reader = game_behaviour(episode.recipe.game)
    if reader is None:
        return None
    ram = np.asarray(episode.ram[:])[:, -1:]
    return reader.read(ram, np.asarray(episode.rewards), np.asarray(episode.lives), over=episode.end == "game over")


def attribution_timeline(
    table: Mapping[str, np.ndarray],
    summary: Mapping[str, Any],
    bands: Bands | None = None,
    clusters: Clusters | None = None,
) -> Timeline:
    """The numbers of one attribution: target, bias, share and lift per object, and what later results say of them.

    Args:
        table: columns of the commit's steps.parquet, each (T,).
        summary: the commit's summary; its finite numbers go into the header.
        bands: lift of random networks.
        clusters: cluster of each decision, told as one more column.
    """
    columns = {name: column for name, column in table.items() if name != "decision"}
    frames = [name for name in columns if name.startswith("frame_")]
    if not told_apart(np.array([columns[name] for name in frames])):
        columns = {name: column for name, column in columns.items() if name not in frames}
    finite = {key: value for key, value in summary.items() if not isinstance(value, float) or np.isfinite(value)}
    meta: dict[str, Any] = {"summary": finite, "even_frames": bool(frames) and frames[0] not in columns}
    if bands:
        meta["bands"] = {name: list(band) for name, band in bands.lifts.items()}
        meta["networks"] = bands.networks
    if clusters:
        columns["cluster"] = clusters.labels
        meta["clusters"] = {"names": list(clusters.names), "candidates": list(clusters.candidates), "of": clusters.of}
    return Timeline(_float32(columns), meta)


def told_apart(shares: np.ndarray) -> bool:
    """Whether a method tells stacked frames apart: by a flat rule, or a map that is one for all, each has as much.

    Args:
        shares: (C, T), of |R| on each frame; NaN where there is none.
    """
    known = shares[:, np.isfinite(shares).all(axis=0)]
    return bool(known.size and np.abs(known - 1 / len(known)).max() > _EVEN)


def _float32(columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    try:
        return {name: np.asarray(column, np.float32) for name, column in columns.items()}
    except (TypeError, ValueError):  # of a table that somebody else wrote
        raise RunError("a column of the timeline holds what is no number") from None
