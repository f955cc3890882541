"""Progress of a training, told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable

from stable_baselines3.common.callbacks import BaseCallback

from rlxai.training.snapshot_callback import recent_games

Report = Callable[[str, float, float], None]
"""Called with (what is being done, done, total)."""


class ProgressReport(BaseCallback):
    """Report every step, with the mean score of the last games.

    Args:
        report: whom to tell.
        total: steps of this training.
    """

    def __init__(self, report: Report, total: int) -> None:
        super().__init__()
        self._report = report
        self._total = total
        self._title = "first game"

    def _on_rollout_start(self) -> None:
        games = recent_games(self.model)
        if games["games"]:
            self._title = f"mean score of the last {games['games']} games {games['mean_score']:.1f}"

    def _on_step(self) -> bool:
        self._report(self._title, self.num_timesteps, self._total)
        return True
