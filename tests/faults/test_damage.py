"""Random damage at random places of random files: verification finds each, and no reader is served a wrong byte.

Asked after each are all the addresses that the dashboard's player asks for, through its routes; all snapshots, results
and tables through the library. Each must be right, or one sentence.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from starlette.applications import Starlette

from rlxai.errors import RlxaiError, RunError
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.replay.answers import addresses
from rlxai.replay.listing import replay_episodes
from rlxai.replay.registry import named
from rlxai.replay.routes import routes
from rlxai.store import Run, open_run, verify
from rlxai.store.identity import digest
from rlxai.store.readable import read_table
from tests.asgi import request
from tests.faults.tally import Finding, Tally
from tests.small_run import STEPS, build_bare_run

DECISIONS = 70
"""Two chunks of each kind."""
ROWS = 20_000
"""Of a table too large for the quick look at small files."""
TABLES = ("numbers.parquet", "numbers.csv")
Damage = Callable[[random.Random, bytes, bytes], bytes | None]
Served = dict[str, str]
"""What was asked for -> hash of what came, or "" for an error in one sentence."""


def _flipped(dice: random.Random, data: bytes, _other: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def _zeroed(dice: random.Random, data: bytes, _other: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes(min(512, len(data) - at)) + data[at + 512 :]


def _digit(dice: random.Random, data: bytes, _other: bytes) -> bytes:
    places = [at for at, byte in enumerate(data) if chr(byte).isdigit()]
    at = dice.choice(places or [0])
    return data[:at] + str((data[at] - ord("0") + 1) % 10).encode() + data[at + 1 :]


DAMAGES: dict[str, Damage] = {
    "bit flip": _flipped,
    "truncation": lambda dice, data, _: data[: dice.randrange(len(data))],
    "zeros": _zeroed,
    "deletion": lambda *_: None,
    "appended bytes": lambda dice, data, _: data + dice.randbytes(dice.randint(1, 64)),
    "swap": lambda _dice, _data, other: other,
    "another digit": _digit,
}


def campaign(seed: int = 0, tries: int = 60) -> Iterator[Tally]:
    """A row per kind of damage.

    Args:
        seed: of files and places.
        tries: per kind.
    """
    with tempfile.TemporaryDirectory() as scratch:
        whole = build(Path(scratch, "whole"))
        asked = player_addresses(whole)
        truth = served(whole, asked)
        assert all(truth.values())
        for kind, damage in DAMAGES.items():
            row, dice = Tally(f"damaged files: {kind}", seed), random.Random(f"{seed}/{kind}")
            with row.timed():
                while row.tries < tries:
                    _try(row, dice, damage, whole, Path(scratch, "damaged"), truth, asked)
            yield row


def test_damage_is_found_and_never_served():
    for row in campaign(seed=1, tries=2):
        row.require_clean()


def build(path: Path) -> Run:
    """A run with a game, its maps by both snapshots, and a large table."""
    run = build_bare_run(path)
    first, last = run.snapshots()
    (game,) = workflow.record_games(run, [last], Serial(), quiet, max_decisions=DECISIONS, epsilon=0.5)
    for snapshot, method in ((first, "gradient"), (last, "grad-cam")):
        workflow.explain_episode(
            run, game, [snapshot], Serial(), quiet, method_names=[method], targets=["advantage"]
        )  # fmt: skip
    with run.attempt("table", {"rows": ROWS}) as attempt:
        table = pd.DataFrame({"value": np.random.default_rng(0).standard_normal(ROWS)})
        table.to_parquet(attempt.folder / TABLES[0], write_page_checksum=True)
        table.to_csv(attempt.folder / TABLES[1], index=False)
    return run


def _try(
    row: Tally, dice: random.Random, damage: Damage, whole: Run, folder: Path, truth: Served, asked: list[str]
) -> None:
    shutil.copytree(whole.path, folder)
    try:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        chosen, other = dice.choice(files), dice.choice(files)
        before = chosen.read_bytes()
        after = damage(dice, before, other.read_bytes())
        if after == before:
            return
        opened = open_run(folder)
        if shown := dice.random() < 0.5:
            served(opened, asked)  # the dashboard has it open
        _replace(chosen, after)
        where = f"{chosen.relative_to(folder)}{' while it is shown' if shown else ''}"
        found = list(other_than(truth, opened, asked))
        if not _noticed(folder, gone=after is None):
            found.append(Finding("wrong", "verification finds nothing"))
        row.add(f"try {row.tries}, {where}", found)
        row.note("while it was shown", shown)
    finally:
        shutil.rmtree(folder)


def _replace(path: Path, content: bytes | None) -> None:
    """As a disk that goes bad would: the time of the last change stays."""
    status = path.stat()
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _noticed(folder: Path, *, gone: bool) -> bool:
    """Whether verification says something; results without the file that names them are told as unfinished."""
    try:
        report = verify(open_run(folder))
    except RlxaiError:
        return True  # run.json itself
    return bool(report.problems or (gone and report.unfinished))


def other_than(truth: Served, run: Run, asked: list[str]) -> Iterator[Finding]:
    """Answers of a damaged run that are neither true nor one sentence."""
    unclear: list[str] = []
    for name, content in served(run, asked, unclear).items():
        if content and content != truth[name]:
            yield Finding("wrong", f"{name} is served with other content")
    yield from (Finding("unclear", one) for one in unclear)


def served(run: Run, asked: list[str], unclear: list[str] | None = None) -> Served:
    """Everything that can be asked of a run.

    Args:
        run: opened before.
        asked: addresses of its player.
        unclear: gets what is neither an answer nor one sentence.
    """
    found: Served = {}
    amiss = [] if unclear is None else unclear

    def ask(name: str, read: Callable[[], object]) -> None:
        found[name] = ""
        try:
            found[name] = digest(str(read()))
        except RlxaiError as error:
            if "\n" in str(error):
                amiss.append(f"{name}: {error}")
        except Exception as error:
            amiss.append(f"{name}: {type(error).__name__}: {error}")

    for step in STEPS:
        ask(f"step {step}", lambda step=step: run.snapshot(step).load().digest())
    for kind in ("episode", "attribution", "table"):
        for record in run.records(kind):
            ask(f"{kind} {record.stem}", lambda record=record: _result(run, record))
    for name in TABLES:
        ask(name, lambda name=name: _table(run, name))
    ask("description", lambda: {**open_run(run.path).info, "name": ""})
    app = Starlette(routes=routes(named([run])))
    for address in asked:
        answer = request(app, f"/rlxai/{run.path.name}/{address}")
        found[address] = digest(answer.content.hex()) if answer.status == 200 else ""
        if answer.status not in (200, 404, 500) or (answer.status != 200 and "\n" in answer.text.strip()):
            amiss.append(f"{address}: {answer.status} {answer.text[-300:]}")
    return found


def _result(run: Run, record: Path) -> str:
    commit = run.read(record)
    return str([commit.spec, commit.summary, commit.content])


def _table(run: Run, name: str) -> str:
    found = run.commits("table")
    if not found:
        raise RunError(f"{run}: has no table")  # whose record is deleted is not there
    return str(read_table(found[0], name).to_csv())


def player_addresses(run: Run) -> list[str]:
    """Everything that the player of a run asks for."""
    return [address for episode in replay_episodes(run)[0] for address in addresses(episode, episode.maps)]
