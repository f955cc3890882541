"""Tables of what edits do to an agent: by decision, by edit and game, and as curves over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlxai.strategy.interventions import changed_decisions, effects, object_value, spread, target_values

FAMILIES = {
    "changed": "changed", "dq": "d_chosen_per_spread", "dvalue": "d_value_per_spread",
    "dadvantage": "d_advantage_per_spread",
}  # fmt: skip
"""Family of figures of an edit -> column of the tables."""
WORTHS = {"value-of": "d_value_per_spread", "advantage-of": "d_advantage_per_spread"}
"""Family of figures of an object -> column of the decision table whose mean is its worth."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Outputs of one network on N states and on E edits of each."""

    outputs: np.ndarray
    """float32 (N, A)."""
    edited: np.ndarray
    """float32 (E, N, A)."""
    touched: np.ndarray
    """bool (E, N): the edit changes the observation; elsewhere the edited outputs mean nothing."""


def decision_table(
    answers: Answers, edits: Sequence[str], games: np.ndarray, weights: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """A row per edit and state that it changes.

    Args:
        answers: of the network.
        edits: names of the E edits.
        games: (N,), the game of each state.
        weights: target -> (N, A), of the unedited states.

    Returns:
        Columns edit, state (its index), game, changed (the decision, 0 or 1), and for each target d_<target> and
        d_<target>_per_spread, the spread being that over all N states.
    """
    parts = []
    for name, touched, edited in zip(edits, answers.touched, answers.edited, strict=True):
        outputs, after = answers.outputs[touched], edited[touched]
        columns: dict[str, object] = {
            "edit": name, "state": np.flatnonzero(touched), "game": games[touched],
            "changed": changed_decisions(outputs, after).astype(np.float64),
        }  # fmt: skip
        for target, w in weights.items():
            found = effects(w[touched], outputs, after)
            columns[f"d_{target}"] = found
            columns[f"d_{target}_per_spread"] = found / spread(target_values(w, answers.outputs))
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def edit_table(decisions: pd.DataFrame, edits: Sequence[str], games: np.ndarray) -> pd.DataFrame:
    """Means of a decision table: a row per edit and game, also where the edit changes none of its states.

    Args:
        decisions: see `decision_table`.
        edits: names of the E edits.
        games: (N,), the game of each state.

    Returns:
        Columns edit, game, decisions (states of the game), touched (those that the edit changes), the means over the
        touched of changed and all d_..., and abs_..., those of the sizes of all d_..._per_spread; NaN where none is.
    """
    sizes = pd.Series(games).value_counts()
    every = pd.MultiIndex.from_product([list(edits), sorted(sizes.index)], names=["edit", "game"])
    scaled = [str(column) for column in decisions.columns if str(column).endswith("_per_spread")]
    sized = decisions.drop(columns="state").assign(**{f"abs_{name[2:]}": decisions[name].abs() for name in scaled})
    grouped = sized.groupby(["edit", "game"])
    table = grouped.mean().reindex(every).reset_index()
    table.insert(2, "decisions", table.game.map(sizes).to_numpy())
    table.insert(3, "touched", grouped.size().reindex(every, fill_value=0).to_numpy())
    return table


def curve_rows(
    decisions: pd.DataFrame, table: pd.DataFrame, objects: Mapping[str, tuple[bool, Sequence[str]]]
) -> pd.DataFrame:
    """The figures of a network, game by game: columns figure, game, value, weight.

    - `changed/<edit>`: share of the states that the edit changes in which the decision changes.
    - `dq/<edit>`, `dvalue/<edit>`, `dadvantage/<edit>`: mean d t per spread, t being the chosen action's q, the mean of
      all q, and the difference of both.
    - `touched/<edit>`: share of all states that the edit changes; the figures above are weighted by their number.
    - `value-of/<object>`, `advantage-of/<object>`: the object's worth per spread over all its edits.

    Args:
        decisions: see `decision_table`.
        table: see `edit_table`.
        objects: object -> (whether its edits add it, their names).
    """
    columns = {family: (table[column], table.touched) for family, column in FAMILIES.items()}
    columns["touched"] = table.touched / table.decisions, table.decisions
    parts = [
        pd.DataFrame({"figure": f"{family}/" + table["edit"], "game": table.game, "value": value, "weight": weight})
        for family, (value, weight) in columns.items()
    ]
    rows = []
    for name, (adds, edits) in objects.items():
        own = decisions[decisions["edit"].isin(list(edits))]
        for family, column in WORTHS.items():
            for game in sorted(set(table.game)):
                found = own.loc[own.game == game, column].to_numpy(float)
                rows.append((f"{family}/{name}", game, object_value(found, adds=adds), len(found)))
    worths = pd.DataFrame(rows, columns=["figure", "game", "value", "weight"])
    return pd.concat([*parts, worths], ignore_index=True).astype({"value": float, "weight": float})
