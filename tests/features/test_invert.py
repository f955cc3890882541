"""Pre-images: their code is that of the original, and they show it where the code can tell."""

import pytest
import torch
from torch import nn

from rlxai.features.canvas import Optimisation
from rlxai.features.invert import code_error, deep_prior, invert, layer_code, recovered


@pytest.fixture(scope="module")
def inverted():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = nn.Conv2d(4, 48, 4, 2)  # more values than pixels
    true = torch.zeros(1, 4, 20, 20)
    true[:, :, 8:14, 5:15] = 0.8
    code = layer_code(layer.requires_grad_(False))
    return code, true, code(true)


def test_errors_by_their_formula():
    error = code_error(torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 2.0]]))
    assert float(error[0]) == pytest.approx(8 / 5)


def test_the_plain_prior_finds_the_code(inverted):
    code, true, wanted = inverted
    start = torch.full_like(true, 0.05)
    how = Optimisation(steps=80, rate=0.2, frequencies=False, tv=0.02, jitter=0, scale=0.0)
    found = invert(code, wanted, start, how)
    mask = true[0, -1] > 0
    assert float(code_error(code(found), wanted)[0]) < 0.25 * float(code_error(code(start), wanted)[0])
    assert recovered(found[0, -1], true[0, -1], torch.zeros(20, 20), mask) > 0.7


def test_the_deep_prior_lowers_the_error_and_repeats(inverted):
    code, _, wanted = inverted
    before = torch.get_rng_state()
    few, some, again = (deep_prior(code, wanted, (4, 20, 20), steps=steps) for steps in (1, 40, 40))
    errors = [float(code_error(code(found), wanted)[0]) for found in (few, some)]
    assert errors[1] < 0.7 * errors[0]
    assert torch.equal(some, again)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_recovered():
    true, empty = torch.tensor([[1.0, 0.5]]), torch.zeros(1, 2)
    mask = torch.tensor([[True, False]])
    assert recovered(true, true, empty, mask) == 1
    assert recovered(empty, true, empty, mask) == 0
    assert recovered(0.5 * true, true, empty, mask) == pytest.approx(0.75)
    assert recovered(true, empty, empty, mask) != recovered(true, empty, empty, mask)  # NaN: nothing is there
