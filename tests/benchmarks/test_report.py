"""The benchmark's report is complete and well-formed; what it costs is not judged here."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks import attribution, gpu
from benchmarks.report import Row, figure, table
from benchmarks.results import HEAD, has, put
from benchmarks.targets import NINE, TARGETS
from benchmarks.timing import Meter
from rlxai.attribution import methods


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("bench") / "results.md"
    threads = torch.get_num_threads()
    try:
        attribution.main(["--quick", "--out", str(out)])
    finally:
        torch.set_num_threads(threads)
    return out.read_text(encoding="utf-8")


def rows(report: str) -> dict[str, list[str]]:
    """Cells of the table's lines by method."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in report.splitlines() if line[:1] == "|"]
    return {line[0]: line[1:] for line in cells if line[0] in methods()}


@pytest.mark.filterwarnings("ignore:.*:UserWarning")  # captum's, about the hooks it sets
def test_every_method_has_a_cost(report: str) -> None:
    found = rows(report)
    assert list(found) == list(methods())
    for line in found.values():
        assert len(line) == 4
        assert float(line[0].replace(",", "")) > 0
        assert line[1] == "-"  # targets are for the whole batch


def test_says_what_was_measured(report: str) -> None:
    assert all(word in report for word in ("batch 2", "torch", "Python", "One forward =", "the least of several runs"))
    assert all(f"`{name}`" in report for name in NINE)


def test_targets_name_methods() -> None:
    assert set(TARGETS) <= set(methods())
    assert set(NINE) <= set(methods())


def test_a_missed_target_is_said() -> None:
    row = Row("gradient", 3.0, (("captum Saliency", 4.5), ("zennit Gradient", 5.0)), target=2.5)
    assert row.cells() == ("gradient", "3.0", "2.5 (missed)", "captum Saliency 4.5, zennit Gradient 5.0", "1.5")
    assert Row("cam", 2.0, target=2.5).cells() == ("cam", "2.0", "2.5", "-", "-")


def test_table_is_aligned() -> None:
    lines = table(("a", "bb"), [("long", "1"), ("x", "22")]).splitlines()
    assert lines == ["| a    | bb |", "| ---- | -: |", "| long |  1 |", "| x    | 22 |"]
    assert [figure(cost) for cost in (None, 1.234, 29.96, 63_360)] == ["-", "1.2", "30.0", "63,360"]


def test_cost_of_work_in_forwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that only the work moves: slow at first, as before caches are filled."""
    now = 0.0
    costs = iter([9.0, 6.0, 7.0])

    def spend(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr("time.process_time", lambda: now)
    meter = Meter(lambda: spend(2.0), budget=20.0)
    assert meter.forwards(lambda: spend(next(costs))) == 3.0


def test_what_is_slow_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    runs = 0

    def slow() -> None:
        nonlocal now, runs
        now, runs = now + 50.0, runs + 1

    def forward() -> None:
        nonlocal now
        now += 2.0

    monkeypatch.setattr("time.process_time", lambda: now)
    assert Meter(forward, budget=20.0).forwards(slow) == 25.0
    assert runs == 1


def test_a_section_takes_the_place_of_its_earlier_self(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    put(page, "First", "old")
    put(page, "Second", "other\n")
    put(page, "First", "new")
    assert page.read_text() == f"{HEAD}\n## First\n\nnew\n\n## Second\n\nother\n"
    assert has(page, "Second")
    assert not has(page, "Third")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_run_without_a_gpu_keeps_the_figure(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    gpu.main(page)
    assert "No GPU was at hand" in page.read_text()
    put(page, gpu.TITLE, "some card: 0.9 s")
    gpu.main(page)
    assert "some card: 0.9 s" in page.read_text()


def test_gpu_section_measures_on_any_device() -> None:
    assert gpu.measure("cpu", count=1, frames=3, size=2) > 0
