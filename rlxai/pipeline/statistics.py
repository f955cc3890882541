"""Figures of relevance maps, decision by decision, and the scale of all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rlxai.attribution import Attribution
from rlxai.attribution.spread import Spread, drawn
from rlxai.strategy import ledger


class Statistics:
    """Per-decision figures of the float32 maps, gathered batch by batch.

    Args:
        objects: names of the K objects of the masks.
        cells: decisions times pixels of a drawn map, in all.
    """

    def __init__(self, objects: tuple[str, ...], cells: int) -> None:
        self._objects = objects
        self._columns: dict[str, list[np.ndarray]] = {}
        self._spread = Spread(cells)

    def add(self, result: Attribution, masks: np.ndarray | None) -> None:
        """The next decisions: their maps, and the masks (n, C, K, H, W) where the game's objects are known."""
        relevance = result.relevance
        flat = relevance.reshape(len(relevance), -1)
        summed = np.abs(drawn(relevance))  # (n, H, W)
        columns = {
            "target": result.target,
            **{f"output_{i}": result.outputs[:, i] for i in range(result.outputs.shape[1])},
            "inputs": flat.sum(1, dtype=np.float64),
            "bias": np.full(len(flat), np.nan) if result.bias is None else result.bias,
            "abs_sum": np.abs(flat).sum(1, dtype=np.float64),
            "abs_max": np.abs(flat).max(1),
            "shown_max": summed.max(axis=(1, 2)),
            **{f"frame_{c}": share for c, share in enumerate(_by_frame(relevance))},
        }
        if masks is not None:
            found = ledger(relevance, masks)
            share, lift = found.share.sum(1), found.lifts  # (n, K)
            for k, name in enumerate(self._objects):
                columns[f"share_{name}"], columns[f"lift_{name}"] = share[:, k], lift[:, k]
        for name, values in columns.items():
            self._columns.setdefault(name, []).append(values.astype(np.float64))
        self._spread.add(summed)

    def write(self, path: Path) -> None:
        """One row per decision, as Parquet."""
        columns = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        table = {"decision": np.arange(len(next(iter(columns.values())))), **columns}
        pq.write_table(pa.table(table), path, write_page_checksum=True)

    def summary(self) -> dict[str, float]:
        """Scales for the replay, over the maps as shown (summed over stacked frames)."""
        return {"p999": self._spread.p999, "max": self._spread.maximum}


def _by_frame(relevance: np.ndarray) -> np.ndarray:
    """Share of |R| on each stacked frame, oldest first: float64 (C, n); NaN where there is no relevance at all."""
    total = np.abs(relevance).sum((2, 3), dtype=np.float64).T  # (C, n)
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = total / total.sum(0)
    return shares
