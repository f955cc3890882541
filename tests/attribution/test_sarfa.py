from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from rlxai.attribution import Target, explain_batch, forward_pass
from rlxai.attribution.sarfa import SARFA, scores
from rlxai.errors import InvalidValue
from tests.attribution.test_blur import OPTIONS, literal


def puri(q: list[float], changed: list[float], action: int) -> float:
    """The published score, one perturbation at a time."""

    def softmax(values: list[float]) -> list[float]:
        total = sum(math.exp(v) for v in values)
        return [math.exp(v) / total for v in values]

    drop = softmax(q)[action] - softmax(changed)[action]
    if drop <= 0:
        return 0.0
    rest, rest_changed = (softmax([v for a, v in enumerate(values) if a != action]) for values in (q, changed))
    divergence = sum(p * math.log(p / r) for p, r in zip(rest, rest_changed, strict=True))
    k = 1 / (1 + divergence)
    return 2 * drop * k / (drop + k)


@pytest.mark.parametrize("target", ["chosen", "action:2"])
def test_against_one_point_at_a_time(target: str, tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    tiny_network[-1].weight.mul_(20)  # outputs far enough apart for the other actions to matter
    forward = forward_pass(tiny_network, x)
    found = explain_batch(forward, SARFA, target, **OPTIONS).relevance
    expected = {}
    for (row, column), out in literal(tiny_network, x[:1], [0, 1, 2]).items():
        action = 2 if target == "action:2" else int(forward.q[0].argmax())
        expected[row, column] = puri(forward.q[0].tolist(), out.tolist(), action)
        assert found[0, 0, row, column].item() * 3 == pytest.approx(expected[row, column], rel=1e-9, abs=1e-14)
    assert max(expected.values()) > 0


def test_what_moves_the_other_actions_counts_less() -> None:
    q = torch.tensor([[2.0, 1.0, 0.0]])
    action = torch.tensor([[True, False, False]])
    changed = torch.tensor([[[1.0, 1.0, 0.0], [2.0, 1.0, 0.0], [3.0, 1.0, 0.0], [2.0, 2.0, -9.0]]])
    alone, nothing, gain, others = scores(q, changed, action)[0].tolist()
    assert alone > others > 0
    assert nothing == 0
    assert gain == 0


def test_two_actions_leave_no_other_order_to_change() -> None:
    q, changed = torch.tensor([[1.0, 0.0]]), torch.tensor([[[0.0, 0.0]]])
    drop = 1 / (1 + math.exp(-1)) - 0.5
    found = scores(q, changed, torch.tensor([[True, False]])).item()
    assert found == pytest.approx(2 * drop / (drop + 1))


def test_black_input_has_no_relevance(tiny_network: nn.Sequential) -> None:
    assert not explain_batch(forward_pass(tiny_network, torch.zeros(2, 3, 12, 12)), SARFA, "chosen").relevance.any()


@pytest.mark.parametrize("target", ["value", "advantage", "contrast", "contrast:0:1"])
def test_targets_of_several_actions_are_refused(target: str, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12))
    with pytest.raises(InvalidValue, match="sarfa needs a target that is one action's output: chosen, taken or action"):
        explain_batch(forward, SARFA, target)


def test_batches_do_not_matter(tiny_network: nn.Sequential) -> None:
    x = torch.rand(5, 3, 12, 12, dtype=torch.float64)
    taken = torch.tensor([0, 3, 1, 1, 2])
    whole = explain_batch(forward_pass(tiny_network, x), SARFA, Target("taken"), taken=taken).relevance
    assert (whole >= 0).all()
    order = [3, 0, 4]
    part = explain_batch(forward_pass(tiny_network, x[order]), SARFA, "taken", taken=taken[order]).relevance
    torch.testing.assert_close(part, whole[order])


def test_options_are_checked_under_its_own_name(tiny_network: nn.Sequential) -> None:
    with pytest.raises(InvalidValue, match="sarfa option spacing must be at least 1, met 0"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), SARFA, "chosen", spacing=0)
