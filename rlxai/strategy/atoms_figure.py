"""The profiles h(o) and c(T) over training, beside those of random networks: as a table and as a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rlxai.strategy.atoms import ALPHA
from rlxai.strategy.curves import estimate
from rlxai.strategy.figure import OBJECT_COLOURS

SETS_SHOWN = 4
"""Sets of objects with a panel: those with the largest c over all snapshots."""
_RANDOM, _SET = "0.55", "#5b3a8e"


def atoms_table(curves: pd.DataFrame) -> pd.DataFrame:
    """Profiles by snapshot.

    Args:
        curves: rows of `rlxai.strategy.curves.COLUMNS`; figures atoms-h/<object>, atoms-c/<set>, atoms-c-above/<set>.

    Returns:
        One row per measure (h | c | c-above), name (of the object or set) and step: value, low, high (interval over
        games), games, and random_low, random_high: the lowest and highest random network. Random networks that were
        drawn for one snapshot alone stand for all, as the states are the same.
    """
    rows = []
    steps = sorted(set(curves.step))
    for figure, mine in curves.groupby("figure", sort=False):
        family, name = str(figure).split("/", 1)
        agent = dict(iter(mine[mine.control == "none"].groupby("step")))
        most = np.inf if family == "atoms-h" else 1  # where an interval goes beyond what can be, it ends there
        random = mine[mine.control == "random"]
        draws = dict(iter(random.groupby("step")))
        for step in steps:
            found = estimate(agent[step])
            drawn = draws.get(step, random if len(draws) == 1 else random.iloc[:0])
            values = [one.value for _, rest in drawn.groupby("draw") if (one := estimate(rest, interval=False))]
            if found is not None:
                rows.append({
                    "step": int(step), "measure": family.removeprefix("atoms-"), "name": name,
                    "value": found.value, "low": max(found.low, 0), "high": min(found.high, most), "games": found.games,
                    "random_low": min(values, default=np.nan), "random_high": max(values, default=np.nan),
                })  # fmt: skip
    return pd.DataFrame(rows)


def atoms_figure(table: pd.DataFrame, *, cells: int, title: str) -> Figure:
    """Draw the profiles: h of each object on top, c of the most frequent sets below.

    Args:
        table: see `atoms_table`.
        cells: pixels of a stack; h is drawn as a multiple of 1 / cells, what relevance spread evenly would give.
        title: of the figure.
    """
    objects = list(dict.fromkeys(table.name[table.measure == "h"]))
    means = table[table.measure == "c-above"].groupby("name").value.mean().sort_values(ascending=False, kind="stable")
    sets = list(means.index[:SETS_SHOWN])
    unit, words = (1e6, "million decisions") if table.step.max() >= 1_000_000 else (1e3, "thousand decisions")
    figure = Figure(figsize=(12, 6.6), layout="constrained")
    above, below = np.asarray(figure.subfigures(2, 1))
    for part, names, measure in ((above, objects, "h"), (below, sets, "c-above")):
        axes = part.subplots(1, len(names), squeeze=False, sharex=True, sharey=measure != "h")[0]
        for axis, name in zip(axes, names, strict=True):
            rows = table[(table.measure == measure) & (table.name == name)].sort_values("step")
            _curve(axis, rows, OBJECT_COLOURS.get(name, _SET), unit, scale=cells if measure == "h" else 1)
            if measure == "c-above":
                exact = table[(table.measure == "c") & (table.name == name)].sort_values("step")
                axis.plot(exact.step / unit, exact.value, "--", color="0.15", linewidth=1)
            axis.set_title(name.replace("-", " ").replace("+", " + "), fontweight="bold", fontsize="medium")
            axis.set_xlabel(f"training ({words})")
            axis.set_ylim(bottom=0)
        axes[0].set_ylabel(
            "h: relevance per lit pixel,\ntimes even spread" if measure == "h" else "c: share of relevance"
        )
    above.suptitle("how strongly the units look at each object", fontsize="medium", color="0.3")
    exceeds = f"units whose look exceeds {ALPHA:.0%} of its strongest on exactly these objects"
    below.suptitle(exceeds, fontsize="medium", color="0.3")
    handles = [
        Line2D([], [], color="0.15", marker="o", markersize=3.5, label="agent, 95 % interval over games"),
        Patch(color=_RANDOM, alpha=0.5, linewidth=0, label="random networks"),
        Line2D([], [], color="0.15", linestyle="--", linewidth=1, label="c by its formula: exactly 0 on all others"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(title)
    return figure


def _curve(axis: Axes, rows: pd.DataFrame, colour: str, unit: float, *, scale: int) -> None:
    x = rows.step / unit
    axis.fill_between(x, rows.random_low * scale, rows.random_high * scale, color=_RANDOM, alpha=0.5, linewidth=0)
    axis.fill_between(x, rows.low * scale, rows.high * scale, color=colour, alpha=0.2, linewidth=0)
    axis.plot(x, rows.value * scale, "o-", color=colour, markersize=3.5)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25, linewidth=0.5)
