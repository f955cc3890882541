"""A short campaign in this process, and proof that the campaign sees what it looks for."""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlxai.errors import InvalidValue
from tests.fuzz.attempt import Bench
from tests.fuzz.guard import Guard
from tests.fuzz.model import Input, Target
from tests.fuzz.pickles import PAYLOADS
from tests.fuzz.registry import NAMES, find_target

TRIES = {"commit": 10, "episode": 10, "maps": 10, "player": 10, "command line": 25}
"""Of targets whose inputs take longer."""


@pytest.fixture(scope="session")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """One for all: a process never gets rid of an audit hook."""
    return Guard(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(scope="session")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Target], Path]:
    """Folders of valid files; targets that start from the same ones share them."""
    made: dict[Any, Path] = {}

    def prepared(target: Target) -> Path:
        if target.prepare not in made:
            made[target.prepare] = tmp_path_factory.mktemp("valid")
            target.prepare(made[target.prepare])
        return made[target.prepare]

    return prepared


@pytest.fixture
def bench(guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Benches in a folder of their own, which is where planted code would leave its mark."""
    number = itertools.count()

    def make(target: Target, valid: Path) -> Bench:
        work = Path(guard.inside) / f"{tmp_path.name}-{next(number)}"
        work.mkdir()
        monkeypatch.chdir(work)
        return Bench(target, valid, work, guard)

    return make


@pytest.mark.filterwarnings("ignore")  # of decoders, about what they are given
@pytest.mark.parametrize("name", NAMES)
def test_each_input_is_accepted_or_refused_in_one_sentence(name: str, bench, valid):
    target = find_target(name)
    folder = valid(target)
    tried = bench(target, folder)
    kinds = set()
    for given in target.inputs(folder, TRIES.get(name, 40), 7):
        outcome = tried.judge(given)
        assert outcome.kind in ("accepted", "refused"), (given.how, outcome)
        kinds.add(outcome.kind)
    assert "refused" in kinds or name in ("link", "player")  # these pass over what makes no sense


def trial(open_: Callable[[Path, Input], Any]) -> Target:
    """A target whose reader is given; without changes it reads 1."""
    return Target("trial", lambda _: None, lambda *_: iter(()), lambda f, given: open_(f, given) if given.how else 1)


def raising(error: BaseException) -> Callable[[Path, Input], Any]:
    def read(_folder: Path, _given: Input) -> Any:
        raise error

    return read


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda folder, given: 1, "accepted"),
        (raising(InvalidValue("this is no value")), "refused"),
        (raising(InvalidValue("no")), "unclear"),
        (raising(KeyError("step")), "unclear"),
        (raising(MemoryError()), "greedy"),
        (raising(InvalidValue("is damaged (Unable to allocate 3 TiB)")), "greedy"),
        (lambda folder, given: 2, "wrong"),
        (lambda folder, given: float("nan"), "wrong"),
        (lambda folder, given: pickle.loads(PAYLOADS["mkdir"]), "escaped"),
        (lambda folder, given: os.system("true"), "escaped"),
        (lambda folder, given: (folder.parents[1].parent / "elsewhere").write_text("x"), "escaped"),
    ],
)
def test_what_should_not_be_is_seen(read, kind: str, bench, tmp_path: Path):
    tried = bench(trial(read), tmp_path)
    assert tried.judge(Input(how="changed", harmless=True)).kind == kind
    assert tried.judge(Input(how="")).kind == "accepted"


def test_every_planted_payload_is_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mkdir", "system", "eval", "exec", "instance"):
        pickle.loads(PAYLOADS[name])
        assert (tmp_path / "canary").is_dir(), name
        shutil.rmtree(tmp_path / "canary")


def test_inputs_are_kept_and_laid_out_and_taken_back(bench, valid, tmp_path: Path):
    (tmp_path / "a").write_text("1")
    tried = bench(trial(lambda folder, given: sorted(path.name for path in folder.iterdir())), tmp_path)
    given = Input({"b/c": b"\xff"}, {"d": "/etc"}, {"e": 10**9}, {"f": "pipe"}, ("a",), ("w",), how="all kinds")
    assert Input.load(given.dump()) == given
    assert tried.judge(given).kind == "accepted"
    assert sorted(path.name for path in tried.folder.iterdir()) == ["a"] or (tried.folder / "b").is_dir()
    assert (tried.folder / "a").read_text() == "1"


def test_the_same_seed_gives_the_same_inputs(valid):
    for name in ("claim", "sb3 zip"):
        target = find_target(name)
        one, other = (list(target.inputs(valid(target), 6, 3)) for _ in range(2))
        assert one == other
