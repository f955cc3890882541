"""All methods by all targets on one frame of Breakout, as docs/gallery.png.

    python -m benchmarks.gallery [FILE]

The frame is decision 640 of the demo's game: the ball is above the wall, the tunnel is open. Each map has a scale of
its own, the largest |R| summed over the stacked frames: shapes can be compared, sizes cannot.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import rlxai
from rlxai.attribution.spread import drawn
from rlxai.pipeline.demo import SEED, SERIES
from rlxai.replay import colour, compose, scale
from rlxai.resources import data_dir
from rlxai.store import open_run

DECISION = 640
TARGETS = ("chosen", "value", "advantage", "contrast")
BLOCKS = 2
"""Methods stand in so many blocks side by side."""


def main(path: Path) -> None:
    snapshots = open_run(data_dir("checkpoints") / SERIES).snapshots()
    agent = max(snapshots, key=lambda snapshot: snapshot.meta["provenance"]["evaluation"]["mean"]).load()
    episode = rlxai.record(agent, seed=SEED, max_decisions=DECISION + 1)
    observation = episode.observations(np.array([DECISION]))
    grey = compose.grey_levels(episode.palette)[episode.screens[DECISION : DECISION + 1][0, -1]]  # (210, 160)
    methods = {name: method for name, method in rlxai.methods().items() if name != "cam"}  # needs another head
    rows = -(-len(methods) // BLOCKS)
    figure = Figure(figsize=(13, 1.28 * rows), layout="constrained")
    axes = figure.subplots(rows, BLOCKS * len(TARGETS))
    for axis in axes.flat:
        axis.axis("off")
    for index, (name, method) in enumerate(methods.items()):
        row, first = index % rows, index // rows * len(TARGETS)
        for column, target in enumerate(TARGETS):
            axis = axes[row, first + column]
            try:
                relevance = rlxai.attribute(agent, observation, method=name, target=target).relevance
            except rlxai.RlxaiError:  # defined for single actions only
                axis.text(0.5, 0.5, "not defined", ha="center", va="center", fontsize=7, color="0.5")
            else:
                axis.imshow(picture(relevance, grey, method.signed))
            if row == 0:
                axis.set_title(target, fontsize=9)
            if column == 0:
                axis.text(-0.06, 0.5, name, ha="right", va="center", fontsize=8.5, transform=axis.transAxes)
        print(name, flush=True)
    figure.savefig(path, dpi=100, metadata={"Software": None})


def picture(relevance: np.ndarray, grey: np.ndarray, signed: bool) -> np.ndarray:
    """uint8 RGB (210, 160, 3): the dimmed frame under the map."""
    shown = drawn(relevance)  # (1, 84, 84)
    levels = colour.level(shown, scale.frame_scales(shown)[:, None, None])[0]
    table = compose.blend_table(colour.default_for(signed))
    return compose.paint(grey, compose.stretch(levels, *grey.shape), table)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/gallery.png"))
