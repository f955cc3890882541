"""Agents of SB3 models against SB3's own policies, bit by bit."""

from __future__ import annotations

import copy
import random

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks import agent_from_policy, fold_head, load_agent
from tests.networks.conftest import ALGORITHMS, Screens, make_model


@torch.no_grad()
def sb3_outputs(model, observations):
    """Q-values or action logits, computed by SB3's own modules from uint8 observations."""
    policy, x = model.policy, torch.as_tensor(observations)
    match type(model).__name__:
        case "DQN":
            return policy.q_net(x)
        case "QRDQN":
            return policy.quantile_net(x).mean(dim=1)
    features = policy.extract_features(x)  # of actor and critic, where they have one each
    actor = features[0] if isinstance(features, tuple) else features
    return policy.action_net(policy.mlp_extractor.forward_actor(actor))


def test_zip_gives_sb3s_own_outputs(model, observations, tmp_path):
    model.save(tmp_path / "model.zip")
    agent = load_agent(tmp_path / "model.zip", game="breakout")
    assert torch.equal(agent.network(agent.to_input(observations)), sb3_outputs(model, observations))
    assert agent.outputs == ("logits" if type(model).__name__ in ("PPO", "A2C") else "q-values")
    assert (agent.step, agent.game, agent.actions) == (1234, "breakout", ("NOOP", "FIRE", "RIGHT", "LEFT"))
    assert len(agent.provenance["source_sha256"]) == 64


def test_greedy_action_is_that_of_predict(model, observations):
    predicted, _ = model.predict(observations, deterministic=True)
    assert agent_from_policy(model).q_values(observations).argmax(1).tolist() == predicted.tolist()


def test_live_model_gives_the_same_agent_and_stays_as_it_is(model, observations, tmp_path):
    model.save(tmp_path / "model.zip")
    model.policy.set_training_mode(True)
    next(model.policy.parameters()).grad = torch.ones_like(next(model.policy.parameters()))
    weights = copy.deepcopy(model.policy.state_dict())
    trainable = [p.requires_grad for p in model.policy.parameters()]
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()

    agent = agent_from_policy(model)

    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()
    assert random.getstate() == states[2]
    assert model.policy.training
    assert [p.requires_grad for p in model.policy.parameters()] == trainable
    assert bool((next(model.policy.parameters()).grad == 1).all())
    assert all(torch.equal(w, weights[name]) for name, w in model.policy.state_dict().items())
    assert agent.digest() == load_agent(tmp_path / "model.zip").digest()
    assert torch.equal(agent.network(agent.to_input(observations)), sb3_outputs(model, observations))
    with torch.no_grad():  # a copy: training on does not move it
        before = agent.digest()
        for parameter in model.policy.parameters():
            parameter.add_(0.001)
        assert agent.digest() == before
        model.policy.load_state_dict(weights)
    model.policy.zero_grad(set_to_none=True)


def test_channels_last_environment_is_transposed_by_sb3(observations):
    model = make_model("DQN", env=Screens((84, 84, 4)))  # SB3 puts a VecTransposeImage around it
    agent = agent_from_policy(model)
    assert torch.equal(agent.network(agent.to_input(observations)), sb3_outputs(model, observations))


def test_separate_extractors_take_the_actors(observations, tmp_path):
    model = make_model("PPO", share_features_extractor=False)
    model.save(tmp_path / "ppo.zip")
    agent = load_agent(tmp_path / "ppo.zip")
    assert torch.equal(agent.network(agent.to_input(observations)), sb3_outputs(model, observations))


def test_folded_quantiles_are_the_same_function(observations):
    agent = agent_from_policy(make_model("QRDQN"))
    folded = fold_head(agent.network)
    x = agent.to_input(observations)
    assert len(folded) == len(agent.network) - 1
    torch.testing.assert_close(folded(x), agent.network(x), rtol=1e-5, atol=1e-6)


def test_frame_count_and_actions_come_from_the_file(tmp_path):
    model = make_model("QRDQN", env=Screens((2, 84, 84), gym.spaces.Discrete(6)))
    model.save(tmp_path / "six.zip")
    agent = load_agent(tmp_path / "six.zip", game="breakout")  # six outputs are not Breakout's four names
    assert agent.actions == tuple(f"action {i}" for i in range(6))
    assert agent.preprocessing.frame_stack == 2


