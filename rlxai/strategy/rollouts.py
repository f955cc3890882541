"""Whether a player goes for something: rallies with it there, against their twins without.

Of P pairs of rallies that start in the same state, one with the thing put at a place and one without:

    shots  = mean of [it is reached in the one] - [its place is reached in the other]
    passes = mean of [it is used in the one]    - [the same in the other]
    points = mean of the points of the one      - those of the other
    length = mean of the decisions that the one lasts - those of the other

Until the place is reached, both rallies differ by nothing but what the player sees. So `shots` of a player who does not
look at the thing is 0, whatever chance the place has of being reached. The others are not: even such a player gets
through a tunnel now and then.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

_FIGURES = {"shots": "reached", "passes": "used", "points": "points", "length": "length"}
_ELSEWHERE = {"shots": "reached_opposite", "passes": "used_opposite"}
_RATES = {"reached": "reached_edited", "chance": "reached_twin"}


def rollout_rows(pairs: pd.DataFrame, name: str, *, elsewhere: bool = False) -> pd.DataFrame:
    """The figures of one player, game by game: columns figure, game, value, weight (pairs).

    `rollout/<name>-shots`, `-passes`, `-points` and `-length` as above; `-reached` and `-chance` are the two means that
    shots is the difference of.

    Args:
        pairs: a row per pair with game, and reached, used, points and length, each with _edited and with _twin; and
            reached_opposite and used_opposite, likewise, of the place opposite, where nothing was put.
        name: of the thing.
        elsewhere: null control: shots and passes of the place opposite.
    """
    wanted: Mapping[str, str] = _ELSEWHERE if elsewhere else _FIGURES
    columns = {
        f"rollout/{name}-{figure}": pairs[f"{column}_edited"].astype(float) - pairs[f"{column}_twin"].astype(float)
        for figure, column in wanted.items()
    }
    if not elsewhere:
        columns |= {f"rollout/{name}-{figure}": pairs[column].astype(float) for figure, column in _RATES.items()}
    parts = []
    for figure, values in columns.items():
        grouped = values.groupby(pairs.game)
        means = grouped.mean()
        parts.append(
            pd.DataFrame({
                "figure": figure, "game": means.index, "value": means.to_numpy(), "weight": grouped.size().to_numpy(),
            })
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True).astype({"value": float, "weight": float})
