"""Inputs from several makers, and from hypothesis."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from tests.fuzz.model import Input

Maker = Callable[[Path, random.Random], Input]
"""One input from the folder of valid files."""


def mixed(*makers: Maker) -> Callable[[Path, int, int], Iterator[Input]]:
    """Inputs of several makers in turn, in an order drawn by the seed."""

    def inputs(folder: Path, count: int, seed: int) -> Iterator[Input]:
        for number in range(count):
            rng = random.Random(f"{seed}/{number}")
            yield rng.choice(makers)(folder, rng)

    return inputs


def drawn(strategy: st.SearchStrategy[Any], count: int, seed: int) -> list[Any]:
    """Examples of a hypothesis strategy; the same again for the same seed."""
    found: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count, database=None, deadline=None, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found[:count]


def beside(
    strategy: st.SearchStrategy[Input], others: Callable[[Path, int, int], Iterator[Input]]
) -> Callable[[Path, int, int], Iterator[Input]]:
    """Half of the inputs from a strategy, the rest from makers."""

    def inputs(folder: Path, count: int, seed: int) -> Iterator[Input]:
        examples = drawn(strategy, (count + 1) // 2, seed)
        yield from examples
        yield from others(folder, count - len(examples), seed)

    return inputs


def anywhere(*names: str) -> Maker:
    """One of some files is no plain file of its own: a link out of the folder, a pipe, a folder, huge, empty, gone."""

    def make(_: Path, rng: random.Random) -> Input:
        name = rng.choice(names)
        outside = rng.choice(
            ("/etc/passwd", "/dev/zero", "/proc/self/mem", "../../../etc", name.rpartition("/")[2], "/")
        )
        kinds: list[Input] = [
            Input(links={name: outside}, how=f"{name} leads to {outside}"),
            Input(odd={name: rng.choice(("pipe", "folder"))}, how=f"{name} is no file"),
            Input(sparse={name: rng.choice((10**9, 10**12))}, how=f"{name} is huge"),
            Input(files={name: b""}, how=f"{name} is empty"),
            Input(gone=(name,), how=f"{name} is missing"),
        ]
        return rng.choice(kinds)

    return make
