"""The pages on methods: all methods are there, their tables come from the results, their examples run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import rlxai
from benchmarks import pages
from benchmarks.attribution import METHODS
from benchmarks.gallery import PAGES
from benchmarks.pictures import families
from benchmarks.results import put
from benchmarks.sanity import TITLE
from rlxai.attribution import catalogue


@pytest.mark.parametrize("family", list(PAGES))
def test_every_method_has_a_section(family: str) -> None:
    text = (pages.DOCS / f"{PAGES[family]}.md").read_text(encoding="utf-8")
    headings = ", ".join(re.findall("^## (.*)$", text, re.MULTILINE)).split(", ")
    assert {method.name for method in families()[family]} <= set(headings)
    assert (pages.DOCS / f"{PAGES[family]}.png").stat().st_size < 300_000


def test_table_is_filled_from_the_results(tmp_path: Path) -> None:
    results, page = tmp_path / "results.md", tmp_path / "page.md"
    put(
        results,
        METHODS,
        "| method | ours | target | peers | ratio |\n| - | - | - | - | - |\n| cam | 1.5 | - | x 3.0 | 2.0 |",
    )
    put(results, TITLE, "| method | a | b | c | d |\n| - | - | - | - | - |\n| cam | 0.10 | 0.20 | 3.0 | 0.9 to 1.1 |")
    page.write_text("before\n<!-- measured -->\nold\n<!-- end -->\nafter\n")
    for _ in range(2):
        pages.fill(page, ["cam", "rise"], results)
    lines = page.read_text().splitlines()
    assert [lines[0], lines[-1]] == ["before", "after"]
    assert [cell.strip() for cell in lines[4].split("|")[1:-1]] == [
        "cam",
        "1.5",
        "x 3.0",
        "0.10",
        "0.20",
        "3.0",
        "0.9 to 1.1",
    ]
    assert [cell.strip() for cell in lines[5].split("|")[1:-1]] == ["rise", *["-"] * 6]


def test_examples_run(monkeypatch: pytest.MonkeyPatch, shipped_agent) -> None:
    monkeypatch.setattr(catalogue, "_METHODS", dict(catalogue._METHODS))
    text = (pages.DOCS / "your-own.md").read_text(encoding="utf-8")
    examples = re.findall("```python\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 3
    names: dict[str, object] = {
        "agent": shipped_agent, "observations": np.random.default_rng(0).integers(0, 256, (2, 4, 84, 84), np.uint8),
    }  # fmt: skip
    for example in examples:
        exec(example, names)
    assert "energy" in rlxai.methods()
