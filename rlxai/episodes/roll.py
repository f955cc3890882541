"""A game played to its end and kept as an episode."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rlxai.episodes.episode import End, Episode
from rlxai.episodes.log import EpisodeLog
from rlxai.episodes.recipe import Recipe
from rlxai.episodes.rollout import STALLED_AFTER, Decide, Rollout
from rlxai.games import ale_version
from rlxai.preprocessing import Preprocessing

Progress = Callable[[int, int], None]


def roll(
    game: str,
    preprocessing: Preprocessing,
    actions: Sequence[str] | None,
    decide: Decide,
    seed: int,
    max_decisions: int,
    epsilon: float,
    progress: Progress | None,
) -> Episode:
    """One game, whoever plays it; the parameters are those of `record` and `play`."""
    rollout = Rollout(game, preprocessing, actions, decide, seed, max_decisions, epsilon)
    log = EpisodeLog(rollout.emulator, preprocessing.frame_skip)
    log.start(rollout.start)
    for done, turn in enumerate(rollout.turns(), 1):
        log.decision(turn.frames, turn.chosen, turn.taken, turn.button, turn.outputs)
        if progress is not None:
            progress(done, max_decisions)
    recipe = Recipe(
        game, ale_version(), rollout.emulator.rom_md5, rollout.seed, rollout.noops, preprocessing.sticky,
        preprocessing.frame_skip, preprocessing.fire_on_reset, np.array(log.buttons, np.uint8), rollout.opening,
    )  # fmt: skip
    return log.episode(
        recipe, preprocessing, rollout.actions, rollout.end, _message(rollout.end, game, len(log.buttons))
    )


def _message(end: End, game: str, decisions: int) -> str:
    if end == "cap":
        return f"the game was not over after {decisions} decisions, the most allowed"
    if end == "stalled":
        return f"{game} waited {STALLED_AFTER} decisions for FIRE, which the policy does not press"
    return ""
