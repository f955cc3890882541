"""Files of weights from elsewhere: what is inferred, and what is asked for."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import safetensors.torch
import torch
from torch import nn

from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks import describe, gap, load_agent, nature, nips
from rlxai.preprocessing import Preprocessing

NETWORKS = {"nature": nature, "nips": nips, "gap": gap}


def save(content, path):
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(content, path)
    else:
        torch.save(content, path)
    return path


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".bin"])
@pytest.mark.parametrize("name", NETWORKS)
def test_bare_state_dicts(name, suffix, tmp_path, observations):
    network = NETWORKS[name](4, 4)
    agent = load_agent(save(network.state_dict(), tmp_path / f"weights{suffix}"), game="breakout", step=5)
    assert describe(agent.network) == describe(network)
    x = agent.to_input(observations)
    assert torch.equal(agent.network(x), network(x))
    assert (agent.step, agent.outputs, agent.game) == (5, "q-values", "breakout")
    assert agent.actions == ("NOOP", "FIRE", "RIGHT", "LEFT")
    assert agent.provenance["source"] == f"weights{suffix}"


def test_half_precision_is_read_exactly(tmp_path):
    network = nature(4, 4).half()
    agent = load_agent(save(network.state_dict(), tmp_path / "half.safetensors"))
    assert all(torch.equal(w, network.state_dict()[k].float()) for k, w in agent.network.state_dict().items())


def test_layers_beyond_nine_keep_their_order(tmp_path):
    """safetensors sorts by name, "10.weight" before "2.weight"; square layers would fit in any order."""
    hidden = [layer for _ in range(5) for layer in (nn.Linear(32, 32), nn.ReLU())]
    network = nn.Sequential(
        nn.Conv2d(4, 8, 8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(3200, 32), nn.ReLU(), *hidden, nn.Linear(32, 4)
    )
    x = torch.rand(2, 4, 84, 84)
    agent = load_agent(save(network.state_dict(), tmp_path / "deep.safetensors"))
    assert torch.equal(agent.network(x), network(x))


def test_cleanrl_q_network(tmp_path, observations):
    network = nature(4, 6)
    path = save({f"network.{k}": w for k, w in network.state_dict().items()}, tmp_path / "dqn_atari.cleanrl_model")
    agent = load_agent(path, game="pong")
    x = agent.to_input(observations)
    assert torch.equal(agent.network(x), network(x))
    assert agent.actions == tuple(f"action {i}" for i in range(6))


def test_cleanrl_ppo_gives_the_actors_logits(tmp_path, observations):
    network, critic = nature(4, 4), nn.Linear(512, 1)
    tensors = {f"network.{k}": w for k, w in list(network.state_dict().items())[:-2]}
    tensors |= {f"actor.{k}": w for k, w in network[-1].state_dict().items()}
    tensors |= {f"critic.{k}": w for k, w in critic.state_dict().items()}
    agent = load_agent(save(tensors, tmp_path / "ppo_atari.cleanrl_model"))
    x = agent.to_input(observations)
    assert torch.equal(agent.network(x), network(x))
    assert agent.outputs == "logits"


def test_cleanrl_c51_is_refused_by_name(tmp_path):
    tensors = {f"network.{k}": w for k, w in nature(4, 4 * 51).state_dict().items()} | {"atoms": torch.zeros(51)}
    path = save({"model_weights": tensors, "args": {"seed": 1}}, tmp_path / "c51_atari.cleanrl_model")
    with pytest.raises(FileRefused, match="C51"):
        load_agent(path)


def test_entry_and_names_of_a_foreign_policy(tmp_path, observations):
    network = nips(4, 3)
    path = save({"policy": network.state_dict()}, tmp_path / "a3c.pt")
    agent = load_agent(path, actions=["FIRE", "RIGHT", "LEFT"], game="breakout")
    assert (agent.actions, agent.outputs) == (("FIRE", "RIGHT", "LEFT"), "logits")
    assert load_agent(path, game="breakout").actions == ("action 0", "action 1", "action 2")
    assert load_agent(path, outputs="q-values").outputs == "q-values"
    x = agent.to_input(observations)
    assert torch.equal(agent.network(x), network(x))
    for wrong in (["FIRE"], ["A", "A", "B"], "abc", ["A", "B", ""]):
        with pytest.raises(FileRefused, match="actions"):
            load_agent(path, actions=wrong)


def test_checkpoint_with_an_optimizer_beside(tmp_path):
    network = nature(4, 4)
    content = {
        "epoch": 3,
        "model": network.state_dict(),
        "optimizer": torch.optim.Adam(network.parameters()).state_dict(),
    }
    assert len(load_agent(save(content, tmp_path / "checkpoint.pth")).actions) == 4


def test_channels_and_size_of_the_observations(tmp_path):
    assert load_agent(save(nature(1, 4).state_dict(), tmp_path / "one.pt")).preprocessing.frame_stack == 1
    small = nn.Sequential(nn.Conv2d(4, 8, 8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 15 * 15, 4))
    path = save(small.state_dict(), tmp_path / "small.pt")
    with pytest.raises(FileRefused, match="84 x 84"):
        load_agent(path)
    assert load_agent(path, preprocessing=Preprocessing(size=64)).input_shape == (4, 64, 64)
    with pytest.raises(FileRefused, match=r"layer 0 \(conv of 4 inputs\) does not take the shape \(3, 64, 64\)"):
        load_agent(path, preprocessing=Preprocessing(size=64, frame_stack=3))


def test_architecture_by_name_description_and_network(tmp_path):
    padded = nn.Sequential(nn.Conv2d(4, 8, 8, 4, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 21 * 21, 4))
    path = save(OrderedDict(padded.state_dict()), tmp_path / "padded.pt")
    with pytest.raises(FileRefused, match="architecture="):
        load_agent(path)
    x = torch.rand(2, 4, 84, 84)
    for architecture in (padded, describe(padded)):
        assert torch.equal(load_agent(path, architecture=architecture).network(x), padded(x))
    with pytest.raises(FileRefused, match="holds 2 layers with weights; the architecture has 5"):
        load_agent(path, architecture="nature")
    with pytest.raises(FileRefused, match="unknown architecture 'resnet'; known: nature, nips, gap"):
        load_agent(path, architecture="resnet")
    named = save(nature(4, 4).state_dict(), tmp_path / "nature.pt")
    assert describe(load_agent(named, architecture="nature").network) == describe(nature(4, 4))


def test_loading_draws_no_random_number(tmp_path, dqn_zip):
    path = save(nature(4, 4).state_dict(), tmp_path / "nature.pt")
    state = torch.get_rng_state()
    load_agent(path)
    load_agent(path, architecture="nature")
    load_agent(dqn_zip)
    assert torch.equal(torch.get_rng_state(), state)


def test_an_sb3_zip_knows_its_outputs(dqn_zip):
    assert load_agent(dqn_zip, outputs="q-values", step=9).step == 9
    with pytest.raises(InvalidValue, match="outputs is 'q-values'"):
        load_agent(dqn_zip, outputs="logits")
