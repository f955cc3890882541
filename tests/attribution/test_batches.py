"""Several methods and targets asked for together give what each gives alone, to the bit."""

import numpy as np
import pytest

from rlxai.attribution import Request, attribute, attribute_each, layers
from rlxai.errors import InvalidValue
from rlxai.networks import Agent, nature

REQUESTS = [
    Request("lrp-epsilon-plus-flat", "advantage"),
    Request("lrp-epsilon-alpha2beta1-flat", "advantage"),
    Request("lrp-epsilon", "value", {"epsilon": 0.01}),
    Request("grad-cam", "taken"),
    Request("integrated-gradients", "contrast", {"steps": 4}),
    Request("lrp-epsilon-plus-flat", "advantage"),
]


@pytest.fixture
def agent() -> Agent:
    return Agent(nature(4, 4), ["NOOP", "FIRE", "RIGHT", "LEFT"])


def test_together_is_alone_to_the_bit_with_one_forward_pass_per_batch(agent, monkeypatch):
    generator = np.random.default_rng(0)
    observations = generator.integers(0, 256, (5, 4, 84, 84), dtype=np.uint8)
    taken = np.array([0, 3, 1, 2, 0])
    alone = [
        attribute(agent, observations, request.method, request.target, taken=taken, batch_size=2, **request.options)
        for request in REQUESTS
    ]
    passes = []
    monkeypatch.setattr(
        "rlxai.attribution.batches.forward_pass", lambda *a: passes.append(a) or layers.forward_pass(*a)
    )
    together = attribute_each(agent, observations, REQUESTS, taken=taken, batch_size=2)
    assert len(passes) == 3
    for one, other in zip(alone, together, strict=True):
        assert (one.method, one.target_name, one.options) == (other.method, other.target_name, other.options)
        for name in ("relevance", "target", "outputs"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert (one.bias is None) == (other.bias is None)
        if one.bias is not None:
            np.testing.assert_array_equal(one.bias, other.bias)


def test_a_bad_request_is_refused_before_anything_is_explained(agent):
    observations = np.zeros((1, 4, 84, 84), np.uint8)
    with pytest.raises(InvalidValue, match="unknown method 'gradiant', did you mean 'gradient'"):
        attribute_each(agent, observations, [Request("gradient"), Request("gradiant")])
    assert attribute_each(agent, observations, []) == []
