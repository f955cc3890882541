"""Timelines: one number per decision and column, sent to the player as one block of float32."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


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
    """What happened in an episode: actions, rewards, lives, network outputs, and the events among them.

    Args:
        episode: an `rlxai.episodes.Episode` of T decisions.
    """
    decisions = len(episode.rewards)
    outputs = np.asarray(episode.outputs)  # (T, A)
    columns = {
        "chosen": np.asarray(episode.chosen),
        "taken": np.asarray(episode.taken),
        "reward": np.asarray(episode.rewards),
        "lives": np.asarray(episode.lives)[:decisions],
        "score": np.cumsum(episode.rewards),
        **{f"output_{i}": outputs[:, i] for i in range(outputs.shape[1])},
    }
    skip, height, width = episode.screens.shape[1:]
    meta = {
        "actions": list(episode.actions),
        "skip": skip,
        "screen": [height, width],
        "palette": np.asarray(episode.palette, np.uint8).reshape(-1).tolist(),
        "events": events(np.asarray(episode.rewards), np.asarray(episode.lives)),
        "end": episode.end,
    }
    return Timeline(_float32(columns), meta)


def events(rewards: np.ndarray, lives: np.ndarray) -> list[list[Any]]:
    """[decision, kind, amount] in order: "reward" (its size) and "life lost" (lives left) happen *after* the decision.

    Args:
        rewards: (T,).
        lives: (T + 1,), before each decision and at the end.
    """
    found: list[list[Any]] = [[int(t), "reward", float(rewards[t])] for t in np.flatnonzero(rewards)]
    found += [[int(t), "life lost", int(lives[t + 1])] for t in np.flatnonzero(np.diff(lives) < 0)]
    return sorted(found, key=lambda event: event[0])


def attribution_timeline(table: Mapping[str, np.ndarray], summary: Mapping[str, Any]) -> Timeline:
    """The numbers of one attribution: target, bias, and share and lift per object.

    Args:
        table: columns of the commit's steps.parquet, each (T,).
        summary: the commit's summary; its finite numbers go into the header.
    """
    columns = {name: column for name, column in table.items() if name != "decision"}
    finite = {key: value for key, value in summary.items() if not isinstance(value, float) or np.isfinite(value)}
    return Timeline(_float32(columns), {"summary": finite})


def _float32(columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.asarray(column, np.float32) for name, column in columns.items()}
