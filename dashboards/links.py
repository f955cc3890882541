"""Links into Replay: the values of its address. Pure, without Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rlxai.replay.listing import ReplayEpisode

REPLAY = "app_pages/replay.py"
"""The page that reads these addresses."""

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
