"""Everything that `rlxai strategy` concludes of a run, on untrained snapshots: nothing may be supported."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pandas as pd
import pytest

import rlxai
from rlxai.errors import FileRefused, InvalidValue
from rlxai.pipeline import Serial, StrategyPlan, measure_strategy, quiet
from rlxai.pipeline.features.plan import FeaturesPlan, measure_features
from rlxai.store import verify
from rlxai.strategy import assert_strategy
from tests.small_run import SMALL_PLAN, build_bare_run

PLAN = replace(
    SMALL_PLAN, games=3, epsilon=0.3, max_decisions=80, states=12, script=90, clusters=12, edits=12, events=1, units=4
)
FEATURES = FeaturesPlan(
    games=1, max_decisions=50, states=24, scripts=0, exemplars=2, randoms=1, neurons=2, steps=0, trials=0, points=0
)
HOSTILE = '<script src="https://evil.example/x.js">alert(1)</script> & "quoted" $body'
CLAIM = f"""
name: plays
hypothesis: '{HOSTILE}'
evidence:
  - {{figure: behaviour/length, states: own, at: last, is: above, than: 10}}
  - {{figure: lift/paddle, states: own, at: last, is: above, than: 0}}
"""


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    path = tmp_path_factory.mktemp("claims") / "plays.yaml"
    path.write_text(CLAIM)
    return path


@pytest.fixture(scope="module")
def measured(tmp_path_factory, claim):
    run = build_bare_run(tmp_path_factory.mktemp("report") / "run")
    return run, measure_strategy(run, Serial(), quiet, replace(PLAN, claims=(claim,)))


class Page(HTMLParser):
    """Elements and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(measured):
    return Page((measured[1].folder / "report.html").read_text("utf-8"))


def test_random_weights_support_no_builtin_claim(measured):
    _, commit = measured
    words = {name: found["verdict"] for name, found in commit.summary["verdicts"].items()}
    assert words.pop("plays") == "supported"
    assert len(words) >= 11
    assert "supported" not in words.values()
    table = pd.read_parquet(commit.folder / "verdicts.parquet")
    assert "supported" not in set(table.verdict[table.claim != "plays"])


def test_all_tables_and_figures_are_there(measured):
    run, commit = measured
    assert set(commit.files) == {
        *(f"{name}.{end}" for name in ("ledger", "curves", "emergence", "leads", "verdicts", "evidence")
          for end in ("parquet", "csv")),
        "ledger.svg", "ledger.png", "emergence.svg", "emergence.png", "moments.csv", "report.html",
    }  # fmt: skip
    figures = set(pd.read_parquet(commit.folder / "curves.parquet").figure.str.split("/").str[0])
    assert {"lift", "share", "signed", "motion", "behaviour", "changed", "value-of"} <= figures
    assert verify(run).problems == []


def test_every_snapshot_has_the_games_that_were_planned_and_a_second_run_does_nothing(measured, claim):
    run, commit = measured
    played = pd.Series([c.spec["step"] for c in run.commits("episode") if c.spec["step"] is not None])
    assert played.value_counts().to_dict() == {0: 3, 1000: 3}
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert measure_strategy(run, Serial(), quiet, replace(PLAN, claims=(claim,))) == commit
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()} == before


def test_it_is_the_same_again_to_the_last_byte(measured):
    from rlxai.pipeline.strategy.join import StrategyTask
    from rlxai.strategy.claims.claim import Claim

    run, commit = measured
    spec = commit.spec
    task = StrategyTask(
        tuple(spec["ledgers"]), tuple(spec["behaviours"]), tuple(map(tuple, spec["others"])), tuple(spec["clusters"]),
        tuple(map(tuple, spec["figures"])), tuple(map(Claim.from_dict, spec["claims"])), spec["best"],
    )  # fmt: skip
    assert task.spec() == spec
    with run.attempt("other", {"again": 1}) as attempt:
        task.execute(run, attempt, lambda done, total: None)
        for name in commit.files:
            assert (attempt.folder / name).read_bytes() == (commit.folder / name).read_bytes(), name
        assert attempt.summary == commit.summary


def test_the_page_needs_nothing_from_elsewhere_and_shows_strangers_words_as_words(page):
    assert page.open == []
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "form", "a"}
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "srcset"):
            assert str(attributes.get(name, "data:")).startswith("data:")
    policies = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies[0].startswith("default-src 'none'")
    assert HOSTILE in page.text


def test_every_number_of_the_verdicts_is_on_the_page(measured, page):
    _, commit = measured
    for found in commit.summary["verdicts"].values():
        assert found["sentence"] in page.text
    evidence = pd.read_parquet(commit.folder / "evidence.parquet")
    for sentence in evidence.sentence[evidence.verdict_of == "run"]:
        assert sentence[1:] in page.text
    assert len([tag for tag, _ in page.elements if tag == "img"]) >= 4


