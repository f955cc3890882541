"""The games of a training as one monitor.csv in SB3's format, which SB3's and the zoo's plotting tools read."""

from __future__ import annotations

import os
import time
from pathlib import Path

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.monitor import ResultsWriter

from rlxai.errors import RunError
from rlxai.files import sync


class MonitorFile(BaseCallback):
    """Write a row per finished game of all environments: r (unclipped return), l (emulator frames), t (seconds).

    SB3's own Monitor writes one file per environment; here all share one.

    Args:
        path: the file, its name ending in "monitor.csv".
        env_id: written into the head of the file.
        keep: bytes of an existing file to go on after; None for a new one.

    Raises:
        RunError: the existing file is missing or shorter than `keep`.
    """

    def __init__(self, path: Path, env_id: str, keep: int | None = None) -> None:
        super().__init__()
        self.path = path
        if keep is not None:
            if not path.exists() or path.stat().st_size < keep:
                raise RunError(f"{path}: is missing or shorter than at the last commit; the training cannot go on")
            os.truncate(path, keep)
        header: dict[str, float | str] = {"t_start": time.time(), "env_id": env_id}
        self._writer = ResultsWriter(str(path), header, override_existing=keep is None)

    def synced_bytes(self) -> int:
        """Size of the file, all of it on disk, its name too."""
        sync(self.path)
        sync(self.path.parent)
        return self.path.stat().st_size

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self._writer.write_row({name: info["episode"][name] for name in ("r", "l", "t")})
        return True

    def close(self) -> None:
        """Close the file, also where training did not end well."""
        self._writer.close()
