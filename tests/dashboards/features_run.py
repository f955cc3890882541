"""A small run with all that `rlxai features` finds."""

from __future__ import annotations

from pathlib import Path

from rlxai.pipeline import Serial
from rlxai.pipeline.features.plan import FeaturesPlan, measure_features
from rlxai.store import Run
from tests.small_run import build_small_run

SMALL = FeaturesPlan(
    games=1, max_decisions=50, states=40, scripts=0, exemplars=2, randoms=1, neurons=2, steps=2, preimages=1, trials=1,
    points=40, perplexities=(3.0, 5.0), side=2,
)  # fmt: skip


def build_features_run(folder: Path) -> Run:
    """Two untrained snapshots, one explained game, and their units."""
    run = build_small_run(folder)
    measure_features(run, Serial(), lambda *_: None, SMALL)
    return run
