"""The story in tables: when each of its curves changes, and which of two comes first."""

from __future__ import annotations

import pandas as pd

from rlxai.strategy.curves import Curves, curve_name
from rlxai.strategy.emergence.story import LEADS, STORY
from rlxai.strategy.emergence.table import emergence_table, lead_table


def story_tables(curves: Curves) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Emergence of the curves of the story that were measured, and lead-lag of its pairs.

    Returns:
        `emergence_table` with a column `says` after the name, and `lead_table` of the pairs of which both are known.
    """
    parts = [curves.games(one.figure, one.states) for one in STORY]
    says = {curve_name(one.figure, one.states): one.says for one in STORY}
    known = pd.concat(parts, ignore_index=True)
    found = emergence_table(known)
    if len(found):
        found.insert(1, "says", found.name.map(says))
    names = set(known.name)
    pairs = [(curve_name(*first), curve_name(*second)) for first, second in LEADS]
    return found, lead_table(known, [pair for pair in pairs if names.issuperset(pair)])
