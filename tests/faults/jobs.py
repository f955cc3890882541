"""Pieces of real work in small, each a verb of the command line, for faults to interrupt."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from rlxai.cli import main
from rlxai.errors import RlxaiError
from rlxai.pipeline import Serial, measure_strategy, quiet, workflow
from rlxai.pipeline.engines.workers import Pool
from rlxai.store import open_run
from tests.faults.tally import Finding
from tests.faults.truth import Truth, fingerprint, finished, readable
from tests.small_run import SMALL_PLAN, build_bare_run
from tests.training.small_training import bare_recipe, differences

DECISIONS = 10
METHODS = ("gradient",)
TRAINING_STEPS = 64


@dataclass(frozen=True)
class Job:
    """What is there before (`prepare`), and what is done in folder/run (`act`).

    Args:
        name: of the job.
        prepare: makes what the job finds; called once.
        act: does the job, or what is left of it; returns the exit status of the verb.
        check: what is amiss in the folder of a finished job, beside the folder of an unbroken one.
        most: faults tried in a full campaign, where trying all would take too long.
    """

    name: str
    prepare: Callable[[Path], int]
    act: Callable[[Path], int]
    check: Callable[[Path, Path], Iterator[Finding]]
    most: int = 10_000


_SLOW_TO_LOAD = ("rlxai.training", "torch._dynamo", "matplotlib.backends.backend_svg")


def one_process() -> None:
    """Let verbs do all their tasks in this process, where the faults are, and load once what each try needs."""
    Pool.run = Serial.run  # type: ignore[assignment,method-assign]
    for module in _SLOW_TO_LOAD:
        import_module(module)


def results(folder: Path) -> dict[str, str]:
    """Fingerprint of the run in a job's folder, empty where there is none yet."""
    return fingerprint(open_run(folder / "run")) if (folder / "run" / "run.json").exists() else {}


def unbroken(folder: Path, reference: Path) -> Iterator[Finding]:
    """What is amiss in a finished run."""
    return finished(folder / "run", results(reference))


def while_unfinished(folder: Path, truth: Truth, before: Truth) -> Iterator[Finding]:
    """What is amiss in a run in which work was interrupted."""
    return readable(folder / "run", truth, before)


def _as_verb(action: Callable[[], object]) -> int:
    """What a verb makes of an error."""
    try:
        action()
    except RlxaiError as error:
        print(f"rlxai: {error}", file=sys.stderr)
        return 1
    return 0


def _verb(*words: object) -> int:
    return main([str(word) for word in words])


def _run(folder: Path) -> Path:
    return folder / "run"


def _bare(folder: Path) -> int:
    build_bare_run(_run(folder))
    return 0


def _recorded(folder: Path) -> int:
    return _bare(folder) or _record(folder)


def _measured(folder: Path) -> int:
    _bare(folder)
    result = measure_strategy(open_run(_run(folder)), Serial(), quiet, SMALL_PLAN)
    shutil.rmtree(result.folder.parent)
    (_run(folder) / "commits" / result.kind / f"{result.task}.json").unlink()
    return 0


def _weights(folder: Path) -> int:
    build_bare_run(folder / "source")
    return 0


def _import(folder: Path) -> int:
    files = sorted((folder / "source" / "snapshots").glob("*.safetensors"))
    return _verb("import", *files, "--out", _run(folder), "--game", "breakout")


def _copy(folder: Path) -> int:
    return _as_verb(lambda: workflow.copy_series(folder / "source", _run(folder)))


def _record(folder: Path) -> int:
    return _verb("record", _run(folder), "--snapshot", 1000, "--max-decisions", DECISIONS, "--epsilon", 0.5)


def _explain(folder: Path) -> int:
    return _verb("explain", _run(folder), "--snapshot", 0, *(w for name in METHODS for w in ("--method", name)))


def _strategy(folder: Path) -> int:
    return _as_verb(lambda: measure_strategy(open_run(_run(folder)), Serial(), quiet, SMALL_PLAN))


def _recipe(folder: Path) -> int:
    (folder / "recipe.yaml").write_text(bare_recipe(TRAINING_STEPS, 16, 32))
    return 0


def _train(folder: Path) -> int:
    return _verb("train", folder / "recipe.yaml", "--out", _run(folder), "--resume")


def _trained(folder: Path, reference: Path) -> Iterator[Finding]:
    try:
        for what in differences(_run(folder), _run(reference), TRAINING_STEPS):
            yield Finding("wrong", f"differs from the unbroken training: {what}")
    except (RlxaiError, OSError) as error:
        yield Finding("lost", str(error))


_job = partial(Job, check=unbroken)
_ALL = (
    _job("import", _weights, _import),
    _job("copy", _weights, _copy),
    _job("record", _bare, _record),
    _job("explain", _recorded, _explain),
    _job("strategy", _measured, _strategy, most=100),  # of 2,000: drawing makes each slow
    Job("train", _recipe, _train, _trained),
)
JOBS = {job.name: job for job in _ALL}
