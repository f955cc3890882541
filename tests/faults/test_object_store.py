"""Runs in an object store whose writers are killed, and whose server goes away in the middle of a request and returns.

The server is a real one, on loopback, behind a wire that can be cut; writers and readers are processes of their own.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rlxai.errors import RunError
from rlxai.store import Run, open_run
from tests.faults.children import Child, Ended, answer, apart, forked, require
from tests.faults.proxy import wire
from tests.faults.tally import Finding, Tally
from tests.faults.test_readers import write_all
from tests.faults.truth import fingerprint, finished, readable
from tests.store.conftest import INFO

TASKS = 4
_AWAY = "does not answer"
OUTAGE_SECONDS = 8.0
"""At most; the client gives up after one to six seconds, so that there are both: waits that end well, and errors."""


def kills(seed: int = 0, tries: int = 60) -> Tally:
    """The row for writers that are killed.

    Args:
        seed: of the moments.
        tries: kills.
    """
    return _campaign("object store: kill -9 of a writer", seed, tries, 0)


def outages(seed: int = 0, tries: int = 40) -> Tally:
    """The row for a server that goes away and comes back while writers are at work.

    Args:
        seed: of the moments.
        tries: writers.
    """
    return _campaign("object store: the server goes away and comes back", seed, tries, OUTAGE_SECONDS)


def _campaign(name: str, seed: int, tries: int, outage: float) -> Tally:
    row = Tally(name, seed)
    with row.timed(), tempfile.TemporaryDirectory() as home, cut_by(seed, outage, row) as reached:
        environment = {**reached, "XDG_CACHE_HOME": home}
        apart(row, "tests.faults.test_object_store", environment, tries=tries, kill=not outage)
    return row


@pytest.mark.parametrize("campaign", [kills, outages])
def test_kills_and_outages_of_an_object_store_lose_nothing(campaign: Callable[..., Tally]):
    pytest.importorskip("moto", reason="moto is not installed")
    pytest.importorskip("obstore", reason="obstore is not installed")
    campaign(seed=1, tries=3).require_clean()


@contextmanager
def cut_by(seed: int, seconds: float, row: Tally) -> Iterator[dict[str, str]]:
    """A server, the wire to which is cut again and again for up to so many seconds; 0: never."""
    from tests.store.s3_server import s3_server

    dice, over = random.Random(f"cut {seed}"), threading.Event()
    with s3_server() as server, wire(int(urlsplit(server.url).port or 0)) as line:

        def cut() -> None:
            while not over.wait(dice.uniform(0.2, 2)):
                row.note("outages")
                row.note("connections cut", line.cut())
                over.wait(dice.uniform(0, seconds))
                line.mend()

        cutter = threading.Thread(target=cut)
        if seconds:
            cutter.start()
        try:
            yield {**server.environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{line.port}"}
        finally:
            over.set()
            if seconds:
                cutter.join()


def count(seed: int, tries: int, kill: bool) -> Tally:
    """In the process that forks writers and readers; it never speaks to the store itself."""
    row, dice = Tally("", seed), random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        reference = Run.create(Path(scratch, "reference"), INFO)
        require(forked(lambda: write_all(reference.path, TASKS)))
        truth = fingerprint(reference)
        whole, number = _seconds_of_a_writer(row), 0
        while row.tries < tries:
            url, seen = f"s3://runs/run{seed}-{number}", Path(scratch, f"seen{number}.json")
            seen.write_text("{}")
            _insist(partial(_create, url), row)
            started, done = time.monotonic(), False
            while not done and row.tries < tries:
                writer = Child(partial(write_all, url, TASKS))
                if kill:
                    time.sleep(dice.uniform(0, whole))
                    writer.kill()
                ended = writer.end()
                count_it = row.add if ended.killed or not kill else row.judge  # done before its kill: no try
                count_it(f"run {number}, {time.monotonic() - started:.2f} s", _sentence(ended))
                row.note("killed" if ended.killed else "refused in a sentence" if ended.status else "finished")
                _judge(row, f"run {number}", partial(_look, url, truth, seen))
                done = ended.status == 0
            _insist(partial(write_all, url, TASKS), row)
            _judge(row, f"run {number}, finished", partial(_look, url, truth, seen, done=True))
            number += 1
    return row


def _seconds_of_a_writer(row: Tally) -> float:
    """How long a writer takes that nobody kills."""
    url, began = f"s3://runs/whole{row.seed}", time.monotonic()
    _insist(partial(_create, url), row)
    _insist(partial(write_all, url, TASKS), row)
    return time.monotonic() - began


def _create(url: str) -> int:
    Run.create(url, INFO)
    return 0


def _look(url: str, truth: dict[str, str], seen: Path, *, done: bool = False) -> int:
    """A reader; a line on standard error for each finding."""
    before = json.loads(seen.read_text())
    found = list(finished(url, truth) if done else readable(url, truth, before))
    for finding in found:
        if _AWAY in finding.what:
            raise RunError(finding.what)
        print(f"{finding.category}: {finding.what}", file=sys.stderr)
    seen.write_text(json.dumps(before if found else fingerprint(open_run(url))))
    return 0


def _judge(row: Tally, where: str, look: partial[int]) -> None:
    """What a reader found, once the server was there long enough for it."""
    for line in _insist(look, row).said.splitlines():
        category, _, what = line.partition(": ")
        row.judge(where, [Finding("lost" if category == "lost" else "wrong", what)])


def _insist(action: partial[int], row: Tally) -> Ended:
    """Do it again until the server was there for all of it."""
    for _ in range(50):
        ended = forked(action)
        if ended.status == 0:
            return ended
        row.judge("again", _sentence(ended))
    raise RuntimeError(f"the server is never there: {ended.said}")


def _sentence(ended: Ended) -> Iterator[Finding]:
    """Children show tracebacks: the last line must be an error of rlxai's own."""
    if ended.status and not ended.killed:
        last = ended.said.strip().splitlines()[-1] if ended.said.strip() else ""
        if not last.startswith("rlxai."):
            yield Finding("unclear", ended.said[-600:])


if __name__ == "__main__":
    answer(count)
