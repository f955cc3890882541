"""Features extractors for Stable-Baselines3: the networks of rlxai that SB3 does not have.

An SB3 policy is a features extractor under linear heads. Both extractors are laid out like SB3's `NatureCNN`: `cnn`
ends in a flat vector, `linear` makes the features of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, NatureCNN
from torch import Tensor, nn

from rlxai.errors import InvalidValue
from rlxai.networks import gap, nips


class _Trunk(BaseFeaturesExtractor):
    """An architecture of rlxai without its output layer: (N, C, H, W) in [0, 1] -> (N, features)."""

    def __init__(self, observation_space: spaces.Box, architecture: Callable[[int, int], nn.Sequential]) -> None:
        layers = list(architecture(observation_space.shape[0], 1))[:-1]
        flat = next(index for index, layer in enumerate(layers) if isinstance(layer, nn.Flatten)) + 1
        super().__init__(observation_space, _width(layers))
        self.cnn = nn.Sequential(*layers[:flat])
        self.linear = nn.Sequential(*layers[flat:])

    def forward(self, observations: Tensor) -> Tensor:
        """Features (N, features) of observations (N, C, H, W) in [0, 1]."""
        features: Tensor = self.linear(self.cnn(observations))
        return features


class NipsCNN(_Trunk):
    """Two convolutions and 256 hidden units (Mnih et al. 2013, arXiv 1312.5602); 84 x 84 observations."""

    def __init__(self, observation_space: spaces.Box) -> None:
        super().__init__(observation_space, nips)


class GapCNN(_Trunk):
    """Nature's convolutions under global average pooling (Zhou et al. 2016): 64 features, no hidden linear layer.

    With SB3's linear head on top the class activation map is defined: Q_a = sum_k w_ak mean_p A_kp + b_a.
    """

    def __init__(self, observation_space: spaces.Box) -> None:
        super().__init__(observation_space, gap)


EXTRACTORS: dict[str, type[BaseFeaturesExtractor]] = {"nature": NatureCNN, "nips": NipsCNN, "gap": GapCNN}


def policy_kwargs(network: str) -> dict[str, Any]:
    """SB3's `policy_kwargs` for a network of rlxai, with nothing between its features and the linear heads.

        model = DQN("CnnPolicy", env, policy_kwargs=policy_kwargs("gap"))

    Raises:
        InvalidValue: there is no such network.
    """
    if network not in EXTRACTORS:
        raise InvalidValue(f"network must be one of {', '.join(EXTRACTORS)}, met {network!r}")
    # SB3 adds two hidden layers to any extractor but its own, unless net_arch says otherwise.
    return {"features_extractor_class": EXTRACTORS[network], "net_arch": []}


def network_name(extractor: type) -> str | None:
    """Name of the network that a features extractor's class belongs to, or None where it is somebody else's."""
    return next((name for name, known in EXTRACTORS.items() if known is extractor), None)


def _width(layers: list[nn.Module]) -> int:
    if isinstance(layers[-2], nn.Linear):
        return layers[-2].out_features
    return [layer.out_channels for layer in layers if isinstance(layer, nn.Conv2d)][-1]
