"""Agents whose units are known: planted by hand, so that what is found can be right or wrong."""

import numpy as np
import torch
from torch import nn

from rlxai.networks import Agent

ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")
BALL, STILL, MOTION = 0, 1, 2
"""Units of the planted first layer."""


def planted_agent() -> Agent:
    """Three convolutional units on the newest frames of four.

    Unit BALL fires for a small bright spot on dark ground in the newest frame: a centre of 2 x 2 minus its surround.
    Unit STILL sums all four frames. Unit MOTION is the newest frame minus the one before.
    """
    with torch.random.fork_rng(devices=[]):
        network = nn.Sequential(
            nn.Conv2d(4, 3, 6, 2), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 40 * 40, 8), nn.ReLU(), nn.Linear(8, 4)
        )
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(0.01 * torch.randn(weight.shape, generator=generator))
        kernel = torch.zeros(3, 4, 6, 6)
        kernel[BALL, 3] = -1.0
        kernel[BALL, 3, 2:4, 2:4] = 1.5
        kernel[STILL] = 0.1
        kernel[MOTION, 3], kernel[MOTION, 2] = 0.2, -0.2
        network[0].weight.copy_(kernel)
        network[0].bias.copy_(torch.tensor([-0.05, 0.0, 0.0]))
    return Agent(network, ACTIONS, game="breakout")


def squares(generator: np.random.Generator, count: int, size: int = 84) -> tuple[np.ndarray, np.ndarray]:
    """States with a spot of 2 x 2 pixels at even places, and a bar that stays where it is.

    Returns:
        uint8 (N, 4, size, size), and bool (N, 2, size, size): masks of spot and bar in the newest frame.
    """
    observations = np.zeros((count, 4, size, size), np.uint8)
    masks = np.zeros((count, 2, size, size), bool)
    observations[:, :, 20:26, :] = 140
    masks[:, 1, 20:26, :] = True
    for state in range(count):
        for frame in range(4):
            y, x = 2 * generator.integers(16, 38), 2 * generator.integers(3, 38)
            observations[state, frame, y : y + 2, x : x + 2] = 200
        masks[state, 0, y : y + 2, x : x + 2] = True
    return observations, masks
