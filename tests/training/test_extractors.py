from __future__ import annotations

import numpy as np
import pytest
import torch
from stable_baselines3 import DQN, PPO
from torch import nn

from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks import ARCHITECTURES, describe, load_agent
from rlxai.preprocessing import Preprocessing
from rlxai.training.extractors import policy_kwargs
from rlxai.training.live import Surroundings, live_agent

AROUND = Surroundings("breakout", ("NOOP", "FIRE", "RIGHT", "LEFT"), Preprocessing())
OBSERVATIONS = np.random.default_rng(0).integers(0, 256, (8, 4, 84, 84), np.uint8)


@pytest.fixture
def make(breakout):
    def model(network):
        options = {"policy_kwargs": policy_kwargs(network), "seed": 0, "device": "cpu"}
        return DQN("CnnPolicy", breakout(), buffer_size=10, **options)

    return model


@pytest.mark.parametrize("network", ["nature", "nips", "gap"])
def test_live_policy_and_saved_zip_give_the_architecture_and_exactly_sb3s_values(tmp_path, make, network):
    model = make(network)
    model.save(tmp_path / "model.zip")
    with torch.no_grad():
        expected = model.q_net(torch.as_tensor(OBSERVATIONS)).numpy()
    live = live_agent(model, AROUND)
    saved = load_agent(tmp_path / "model.zip", architecture=network, game="breakout")
    for agent in (live, saved):
        assert describe(agent.network) == describe(ARCHITECTURES[network](4, 4))
        assert agent.actions == AROUND.actions
        assert np.array_equal(agent.q_values(OBSERVATIONS), expected)


@pytest.mark.parametrize("network", ["nips", "gap"])
def test_extractors_serve_actor_critics_too(breakout, network):
    model = PPO(
        "CnnPolicy", breakout(), n_steps=8, batch_size=8, policy_kwargs=policy_kwargs(network), seed=0, device="cpu"
    )
    agent = live_agent(model, AROUND)
    with torch.no_grad():
        expected = model.policy.action_net(model.policy.extract_features(torch.as_tensor(OBSERVATIONS)))
    assert agent.outputs == "logits"
    assert np.array_equal(agent.q_values(OBSERVATIONS), expected.numpy())


def test_gap_values_are_the_mean_of_a_class_activation_map(make):
    q_net = make("gap").q_net
    with torch.no_grad():
        x = torch.as_tensor(OBSERVATIONS).float() / 255
        maps = nn.Sequential(*list(q_net.features_extractor.cnn)[:6])(x)  # (N, 64, 7, 7)
        head = q_net.q_net[0]
        cam = torch.einsum("ak,nkyx->nayx", head.weight, maps)
        values = q_net(torch.as_tensor(OBSERVATIONS))
    assert torch.allclose(cam.mean((2, 3)) + head.bias, values, atol=1e-6)


def test_an_unknown_network_is_refused():
    with pytest.raises(InvalidValue, match="network must be one of nature, nips, gap, met 'resnet'"):
        policy_kwargs("resnet")


def test_a_zip_with_another_extractor_is_refused_unless_its_layers_are_given(tmp_path, make):
    make("gap").save(tmp_path / "model.zip")
    with pytest.raises(FileRefused, match="features extractor other than NatureCNN"):
        load_agent(tmp_path / "model.zip")