def test_other_sizes_of_observations(tmp_path, observations):
    model = make_model("DQN", env=Screens((4, 64, 64)))
    model.save(tmp_path / "small.zip")
    agent = load_agent(tmp_path / "small.zip")
    assert agent.input_shape == (4, 64, 64)
    x = observations[:, :, :64, :64]
    assert torch.equal(agent.network(agent.to_input(x)), sb3_outputs(model, x))


class Elu(BaseFeaturesExtractor):
    """Tensors named and shaped as NatureCNN's, another function."""

    def __init__(self, space):
        super().__init__(space, 64)
        self.cnn = nn.Sequential(
            nn.Conv2d(4, 32, 8, 4), nn.ELU(), nn.Conv2d(32, 64, 4, 2), nn.ELU(), nn.Conv2d(64, 64, 3, 1), nn.ELU(),
            nn.Flatten(),
        )  # fmt: skip
        self.linear = nn.Sequential(nn.Linear(3136, 64), nn.ELU())

    def forward(self, x):
        return self.linear(self.cnn(x))


class Wide(BaseFeaturesExtractor):
    """One padded convolution: its stride and padding cannot be told from its weights."""

    def __init__(self, space):
        super().__init__(space, 8 * 21 * 21)
        self.body = nn.Sequential(nn.Conv2d(4, 8, 8, 4, 2), nn.ReLU(), nn.Flatten())

    def forward(self, x):
        return self.body(x)


REFUSED = {
    "recurrent": (lambda: make_model("RecurrentPPO"), "recurrent"),
    "extractor of the same shapes": (lambda: make_model("DQN", features_extractor_class=Elu), "extractor other than"),
    "extractor of other shapes": (lambda: make_model("PPO", features_extractor_class=Wide), "extractor other than"),
    "net_arch of a critic": (lambda: make_model("A2C", net_arch=[32]), "net_arch"),
    "net_arch of a Q-network": (lambda: make_model("DQN", net_arch=[32]), "net_arch"),
    "raw observations": (lambda: make_model("DQN", normalize_images=False), "normalize_images"),
    "MlpPolicy": (lambda: make_model("DQN", "MlpPolicy"), "CnnPolicy|FlattenExtractor"),
    "continuous actions": (
        lambda: make_model("PPO", env=Screens(action_space=gym.spaces.Box(-1, 1, (4,), np.float32))),
        "Discrete|discrete",
    ),
    "binary actions": (
        lambda: make_model("PPO", env=Screens(action_space=gym.spaces.MultiBinary(4))), "Discrete|discrete",
    ),
    "no square images": (lambda: make_model("PPO", env=Screens((4, 84, 80))), "square|shape"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_other_policies_are_refused(case, tmp_path):
    build, sentence = REFUSED[case]
    model = build()
    model.save(tmp_path / "other.zip")
    with pytest.raises(FileRefused, match=sentence) as refusal:
        load_agent(tmp_path / "other.zip")
    assert str(refusal.value).startswith(f"{tmp_path / 'other.zip'}: ")
    assert "\n" not in str(refusal.value)
    with pytest.raises(InvalidValue, match=sentence):
        agent_from_policy(model)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_custom_extractor_with_its_architecture(algorithm, observations, tmp_path):
    model = make_model(algorithm, features_extractor_class=Wide, net_arch=[])
    outputs = 800 if algorithm == "QRDQN" else 4
    layers = nn.Sequential(nn.Conv2d(4, 8, 8, 4, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 21 * 21, outputs))
    agent = agent_from_policy(model, architecture=layers)
    assert torch.equal(agent.network(agent.to_input(observations)), sb3_outputs(model, observations))
    model.save(tmp_path / "wide.zip")
    assert load_agent(tmp_path / "wide.zip", architecture=layers).digest() == agent.digest()


def test_hidden_layers_of_a_q_network_with_their_architecture(observations):
    model = make_model("DQN", features_extractor_class=Wide, net_arch=[32])  # SB3 puts ReLU between them
    layers = nn.Sequential(
        nn.Conv2d(4, 8, 8, 4, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 21 * 21, 32), nn.ReLU(), nn.Linear(32, 4)
    )
    agent = agent_from_policy(model, architecture=layers)
    assert torch.equal(agent.network(agent.to_input(observations)), sb3_outputs(model, observations))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_model_on_a_gpu_gives_an_agent_on_the_cpu():
    model = make_model("DQN")
    expected = agent_from_policy(model).digest()
    model.policy.to("cuda")
    agent = agent_from_policy(model)
    assert {w.device.type for w in agent.network.state_dict().values()} == {"cpu"}
    assert agent.digest() == expected
