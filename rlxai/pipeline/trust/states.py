"""Which states maps are tested on, and reading them."""

from __future__ import annotations

from collections.abc import Sequence

from rlxai.episodes import load_episode
from rlxai.errors import RunError
from rlxai.networks import Agent
from rlxai.pipeline.selection import Selection, batches
from rlxai.pipeline.strategy.plan import scattered
from rlxai.store import Commit, Run
from rlxai.trust.states import States, states_of, together


def trust_selection(run: Run, games: Sequence[Commit], states: int, *, skip: int) -> Selection:
    """About so many states, the same number from each recorded game, from all parts of a game.

    Args:
        run: of the games.
        games: recorded episodes of whichever players; those that are equal count once.
        states: how many in all; at least one per game.
        skip: decisions left out at the start, whose stacks hold planes from before the game.

    Raises:
        RunError: fewer than two games differ, so that no interval can be told.
    """
    different: dict[bytes, tuple[str, int]] = {}
    for commit in sorted(games, key=lambda commit: commit.task):
        episode = load_episode(commit.folder)
        different.setdefault(episode.hashes.tobytes(), (commit.task, episode.decisions))
    if len(different) < 2:
        raise RunError(
            f"{run}: maps are tested on states of several games, and {len(different)} is recorded; "
            f"run: rlxai record {run} --games 3 --epsilon 0.01"
        )
    return scattered(list(different.values()), states, skip=skip)


def read_states(run: Run, agent: Agent, selection: Selection) -> States:
    """The chosen states as an agent sees them."""
    walk = batches(run, selection, agent.preprocessing)
    return together([states_of(agent, episode, decisions, game) for game, episode, decisions in walk])
