"""Policies of Stable-Baselines3 and sb3-contrib: DQN, QRDQN, PPO and A2C, from a zip or from a live model.

A zip's `data` member holds base64 pickles beside plain text fields. Only the text is read; `DQN.load` would run them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent, Outputs
from rlxai.networks.archive import read_member
from rlxai.networks.infer import Architecture, in_channels, infer_network
from rlxai.networks.names import action_names
from rlxai.networks.reading import naming, parse_json
from rlxai.networks.state_dict import read_torch, select_state_dict
from rlxai.networks.tensors import to_float32
from rlxai.preprocessing import Preprocessing

NATURE_CNN = "stable_baselines3.common.torch_layers.NatureCNN"
MAX_ACTIONS = 1000
_MAX_FACTS = 8 * 1024**2
"""Largest `data` member: parsing JSON takes a hundred times its size in the worst case. Usual are 20 kB to 2 MB."""
_KINDS = ("weight", "bias")
_CNN = tuple(f"{layer}.{kind}" for layer in ("cnn.0", "cnn.2", "cnn.4", "linear.0") for kind in _KINDS)


@dataclass(frozen=True)
class Policy:
    """What is read of an SB3 policy: its tensors, and the few facts that its tensors do not tell."""

    tensors: Mapping[str, Any]
    actions: int
    size: int
    """Height of the observations."""
    step: int | None
    policy_class: str
    extractor: str = NATURE_CNN
    normalized: bool = True
    """Whether SB3 divides observations by 255, as `Agent` does."""


def agent_from_policy(
    model: Any,
    *,
    actions: Sequence[str] | None = None,
    preprocessing: Preprocessing | None = None,
    architecture: Architecture | None = None,
    game: str | None = None,
) -> Agent:
    """A frozen CPU copy of a live SB3 model's policy; model, gradients, mode and random states stay as they are.

    Args:
        model: DQN, QRDQN, PPO or A2C on image observations, on any device.
        actions: names of the actions; see `load_agent`.
        preprocessing: how its environment makes observations; the default is that of SB3's AtariWrapper.
        architecture: the layers, for a features extractor other than SB3's NatureCNN.
        game: ALE name of the game.

    Raises:
        InvalidValue: the policy is not one that rlxai can explain.
    """
    policy, space, shape = model.policy, model.action_space, model.observation_space.shape
    if type(space).__name__ != "Discrete" or shape is None or len(shape) != 3:
        raise InvalidValue(f"a policy on images with discrete actions is needed, met {space} on shape {shape}")
    facts = Policy(
        policy.state_dict(), int(space.n), shape[1], int(model.num_timesteps), _qualified(type(policy)),
        _qualified(policy.features_extractor_class), bool(policy.normalize_images),
    )  # fmt: skip
    agent = to_agent(facts, actions, preprocessing, architecture, game)
    agent.provenance["source"] = f"live {type(model).__name__}"
    return agent


def read_policy(archive: zipfile.ZipFile) -> Policy:
    """The policy in an SB3 zip, from restricted tensors and plain JSON text; no pickle is touched.

    Raises:
        FileRefused: the zip is damaged, hostile, or lacks what every SB3 zip has.
    """
    with naming("data"):
        facts = parse_json(read_member(archive, "data", _MAX_FACTS))
    with naming("policy.pth"):
        _, tensors = select_state_dict(read_torch(read_member(archive, "policy.pth")))
    with naming("data"):
        kwargs = _mapping(facts, "policy_kwargs")
        return Policy(
            tensors, _discrete(_mapping(facts, "action_space")), _image(_mapping(facts, "observation_space")),
            _whole(facts.get("num_timesteps")), str(_mapping(facts, "policy_class").get("__module__", "")),
            str(kwargs.get("features_extractor_class", NATURE_CNN)), _normalizes(kwargs),
        )  # fmt: skip


def is_sb3(archive: zipfile.ZipFile) -> bool:
    """Whether an archive has the members of an SB3 zip."""
    return {"data", "policy.pth"} <= set(archive.namelist())


def to_agent(
    policy: Policy,
    actions: Sequence[str] | None,
    preprocessing: Preprocessing | None,
    architecture: Architecture | None,
    game: str | None,
) -> Agent:
    """The agent of a policy: Q-values (DQN), mean over quantiles (QRDQN), action logits (PPO, A2C).

    Raises:
        InvalidValue: the policy is not one that rlxai can explain.
    """
    if not policy.normalized:
        raise InvalidValue("was trained with normalize_images=False, on observations that are not in [0, 1]")
    if architecture is None:
        _require_plain(policy)
    outputs, selected = _select(policy.tensors, strict=architecture is None)
    weights = to_float32(selected)
    quantile_actions = policy.actions if any(name.startswith("quantile_net.") for name in weights) else None
    network = infer_network(weights, size=policy.size, architecture=architecture, quantile_actions=quantile_actions)
    return Agent(
        network,
        action_names(policy.actions, actions, game),
        preprocessing or Preprocessing(frame_stack=in_channels(network), size=policy.size),
        game=game,
        outputs=outputs,
        step=policy.step,
        provenance={"policy": policy.policy_class},
    )


def _select(tensors: Mapping[str, Any], *, strict: bool) -> tuple[Outputs, dict[str, Tensor]]:
    """The acting network's tensors in the order of its layers; target networks and critics are left out."""
    roots = {name.partition(".")[0] for name in tensors}
    if recurrent := sorted(root for root in roots if "lstm" in root):
        raise InvalidValue(f"is a recurrent policy ({recurrent[0]}); a hidden state cannot be explained")
    if "mlp_extractor" in roots:
        raise InvalidValue("has extra layers between features and heads (net_arch), with an activation of their own")
    if "action_net" in roots and "log_std" not in roots:
        shared = "pi_features_extractor" if "pi_features_extractor" in roots else "features_extractor"
        outputs: Outputs = "logits"
        body, head = f"{shared}.", "action_net."
    elif value := roots & {"q_net", "quantile_net"}:
        outputs, net = "q-values", value.pop()
        body, head = f"{net}.features_extractor.", f"{net}.{net}."
    else:
        raise InvalidValue(f"is no policy of DQN, QRDQN, PPO or A2C; it has {', '.join(sorted(roots))[:120]}")
    expected = [body + name for name in _CNN] + [head + ("0." if outputs == "q-values" else "") + k for k in _KINDS]
    online = {name: t for name, t in tensors.items() if name.startswith((body, head.partition(".")[0] + "."))}
    if strict and online.keys() != set(expected):
        odd = sorted(online.keys() ^ set(expected))[0]
        raise InvalidValue(
            f"is not SB3's plain CnnPolicy ({odd!r} is {'unknown' if odd in online else 'missing'}); MlpPolicy, "
            "dueling heads, net_arch and custom extractors need architecture="
        )
    return outputs, {name: tensors[name] for name in expected} if strict else online


