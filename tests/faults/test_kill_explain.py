"""`rlxai explain` and its workers, killed by signal 9 at uniformly random moments, until it is done."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rlxai.cli.common import DEFAULT_TARGET
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.store import leftovers, open_run
from tests.faults.killing import Killed, Verb, unbroken
from tests.faults.tally import Finding, Tally
from tests.faults.truth import fingerprint, finished, readable
from tests.small_run import build_bare_run

DECISIONS = 40
METHODS = ("gradient", "grad-cam", "lrp-epsilon-plus-flat")


def campaign(
    seed: int = 0,
    kills: int = 200,
    lanes: int = 2,
    methods: tuple[str, ...] = METHODS,
    seconds: tuple[float, float] | None = None,
) -> Tally:
    """One row.

    Args:
        seed: of the moments.
        kills: tries.
        lanes: pieces of work at a time.
        methods: of attribution.
        seconds: that an unbroken run takes, and that it writes; None to find out by one.
    """
    row = Tally("kill -9 of explain and its workers", seed)
    with row.timed(), tempfile.TemporaryDirectory() as scratch:
        template, reference = Path(scratch, "template"), Path(scratch, "reference")
        recorded_run(template)
        shutil.copytree(template, reference)
        if seconds is None:
            seconds = unbroken(explaining(reference, methods), reference)
        else:
            run = open_run(reference)
            workflow.explain_episode(
                run, run.commits("episode")[0], run.snapshots(), Serial(), quiet,
                method_names=methods, targets=(DEFAULT_TARGET,),
            )  # fmt: skip
        truth = fingerprint(open_run(reference))
        assert len(truth) == 3 + 2 * len(methods)

        before = fingerprint(open_run(template))

        def after_kill(folder: Path, seen: dict[str, str]) -> Iterator[Finding]:
            found = list(readable(folder, truth, {**before, **seen}))
            yield from found
            if not found:
                seen.update(fingerprint(open_run(folder)))
                row.note("kills after which results were there", len(seen) > len(before))
                row.note("kills that left unfinished files", bool(leftovers(open_run(folder))))

        Killed(
            prepare=lambda folder: shutil.copytree(template, folder),
            begin=lambda folder: explaining(folder, methods),
            after_kill=after_kill,
            when_done=lambda folder: finished(folder, truth),
            seconds=seconds[0],
            work_seconds=seconds[1],
        ).campaign(row, kills, Path(scratch), lanes)
    return row


def recorded_run(folder: Path) -> None:
    """Two snapshots and a game."""
    run = build_bare_run(folder)
    workflow.record_games(run, run.snapshots()[1:], Serial(), quiet, max_decisions=DECISIONS, epsilon=0.5)


def explaining(folder: Path, methods: tuple[str, ...]) -> Verb:
    """The verb at work."""
    named = [word for method in methods for word in ("--method", method)]
    return Verb("explain", folder, "--snapshot", 0, "--snapshot", 1000, *named)


def test_an_explanation_that_is_killed_ends_as_if_it_had_not_been():
    campaign(seed=1, kills=2, lanes=1, methods=METHODS[:1], seconds=(5, 0.5)).require_clean()
