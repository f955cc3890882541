"""What the Replay page shows: from the address to a valid selection. Pure, without Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlxai.replay.listing import ReplayEpisode

METHOD = "lrp-epsilon-plus-flat"
TARGET = "advantage"


@dataclass(frozen=True)
class Selection:
    """Snapshots of the two panels, method, target and decision within one episode."""

    a: int | None
    b: int | None
    method: str
    target: str
    t: int

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the player."""
        return {"a": self.a, "b": self.b, "method": self.method, "target": self.target, "t": self.t}


def pick(wanted: str | None, names: Sequence[str]) -> str:
    """The wanted name if it is there, else the first."""
    return wanted if wanted is not None and wanted in names else names[0]


def select(episode: ReplayEpisode, wanted: Mapping[str, str]) -> Selection:
    """A valid selection, as near to the wanted one as the episode's maps allow.

    Panel A starts with the earliest snapshot and B with the latest, so that the first look compares before and after.

    Args:
        episode: the episode shown.
        wanted: values from the address, as text: a, b, method, target, t; anything else is ignored.
    """
    steps = episode.steps
    first, last = (steps[0], steps[-1]) if steps else (None, None)
    b = None if wanted.get("b") == "none" or len(steps) < 2 else _step(wanted.get("b"), steps, last)
    return Selection(
        a=_step(wanted.get("a"), steps, first),
        b=b,
        method=_prefer(wanted.get("method"), METHOD, episode.methods),
        target=_prefer(wanted.get("target"), TARGET, episode.targets),
        t=min(max(0, _integer(wanted.get("t"), 0)), episode.decisions - 1),
    )


def address(view: Mapping[str, Any]) -> dict[str, str]:
    """What a link must say to come back to a view reported by the player."""
    return {
        key: "none" if view[key] is None else str(view[key])
        for key in ("a", "b", "method", "target", "t")
        if key in view
    }


def _step(text: str | None, steps: Sequence[int], otherwise: int | None) -> int | None:
    step = _integer(text, -1)
    return step if step in steps else otherwise


def _prefer(wanted: str | None, usual: str, names: Sequence[str]) -> str:
    for name in (wanted, usual):
        if name in names:
            return str(name)
    return names[0] if names else ""


def _integer(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return otherwise
