"""The figure of emergence draws what the tables say: read back from its artists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlxai.strategy.curves import COLUMNS, Curves, curve_name
from rlxai.strategy.emergence.figure import COLOURS, emergence_figure
from rlxai.strategy.emergence.story import LEADS, STORY
from rlxai.strategy.emergence.story_table import story_tables
from rlxai.strategy.report.words import change_sentences, lead_sentences

STEPS = [1000 * k for k in range(12)]
RISING = {"lift/visible-ball": 3, "lift/paddle": 5, "behaviour/tracking": 6, "behaviour/score": 7}


@pytest.fixture(scope="module")
def curves() -> Curves:
    generator = np.random.default_rng(0)
    rows = []
    for one in STORY:
        if one.figure in RISING or one.figure == "lift/tunnel":
            for k, step in enumerate(STEPS):
                level = 8.0 if k >= RISING.get(one.figure, 99) else 1.0
                for game in range(3):
                    value = level + 0.05 * generator.standard_normal()
                    rows.append((one.figure, one.states, "none", 0, step, f"g{game}", value, 1.0))
                rows += [(one.figure, one.states, "random", d, step, "", 0.9 + 0.2 * d, 1.0) for d in range(2)]
    return Curves(pd.DataFrame(rows, columns=list(COLUMNS)), 11_000)


@pytest.fixture(scope="module")
def tables(curves):
    return story_tables(curves)


def test_the_story_is_short_enough_for_its_p_values_and_names_every_panel_once():
    assert len(STORY) <= 25
    assert len({(one.figure, one.states) for one in STORY}) == len(STORY)
    panels = [(one.row, one.chapter) for one in STORY if one.row]
    assert len(set(panels)) == len(panels) == 12
    known = {(one.figure, one.states) for one in STORY}
    assert all(known.issuperset(pair) for pair in LEADS)


def test_changes_are_found_where_they_were_put(tables):
    emergence, leads = tables
    found = emergence.set_index("name")
    for one in STORY:
        if one.figure in RISING:
            assert found.step[curve_name(one.figure, one.states)] == 1000 * RISING[one.figure]
    assert not found.found["lift/tunnel (common)"]
    assert set(found.says) <= {one.says for one in STORY}
    assert list(leads.verdict) == ["first"]
    assert list(leads.second) == ["behaviour/tracking (own)"]


def test_sentences_say_only_what_holds_after_adjustment(tables):
    emergence, leads = tables
    sure = emergence[emergence.p_holm <= 0.05]
    said, rest = change_sentences(emergence)
    assert len(said) == len(sure) >= 3
    assert said[0].startswith("From step 3,000 on (2,000 to 4,000) it looks at the ball: ")
    assert "looks at tunnels" in rest
    (lead,) = lead_sentences(leads, emergence)
    assert lead.startswith("It looks at the ball before it follows the ball, by ")
    (open_,) = lead_sentences(leads, emergence.assign(p_holm=0.2))
    assert open_ == "Whether it looks at the ball before it follows the ball cannot be told."


def test_panels_hold_the_curve_its_interval_its_controls_and_its_change(curves, tables):
    figure = emergence_figure(curves, tables[0], {0: 1.0, 11_000: 9.0}, title="toy", games="evaluation games")
    axes = {axis.get_title(): axis for axis in figure.axes if axis.get_title()}
    ball = axes["ball"]
    (line, chance, change) = ball.lines
    found = [curves.estimate("lift/visible-ball", "common", step) for step in STEPS]
    np.testing.assert_allclose(line.get_xydata(), [(s / 1000, e.value) for s, e in zip(STEPS, found, strict=True)])
    assert set(chance.get_ydata()) == {1}
    assert set(change.get_xdata()) == {3.0}
    assert change.get_linestyle() == "--"
    random, band = ball.collections
    low, high = random.get_datalim(ball.transData).intervaly
    assert (low, high) == pytest.approx((0.9, 1.1), rel=0.02)
    interval = band.get_paths()[0].vertices
    assert interval[:, 1].max() == pytest.approx(max(e.high for e in found))
    score = axes["score"]
    np.testing.assert_allclose(score.lines[1].get_xydata(), [(0, 1), (11, 9)])
    timeline = axes["when it begins"]
    labels = {label.get_text(): label.get_color() for label in timeline.get_yticklabels()}
    assert labels["looks at the ball"] == COLOURS["ball"]
    assert labels["looks at tunnels"] == "0.65", "no change, no colour"


def test_a_run_of_which_little_is_known_still_has_a_figure():
    table = pd.DataFrame([("lift/ball", "own", "none", 0, 0, "g", 1.0, 1.0)], columns=list(COLUMNS))
    emergence, leads = story_tables(Curves(table, 0))
    assert len(emergence) == len(leads) == 0
    alone = ("behaviour/tracking", "own", "shuffled", 0, 0, "g", 0.1, 1.0)  # of one game, so without an interval
    curves = Curves(pd.concat([table, pd.DataFrame([alone], columns=list(COLUMNS))]), 0)
    figure = emergence_figure(curves, emergence, {}, title="toy", games="no games")
    assert "not measured" in {text.get_text() for axis in figure.axes for text in axis.texts}
