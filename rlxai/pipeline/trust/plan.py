"""Which maps of a run may be believed: all tests of its snapshots, and their leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rlxai.attribution import Target, get_method
from rlxai.errors import InvalidValue
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.strategy.measure import best_step, play_missing
from rlxai.pipeline.strategy.plan import StrategyPlan
from rlxai.pipeline.trust.board import TrustBoardTask
from rlxai.pipeline.trust.robustness import RobustnessTask
from rlxai.pipeline.trust.scores import AgreementTask, TrustTask
from rlxai.pipeline.trust.states import trust_selection
from rlxai.pipeline.workflow import choose_snapshots
from rlxai.store import Commit, Run
from rlxai.trust.controls import CONTROLS

METHODS = (
    "gradient", "gradient-x-input", "sensitivity", "smoothgrad", "integrated-gradients", "guided-backprop", "deeplift",
    "lrp-epsilon", "lrp-alpha1beta0", "lrp-epsilon-plus-flat", "lrp-epsilon-gamma-box", "deep-taylor",
    "excitation-backprop", "grad-cam", "layer-cam", "occlusion",
)  # fmt: skip
"""Tested by default: every family, and what costs less than a hundred forwards."""


@dataclass(frozen=True)
class TrustPlan:
    """How much to test; with the defaults 12 snapshots take minutes on two cores."""

    methods: tuple[str, ...] = METHODS
    targets: tuple[str, ...] = ("advantage", "chosen")
    snapshots: tuple[int, ...] = ()
    """Steps; all where empty."""
    states: int = 48
    """In all, the same number from each recorded game."""
    games: int = 3
    """Of each snapshot, at least: the units of all intervals."""
    epsilon: float = 0.01
    """Share of random actions in games that have to be played."""
    max_decisions: int = 5000
    """A game that has to be played is ended there."""

    def check(self) -> None:
        """Refuse what cannot be measured before anything is computed.

        Raises:
            InvalidValue: a method or target is unknown, none is given, or a number is outside its domain.
        """
        if not self.methods or not self.targets or self.states < 1 or self.games < 1:
            raise InvalidValue(
                f"trust takes one method, target, state and game or more; met {len(self.methods)}, "
                f"{len(self.targets)}, {self.states} and {self.games}"
            )
        for method in self.methods:
            get_method(method)
        for target in self.targets:
            if Target.parse(target).kind == "taken":
                raise InvalidValue("target 'taken' is not tested: what was pressed is of the player; use 'chosen'")


def measure_trust(run: Run, engine: Engine, report: Report, plan: TrustPlan) -> Commit:
    """Test the maps of each snapshot, method and target, with the controls beside them; resumable.

    States come from all recorded games, a few from each. Snapshots with fewer games than planned play more first.

    Raises:
        InvalidValue: the plan asks for something unknown, or for nothing.
        RunError: the run has no snapshot.
    """
    plan.check()
    snapshots = choose_snapshots(run, plan.snapshots)
    playing = StrategyPlan(games=plan.games, epsilon=plan.epsilon, max_decisions=plan.max_decisions)
    games = play_missing(run, snapshots, engine, report, playing)
    stack = snapshots[0].load().preprocessing.frame_stack
    selection = trust_selection(run, run.commits("episode"), plan.states, skip=stack)
    methods = tuple(dict.fromkeys((*CONTROLS, *plan.methods)))
    tests = [TrustTask(s.step, s.sha256, selection, name, plan.targets) for s in snapshots for name in methods]
    tested = engine.run(run, tests, report)
    agreements = [AgreementTask(s.step, s.sha256, selection, methods, t) for s in snapshots for t in plan.targets]
    agreed = engine.run(run, agreements, report)
    patches = patch_places(snapshots[0].load().preprocessing.size)
    attacks = [RobustnessTask(s.step, s.sha256, selection, methods, plan.targets, patches) for s in snapshots]
    attacked = engine.run(run, attacks, report)
    best = best_step(run, {s.step: games[s.step] for s in snapshots})
    best = best if best in games else snapshots[-1].step
    board = TrustBoardTask(_names(tested), _names(agreed), _names(attacked), best)
    return engine.run(run, [board], report)[0]


def _names(commits: Sequence[Commit]) -> tuple[str, ...]:
    return tuple(commit.task for commit in commits)


def patch_places(size: int) -> tuple[tuple[int, int, int], ...]:
    """Where patches are put in pictures so large: (row, column, size), a small one at the left, one twice as large."""
    return (size * 5 // 8, size // 4, size // 21), (size * 5 // 8, size * 2 // 3, size * 2 // 21)
