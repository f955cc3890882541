"""What taking something away costs in real games: a table of scores beside those of the whole agent.

Games are paired by seed: the same no-ops at the start and the same draws of exploration, so that what differs is the
agent. The difference is d = mean over seeds of (score without - score with), its interval that of
`rlxai.strategy.curves.estimate` (a bootstrap over games, widened for few of them). The form of the table is that of
Hilton et al. 2020 (doi 10.23915/distill.00029). Scores are of whole games: a small effect early in a life and a large
one late look alike, and games soon differ in everything after the first different action.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nan

import pandas as pd

from rlxai.strategy.curves import estimate

BASE = "nothing"
"""Name of the condition in which nothing is taken away."""


def effects(games: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare conditions with the whole agent.

    Args:
        games: condition -> one row per game: seed, score, decisions; `BASE` among them, with the same seeds.

    Returns:
        One row per condition, in the order given: condition, games, score, low, high, decisions (means), difference,
        difference_low, difference_high (paired; 0 for `BASE`), share (of the whole agent's score that is left; NaN
        in games with scores below 0).
    """
    whole = games[BASE].set_index("seed")
    least = min(float(table.score.min()) for table in games.values())
    floor = 0.0 if least >= 0 else -inf  # where no game is below 0, no mean is
    rows = []
    for name, table in games.items():
        found = table.set_index("seed")
        score = estimate(_rows(found.score))
        paired = estimate(_rows(found.score - whole.score))
        assert score is not None
        assert paired is not None
        rows.append({
            "condition": name, "games": score.games, "score": score.value, "low": max(score.low, floor),
            "high": score.high, "decisions": float(found.decisions.mean()), "difference": paired.value,
            "difference_low": paired.low, "difference_high": paired.high,
            "share": score.value / whole.score.mean() if least >= 0 < whole.score.mean() else nan,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _rows(values: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"value": values.to_numpy(float), "weight": 1.0})
