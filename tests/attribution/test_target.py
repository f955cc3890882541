from __future__ import annotations

import pytest
import torch

from rlxai.attribution import Target
from rlxai.errors import InvalidValue

Q = torch.tensor([[1.0, 5.0, 2.0, 4.0], [-1.0, -7.0, -3.0, -2.0]], dtype=torch.float64)  # greedy: 1 and 0
TAKEN = torch.tensor([3, 2])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chosen", [5.0, -1.0]),
        ("taken", [4.0, -3.0]),
        ("action:0", [1.0, -1.0]),
        ("action:3", [4.0, -2.0]),
        ("value", [3.0, -3.25]),
        ("advantage", [5.0 - 3.0, -1.0 + 3.25]),
        ("contrast", [5.0 - 4.0, -1.0 + 2.0]),
        ("contrast:2:1", [2.0 - 5.0, -3.0 + 7.0]),
    ],
)
def test_weights_give_the_named_scalar(name: str, expected: list[float]) -> None:
    weights = Target.parse(name).weights(Q, TAKEN)
    assert weights.dtype == Q.dtype
    assert ((weights * Q).sum(1)).tolist() == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("name", ["chosen", "taken", "action:2", "value", "advantage", "contrast", "contrast:0:3"])
def test_names_survive_parsing(name: str) -> None:
    assert Target.parse(name).name == name
    assert Target.parse(Target.parse(name)) == Target.parse(name)


def test_contrast_of_equal_outputs_compares_two_actions() -> None:
    assert Target.parse("contrast").weights(torch.ones(1, 3)).tolist() == [[1, -1, 0]]


@pytest.mark.parametrize(
    "name",
    ["", "q", "Chosen", "action", "action:", "action:-1", "action:x", "action:1:2", "contrast:1", "chosen:1",
     "action:²", "contrast:1:2:3"],
)  # fmt: skip
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="allowed are chosen, taken, action:i") as error:
        Target.parse(name)
    assert repr(name) in str(error.value)


def test_contrast_of_an_action_with_itself_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"'contrast:1:1' must contrast two different actions"):
        Target.parse("contrast:1:1")


@pytest.mark.parametrize("name", ["action:4", "contrast:0:4"])
def test_actions_outside_the_network_are_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="actions from 0 to 3, met 4"):
        Target.parse(name).weights(Q)


def test_contrast_needs_two_actions() -> None:
    with pytest.raises(InvalidValue, match="two actions"):
        Target.parse("contrast").weights(Q[:, :1])


@pytest.mark.parametrize(
    ("taken", "message"),
    [
        (None, "pass taken="),
        (torch.tensor([1]), r"shape \(2,\), met torch.int64 of shape \(1,\)"),
        (torch.tensor([1.0, 2.0]), "integers"),
        (torch.tensor([True, False]), "integers"),
        (torch.tensor([0, 4]), "from 0 to 3, met 0 to 4"),
        (torch.tensor([-1, 3]), "from 0 to 3, met -1 to 3"),
    ],
)
def test_taken_is_checked(taken: torch.Tensor | None, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        Target.parse("taken").weights(Q, taken)
