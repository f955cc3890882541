"""What the player is told at its start: the episodes, their maps, the colours; without Streamlit."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rlxai.replay import colour
from rlxai.replay.chunks import FORMAT
from rlxai.replay.listing import ReplayEpisode, own_episodes, snapshot_labels, state
from rlxai.replay.masks import object_names
from rlxai.store import Run


def player_input(
    run: Run,
    episodes: Sequence[ReplayEpisode],
    episode: ReplayEpisode,
    *,
    base: str = "",
    select: Mapping[str, str] | None = None,
    own_play: bool = True,
) -> dict[str, Any]:
    """Input of the player, plain enough for JSON.

    Args:
        run: the run.
        episodes: all its episodes, as `replay_episodes` lists them.
        episode: the one that is played.
        base: what the player puts before an address of `answers.answer`, "/rlxai/NAME" in the dashboard.
        select: where the player starts, in the words of a link: see `address.js` of the player. Unknown words and
            values are passed over there.
        own_play: also list each snapshot's own game, for panels that show own play.

    Returns:
        The first of `episodes` is the one played; the others are the snapshots' own games.
    """
    labels = snapshot_labels(run)
    own = own_episodes(episodes, episode) if own_play else {}
    shown = {episode.task: episode, **{game.task: game for game in own.values()}}
    steps = sorted({source.step for game in shown.values() for source in game.maps} | set(own))
    return {
        "version": FORMAT,
        "base": base,
        "run": run.name,
        "state": state(run),
        "objects": list(object_names(str(run.info["game"]))),
        "episodes": [_episode(game) for game in shown.values()],
        "own": {str(step): game.task for step, game in own.items()},
        "snapshots": [{"step": step, "label": labels.get(step, f"step {step:,}")} for step in steps],
        "luts": {
            name: {"signed": signed, "table": base64.b64encode(colour.lut(name).tobytes()).decode()}
            for signed in (True, False)
            for name in colour.names(signed)
        },
        "select": dict(select or {}),
    }


def _episode(episode: ReplayEpisode) -> dict[str, Any]:
    return {
        "task": episode.task,
        "step": episode.step,
        "player": episode.player,
        "seed": episode.seed,
        "score": episode.score,
        "decisions": episode.decisions,
        "end": episode.end,
        "maps": [asdict(source) for source in episode.maps],
    }
