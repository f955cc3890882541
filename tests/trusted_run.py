"""Trust results as `rlxai trust` leaves them, made up in no time: gradient × input is trusted, all others are not."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from rlxai.pipeline.trust.board import nested
from rlxai.replay.badges import KIND
from rlxai.store import Commit, Run
from rlxai.trust.leaderboard import badge_table, leaderboard, score_table, with_means
from tests.small_run import METHODS, STEPS

TARGET = "advantage"
NAMES = ("random", "edges", *METHODS)
_GOOD = {
    "above-random/black": 0.5, "above-random/blur": 0.4, "above-edges/black": 0.3, "above-edges/blur": 0.2,
    "sanity/rank-used/cascading/all": 0.1, "sanity/rank-used/cascading/1": 0.4, "sanity/rank-used/independent/1": 0.4,
    "sanity/rank-used/independent/2": 0.2, "sanity/rank-used/unrelated": 0.3, "sanity/ssim/cascading/1": 0.6,
    "sanity/rank/cascading/1": 0.5, "actions": 0.1, "neurons": 0.2, "continuity/noise": 0.2,
    "continuity/ball-right-1": 0.7, "shift/follows/4": 0.6, "shift/stays/4": 0.2, "conservation/error": 1e-6,
    "conservation/kept": 0.4, "implementation/twin": 1e-6, "empty": 0.0, "patch/lift": 30.0,
    "patch/lift-of-noise": 20.0,
    "pointing/paddle": 0.4, "pointing-chance/paddle": 0.03, "iou/paddle": 0.2, "iou-chance/paddle": 0.01,
    "rank-accuracy/paddle": 0.3, "rank-accuracy-chance/paddle": 0.02,
}  # fmt: skip
_BAD = _GOOD | {"above-random/black": -0.1, "above-random/blur": -0.2, "actions": 0.95}
_KEYS = ("step", "target", "first", "second", "score")


def add_trust(run: Run) -> Commit:
    """Leave the tests of a small run's maps in it: scores of each method, curves, and the leaderboard.

    All its recorded games count as units, of each its decisions 10 and 20 as tested states.
    """
    games = [record.stem for record in run.records("episode")]
    selection = [[game, [10, 20]] for game in games]
    tests, tables = [], []
    for step in STEPS:
        for method in NAMES:
            known = _GOOD if method == METHODS[0] else _BAD
            rows = pd.DataFrame([
                {"step": step, "method": method, "target": TARGET, "score": name, "game": game,
                 "value": value + 1e-9 * number}
                for name, value in known.items()
                for number, game in enumerate(games)
            ])  # fmt: skip
            spec = {"step": step, "method": method, "targets": [TARGET], "selection": selection}
            with run.attempt("trust", spec) as attempt:
                rows.to_parquet(attempt.folder / "scores.parquet")
                attempt.summary = {"states": 2 * len(games), "games": len(games)}
            found = run.find("trust", spec)
            assert found is not None
            tests.append(found.task)
            tables.append(rows)
    return _board(run, tests, with_means(pd.concat(tables, ignore_index=True)), len(games))


def _board(run: Run, tests: list[str], rows: pd.DataFrame, games: int) -> Commit:
    scores = score_table(rows)
    badges = badge_table(scores)
    pairs = [
        {"step": step, "target": TARGET, "first": a, "second": b, "score": score, "game": str(game), "value": 0.5}
        for step in STEPS for a, b in combinations(NAMES, 2) for score in ("rank", "overlap") for game in range(2)
    ]  # fmt: skip
    changes = [
        {"step": step, "score": score, "game": str(game), "value": 0.1}
        for step in STEPS for score in ("noise-2", "noise-patch-4", "margin") for game in range(2)
    ]  # fmt: skip
    pressed = [
        {"step": step, "action": "LEFT", "place": "4@52,21", "score": score, "game": str(game), "value": 0.3}
        for step in STEPS for score in ("patch", "noise", "without") for game in range(2)
    ]  # fmt: skip
    tables = {
        "scores": scores, "badges": badges, "leaderboard": leaderboard(scores, badges), "curves": _curves(),
        "agreement": score_table(pd.DataFrame(pairs), _KEYS),
        "decisions": score_table(pd.DataFrame(changes), ("step", "score")),
        "patches": score_table(pd.DataFrame(pressed), ("step", "action", "place", "score")),
    }  # fmt: skip
    spec = {"trust": tests}
    with run.attempt(KIND, spec) as attempt:
        for name, table in tables.items():
            table.to_parquet(attempt.folder / f"{name}.parquet")
        (attempt.folder / "trust.html").write_text("<!doctype html>")
        (attempt.folder / "leaderboard.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
        attempt.summary = {"best": STEPS[-1], "badges": nested(badges), "states": 2 * games, "games": games}
    found = run.find(KIND, spec)
    assert found is not None
    return found


def _curves() -> pd.DataFrame:
    return pd.DataFrame([
        {"fill": fill, "way": way, "pixels": pixels, "value": sign * pixels / 7056, "low": sign * pixels / 7056 - 0.1,
         "high": sign * pixels / 7056 + 0.1, "games": 2, "step": step, "method": method, "target": TARGET}
        for fill in ("black", "blur")
        for way, sign in (("deletion", -1), ("insertion", 1))
        for pixels in (0, 4, 200, 7056)
        for step in STEPS
        for method in NAMES
    ])  # fmt: skip
