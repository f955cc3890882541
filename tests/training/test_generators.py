from __future__ import annotations

import random

import numpy as np
import torch

from rlxai.training.generators import generators_untouched


def draw():
    return random.random(), float(np.random.random()), float(torch.rand(())), float(torch.randn(()))


def test_what_is_drawn_inside_is_not_missing_outside():
    random.seed(3), np.random.seed(3), torch.manual_seed(3)
    expected = draw(), draw()
    random.seed(3), np.random.seed(3), torch.manual_seed(3)
    first = draw()
    with generators_untouched():
        draw()
        np.random.seed(99)
    assert (first, draw()) == expected
