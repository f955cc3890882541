"""One input, laid out among valid files, opened and judged."""

from __future__ import annotations

import json
import os
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rlxai.errors import RlxaiError
from tests.fuzz.guard import CANARY, MB, Guard, Overtime, Peak, cpu
from tests.fuzz.model import Input, Outcome, Target

SECONDS = 2.0
"""CPU time of one input."""
PATIENCE = 20.0
"""Seconds on the clock of one input, on a machine that others use too."""
MEMORY = 1024 * MB
"""Above what was held before: four times the largest file that is read, for its bytes, tensors and their copies."""
SENTENCE = 1200
"""Longest refusal, in characters: some list what there is, and name long paths."""
_SHORT_OF_MEMORY = ("MemoryError", "Unable to allocate", "not enough memory", "bad_alloc")


class Bench:
    """Valid files of a target, in which inputs are laid out one after another."""

    def __init__(self, target: Target, valid: Path, work: Path, guard: Guard) -> None:
        self.target, self.valid, self.guard = target, valid, guard
        self.folder = work / "run"
        self.canaries = [work / CANARY, self.folder / CANARY, valid / CANARY]
        shutil.copytree(valid, self.folder, symlinks=True)
        self.truth = json.dumps(target.open(self.folder, Input()), sort_keys=True)

    def judge(self, given: Input) -> Outcome:
        """Open one input; everything is as before afterwards."""
        with laid_out(self.folder, self.valid, given):
            outcome = self._opened(given)
        if found := [path for path in self.canaries if path.exists()]:
            for path in found:
                _remove(path)
            return Outcome("escaped", outcome.seconds, f"planted code ran: {found[0]}")
        if self.guard.events:
            return Outcome("escaped", outcome.seconds, "; ".join(self.guard.events[:3]))
        return outcome

    def _opened(self, given: Input) -> Outcome:
        peak, start = Peak(), cpu()
        found: Any = None
        try:
            with self.guard.watching(PATIENCE):
                found = self.target.open(self.folder, given)
            kind, said = "accepted", ""
        except Overtime:
            kind, said = "slow", "took too long on the clock"
        except RlxaiError as error:
            kind, said = "refused", str(error)
        except MemoryError as error:
            kind, said = "greedy", repr(error)
        except Exception as error:
            kind, said = "unclear", f"{error!r:.300} at {_place(error)}"
        seconds = cpu() - start
        if kind in ("accepted", "refused") and seconds > SECONDS:
            return Outcome("slow", seconds, f"{seconds:.1f} s CPU: {said[:200]}")
        if (grown := peak.grown()) > MEMORY or (kind == "refused" and any(word in said for word in _SHORT_OF_MEMORY)):
            return Outcome("greedy", seconds, f"{grown / MB:.0f} MB: {said[:200]}")
        if kind == "refused" and (fault := unclear(said)):
            return Outcome("unclear", seconds, f"{fault}: {said[:300]!r}")
        if kind == "accepted" and (fault := self._untrue(given, found)):
            return Outcome("wrong", seconds, fault)
        return Outcome(kind, seconds, said)

    def _untrue(self, given: Input, found: Any) -> str:
        try:
            text = json.dumps(found, sort_keys=True, allow_nan=False)
        except ValueError:
            return f"the result is not finite: {found!r:.200}"
        right = given.expected if given.expected is not None else self.truth if given.harmless else text
        return "" if text == right else f"gives {text[:200]}, the truth is {right[:200]}"


def unclear(said: str) -> str:
    """What keeps a refusal from being one clear sentence; empty where nothing does."""
    if len(said.split()) < 3:
        return "too short"
    if len(said) > SENTENCE:
        return f"{len(said)} characters"
    return "" if said.isprintable() else "holds control characters"


@contextmanager
def laid_out(folder: Path, valid: Path, given: Input) -> Iterator[None]:
    """Put an input among the valid files, and these back afterwards."""
    for name in given.paths:
        _remove(folder / name)
    for name in {*given.paths} - {*given.gone}:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in given.files:
            path.write_bytes(given.files[name])
        elif name in given.links:
            path.symlink_to(given.links[name])
        elif name in given.sparse:
            with path.open("wb") as file:
                file.truncate(given.sparse[name])
        elif given.odd[name] == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()
    try:
        yield
    finally:
        for name in given.paths:
            _remove(folder / name)
            if (valid / name).is_dir():
                shutil.copytree(valid / name, folder / name, symlinks=True)
            elif (valid / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(valid / name, folder / name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        path.unlink()


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/rlxai/" in frame.filename or "/dashboards/" in frame.filename]
    frame = (ours or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
