"""The rule that turns scores into a badge, as data: what is asked of a map, and which figure answers it how.

Thresholds come from controls, not from taste; docs/trust.md tells their reasons at length.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

UNRELATED = sqrt(2)
"""‖R' - R‖ / ‖R‖ of two maps of one size that have nothing in common."""
HALF = sqrt(0.5)
"""Rank correlation at which half of the variance of the ranks is shared."""
SAME = 0.9
"""Rank correlation from which on two maps count as one: four fifths of the variance of the ranks. A map under noise too
weak to be seen keeps 0.75 to 0.99 of its ranks, by method."""
DECISIONS = ("advantage", "contrast")
"""Kinds of target that explain why one action rather than another."""


@dataclass(frozen=True)
class Criterion:
    """One question put to a map. A bound is that of the score's 99 % interval over games."""

    name: str
    asks: str
    scores: str
    """Pattern of the scores that answer it, as of `fnmatch`; several have to agree."""
    better: Literal["high", "low"]
    trusted: float
    """Passed where the less favourable bound of every score is better than this."""
    misleading: float | None
    """Failed where every score is worse than this: its more favourable bound if `proof`, else the less favourable."""
    proof: bool
    """Whether a map fails only when that is certain; False: whenever the contrary is not certain."""
    because: str
    targets: tuple[str, ...] = ()
    """Kinds of target that it is asked of; empty: all."""

    @property
    def passes(self) -> str:
        """What the interval has to be, in signs and numbers."""
        return f"{'>' if self.better == 'high' else '≤'} {self.trusted:.3g}"

    @property
    def fails(self) -> str:
        """What makes a map fail, likewise."""
        if self.misleading is None:
            return "never"
        if not self.proof:
            return f"not surely {'>' if self.better == 'high' else '≤'} {self.misleading:.3g}"
        return f"{'≤' if self.better == 'high' else '≥'} {self.misleading:.3g}"


RULE = (
    Criterion(
        "faithful", "Does the target follow the pixels that the map calls relevant?",
        "above-random/*", "high", 0.0, 0.0, False,
        "0 is what random orders of the same pixels have. The burden of proof is on the map: noise must fail.",
    ),
    Criterion(
        "beyond the picture", "Better than an edge detector, which knows the picture alone?",
        "above-edges/*", "high", 0.0, None, True,
        "0 is what the edge detector has with the same fill. A faithful map may be of no more use than it.",
    ),
    Criterion(
        "depends on the network", "Does the map change when all layers are drawn anew?",
        "sanity/rank-used/cascading/all", "low", HALF, SAME, True,
        "1 is what maps have that know nothing of the weights (edges, noise). Half of the ranks' variance may stay.",
    ),
    Criterion(
        "depends on the output layer", "Does the map change when the output layer is drawn anew?",
        "sanity/rank-used/cascading/1", "low", HALF, SAME, True,
        "The output layer alone tells the actions apart: a map that stays the same cannot say why one was preferred.",
    ),
    Criterion(
        "shows more than the picture", "Do two random networks have different maps?",
        "sanity/rank-used/unrelated", "low", HALF, None, True,
        "Networks that learned nothing have nothing in common but picture and architecture.",
    ),
    Criterion(
        "tells actions apart", "Does the map depend on the action asked about?",
        "actions", "low", HALF, SAME, True,
        "1: the same map for every action. 0: nothing in common. Maps of advantages may be opposed to each other.",
        DECISIONS,
    ),
    Criterion(
        "about the decision", "Is the target itself different from action to action?",
        "actions", "low", HALF, None, True,
        "A single action's value is mostly the state's: its map cannot say why this action, whatever the method.",
        ("chosen", "taken", "action"),
    ),
    Criterion(
        "notices what decided", "Does the map rest on a patch that has just decided the action?",
        "patch/lift", "high", 1.0, None, True,
        "1 is the patch's share of the area. Asked where a patch was found that works on other games.",
    ),
    Criterion(
        "adds up", "Do pixels and ledger give the target?",
        "conservation/error", "low", 1e-3, 1e-2, True,
        "Single precision allows 1e-5; 1e-3 leaves room for stabilisers. Asked of methods that claim to add up.",
    ),
    Criterion(
        "steady", "Does the map stay under noise that no eye can see?",
        "continuity/noise", "low", UNRELATED / 2, 0.9 * UNRELATED, True,
        "√2 is what two unrelated maps have: noise drawn anew for every picture. Half of that may be lost.",
    ),
    Criterion(
        "about the function", "Is the map the same for other weights of the same function, and by the readable path?",
        "implementation/*", "low", 1e-2, 1e-1, True,
        "Single precision and stabilisers of LRP give up to 2e-3. A map that differs explains the code.",
    ),
    Criterion(
        "says something", "Is there a map at all?",
        "empty", "low", 0.05, 0.5, True,
        "A rectified map of a difference can be zero everywhere; then it is silent, not informative.",
    ),
)  # fmt: skip
