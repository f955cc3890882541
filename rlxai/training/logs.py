"""SB3's log of a training as progress.csv and, where it is installed, for TensorBoard; both can be gone on with."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

from stable_baselines3.common.logger import CSVOutputFormat, KVWriter, Logger, TensorBoardOutputFormat

_STEP = "time/total_timesteps"


def training_logger(out: Path, step: int | None = None) -> Logger:
    """The logger of a run.

    Args:
        out: folder of the run.
        step: go on with existing logs after this step; what they hold of later steps is dropped. None: start anew.
    """
    formats: list[KVWriter] = [_Csv(out / "progress.csv", step)]
    if find_spec("tensorboard"):
        formats.append(_TensorBoard(out / "tensorboard", step))
    return Logger(str(out), formats)


class _Csv(CSVOutputFormat):
    def __init__(self, path: Path, step: int | None) -> None:
        kept = rows_until(path, step) if step is not None and path.exists() else []
        super().__init__(str(path))
        if kept:
            self.file.writelines(kept)
            self.file.flush()
            self.keys = next(csv.reader(kept))


def rows_until(path: Path, step: int) -> list[str]:
    """The head of a progress.csv and its rows up to a step, as they stand there; a torn last row is left out."""
    head, *rows = path.read_text().splitlines(keepends=True) or [""]
    names = next(csv.reader([head]), [])
    if _STEP not in names:
        return []
    column = names.index(_STEP)

    def within(row: str) -> bool:
        cells = next(csv.reader([row]))
        return row.endswith("\n") and len(cells) == len(names) and bool(cells[column]) and float(cells[column]) <= step

    return [head, *(row for row in rows if within(row))]


class _TensorBoard(TensorBoardOutputFormat):
    def __init__(self, folder: Path, step: int | None) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # TensorBoard hides what older files hold from purge_step on.
        self.writer = SummaryWriter(log_dir=str(folder), purge_step=None if step is None else step + 1)
        self._is_closed = False
