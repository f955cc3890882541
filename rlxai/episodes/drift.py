"""Does the installed emulator still show what was recorded?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rlxai.episodes.episode import Episode
from rlxai.episodes.frames import entry_hash
from rlxai.episodes.recipe import Recipe
from rlxai.games import Emulator, Frames, ale_version


@dataclass(frozen=True)
class Drift:
    """The installed emulator renders an episode differently."""

    entry: int
    """First entry that differs: 0 is the start of the game, t + 1 what decision t led to."""
    recorded: str
    """ALE version of the recording."""
    installed: str

    @property
    def message(self) -> str:
        """One sentence."""
        where = "the start of the game" if self.entry == 0 else f"decision {self.entry - 1}"
        return (
            f"the episode was recorded with ALE {self.recorded}, and the installed ALE {self.installed} plays it "
            f"differently from {where} on; the recorded frames are shown"
        )


def rerender(recipe: Recipe, emulator: Emulator | None = None) -> Iterator[Frames]:
    """Play a recipe again on the installed emulator.

    Args:
        recipe: of an episode.
        emulator: of the recipe's game, stickiness and seed; None: one of its own.

    Yields:
        The T + 1 entries of the episode: the start of the game, then one per decision.

    Raises:
        InvalidValue: the installed emulator lacks the game or one of the actions.
    """
    emulator = emulator or emulator_of(recipe)
    yield emulator.reset(recipe.noops, recipe.fire_on_reset).repeated(recipe.frame_skip)
    for action in recipe.actions:
        yield emulator.step(int(action), recipe.frame_skip)


def emulator_of(recipe: Recipe) -> Emulator:
    """A new emulator that plays a recipe."""
    return Emulator(recipe.game, sticky=recipe.sticky, seed=recipe.seed)


def drift(episode: Episode) -> Drift | None:
    """Compare a recording with the installed emulator, up to the first difference.

    Returns:
        None if every screen and RAM byte is the same.

    Raises:
        InvalidValue: as in `rerender`.
    """
    for entry, frames in enumerate(rerender(episode.recipe)):
        if entry_hash(frames.screens, frames.ram) != int(episode.hashes[entry]):
            return Drift(entry, episode.recipe.ale_version, ale_version())
    return None
