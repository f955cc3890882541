from __future__ import annotations

import doctest

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.attribution import Method, Relevance, attribute, catalogue, explain_batch, forward_pass, methods, register
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent
from rlxai.networks.heads import QuantileMean
from rlxai.preprocessing import Preprocessing

ALL = [name for name in methods() if name not in ("cam", "sarfa")]
"""The methods defined on any network here; test_cam_derivatives checks `cam` on a head of global average pooling."""
SPINE = ["gradient", "gradient-x-input", "lrp-epsilon", "lrp-epsilon-plus-flat", "grad-cam", "occlusion"]
LEDGERS = {"integrated-gradients": ["baseline", "quadrature"], "deeplift": ["baseline"]}
"""What methods keep that do not account by layer."""


def few_steps(method: str) -> dict[str, int]:
    """Masks that are learned take long; steps by the order of values go their own way where a rounding decides."""
    return {"iterations": 5} if "iterations" in methods()[method].options else {}


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods registered by a test are gone after it."""
    monkeypatch.setattr(catalogue, "_METHODS", methods())


def test_the_catalogue_is_in_order_and_says_what_must_be_known() -> None:
    assert [name for name in methods() if name in SPINE] == SPINE
    for name, method in methods().items():
        assert name == method.name
        line = repr(method)
        assert line.startswith(f"{name} ({method.family}, ")
        assert "\n" not in line
        assert method.formula in line
        assert method.paper in line
        assert method.cost


@pytest.mark.parametrize("method", ALL)
def test_result(method: str, small_agent: Agent, observations: np.ndarray) -> None:
    found = attribute(small_agent, observations, method, "contrast")
    assert found.relevance.shape == observations.shape
    assert found.relevance.dtype == found.target.dtype == np.float32
    assert np.isfinite(found.relevance).all()
    assert np.abs(found.relevance[:6]).max() > 0
    assert (found.method.name, found.target_name, found.options) == (method, "contrast", methods()[method].options)
    q = np.sort(small_agent.q_values(observations), 1)
    np.testing.assert_allclose(found.target, q[:, -1] - q[:, -2], rtol=1e-4, atol=1e-7)
    if not found.method.signed:
        assert (found.relevance >= 0).all()
    if not found.method.per_frame:
        assert (found.relevance == found.relevance[:, :1]).all()
    if found.bias is not None:
        assert found.bias.dtype == np.float32
        assert list(found.bias_by_layer) == LEDGERS.get(method, ["0", "2", "5", "7"])
        np.testing.assert_allclose(sum(found.bias_by_layer.values()), found.bias, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found.relevance.sum((1, 2, 3)) + found.bias, found.target, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_alone(method: str, training: bool, small_agent: Agent, observations: np.ndarray) -> None:
    network = small_agent.network.train(training).requires_grad_(training)
    calls = []
    hook = network[2].register_forward_hook(lambda *_: calls.append(1))
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    modules, x = list(network.modules()), observations.copy()
    generator = torch.get_rng_state(), np.random.get_state()[1].copy()

    attribute(small_agent, x, method, **few_steps(method))

    assert all(module.training == training for module in network.modules())
    assert list(network.modules()) == modules
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())
    assert all(parameter.requires_grad == training for parameter in network.parameters())
    assert all(bool((parameter.grad == 1).all()) for parameter in network.parameters())
    assert list(network[2]._forward_hooks) == [hook.id]
    assert not any(m._backward_hooks or m._forward_pre_hooks for m in modules)
    assert np.array_equal(x, observations)
    assert torch.equal(torch.get_rng_state(), generator[0])
    assert np.array_equal(np.random.get_state()[1], generator[1])


@pytest.mark.parametrize("method", ALL)
def test_batches_and_their_order_do_not_matter(method: str, small_agent: Agent, observations: np.ndarray) -> None:
    small_agent.network.double()
    order = np.array([4, 6, 0, 2, 5, 1, 3])
    few = few_steps(method)
    whole = attribute(small_agent, observations, method, batch_size=100, **few)
    for found, expected in (
        (attribute(small_agent, observations, method, batch_size=1, **few), slice(None)),
        (attribute(small_agent, observations, method, batch_size=3, **few), slice(None)),
        (attribute(small_agent, observations[order], method, batch_size=4, **few), order),
    ):
        np.testing.assert_allclose(found.relevance, whole.relevance[expected], rtol=1e-6, atol=1e-10)
        np.testing.assert_allclose(found.target, whole.target[expected], rtol=1e-6)
        for name, kept in (found.bias_by_layer or {}).items():
            np.testing.assert_allclose(kept, whole.bias_by_layer[name][expected], rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("method", ALL)
def test_single_precision_is_close_to_double(method: str, small_agent: Agent, observations: np.ndarray) -> None:
    few = few_steps(method)
    single = attribute(small_agent, observations, method, **few).relevance
    small_agent.network.double()
    double = attribute(small_agent, observations, method, **few).relevance
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-3 * np.abs(double).max())


@pytest.mark.parametrize("method", ALL)
def test_no_observations(method: str, small_agent: Agent) -> None:
    found = attribute(small_agent, np.zeros((0, 4, 20, 20), np.uint8), method)
    assert found.relevance.shape == (0, 4, 20, 20)
    assert found.target.shape == (0,)
    assert found.bias is None or found.bias.shape == (0,)
    with pytest.raises(InvalidValue, match="has no option"):
        attribute(small_agent, np.zeros((0, 4, 20, 20), np.uint8), method, nonsense=1)


def test_grey_levels_floats_and_awkward_arrays_are_one(small_agent: Agent, observations: np.ndarray) -> None:
    expected = attribute(small_agent, observations).relevance
    frozen = observations.copy()
    frozen.flags.writeable = False
    mirrored = np.ascontiguousarray(observations[::-1])[::-1]
    for same in (observations / np.float32(255), torch.from_numpy(observations), frozen, mirrored):
        np.testing.assert_array_equal(attribute(small_agent, same).relevance, expected)


def test_surrounding_modes_do_not_matter(small_agent: Agent, observations: np.ndarray) -> None:
    for method in ALL:
        expected = attribute(small_agent, observations, method, **few_steps(method)).relevance
        with torch.inference_mode():
            np.testing.assert_array_equal(
                attribute(small_agent, observations, method, **few_steps(method)).relevance, expected
            )
        with torch.autocast("cpu"):
            np.testing.assert_array_equal(
                attribute(small_agent, observations, method, **few_steps(method)).relevance, expected
            )


def test_taken_actions(small_agent: Agent, observations: np.ndarray) -> None:
    taken = np.arange(7) % 4
    found = attribute(small_agent, observations, "gradient", "taken", taken=taken, batch_size=3)
    np.testing.assert_allclose(found.target, small_agent.q_values(observations)[range(7), taken], rtol=1e-5)
    with pytest.raises(InvalidValue, match="pass taken="):
        attribute(small_agent, observations, target="taken")
    with pytest.raises(InvalidValue, match=r"taken must have shape \(7,\), met \(6,\)"):
        attribute(small_agent, observations, target="taken", taken=taken[:6])


def test_several_explanations_share_a_forward_pass(small_agent: Agent, observations: np.ndarray) -> None:
    forward = forward_pass(small_agent.network, small_agent.to_input(observations))
    for method in ALL:
        found = explain_batch(forward, method, "value", **few_steps(method))
        expected = attribute(small_agent, observations, method, "value", **few_steps(method))
        np.testing.assert_array_equal(found.relevance.numpy(), expected.relevance)
        assert (found.bias is None) == (expected.bias is None)


def test_quantile_networks(seeded: None, observations: np.ndarray) -> None:
    network = nn.Sequential(nn.Conv2d(4, 3, 8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(48, 5 * 2), QuantileMean(5))
    agent = Agent(network, ("NOOP", "FIRE"), Preprocessing(size=20))
    for method in ALL:
        found = attribute(agent, observations, method, "action:1", **few_steps(method))
        np.testing.assert_allclose(found.target, agent.q_values(observations)[:, 1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "lrp-epsilon-plus-flatt"}, "unknown method 'lrp-epsilon-plus-flatt', did you mean 'lrp-epsilon-p"),
        ({"method": "zzz"}, "unknown method 'zzz'; known: gradient, gradient-x-input"),
        ({"target": "advantge"}, "unknown target 'advantge'; allowed are chosen, taken"),
        ({"target": "action:4"}, "actions from 0 to 3, met 4"),
        ({"epsilom": 1.0}, "has no option 'epsilom', did you mean 'epsilon'"),
        ({"method": "gradient", "epsilon": 1.0}, "gradient has no option 'epsilon'; known: none"),
        ({"epsilon": "small"}, "option epsilon must be a finite float, met 'small'"),
        ({"epsilon": float("nan")}, "option epsilon must be a finite float, met nan"),
        ({"epsilon": True}, "option epsilon must be a finite float, met True"),
        ({"method": "occlusion", "window": 9.0}, "option window must be a int, met 9.0"),
        ({"method": "occlusion", "frames": 1}, "option frames must be a str, met 1"),
        ({"method": "grad-cam", "relu": 1}, "option relu must be a bool, met 1"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, met 0"),
        ({"batch_size": 1.5}, "batch_size must be a whole number of at least 1, met 1.5"),
    ],
)
def test_wrong_arguments(arguments: dict, message: str, small_agent: Agent, observations: np.ndarray) -> None:
    with pytest.raises(InvalidValue) as error:
        attribute(small_agent, observations, **arguments)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((4, 20, 20), np.uint8), r"shape \(N, 4, 20, 20\), met \(4, 20, 20\)"),
        (np.zeros((2, 3, 20, 20), np.uint8), r"met \(2, 3, 20, 20\)"),
        (np.full((2, 4, 20, 20), np.nan, np.float32), "nan"),
        (np.full((2, 4, 20, 20), 255.0, np.float32), "met 255 to 255"),
        (np.zeros((2, 4, 20, 20), bool), "array of numbers, met bool"),
        (np.array(["a"]), "array of numbers"),
        (np.uint8(3), "shape"),
    ],
)
def test_wrong_observations(wrong: np.ndarray, message: str, small_agent: Agent) -> None:
    with pytest.raises(InvalidValue, match=message):
        attribute(small_agent, wrong)


def test_whole_numbers_of_any_kind_are_options(small_agent: Agent, observations: np.ndarray) -> None:
    found = attribute(small_agent, observations, "occlusion", window=np.int64(4), value=1)
    assert found.options == {"window": 4, "stride": 4, "value": 1.0, "frames": "all"}


@pytest.mark.usefixtures("own_registry")
def test_a_method_of_ones_own(small_agent: Agent, observations: np.ndarray) -> None:
    mine = Method("ones", "toy", "One everywhere.", "R = 1", "None", lambda f, w: Relevance(torch.ones_like(f.x)))
    assert register(mine) is mine
    assert list(methods())[-1] == "ones"
    assert (attribute(small_agent, observations, "ones").relevance == 1).all()
    with pytest.raises(InvalidValue, match="'ones' is registered already"):
        register(mine)


@pytest.mark.usefixtures("own_registry")
def test_the_example_in_the_documentation_runs() -> None:
    result = doctest.testmod(catalogue)
    assert result.attempted > 3
    assert result.failed == 0
