"""The dueling head: its formula, the one linear layer in its place, and the streams of files from elsewhere."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks import Agent, DuelingHead, build, describe, dueling, fold_head, load_agent

SMALL = nn.Sequential(
    nn.Conv2d(4, 2, 8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 400, 6), nn.ReLU(), nn.Linear(6, 10), nn.ReLU(),
    DuelingHead(5, 4),
)  # fmt: skip
"""Two hidden layers, the first of them shared."""


class TwoStreams(nn.Module):
    """A dueling network as it is usually written; `names` of trunk, value and advantage."""

    def __init__(self, names=("features", "value_stream", "advantage"), hidden=512, depth=1, actions=4) -> None:
        super().__init__()
        self.names = names

        def stream(outputs):
            widths = [3136] + [hidden] * depth + [outputs]
            layers = [m for i, o in pairwise(widths) for m in (nn.Linear(i, o), nn.ReLU())]
            return nn.Sequential(*layers[:-1])

        self.add_module(names[0], nn.Sequential(*list(dueling(4, actions))[:7]))
        self.add_module(names[2], stream(actions))
        self.add_module(names[1], stream(1))

    def forward(self, x):
        trunk, value, advantage = (getattr(self, name) for name in self.names)
        x = trunk(x)
        return value(x) + advantage(x) - advantage(x).mean(1, keepdim=True)


def test_the_head_is_the_formula():
    head, x = DuelingHead(3, 4).double(), torch.randn(5, 6, dtype=torch.float64)
    for sample, q in zip(x, head(x), strict=True):
        value = head.value.weight[0] @ sample[:3] + head.value.bias[0]
        advantage = [head.advantage.weight[a] @ sample[3:] + head.advantage.bias[a] for a in range(4)]
        expected = [value + advantage[a] - sum(advantage) / 4 for a in range(4)]
        torch.testing.assert_close(q, torch.stack(expected))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_folded_it_is_one_linear_layer(dtype):
    network = dueling(4, 6).to(dtype)
    state = torch.get_rng_state()
    folded = fold_head(network)
    assert torch.equal(torch.get_rng_state(), state)
    assert describe(folded)[-1] == {"type": "linear", "in": 1024, "out": 6}
    assert [*folded][:-1] == [*network][:-1]
    x = torch.rand(3, 4, 84, 84, dtype=dtype)
    torch.testing.assert_close(folded(x), network(x), rtol=1e-5 if dtype == torch.float32 else 1e-12, atol=1e-6)
    assert fold_head(folded) is folded


def test_the_target_value_is_the_value_stream():
    network = dueling(4, 4).double()
    forward = forward_pass(network, torch.rand(3, 4, 84, 84))
    hidden = forward.steps[-1].input
    value = network[-1].value(hidden[:, :512])[:, 0]
    found = explain_batch(forward, "gradient", "value")
    torch.testing.assert_close(found.target, value, rtol=1e-12, atol=1e-14)
    x = forward.x.clone().requires_grad_()
    of_value = network[-1].value(network[:-1](x)[:, :512]).sum()
    torch.testing.assert_close(found.relevance, torch.autograd.grad(of_value, x)[0], rtol=1e-9, atol=1e-15)


def test_two_streams_of_a_foreign_file_are_laid_side_by_side(tmp_path, observations):
    theirs = TwoStreams()
    torch.save(theirs.state_dict(), tmp_path / "dueling.pt")
    agent = load_agent(tmp_path / "dueling.pt", architecture="dueling", game="breakout")
    assert describe(agent.network) == describe(dueling(4, 4))
    assert agent.actions == ("NOOP", "FIRE", "RIGHT", "LEFT")
    x = agent.to_input(observations)
    torch.testing.assert_close(agent.network(x), theirs(x), rtol=1e-5, atol=1e-6)
    streams = agent.network[7](agent.network[:7](x))
    torch.testing.assert_close(streams[:, :512], theirs.value_stream[0](theirs.features(x)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "names", [("conv", "fc_val", "fc_adv"), ("body", "v_stream", "a_stream"), ("net", "valueHead", "advantageHead")]
)
def test_streams_are_told_apart_by_their_names(names, tmp_path, observations):
    theirs = TwoStreams(names, hidden=8, actions=3)
    torch.save(theirs.state_dict(), tmp_path / "dueling.pt")
    ours = nn.Sequential(*list(dueling(4, 3))[:7], nn.Linear(3136, 16), nn.ReLU(), DuelingHead(8, 3))
    agent = load_agent(tmp_path / "dueling.pt", architecture=ours)
    x = agent.to_input(observations)
    torch.testing.assert_close(agent.network(x), theirs(x), rtol=1e-5, atol=1e-6)


def test_deeper_streams_become_block_diagonal(tmp_path, observations):
    theirs = TwoStreams(hidden=8, depth=3)
    torch.save(theirs.state_dict(), tmp_path / "deep.pt")
    hidden = [layer for width in (3136, 16, 16) for layer in (nn.Linear(width, 16), nn.ReLU())]
    ours = nn.Sequential(*list(dueling(4, 4))[:7], *hidden, DuelingHead(8, 4))
    agent = load_agent(tmp_path / "deep.pt", architecture=describe(ours))
    x = agent.to_input(observations)
    torch.testing.assert_close(agent.network(x), theirs(x), rtol=1e-5, atol=1e-6)
    assert not agent.network[9].weight[:8, 8:].any()
    assert not agent.network[9].weight[8:, :8].any()


def test_a_bare_state_dict_of_ones_own(tmp_path, observations):
    torch.save(SMALL.state_dict(), tmp_path / "own.pt")
    agent = load_agent(tmp_path / "own.pt", architecture=SMALL)
    x = agent.to_input(observations)
    assert torch.equal(agent.network(x), SMALL(x))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value_stream.2": (51, 512)}, r"'value_stream.2' gives 51 values; .* ends in one"),
        ({"value_stream.0": None}, "1 layers named as a value stream's and 2 as an advantage stream's"),
        ({"value_stream.0": None, "value_stream.2": None}, "0 layers named as a value stream's and 2 as an"),
        ({"value_stream.0": (512, 64)}, "begin two streams and must take the same inputs, met 64 and 3136"),
        ({"value_of_advantage": (4, 4)}, "'value_of_advantage' is named after both"),
        ({"value_stream.0": (256, 3136), "value_stream.2": (1, 256)}, "'7.weight' must have shape"),
        ({"advantage.0": None, "value_stream.0": None, "advantage.2": (4, 3136), "value_stream.2": (1, 3136)},
         "'value_stream.2' and 'advantage.2' read the same hidden units"),
        ({"value_stream.1": (1, 20_000), "advantage.1": (20_000, 1)}, "make 400,040,001 parameters; at most 64,000,00"),
    ],
)  # fmt: skip
def test_what_is_no_pair_of_streams_is_refused_in_a_sentence(changes, message, tmp_path):
    state = TwoStreams().state_dict()
    shapes = {name.removesuffix(".weight"): w.shape for name, w in state.items() if name.endswith(".weight")} | changes
    tensors = {}
    for name, shape in sorted(shapes.items(), key=lambda named: named[0][::-1][:1]):  # by number; the rest stays
        if shape is not None:
            tensors |= {f"{name}.weight": torch.zeros(shape), f"{name}.bias": torch.zeros(shape[0])}
    torch.save(tensors, tmp_path / "odd.pt")
    with pytest.raises(FileRefused, match=message):
        load_agent(tmp_path / "odd.pt", architecture="dueling")


def test_without_an_architecture_one_is_asked_for(tmp_path):
    torch.save(TwoStreams(hidden=4).state_dict(), tmp_path / "dueling.pt")
    with pytest.raises(FileRefused, match="has a value and an advantage stream; give architecture='dueling'"):
        load_agent(tmp_path / "dueling.pt")


@pytest.mark.parametrize(
    "head", [{"in": 5, "out": 4}, {"in": 0, "out": 4}, {"in": 4, "out": 0}, {"in": 10**6, "out": 65}]
)
def test_forged_heads_are_refused(head):
    with pytest.raises(InvalidValue):
        build([{"type": "dueling-head", **head}])


def test_a_head_that_does_not_fit_is_named():
    with pytest.raises(InvalidValue, match=r"layer 3 \(dueling-head of 6 inputs\) does not take the shape \(800\)"):
        Agent(nn.Sequential(*SMALL[:3], DuelingHead(3, 4)), ("a", "b", "c", "d"))
