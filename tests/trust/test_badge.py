"""The rule as data, and the badges that scores earn by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rlxai.trust.badge import Score, badge, game_means, score
from rlxai.trust.leaderboard import badge_table, leaderboard, method_order, score_table, with_means
from rlxai.trust.papers import TESTS
from rlxai.trust.rule import RULE

GOOD = {
    "above-random/black": (0.5, 0.2, 0.8), "above-random/blur": (0.4, 0.1, 0.7), "above-edges/black": (0.3, 0.1, 0.5),
    "sanity/rank-used/cascading/all": (0.1, 0.0, 0.2), "sanity/rank-used/cascading/1": (0.4, 0.3, 0.5),
    "sanity/rank-used/unrelated": (0.3, 0.2, 0.4), "actions": (0.1, 0.0, 0.2), "continuity/noise": (0.2, 0.1, 0.3),
    "conservation/error": (1e-6, 1e-7, 2e-6), "implementation/twin": (1e-6, 0.0, 1e-5), "empty": (0.0, 0.0, 0.0),
}  # fmt: skip


def scores_of(**changes):
    known = GOOD | {name.replace("__", "/").replace("_", "-"): bounds for name, bounds in changes.items()}
    return {name: Score(value, value, value, 8, low, high) for name, (value, low, high) in known.items()}


def test_all_passed_is_trusted():
    found = badge(scores_of(), "advantage")
    assert found.word == "trusted"
    assert found.reasons == []
    assert found.answers["notices what decided"] == "not asked"


@pytest.mark.parametrize(
    ("changes", "word", "reason"),
    [
        ({"above_random__black": (0.1, -0.1, 0.3)}, "use with care", "faithful"),
        ({"above_random__black": (0, -0.1, 0.1), "above_random__blur": (0.4, -0.1, 0.9)}, "misleading", "faithful"),
        ({"above_edges__black": (-0.5, -0.8, -0.2)}, "use with care", "beyond the picture"),
        ({"sanity__rank_used__cascading__1": (0.85, 0.8, 0.95)}, "use with care", "depends on the output layer"),
        ({"sanity__rank_used__cascading__1": (0.95, 0.91, 1)}, "misleading", "depends on the output layer"),
        ({"sanity__rank_used__cascading__all": (1, 1, 1)}, "misleading", "depends on the network"),
        ({"sanity__rank_used__unrelated": (1, 1, 1)}, "use with care", "shows more than the picture"),
        ({"actions": (0.95, 0.92, 1)}, "misleading", "tells actions apart"),
        ({"continuity__noise": (1.4, 1.35, 1.45)}, "misleading", "steady"),
        ({"conservation__error": (0.1, 0.05, 0.2)}, "misleading", "adds up"),
        ({"implementation__twin": (0.5, 0.4, 0.6)}, "misleading", "about the function"),
        ({"empty": (0.3, 0.2, 0.4)}, "use with care", "says something"),
        ({"patch__lift": (0.9, 0.5, 1.3)}, "use with care", "notices what decided"),
    ],
)
def test_one_question_not_passed(changes, word, reason):
    found = badge(scores_of(**changes), "advantage")
    assert (found.word, found.reasons) == (word, [reason])


def test_single_actions_are_never_trusted_about_the_decision():
    same = scores_of(actions=(0.95, 0.92, 1))
    assert badge(same, "chosen").reasons == badge(same, "action:2").reasons == ["about the decision"]
    assert badge(same, "chosen").word == "use with care"
    assert badge(same, "value").word == "trusted"
    assert badge(same, "contrast:1:2").word == "misleading"


def test_without_intervals_nothing_is_trusted_and_nothing_condemned():
    one_game = {name: replace(found, sure_low=np.nan, sure_high=np.nan) for name, found in scores_of().items()}
    assert badge(one_game, "advantage").word == "use with care"
    unfaithful = {name: found for name, found in scores_of().items() if not name.startswith("above")}
    assert badge(unfaithful, "advantage").word == "use with care"


def test_intervals_are_over_games(generator):
    values = generator.normal(size=12)
    games = np.repeat(["a", "b", "c"], 4)
    values[:4] = np.nan
    means = game_means(values, games)
    assert means == pytest.approx({"b": values[4:8].mean(), "c": values[8:].mean()})
    many = generator.normal(size=9)
    found = score(many.tolist())
    expected = stats.t.interval(0.99, 8, many.mean(), stats.sem(many))
    assert (found.sure_low, found.sure_high) == pytest.approx(expected)
    assert found.sure_low < found.low < found.value < found.high < found.sure_high
    assert found.games == 9


def test_the_documentation_has_the_rule():
    text = " ".join((Path(__file__).parents[2] / "docs" / "trust.md").read_text("utf-8").split())
    for criterion in RULE:
        fail = "never" if criterion.misleading is None else f"{criterion.misleading:.3g}"
        assert f"| {criterion.name} | `{criterion.scores}` | {criterion.trusted:.3g} | {fail} |" in text
        assert criterion.asks in text
    for test in TESTS:
        links = ", ".join(f"[{cited}]({address})" for cited, address in test.papers)
        assert f"| {links} | {test.blind} |" in text


def rows(step, method, offset):
    return pd.DataFrame([
        {"step": step, "method": method, "target": "advantage", "score": name, "game": game,
         "value": value + offset * name.startswith("above") + 1e-6 * number}
        for name, (value, _, _) in GOOD.items()
        for number, game in enumerate("abcdef")
    ])  # fmt: skip


def test_the_leaderboard_puts_the_better_badge_first_then_the_more_faithful():
    table = pd.concat([rows(0, "weak", -2.0), rows(0, "good", 0.0), rows(0, "better", 1.0), rows(5, "good", 0.0)])
    scores = score_table(with_means(table))
    mean = scores[(scores.step == 0) & (scores.method == "better") & (scores.score == "above-random/mean")].iloc[0]
    assert (mean.value, mean.games) == (pytest.approx(1.4500025), 6)
    badges = badge_table(scores)
    board = leaderboard(scores, badges)
    assert board.method.tolist() == ["better", "good", "weak", "good"]
    assert board.badge.tolist() == ["trusted", "trusted", "misleading", "trusted"]
    assert board["above-random/mean low"].le(board["above-random/mean"]).all()
    assert method_order(badges, scores, "advantage") == ["better", "good", "weak"]
