"""SB3's log of a training as progress.csv and, where it is installed, for TensorBoard; both can be gone on with."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from stable_baselines3.common.logger import CSVOutputFormat, KVWriter, Logger, TensorBoardOutputFormat

_STEP = "time/total_timesteps"


@contextmanager
def training_logger(out: Path, step: int | None = None) -> Iterator[Logger]:
    """The logger of a run, closed at the end of the block.

    Args:
        out: folder of the run.
        step: go on with existing logs after this step; what they hold of later steps is dropped. None: start anew.
    """
    with ExitStack() as opened:
        formats: list[KVWriter] = [opened.enter_context(closing(_Csv(out / "progress.csv", step)))]
        if find_spec("tensorboard"):
            opened.enter_context(_threads_fail_quietly())
            formats.append(opened.enter_context(closing(_TensorBoard(out / "tensorboard", step))))
        yield Logger(str(out), formats)


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


@contextmanager
def _threads_fail_quietly() -> Iterator[None]:
    """TensorBoard writes in a thread, and raises what that met again where the training logs next: once is enough."""
    from tensorboard.summary.writer import event_file_writer

    def unless_of_tensorboard(failed: threading.ExceptHookArgs) -> None:
        if type(failed.thread).__module__ != event_file_writer.__name__:
            hook(failed)

    hook, threading.excepthook = threading.excepthook, unless_of_tensorboard
    try:
        yield
    finally:
        threading.excepthook = hook
