"""Links into Replay: the values of its address. Pure, without Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from rlxai.replay.listing import ReplayEpisode

REPLAY = "app_pages/replay.py"
"""The page that reads these addresses."""

TRUST = "app_pages/trust.py"
"""The page that explains badges."""

_METHOD, _TARGET = "lrp-epsilon-plus-flat", "advantage"
"""Of maps that a link asks for where there is a choice."""

Panel = tuple[int, str, str]
"""Step of a snapshot, method and target."""


def replay_link(
    run: str, episode: str | None = None, t: int | None = None, panels: Iterable[Panel] = ()
) -> dict[str, str]:
    """Values of an address that opens a decision in Replay.

    Args:
        run: name in addresses.
        episode: task of the episode; None for the page's own choice.
        t: decision; None for the first.
        panels: what each panel shows.
    """
    values = {
        "run": run, "episode": episode, "t": None if t is None else str(t),
        "p": ";".join(f"{step},{method},{target}" for step, method, target in panels) or None,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def trust_link(run: str, step: int, method: str, target: str) -> dict[str, str]:
    """Values of an address that opens the badge of one kind of map on the Trust page."""
    return {"run": run, "step": str(step), "method": method, "target": target}


def frame_link(run: str, episode: str, t: int, step: int, episodes: Sequence[ReplayEpisode]) -> dict[str, str]:
    """An address that opens a frame, with maps of a snapshot where that game has such, else as the page chooses.

    Args:
        run: name in addresses.
        episode: task of the episode.
        t: decision.
        step: of the snapshot.
        episodes: of the run.
    """
    maps = [source for one in episodes if one.task == episode for source in one.maps if source.step == step]
    maps.sort(key=lambda source: (source.method != _METHOD, source.target != _TARGET))  # stable: else the first
    return replay_link(run, episode, t, [(step, one.method, one.target) for one in maps[:1]])


def replay_address(values: Mapping[str, str]) -> str:
    """Values of `replay_link` as an address, relative to the pages, of which Replay is the first."""
    return f"./?{urlencode(values)}"


def snapshot_link(run: str, step: int, episodes: Sequence[ReplayEpisode], method: str, target: str) -> dict[str, str]:
    """An address that shows a snapshot: on a game that it explains, else on a game of its own, else on any.

    Args:
        run: name in addresses.
        step: of the snapshot.
        episodes: of the run, in the order of `replay_episodes`.
        method: wanted method; where the snapshot has no such maps, one that it has.
        target: wanted target, likewise.
    """
    explained = [(episode, source) for episode in episodes for source in episode.maps if source.step == step]
    if explained:
        episode, source = max(explained, key=lambda one: (one[1].method == method) + 2 * (one[1].target == target))
        return replay_link(run, episode.task, panels=[(step, source.method, source.target)])
    own = next((episode for episode in episodes if episode.step == step), None)
    return replay_link(run, own.task if own else None)
