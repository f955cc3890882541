"""The object ledger: how much relevance rests on each object, against its area.

For relevance R (signed), object mask m_o in [0, 1] (coverage of each cell) and the C stacked frames of one decision:

    share_o  = sum_{f,p} |R_fp| m_ofp / sum_{f,p} |R_fp|       part of the total |R| that rests on o
    signed_o = sum_{f,p}  R_fp  m_ofp / sum_{f,p} |R_fp|       its net sign, in [-share_o, share_o]
    area_o   = sum_{f,p} m_ofp / (C H W)                       share that evenly spread relevance would give
    lift_o   = share_o / area_o                                1 is chance

Per stacked frame f the sums over f are left out, so that shares and areas of the frames add up to those of the stack.
A raw share mostly measures size: a random network puts a quarter of its relevance on the brick wall. Lift is the
figure to read, beside its null controls (`rlxai.strategy.controls`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ledger:
    """Shares of N decisions on K objects in C stacked frames (oldest first); all float64 (N, C, K)."""

    share: np.ndarray
    signed: np.ndarray
    area: np.ndarray

    def __len__(self) -> int:
        return len(self.share)

    @property
    def lifts(self) -> np.ndarray:
        """Lift of every object in the whole stack of each decision, (N, K); NaN where it does not exist."""
        share, area = self.share.sum(1), self.area.sum(1)  # (N, K)
        lift: np.ndarray = np.divide(share, area, out=np.full_like(share, np.nan), where=area > 0)
        return lift


@dataclass(frozen=True)
class Summary:
    """Means of one object in one stacked frame (or in the whole stack) over the decisions in which it exists."""

    decisions: int
    """Decisions in which the object covers some cell of the stack."""
    share: float
    signed: float
    area: float

    @property
    def lift(self) -> float:
        """Mean share / mean area; NaN where the object never exists. A ratio of means, since single areas are tiny."""
        return self.share / self.area if self.area else float("nan")

    @property
    def lift_signed(self) -> float:
        """Mean signed share / mean area; NaN where the object never exists."""
        return self.signed / self.area if self.area else float("nan")


def ledger(relevance: np.ndarray, masks: np.ndarray) -> Ledger:
    """Shares and areas of every decision.

    Args:
        relevance: float (N, C, H, W), raw and signed.
        masks: float in [0, 1], (N, C, K, H, W): coverage of each cell by each object.

    Returns:
        The ledger; a decision without any relevance has zero shares.
    """
    cells = float(np.prod(relevance.shape[1:]))
    n, c, k = masks.shape[:3]
    # One product over the masks, which are by far the largest array, gives all three sums.
    values = np.stack([np.abs(relevance), relevance, np.ones_like(relevance)], axis=-1).reshape(n, c, -1, 3)
    on_objects = (masks.reshape(n, c, k, -1) @ values).astype(np.float64)  # (N, C, K, HW) @ (N, C, HW, 3)
    share, signed, area = np.moveaxis(on_objects, -1, 0)  # each (N, C, K)
    total = values[..., 0].sum(axis=(1, 2), dtype=np.float64)[:, None, None]  # (N, 1, 1)
    return Ledger(
        share=np.divide(share, total, out=np.zeros_like(share), where=total > 0),
        signed=np.divide(signed, total, out=np.zeros_like(signed), where=total > 0),
        area=area / cells,
    )


def concatenate(parts: list[Ledger]) -> Ledger:
    """The ledgers of successive batches as one."""
    return Ledger(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("share", "signed", "area")))


def summarise(ledger: Ledger, object_index: int, frame: int | None = None) -> Summary:
    """Means over the decisions in which an object exists.

    Args:
        ledger: N decisions.
        object_index: which of the K objects.
        frame: stacked frame, 0 the oldest; None for the whole stack.
    """
    frames = slice(None) if frame is None else slice(frame, frame + 1)
    present = ledger.area[:, :, object_index].sum(axis=1) > 0  # (N,)
    if not present.any():
        return Summary(0, 0.0, 0.0, 0.0)
    means = (
        values[present, frames, object_index].sum(axis=1).mean()
        for values in (ledger.share, ledger.signed, ledger.area)
    )
    return Summary(int(present.sum()), *map(float, means))
