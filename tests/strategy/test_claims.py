"""Claims: what their files may hold, and what is concluded from curves with known values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlxai.errors import FileRefused, InvalidValue
from rlxai.strategy.claims.claim import FOLDER, Claim, builtin_claims, collect_claims, find_claim, read_claim
from rlxai.strategy.claims.table import Verdicts
from rlxai.strategy.claims.verdict import judge
from rlxai.strategy.curves import COLUMNS, Curves, estimate, stretch

GOOD = """
name: mine
hypothesis: It looks at the ball.
evidence:
  - {figure: lift/ball, states: own, at: last, is: above, than: control:random, factor: 2}
  - {figure: behaviour/tracking, states: own, at: 1000, is: differs, than: 0, margin: 0.1}
"""
STEPS = (0, 1000, 2000)


def test_a_file_is_read_as_it_is_written(file):
    claim = read_claim(file(GOOD))
    assert (claim.name, claim.hypothesis) == ("mine", "It looks at the ball.")
    first, second = claim.evidence
    assert (first.figure, first.states, first.at, first.is_, first.than) == (
        "lift/ball", "own", "last", "above", "control:random",
    )  # fmt: skip
    assert (first.factor, first.margin, second.factor, second.margin) == (2, 0, 1, 0.1)
    assert (second.at, second.than) == (1000, 0.0)
    assert Claim.from_dict(claim.to_dict()) == claim


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("hypothesis: It looks at the ball.\n", ""), "the key 'hypothesis' is missing"),
        (("hypothesis: It looks at the ball.", "hypothesis: ''"), "hypothesis must be one line of 1 to 500"),
        (("hypothesis: It looks at the ball.", "hypothesis: [1]"), "hypothesis must be one line of 1 to 500"),
        (("name: mine", "name: Mine!"), "name must be lower-case letters, digits and '-'"),
        (("name: mine", "name: mine\nwhy: x"), "unknown key 'why'"),
        (("states: own, at: last", "states: all, at: last"), r"evidence\[1\].states must be one of common, own"),
        (("is: above", "is: over"), r"evidence\[1\].is must be one of above, below, differs, met 'over'"),
        (("is: above, ", ""), r"the key 'evidence\[1\].is' is missing"),
        (("is: above", "is_: above"), r"unknown key 'evidence\[1\].is_', did you mean 'evidence\[1\].is'"),
        (("lift/ball", "lift"), r"evidence\[1\].figure must be the name of a curve such as"),
        (("lift/ball", "<b>/ball"), r"evidence\[1\].figure must be the name of a curve such as"),
        (("control:random", "control:magic"), r"evidence\[1\].than must be a number or one of figure-at-step-0"),
        (("than: 0,", "than: .nan,"), r"evidence\[2\].than must be a number or one of"),
        (("than: 0,", "than: true,"), r"evidence\[2\].than must be a number or one of"),
        (("at: last", "at: first"), r"evidence\[1\].at must be last, best, after-emergence or a training step"),
        (("factor: 2", "factor: 0.5"), r"evidence\[1\].factor must be a number from 1 to"),
        (("factor: 2", "factor: 2, margin: 1"), r"evidence\[1\] has a margin and a factor; give one of them"),
        (("margin: 0.1", "factor: 3"), r"evidence\[2\]: what differs does so by a margin"),
        (("margin: 0.1", "margin: 0.1, margin: 0.2"), "gives the key 'margin' twice"),
        (("than: 0,", "than: &a 0,"), None),
        (("than: 0,", "than: *a,"), "uses a YAML alias"),
        (("than: 0,", "than: !!python/name:os.system ,"), "is not valid YAML"),
    ],
)
def test_mistakes_are_told_in_one_sentence(file, change, said):
    assert change[0] in GOOD
    path = file(GOOD.replace(*change, 1))
    if said is None:
        assert read_claim(path)
        return
    with pytest.raises(FileRefused, match=said) as caught:
        read_claim(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("- 1\n", "must hold lines of the form"),
        ("name: a\nhypothesis: b\nevidence: []\n", "evidence must be a list of 1 to 20 sections"),
        ("name: a\nhypothesis: b\nevidence: 3\n", "evidence must be a list of 1 to 20 sections"),
        ("name: a\nhypothesis: b\nevidence: [3]\n", r"evidence\[1\] must be a section with the keys"),
        ("a: " + "[" * 5000, "is not valid YAML|nested too deeply"),
        ("#" * 70_000, "is oversized: 70,000 bytes, at most 65,536 are read"),
    ],
)
def test_files_that_are_no_claims_are_refused(file, text, said):
    with pytest.raises(FileRefused, match=said):
        read_claim(file(text))


def test_builtin_claims_are_found_by_name_and_files_by_path(file):
    claims = builtin_claims()
    assert [claim.name for claim in claims] == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    assert len(claims) >= 11
    assert all(find_claim(claim.name) == claim for claim in claims)
    path = file(GOOD)
    assert find_claim(path) == find_claim(str(path)) == collect_claims([path])[-1]
    with pytest.raises(InvalidValue, match="no claim is called 'nonsense'; built-in: aims-with-paddle, "):
        find_claim("nonsense")
    with pytest.raises(FileRefused, match="a claim with the name 'tracks-ball' is there already"):
        collect_claims([file(GOOD.replace("name: mine", "name: tracks-ball"))])


def curves(rows, best=2000):
    """Rows (figure, control, draw, step, values of games) on own states."""
    table = [
        (figure, "own", control, draw, step, f"g{game}" if control == "none" else "", value, 1.0)
        for figure, control, draw, step, values in rows
        for game, value in enumerate(values)
    ]
    return Curves(pd.DataFrame(table, columns=list(COLUMNS)), best)


def claim(**evidence):
    plain = {"figure": "lift/ball", "states": "own", "at": "last"} | evidence
    return Claim.from_dict({"name": "c", "hypothesis": "h", "evidence": [plain]})


RANDOM = [("lift/ball", "random", draw, step, [value]) for step in STEPS for draw, value in enumerate((1.0, 1.5))]


@pytest.mark.parametrize(
    ("games", "evidence", "word"),
    [
        ([5.0, 5.1, 5.2], {"is": "above", "than": 4}, "supported"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": 5.1}, "untested"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": 6}, "refuted"),
        ([5.0, 5.1, 5.2], {"is": "below", "than": 6}, "supported"),
        ([5.0, 5.1, 5.2], {"is": "below", "than": 4}, "refuted"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": 4, "margin": 2}, "refuted"),
        ([5.0, 5.1, 5.2], {"is": "below", "than": 6, "margin": 2}, "refuted"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": "control:random", "factor": 3}, "supported"),
        ([4.0, 4.1, 3.9], {"is": "above", "than": "control:random", "factor": 3}, "untested"),  # 3 to 4.5
        ([2.0, 2.1, 1.9], {"is": "above", "than": "control:random", "factor": 3}, "refuted"),
        ([0.3, 0.31, 0.3], {"is": "below", "than": "control:random", "factor": 3}, "supported"),  # 0.333 to 0.5
        ([0.4, 0.41, 0.4], {"is": "below", "than": "control:random", "factor": 3}, "untested"),
        ([5.0, 5.1, 5.2], {"is": "differs", "than": 0}, "supported"),
        ([0.1, -0.1, 0.0], {"is": "differs", "than": 0}, "untested"),
        ([0.1, -0.1, 0.0], {"is": "differs", "than": 0, "margin": 2}, "refuted"),
        ([5.0, 5.1, 5.2], {"is": "differs", "than": 9, "margin": 2}, "supported"),
        ([5.0, 5.1], {"is": "above", "than": 4}, "untested"),
        ([5.0, 5.1, np.nan], {"is": "above", "than": 4}, "untested"),
        ([], {"is": "above", "than": 4}, "untested"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": "control:shifted"}, "untested"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": "figure-at-step-0", "factor": 2}, "supported"),
        ([2.0, 2.1, 2.2], {"is": "above", "than": "figure-at-step-0", "factor": 2}, "untested"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": "figure-at-step-0", "at": 0}, "untested"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": 4, "at": 1500}, "untested"),
        ([5.0, 5.1, 5.2], {"is": "above", "than": 0, "at": "after-emergence"}, "untested"),  # of three snapshots
        ([5.0, 5.1, 5.2], {"is": "above", "than": 4, "at": "best"}, "supported"),
    ],
)
def test_verdicts_follow_from_intervals_and_thresholds(games, evidence, word):
    start = [("lift/ball", "none", 0, 0, [0.9, 1.0, 1.1])]
    found = judge(claim(**evidence), curves([*RANDOM, *start, ("lift/ball", "none", 0, 2000, games)]))
    assert found.word == word
    assert found.sentence.startswith(f"{word.capitalize()}: the lift of the relevance on ball")
    assert found.sentence.endswith(".")


def test_a_control_known_game_by_game_is_as_uncertain_as_its_games():
    rows = [("lift/ball", "none", 0, 2000, [5.0, 5.1, 5.2]), ("lift/ball", "shifted", 0, 2000, [4.0, 4.5, 5.0])]
    data = curves(rows)
    data.table.loc[data.table.control == "shifted", "game"] = ["a", "b", "c"]
    low, high = data.control("shifted", "lift/ball", "own", 2000)
    assert low == pytest.approx(4.5 - 0.5 * stretch(3))
    assert high == pytest.approx(4.5 + 0.5 * stretch(3))
    assert judge(claim(**{"is": "above", "than": "control:shifted"}), data).word == "untested"
    assert judge(claim(**{"is": "above", "than": 4.5}), data).word == "supported"


def test_one_failing_piece_refutes_and_one_missing_piece_leaves_open():
    held = {"figure": "lift/ball", "states": "own", "at": "last", "is": "above", "than": 4}
    failed, missing = held | {"than": 9}, held | {"figure": "lift/moon"}
    data = curves([("lift/ball", "none", 0, 2000, [5.0, 5.1, 5.2])])

    def word(*evidence):
        return judge(Claim.from_dict({"name": "c", "hypothesis": "h", "evidence": list(evidence)}), data).word

    assert word(held) == "supported"
    assert word(held, missing) == "untested"
    assert word(missing, failed) == "refuted"


def test_sentences_carry_the_numbers():
    data = curves([*RANDOM, ("lift/ball", "none", 0, 2000, [5.0, 5.1, 5.2])])
    found = judge(claim(**{"is": "above", "than": "control:random", "factor": 2}), data)
    (finding,) = found.findings
    assert finding.threshold == (2.0, 3.0)
    wide = stretch(3)
    assert finding.estimate.value == pytest.approx(5.1)
    assert finding.estimate.low == pytest.approx(5.1 - 0.1 * wide)
    assert found.sentence == (
        "Supported: the lift of the relevance on ball on own states at step 2,000 is 5.1 (95 % interval 4.83 to 5.37, "
        "3 games), above 2 times random networks (2 to 3)."
    )


def test_after_emergence_looks_at_the_first_snapshot_after_the_change():
    rows = [
        ("lift/ball", "none", 0, 1000 * k, [1.0 + 0.01 * k if k < 6 else 9.0 + 0.01 * k] * 3) for k in range(12)
    ]  # fmt: skip
    found = judge(claim(**{"is": "above", "than": 5, "at": "after-emergence"}), curves(rows))
    assert (found.word, found.step) == ("supported", 6000)


def test_the_tables_hold_every_verdict_and_all_evidence():
    data = curves([("lift/ball", "none", 0, step, [step, step + 1.0, step + 2.0]) for step in STEPS])
    claims = [claim(**{"is": "above", "than": 500}), claim(**{"is": "below", "than": 500})]
    found = Verdicts.of(claims, data)
    table = found.table()
    assert list(table.step) == ["run", "run", "0", "0", "1000", "1000", "2000", "2000"]
    assert list(table.verdict) == ["supported", "refuted", "refuted", "supported"] + ["supported", "refuted"] * 2
    evidence = found.evidence()
    assert len(evidence) == 8
    np.testing.assert_allclose(evidence.value[evidence.verdict_of == "1000"], 1001)
    assert set(evidence.outcome) == {"holds", "fails"}


def test_values_are_means_weighted_over_games():
    rows = pd.DataFrame({"value": [1.0, 4.0, np.nan, 9.0], "weight": [3.0, 1.0, 5.0, 0.0]})
    found = estimate(rows)
    assert (found.value, found.games) == (1.75, 2)
    assert estimate(rows[2:]) is None
    alone = estimate(rows[:1])
    assert (alone.value, np.isnan(alone.low)) == (1.0, True)
    heavy = estimate(pd.DataFrame({"value": [1.0, 2.0, 3.0], "weight": [1000.0, 1.0, 1.0]}))
    assert np.isnan(heavy.low), "nearly all weight is on one game"


@pytest.mark.parametrize(("games", "coverage"), [(3, 0.90), (5, 0.90), (12, 0.92)])
def test_intervals_of_few_games_are_wide_enough(games, coverage):
    generator = np.random.default_rng(0)
    held = []
    for _ in range(250):
        found = estimate(pd.DataFrame({"value": generator.standard_normal(games), "weight": 1.0}))
        held.append(found.low <= 0 <= found.high)
    assert np.mean(held) >= coverage


def test_noise_supports_few_claims():
    """Agents like the random networks they are compared with; the built-in claims ask for more than a difference."""
    generator = np.random.default_rng(0)
    chosen = [c for c in builtin_claims() if all(one.figure.startswith("lift/") for one in c.evidence)]
    supported = 0
    for _ in range(60):
        rows = [
            (figure, control, draw, 0, generator.normal(1, 0.2, 3))
            for figure in ("lift/visible-ball", "lift/paddle")
            for control, draws in (("none", 1), ("random", 5), ("shifted", 3), ("shuffled", 3))
            for draw in range(draws)
        ]
        supported += sum(judge(one, curves(rows, best=0)).word == "supported" for one in chosen)
    assert chosen
    assert supported <= 2
