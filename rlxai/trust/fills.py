"""What stands where pixels are taken away: no fill is neutral, so several are asked.

- `black`: the background of most Atari games, so flipping a black pixel changes nothing.
- `blur`: the input under a wide Gaussian; where things are is gone, that they are there is not (Fong and Vedaldi 2017,
  arXiv 1704.03296).
- `object-free`: the same frames drawn by the game without its objects, walls and score kept. The only fill whose last
  picture is one that the game can show, and under which pixels of the background count for nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rlxai.attribution.blur import gaussian_rows
from rlxai.attribution.effects import separable
from rlxai.episodes.edited import edited_observations
from rlxai.episodes.episode import Episode
from rlxai.games.breakout_render import FIELD_LEFT, FIELD_RIGHT
from rlxai.games.edit import Edit
from rlxai.games.edits import parse_edit

_PADDLE_ROWS = slice(189, 193)
SIGMA = 10.0
"""Standard deviation of the blur, in pixels: wider than any object that moves."""


def blurred(x: Tensor) -> Tensor:
    """The input under a Gaussian of `SIGMA` pixels, each frame by itself: (N, C, H, W)."""
    down, across = (gaussian_rows(length, SIGMA, x) for length in x.shape[2:])
    return separable(x, down, across).contiguous()


def object_free(episode: Episode, decisions: np.ndarray) -> np.ndarray | None:
    """The observations without ball, bricks and paddle, uint8 (N, C, size, size); None where no game can draw them."""
    edit = _EMPTY.get(episode.recipe.game)
    return None if edit is None else edited_observations(episode, decisions, edit)


def fills(observations: Tensor, background: np.ndarray | None) -> dict[str, Tensor]:
    """Every fill of the states by name, each (N, C, H, W) floats in [0, 1].

    Args:
        observations: floats in [0, 1], (N, C, H, W).
        background: of `object_free`.
    """
    found = {"black": torch.zeros_like(observations), "blur": blurred(observations)}
    return found if background is None else found | {"object-free": torch.as_tensor(background).float() / 255}


def _without_paddle(screen: np.ndarray) -> np.ndarray:
    painted = screen.copy()
    painted[_PADDLE_ROWS, FIELD_LEFT:FIELD_RIGHT] = 0
    return painted


_EMPTY = {
    "breakout": parse_edit("breakout", "ball-removed + bricks-removed")
    + Edit("paddle-hidden", np.copy, _without_paddle)
}
"""Game -> the edit that leaves walls and score alone."""
