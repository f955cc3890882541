"""The loop in which a player meets the emulator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rlxai.episodes.episode import End, Episode
from rlxai.episodes.log import EpisodeLog
from rlxai.episodes.observe import Observer
from rlxai.episodes.recipe import MAX_DECISIONS, Recipe
from rlxai.errors import InvalidValue
from rlxai.games import Emulator, ale_version, game_objects
from rlxai.games.ale import MAX_SEED
from rlxai.preprocessing import Preprocessing

STALLED_AFTER = 200
"""Decisions without anything in play after which a player is taken to wait for ever."""

Decide = Callable[[np.ndarray, np.ndarray], tuple[int, np.ndarray]]
"""(observation, RAM of the latest frame) -> (index of the action, network outputs)."""
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
    _require("max_decisions", max_decisions, 1 <= max_decisions <= MAX_DECISIONS, f"1 to {MAX_DECISIONS:,}")
    _require("epsilon", epsilon, 0.0 <= epsilon <= 1.0, "0 to 1")
    whole = isinstance(seed, int | np.integer)
    _require("seed", seed, whole and 0 <= seed <= MAX_SEED, f"a whole number from 0 to {MAX_SEED}")
    seed = int(seed)
    emulator = Emulator(game, sticky=preprocessing.sticky, seed=seed)
    names = tuple(emulator.actions if actions is None else actions)
    buttons = _buttons(names, emulator)
    fire = emulator.actions.index("FIRE") if preprocessing.fire_on_life_loss and "FIRE" in emulator.actions else None
    random = np.random.default_rng(seed)
    noops = int(random.integers(0, max(1, preprocessing.noop_max - 1)))

    log = EpisodeLog(emulator, preprocessing.frame_skip)
    observer = Observer(preprocessing)
    frames = emulator.reset(noops, preprocessing.fire_on_reset).repeated(preprocessing.frame_skip)
    log.start(frames)
    idle, life_lost = 0, False
    objects = game_objects(game)
    for done in range(1, max_decisions + 1):
        observation = observer.see(frames.screens, emulator.grey)
        chosen, outputs = decide(observation, frames.ram[-1])
        _require("action of the policy", chosen, 0 <= chosen < len(names), f"0 to {len(names) - 1}")
        taken = int(random.integers(len(names))) if epsilon and random.random() < epsilon else chosen
        button = buttons[taken]
        if life_lost and fire is not None:
            button = fire
            taken = buttons.index(fire) if fire in buttons else chosen
        lives = frames.lives
        frames = emulator.step(button, preprocessing.frame_skip)
        log.decision(frames, chosen, taken, button, outputs)
        if progress is not None:
            progress(done, max_decisions)
        life_lost = frames.lives < lives
        idle = idle + 1 if objects is not None and not objects.in_play(frames.ram[-1]) else 0
        if frames.over or idle == STALLED_AFTER:
            break
    end: End = "game over" if frames.over else "stalled" if idle == STALLED_AFTER else "cap"
    recipe = Recipe(
        game, ale_version(), emulator.rom_md5, seed, noops, preprocessing.sticky, preprocessing.frame_skip,
        preprocessing.fire_on_reset, np.array(log.buttons, np.uint8),
    )  # fmt: skip
    return log.episode(recipe, preprocessing, names, end, _message(end, game, done))


def _buttons(names: Sequence[str], emulator: Emulator) -> list[int]:
    known = {name: index for index, name in enumerate(emulator.actions)}
    # Files that do not name their outputs are loaded with these names, in the order of the game's minimal set.
    known |= {f"action {index}": index for index in range(len(emulator.actions))}
    for name in names:
        if name not in known:
            raise InvalidValue(f"{emulator.game} has no action {name!r}; its actions are {', '.join(emulator.actions)}")
    return [known[name] for name in names]


def _message(end: End, game: str, decisions: int) -> str:
    if end == "cap":
        return f"the game was not over after {decisions} decisions, the most allowed"
    if end == "stalled":
        return f"{game} waited {STALLED_AFTER} decisions for FIRE, which the policy does not press"
    return ""


def _require(name: str, value: object, ok: bool, allowed: str) -> None:
    if not ok:
        raise InvalidValue(f"{name} must be {allowed}, met {value!r}")
