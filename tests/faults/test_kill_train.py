"""`rlxai train`, killed by signal 9 at uniformly random moments and resumed, until it is done."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rlxai.training import train
from tests.faults.killing import Killed, Verb, unbroken
from tests.faults.tally import Finding, Tally
from tests.training.small_training import bare_recipe, differences


def campaign(
    seed: int = 0, kills: int = 50, lanes: int = 2, steps: int = 800, seconds: tuple[float, float] | None = None
) -> Tally:
    """One row.

    Args:
        seed: of the moments.
        kills: tries.
        lanes: trainings at a time.
        steps: of each training.
        seconds: that an unbroken one takes, and that it writes; None to find out by one.
    """
    row = Tally("kill -9 of train, resumed", seed)
    with row.timed(), tempfile.TemporaryDirectory() as scratch:
        recipe, reference = Path(scratch, "recipe.yaml"), Path(scratch, "reference")
        recipe.write_text(bare_recipe(steps, every=40, snapshots=200))
        if seconds is None:
            seconds = unbroken(training(recipe, reference), reference)
        else:
            train(recipe, reference, note=lambda _: None)

        def after_kill(folder: Path, seen: dict[str, str]) -> Iterator[Finding]:
            record = folder / "resume" / "record.json"
            if not record.exists():
                if seen:
                    yield Finding("lost", "no commit is there any more")
                return
            step = json.loads(record.read_bytes())["step"]
            row.note("kills after which there was a commit")
            if step < int(seen.get("step", "0")):
                yield Finding("lost", f"the commit of step {seen['step']} has gone, step {step} is there")
            seen["step"] = str(step)

        Killed(
            prepare=lambda folder: folder,
            begin=lambda folder: training(recipe, folder),
            after_kill=after_kill,
            when_done=lambda folder: (Finding("wrong", what) for what in differences(folder, reference, steps)),
            seconds=seconds[0],
            work_seconds=seconds[1],
        ).campaign(row, kills, Path(scratch), lanes)
    return row


def training(recipe: Path, folder: Path) -> Verb:
    """The verb at work, or going on."""
    return Verb("train", recipe, "--out", folder, "--resume")


def test_a_training_that_is_killed_ends_as_if_it_had_not_been():
    campaign(seed=1, kills=2, lanes=1, steps=160, seconds=(4, 2)).require_clean()
