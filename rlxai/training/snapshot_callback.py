"""Keep the weights of an agent while it trains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from stable_baselines3.common.base_class import BaseAlgorithm

from rlxai.errors import RunError
from rlxai.networks import write_snapshot
from rlxai.networks.infer import Architecture
from rlxai.preprocessing import Preprocessing
from rlxai.store import Run
from rlxai.training.generators import generators_untouched
from rlxai.training.live import Surroundings, live_agent, run_surroundings, surroundings
from rlxai.training.schedule import Schedule, ScheduledCallback
from rlxai.training.versions import versions


class SnapshotCallback(ScheduledCallback):
    """Write snapshots of an SB3 agent into a run, which is made where there is none.

        model.learn(2_000_000, callback=SnapshotCallback("runs/mine", every=100_000))

    For DQN, QRDQN, PPO and A2C on image observations. A snapshot holds the acting network in float16 (3.4 MB for
    Nature; no target network, no optimiser), appears whole or not at all, and is never changed: a training that goes
    on keeps those that are there. The first and the last step are always kept. Training is not affected: same seed,
    same weights with and without the callback.

    Args:
        run_path: folder of the run; new, or the one that this training continues.
        every: training steps (`num_timesteps`) between two snapshots.
        at: training steps of the snapshots, instead of `every`; see `ScheduledCallback` for what crossing one means.
        game: ALE name such as "breakout"; default: what the environment tells.
        actions: names of the actions; default: what the environment tells, else "action i".
        preprocessing: how observations are made; default: what the wrappers tell, see `rlxai.training.environment`.
        architecture: the layers, for a features extractor that rlxai does not know.
        verbose: 1 prints a line per snapshot.

    Raises:
        InvalidValue: here, the schedule makes no sense; when training starts, the agent is not one rlxai can explain.
        RunError: when training starts, the folder holds something else, or the run of another agent.
    """

    def __init__(
        self,
        run_path: str | Path,
        every: int | None = None,
        at: Iterable[int] | None = None,
        *,
        game: str | None = None,
        actions: Sequence[str] | None = None,
        preprocessing: Preprocessing | None = None,
        architecture: Architecture | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(Schedule.of(every, at), verbose)
        self.run_path = Path(run_path)
        self._game = game
        self._actions = actions
        self._preprocessing = preprocessing
        self._architecture = architecture
        self._around: Surroundings
        self._run: Run

    def _prepare(self) -> None:
        self._around = surroundings(self.training_env, self._game, self._actions, self._preprocessing)
        live_agent(self.model, self._around, self._architecture)  # refused, if at all, before anything is written
        there = run_surroundings(self.run_path)
        if there is not None:
            self._run = _matching(Run(self.run_path), there, self._around)
            return
        provenance = {"algorithm": type(self.model).__name__, "versions": versions()}
        info = {**self._around.to_info(), "recipe": None, "provenance": provenance}
        self._run = Run.create(self.run_path, info)

    def _act(self, step: int) -> None:
        if step > 0 and any(snapshot.step == step for snapshot in self._run.snapshots()):
            return
        with generators_untouched():
            agent = live_agent(self.model, self._around, self._architecture)
            agent.provenance = {"algorithm": type(self.model).__name__, "training": recent_games(self.model)}
            path = write_snapshot(agent, self._run.snapshots_folder)
        if self.verbose:
            print(f"snapshot of step {step:,}: {path}")


def recent_games(model: BaseAlgorithm) -> dict[str, float | int | None]:
    """Number and mean score of the last games (at most 100) in training, exploration included.

    Scores are what SB3's Monitor sees: whole games and unclipped rewards where it sits below AtariWrapper.
    """
    scores = [float(game["r"]) for game in model.ep_info_buffer or ()]
    return {"games": len(scores), "mean_score": sum(scores) / len(scores) if scores else None}


def _matching(run: Run, there: Surroundings, here: Surroundings) -> Run:
    if there != here:
        differing = [name for name, value in here.to_info().items() if there.to_info()[name] != value]
        raise RunError(f"{run.path}: is a run with another {' and '.join(differing)}; choose a new folder")
    return run
