"""A fault at every single file call: the process is killed, the power fails, the disk is full, the call is refused.

After each: nothing readable is wrong or partial, nothing finished has gone, an error is one sentence, and the verb, run
again, ends with the results of an unbroken run.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.faults.children import answer, apart, forked, require
from tests.faults.failing import Fault, Mode, compiler, failing_calls, meeting
from tests.faults.jobs import JOBS, Job, one_process, results, while_unfinished
from tests.faults.tally import Finding, Tally
from tests.faults.truth import Truth, one_sentence

_WRITES = ("write", "pwrite", "writev", "sendfile", "copy_file_range")
_NAMES = ("open", "mkdir", "link", "rename", "unlink")


def campaign(
    seed: int = 0, share: float = 1, jobs: Sequence[str] = tuple(JOBS), most: int | None = None
) -> Iterator[Tally]:
    """A row per job.

    Args:
        seed: of the choice of calls, where not all are tried.
        share: of all file calls and kinds of fault.
        jobs: names.
        most: tries per job, instead of the job's own.
    """
    for job in jobs:
        with Tally(f"a fault at every file call of {job}", seed).timed() as row, failing_calls() as library:
            apart(row, "tests.faults.test_every_call", library, job=job, most=most, share=share)
        yield row


@pytest.mark.skipif(compiler() is None, reason="needs Linux and a C compiler to let file calls fail")
@pytest.mark.parametrize(("job", "most"), [("import", 10), ("explain", 12)])
def test_a_fault_at_any_file_call_loses_nothing(job: str, most: int):
    for row in campaign(seed=1, most=most, jobs=[job]):
        row.require_clean()


def count(seed: int, job: str, most: int | None, share: float) -> Tally:
    """In the process with the failing calls; everything else happens in children of it."""
    row, work = Tally(job, seed), JOBS[job]
    one_process()
    with tempfile.TemporaryDirectory() as scratch:
        template, reference = Path(scratch, "template"), Path(scratch, "reference")
        template.mkdir()
        require(forked(lambda: work.prepare(template)))
        shutil.copytree(template, reference)
        whole = meeting(Fault(Mode.COUNT), lambda: work.act(reference), reference)
        require(whole)
        row.note("file calls", len(whole.calls))
        tries = faults_of([call.split()[1] for call in whole.calls])
        wanted = round(share * min(len(tries), most or work.most))
        if wanted < len(tries):
            tries = [tries[0], *random.Random(seed).sample(tries[1:], max(1, wanted - 1))]
        before, truth = results(template), results(reference)
        for number, fault in enumerate(tries):
            folder = Path(scratch, f"try{number}")
            shutil.copytree(template, folder)
            found = list(_after(work, fault, len(whole.calls), folder, reference, truth, before))
            row.add(f"{job}: {fault}, {' '.join(whole.calls[fault.at - 1 : fault.at])}", found)
            shutil.rmtree(folder)
            if os.environ.get("RLXAI_FAULTS_ALOUD"):
                print(f"{number + 1} of {len(tries)}, {fault}: {found}", file=sys.stderr, flush=True)
    return row


def faults_of(calls: Sequence[str]) -> list[Fault]:
    """Every fault that leaves something else behind than another one, given the names of all calls in their order."""
    found = [Fault(Mode.POWER, len(calls) + 1)]
    for at, name in enumerate(calls, 1):
        # A call without content is done before TEAR kills: that is a kill before the next call.
        found += [Fault(Mode.KILL, at)] if at == 1 or calls[at - 2] in _WRITES else []
        found += [Fault(Mode.TEAR, at), Fault(Mode.POWER, at)]
        found += [Fault(Mode.ONCE, at, errno.EACCES if name in _NAMES else errno.EIO)]
        found += [Fault(Mode.FULL, at)] if name in (*_WRITES, "open", "mkdir", "link") else []
    return found


def _after(
    job: Job, fault: Fault, calls: int, folder: Path, reference: Path, truth: Truth, before: Truth
) -> Iterator[Finding]:  # fmt: skip
    act = partial(job.act, folder)
    outcome = meeting(fault, act, folder)
    yield from while_unfinished(folder, truth, before)
    if fault.mode is Mode.POWER and fault.at > calls:
        yield from job.check(folder, reference)  # what the verb has told its user is there stays
    if not outcome.killed and outcome.status:
        yield from one_sentence(outcome.status, outcome.said)
    again = forked(act)
    if again.status:
        yield Finding("lost", f"cannot be done again: {again.said[-600:]}")
    else:
        yield from job.check(folder, reference)


if __name__ == "__main__":
    answer(count)
