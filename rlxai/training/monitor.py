"""The games of a training as one monitor.csv in SB3's format, which SB3's and the zoo's plotting tools read."""

from __future__ import annotations

import time
from pathlib import Path

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.monitor import ResultsWriter


class MonitorFile(BaseCallback):
    """Write a row per finished game of all environments: r (unclipped return), l (raw frames), t (seconds).

    SB3's own Monitor writes one file per environment; here all share one.

    Args:
        path: the file, its name ending in "monitor.csv".
        env_id: written into the head of the file.
    """

    def __init__(self, path: Path, env_id: str) -> None:
        super().__init__()
        self._writer = ResultsWriter(str(path), {"t_start": time.time(), "env_id": env_id})

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self._writer.write_row({name: info["episode"][name] for name in ("r", "l", "t")})
        return True

    def close(self) -> None:
        """Close the file, also where training did not end well."""
        self._writer.close()
