"""Which edits are asked of which snapshots, on which states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlxai.errors import RunError
from rlxai.games.edit import GameEdits
from rlxai.games.edits import REGISTRY, game_edits
from rlxai.pipeline.selection import Selection, States
from rlxai.pipeline.strategy.interventions import InterventionTask
from rlxai.store import SnapshotRef


def plan_interventions(
    snapshots: Sequence[SnapshotRef],
    game: str,
    common: Selection,
    own: Mapping[int, Selection],
    *,
    randoms: int = 3,
    own_randoms: int = 1,
    shifts: int = 1,
) -> list[InterventionTask]:
    """The game's battery of edits, on common states and on each snapshot's own.

    Args:
        snapshots: whose networks are asked; of one architecture, so that random networks see common states once.
        game: ALE name.
        common: states that all snapshots are asked about; none where empty.
        own: step -> states of the snapshot's own play; none where it is missing.
        randoms: random networks on common states.
        own_randoms: random networks on the own states of each snapshot.
        shifts: draws of changes elsewhere, on common states.

    Raises:
        RunError: states of the game cannot be edited.
    """
    known = require_game_edits(game)
    edits = tuple((name, edit.name) for name, edit in known.battery.items())
    names = {text: name for name, text in edits}
    objects = tuple(
        (name, presence.adds, tuple(names[edit.name] for edit in presence.edits))
        for name, presence in known.presences.items()
    )

    def task(
        snapshot: SnapshotRef, states: States, selection: Selection, randoms: int, shifts: int
    ) -> InterventionTask:
        return InterventionTask(snapshot.step, snapshot.sha256, states, selection, edits, objects, randoms, shifts)

    on_common = [task(s, "common", common, 0 if index else randoms, shifts) for index, s in enumerate(snapshots)]
    on_own = [task(s, "own", own[s.step], own_randoms, 0) for s in snapshots if s.step in own]
    return (on_common if common else []) + on_own


def require_game_edits(game: str) -> GameEdits:
    """The edits of a game.

    Raises:
        RunError: its states cannot be edited.
    """
    known = game_edits(game)
    if known is None:
        raise RunError(f"states of {game} cannot be edited; games with edits: {', '.join(REGISTRY)}")
    return known