def _require_plain(policy: Policy) -> None:
    if policy.extractor not in (NATURE_CNN, f"<class '{NATURE_CNN}'>"):
        raise InvalidValue(
            f"has a features extractor other than NatureCNN ({policy.extractor[:80]}); give architecture="
        )
    if not policy.policy_class.startswith(("stable_baselines3.", "sb3_contrib.")):
        raise InvalidValue(f"has a custom policy class (of {policy.policy_class[:80]!r}); give architecture=")


def _qualified(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _mapping(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = facts.get(name)
    if not isinstance(value, Mapping):
        raise InvalidValue(f"says nothing readable about {name}")
    return value


def _discrete(space: Mapping[str, Any]) -> int:
    n = _whole(space.get("n"))
    if n is None or not 0 < n <= MAX_ACTIONS or not re.search(r"\bDiscrete'>$", str(space.get(":type:"))):
        kind = str(space.get(":type:"))[:80]
        raise InvalidValue(f"names {n} actions of {kind}; 1 to {MAX_ACTIONS} of Discrete can be explained")
    return n


def _image(space: Mapping[str, Any]) -> int:
    match space.get("_shape", space.get("shape")):
        case [int(a), int(b), int(c)] if b in (a, c):  # (C, H, W) as the policy sees it, or (H, W, C)
            return b
    raise InvalidValue(f"names observations of shape {str(space.get('_shape'))[:80]}; square images are needed")


def _normalizes(kwargs: Mapping[str, Any]) -> bool:
    return str(kwargs.get("normalize_images", True)) == "True"


def _whole(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else None
