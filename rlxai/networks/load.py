"""One door for every file of weights: what a file is, is decided by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks.agent import Agent, Outputs
from rlxai.networks.architecture import describe
from rlxai.networks.archive import open_archive
from rlxai.networks.importers_files import read_tensors
from rlxai.networks.infer import Architecture, in_channels, infer_network
from rlxai.networks.names import action_names
from rlxai.networks.reading import naming, read_bounded
from rlxai.networks.sb3 import is_sb3, read_policy, to_agent
from rlxai.networks.shapes import layer_shapes
from rlxai.networks.snapshot import is_snapshot, list_snapshots, read_snapshot, step_of
from rlxai.networks.tensors import to_float32
from rlxai.preprocessing import Preprocessing

_POLICIES = ("policy", "actor", "pi")
"""Entries and prefixes that hold the logits of a policy instead of Q-values."""


def load_agent(
    path: Path | str,
    *,
    step: int | None = None,
    actions: Sequence[str] | None = None,
    preprocessing: Preprocessing | None = None,
    architecture: Architecture | None = None,
    game: str | None = None,
    outputs: Outputs | None = None,
) -> Agent:
    """An agent from a file of weights or a folder of snapshots, without ever running code from it.

    Known are snapshots of rlxai, folders of them and runs; zips of SB3's DQN, QRDQN, PPO and A2C; CleanRL files; and
    bare state dicts by torch.save or safetensors. Snapshots say all of the following themselves.

    Args:
        path: file or folder.
        step: which snapshot of a folder (default the newest); for other files, the step to note.
        actions: names of the outputs. Default: the game's where known, else "action i", which stands for the i-th
            action of the game's minimal action set in ALE.
        preprocessing: how observations are made; default `Preprocessing` with the network's number of channels.
        architecture: "nature", "nips", "gap", a description or a network, where it cannot be inferred from shapes.
        game: ALE name of the game.
        outputs: "q-values" or "logits", where the file does not tell.

    Raises:
        FileRefused: the file is broken, hostile, not understood, or does not fit the arguments.
        InvalidValue: an argument contradicts what the file says of itself.
    """
    path = Path(path)
    if _is_folder(path):
        path = _choose(path, step)
    with naming(path):
        data = read_bounded(path)
    if path.suffix == ".json" or is_snapshot(path, data):
        agent = read_snapshot(path)
        if architecture is not None:
            raise InvalidValue(f"{path}: is a snapshot, which tells its own architecture; none can be given")
        _require_equal(path, agent, step=step, actions=actions, preprocessing=preprocessing, game=game, outputs=outputs)
        return agent
    with naming(path):
        if data.startswith(b"PK") and is_sb3(archive := open_archive(data)):
            policy = read_policy(archive)
            agent = to_agent(policy, actions, preprocessing, architecture, game)
        else:
            agent = _from_state_dict(data, actions, preprocessing, architecture, game, outputs)
    _require_equal(path, agent, outputs=outputs)
    agent.step = agent.step if step is None else step
    agent.provenance |= {"source": path.name, "source_sha256": hashlib.sha256(data).hexdigest()}
    return agent


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # reading it as a file says what is wrong
        return False


def _choose(folder: Path, step: int | None) -> Path:
    """The newest snapshot, or that of `step`, in a folder of snapshots or a run."""
    snapshots = list_snapshots(folder) or list_snapshots(folder / "snapshots")
    if not snapshots:
        raise FileRefused(f"{folder}: a folder without snapshots")
    steps = {step_of(path): path for path in snapshots}
    if step is not None and step not in steps:
        raise FileRefused(f"{folder}: no snapshot of step {step}; there are {', '.join(map(str, steps))}")
    return steps[step] if step is not None else snapshots[-1]


def _from_state_dict(
    data: bytes,
    actions: Sequence[str] | None,
    preprocessing: Preprocessing | None,
    architecture: Architecture | None,
    game: str | None,
    outputs: Outputs | None,
) -> Agent:
    entry, tensors = read_tensors(data)
    roots = {name.partition(".")[0] for name in tensors}
    if "atoms" in roots:
        raise InvalidValue("is a distributional network (C51); only its expectation could be explained")
    if {"actor", "critic"} <= roots:  # CleanRL's PPO: one trunk, two heads
        tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith("critic.")}
    weights = to_float32(tensors)
    network = infer_network(weights, size=preprocessing.size if preprocessing else 84, architecture=architecture)
    preprocessing = preprocessing or Preprocessing(frame_stack=in_channels(network))
    seen = preprocessing.frame_stack, preprocessing.size, preprocessing.size
    (n_outputs, *_) = layer_shapes(describe(network), seen)[-1]
    return Agent(
        network,
        action_names(n_outputs, actions, game),
        preprocessing,
        game=game,
        outputs=outputs or ("logits" if entry in _POLICIES or roots & set(_POLICIES) else "q-values"),
    )


def _require_equal(path: Path, agent: Agent, **given: object) -> None:
    for name, value in given.items():
        stored = getattr(agent, name)
        if isinstance(value, list):
            value = tuple(value)
        if value is not None and value != stored:
            raise InvalidValue(f"{path}: its {name} is {stored!r}; it cannot be read as {value!r}")
