"""What the maps owe to training: each method on the best agent, and on the same network with random weights.

    python -m benchmarks.sanity [--frames N] [--out FILE]

The model parameter randomisation test of Adebayo et al. 2018 (arXiv 1810.03292): a map that stays as it is when what
the network learned is taken away does not show what it learned. And whether the ball is found, by its lift.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
from scipy.stats import rankdata
from torch import nn

import rlxai
from benchmarks.report import table
from benchmarks.results import RESULTS, put
from benchmarks.subject import best_agent, game
from rlxai.attribution import Method, explain_batch, forward_pass
from rlxai.attribution.spread import drawn
from rlxai.strategy import ledger, summarise

TITLE = "What the maps owe to training"
HOW = """
{today}. Target `advantage` (`sarfa`: `chosen`), {states} states of Breakout with the ball in sight, the best shipped
agent. `same, random head` and `same, random network`: mean rank correlation over states of |map| with that of
the same network whose linear layers, or all layers, have fresh random weights; mean over three draws. Near 1, the map
does not depend on what was learned; `gradient-x-input` and its like keep a part of it because black pixels are black
for every network. `ball`: lift, share of |R| on the ball divided by its share of the area; then the least and the most
of the three random networks. 1 is chance.
"""
HEADER = "method", "same, random head", "same, random network", "ball", "ball, random networks"
DRAWS = 3
TARGETS = ("advantage", "chosen")


@dataclass(frozen=True)
class States:
    """N states: input (N, C, H, W), and the ball's masks (N, C, 1, H, W)."""

    x: torch.Tensor
    ball: np.ndarray


def states(frames: int, decisions: int = 400) -> States:
    """Spread over the first decisions of the demo's game."""
    agent = best_agent()
    episode = game(agent, decisions)
    masks = episode.masks(slice(0, episode.decisions))
    assert masks is not None  # Breakout's objects are known
    ball = masks[:, :, [episode.mask_names.index("visible-ball")]]  # (T, C, 1, H, W)
    seen = np.flatnonzero((ball.sum(axis=(2, 3, 4)) > 0).all(axis=1))
    chosen = seen[np.linspace(0, len(seen) - 1, frames).astype(int)]
    return States(agent.to_input(episode.observations(chosen)), ball[chosen])


def maps(network: nn.Sequential, method: Method, x: torch.Tensor) -> np.ndarray | None:
    """Relevance (N, C, H, W) of the first target that the method is defined for."""
    for target in TARGETS:
        try:
            return explain_batch(forward_pass(network, x), method, target).relevance.numpy()
        except rlxai.RlxaiError:
            continue
    return None


def randomised(network: nn.Sequential, kinds: tuple[type[nn.Module], ...], seed: int) -> nn.Sequential:
    """A copy with fresh weights in the layers of these kinds."""
    fresh = copy.deepcopy(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in fresh:
            if isinstance(layer, kinds):
                layer.reset_parameters()  # type: ignore[operator]  # convolutions and linear layers have it
    return fresh.requires_grad_(False)


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over states of Spearman's correlation of |map|, stacked frames summed; NaN where all maps are even."""
    a, b = (rankdata(np.abs(drawn(maps)).reshape(len(maps), -1), axis=1) for maps in (first, second))
    a, b = (ranks - ranks.mean(1, keepdims=True) for ranks in (a, b))
    norm = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return float(np.mean((a * b).sum(1)[norm > 0] / norm[norm > 0])) if (norm > 0).any() else float("nan")


def ball_lift(relevance: np.ndarray, seen: States) -> float:
    """Lift of the ball over all states."""
    return summarise(ledger(relevance, seen.ball), 0).lift


def row(method: Method, network: nn.Sequential, seen: States) -> tuple[str, ...] | None:
    """Cells of a method's line; None where it is not defined on the network."""
    trained = maps(network, method, seen.x)
    if trained is None:
        return None
    heads = [maps(randomised(network, (nn.Linear,), seed), method, seen.x) for seed in range(DRAWS)]
    whole = [maps(randomised(network, (nn.Linear, nn.Conv2d), seed), method, seen.x) for seed in range(DRAWS)]
    same_head, same_network = (
        np.nanmean([rank_correlation(trained, found) for found in group if found is not None])
        for group in (heads, whole)
    )
    chance = [ball_lift(found, seen) for found in whole if found is not None]
    return (
        method.name, f"{same_head:.2f}", f"{same_network:.2f}", f"{ball_lift(trained, seen):.2f}",
        f"{min(chance):.2f} to {max(chance):.2f}",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    network, seen = best_agent().network, states(chosen.frames)
    rows = []
    for method in rlxai.methods().values():
        found = row(method, network, seen)
        if found is not None:
            rows.append(found)
            print(" | ".join(found), flush=True)
    how = HOW.strip().format(today=date.today().isoformat(), states=chosen.frames)
    put(chosen.out, TITLE, f"{how}\n\n{table(HEADER, rows)}")


if __name__ == "__main__":
    main()