def test_moments_are_extremes_of_the_evidence(measured):
    _, commit = measured
    moments = pd.read_csv(commit.folder / "moments.csv")
    mine = moments[moments.claim == "plays"]
    assert set(mine.figure) == {"lift/paddle"}
    assert set(mine.shows_it) == {"best", "worst"}
    (maps,) = [c for c in measured[0].commits("spray") if len(c.spec["snapshots"]) == 2]
    table = pd.read_parquet(maps.folder / "maps.parquet")
    lifts = table[table.step == 1000]["relevance on the paddle"]
    best = mine[mine.shows_it == "best"]
    assert best.value.max() == pytest.approx(lifts.max(), rel=1e-4)
    assert mine[mine.shows_it == "worst"].value.min() == pytest.approx(lifts.min(), rel=1e-4)
    row = best.iloc[0]
    there = table[(table.episode == row.game) & (table.decision == row.decision) & (table.step == 1000)]
    assert there["relevance on the paddle"].item() == pytest.approx(row.value, rel=1e-4)


def test_pictures_show_the_screen(measured):
    from base64 import b64decode

    text = (measured[1].folder / "report.html").read_text("utf-8")
    small = [
        cv2.imdecode(np.frombuffer(b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        for data in re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    ]
    screens = [picture for picture in small if picture.shape[:2] == (210, 160)]
    assert screens
    assert all(np.ptp(picture) > 50 for picture in screens)


def test_a_strategy_can_be_asserted(measured, claim, tmp_path):
    run, _ = measured
    opened = rlxai.open_run(run.path)
    assert_strategy(opened, claim)
    assert_strategy(opened, claim, min_lift=0.001)
    with pytest.raises(AssertionError, match=r"plays: the lift of the relevance on paddle .* at least 1000 was asked"):
        assert_strategy(opened, claim, min_lift=1000)
    with pytest.raises(AssertionError, match=r"looks-at-ball: (Refuted|Untested): the .* at step 1,000"):
        assert_strategy(opened, "looks-at-ball", step=1000)
    tall = tmp_path / "tall.yaml"
    tall.write_text(CLAIM.replace("name: plays", "name: tall").rsplit("  - ", 1)[0])
    with pytest.raises(InvalidValue, match="tall has no evidence on a lift"):
        assert_strategy(opened, tall, min_lift=1)
    with pytest.raises(InvalidValue, match="no claim is called 'nothing'"):
        assert_strategy(opened, "nothing")


def test_without_a_measured_strategy_the_verb_is_named(make_run):
    with pytest.raises(InvalidValue, match=r"its strategy is not measured yet; run: rlxai strategy .*empty"):
        assert_strategy(make_run("empty"), "tracks-ball")


def test_claims_are_checked_before_anything_is_computed(make_run, tmp_path):
    run = make_run("run")
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: x\n")
    with pytest.raises(FileRefused, match=r"bad.yaml: the key 'hypothesis' is missing"):
        measure_strategy(run, Serial(), quiet, StrategyPlan(claims=(bad,)))
    with pytest.raises(InvalidValue, match=r"states and games must be at least 1.* met states 0, games 3"):
        measure_strategy(run, Serial(), quiet, StrategyPlan(states=0))
    assert run.records() == []


def test_events_and_single_units_have_sections_and_curves(measured, page):
    _, commit = measured
    for title in ("Around events", "What single units see"):
        assert title in page.text
    curves = pd.read_parquet(commit.folder / "curves.parquet")
    assert curves.figure.str.startswith("atoms-h/").any()
    assert sum(tag == "img" for tag, _ in page.elements) >= 5


def test_results_with_pages_of_their_own_are_summed_up_with_a_link(tmp_path):
    run = build_bare_run(tmp_path / "run")
    alone = replace(PLAN, clusters=0, edits=0, events=0, units=0, games=1)
    before = measure_strategy(run, Serial(), quiet, alone)
    made = measure_features(run, Serial(), quiet, FEATURES)
    after = measure_strategy(run, Serial(), quiet, alone)
    assert after.task != before.task
    assert after.spec["ledgers"] == before.spec["ledgers"]  # nothing else is done again
    report = Page((after.folder / "report.html").read_text("utf-8"))
    assert "What its units mark" in report.text
    (address,) = [attributes["href"] for tag, attributes in report.elements if tag == "a"]
    assert (after.folder / address).resolve() == (made.folder / "features.html").resolve()
    assert "<a " not in (before.folder / "report.html").read_text("utf-8")
