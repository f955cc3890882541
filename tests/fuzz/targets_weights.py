"""Files of weights: snapshots, SB3 zips, torch files, safetensors, npz and HDF5 under an import recipe."""

from __future__ import annotations

import hashlib
import json
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
import yaml
from torch import nn

from rlxai.networks import Agent, load_agent, snapshot, write_snapshot
from rlxai.networks.importers import import_agent
from rlxai.networks.importers_recipe import load_import_recipe
from tests.fuzz import arrays
from tests.fuzz.makers import anywhere, mixed
from tests.fuzz.model import Input, Target
from tests.fuzz.mutate import damaged
from tests.fuzz.pickles import PAYLOADS, hostile_program, saved, serialised, torch_file
from tests.fuzz.plain import mutated
from tests.fuzz.texts import dumped, json_text, yaml_text
from tests.fuzz.zips import forged, members, zipped

ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")
RECIPE = {
    "game": "breakout", "outputs": "q-values", "actions": list(ACTIONS), "origin": "made for a test", "step": "w{step}",
    "layers": [{"tensors": "conv1.*", "stride": 4, "padding": 0}, ["out.weight", "out.bias"]],
    "weights": {"kernels": "OIHW", "dense": "out-in", "flatten": "CHW", "input_scale": 1.0, "ignore": ["extra*"]},
    "preprocessing": {"frame_skip": 4, "frame_stack": 4, "size": 84},
}  # fmt: skip
STATES = torch.rand((2, 4, 84, 84), generator=torch.Generator().manual_seed(0))


def network() -> nn.Sequential:
    """One convolution and one linear layer: 15 kB."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(4, 2, 8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(800, 4))


def facts(agent: Agent) -> dict[str, Any]:
    """What a loaded agent is, and what it answers."""
    side = agent.preprocessing.size
    states = (
        STATES
        if agent.input_shape == (4, 84, 84)
        else torch.full((1, agent.preprocessing.frame_stack, side, side), 0.5)
    )
    return {
        "digest": agent.digest(), "step": agent.step, "actions": list(agent.actions), "outputs": agent.outputs,
        "preprocessing": agent.preprocessing.to_dict(), "values": agent.q_values(states).tolist(),
    }  # fmt: skip


def one_file(name: str) -> Any:
    """The agent in one file."""
    return lambda folder, _: facts(load_agent(folder / name))


def harm(name: str) -> Any:
    """Damage that a checksum must find."""
    return lambda folder, rng: Input(
        {name: damaged((folder / name).read_bytes(), rng)}, harmless=True, how=f"damaged {name}"
    )


# ---- snapshots --------------------------------------------------------------------------------------------------

WEIGHTS, META = "step_00001000.safetensors", "step_00001000.json"


def _snapshot(folder: Path) -> None:
    write_snapshot(Agent(network(), ACTIONS, game="breakout", step=1000, provenance={"recipe": "test"}), folder)


def _snapshot_meta(folder: Path, rng: random.Random) -> Input:
    meta = json.loads((folder / META).read_bytes())
    return Input({META: json_text(meta, rng, indent=1)}, harmless=True, how="another description, unsigned")


def signed(meta: Any) -> bytes:
    """A description whose checksum fits, as anybody can write it."""
    try:
        return dumped(meta | {"checksum": snapshot._checksum(meta)}, 1)
    except (TypeError, ValueError, AttributeError):
        return dumped(meta, 1)


def _snapshot_signed(folder: Path, rng: random.Random) -> Input:
    meta = json.loads((folder / META).read_bytes())
    return Input({META: signed(mutated(meta, rng))}, how="another description, signed")


def _snapshot_weights(folder: Path, rng: random.Random) -> Input:
    meta = json.loads((folder / META).read_bytes())
    data = forged_safetensors((folder / WEIGHTS).read_bytes(), rng)
    meta |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    return Input({WEIGHTS: data, META: signed(meta)}, how="other weights, signed")


# ---- safetensors ------------------------------------------------------------------------------------------------


def forged_safetensors(data: bytes, rng: random.Random) -> bytes:
    """Another header, or other numbers."""
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    match rng.randrange(4):
        case 0:
            text = json_text(header, rng)
        case 1:
            values = np.frombuffer(body, np.float16).copy()
            values[rng.randrange(len(values))] = rng.choice((np.nan, np.inf, -np.inf, 65504, 6e-8))
            return data[: 8 + length] + values.tobytes()
        case _:
            text = dumped(mutated(header, rng))
    claimed = rng.choice((len(text), len(text), len(text), len(text), 2**63, 2**64 - 1, 0, len(text) + 9))
    return struct.pack("<Q", claimed) + text + body


def _plain_safetensors(folder: Path) -> None:
    weights = {name: tensor.half() for name, tensor in network().state_dict().items()}
    (folder / "w.safetensors").write_bytes(safetensors.torch.save(weights))


def _safetensors_forged(folder: Path, rng: random.Random) -> Input:
    data = (folder / "w.safetensors").read_bytes()
    return Input({"w.safetensors": forged_safetensors(data, rng)}, how="forged")


def _safetensors_damaged(folder: Path, rng: random.Random) -> Input:
    return Input({"w.safetensors": damaged((folder / "w.safetensors").read_bytes(), rng)}, how="damaged")


# ---- torch files ------------------------------------------------------------------------------------------------


def _torch(folder: Path) -> None:
    (folder / "w.pt").write_bytes(saved(network().state_dict()))


def _torch_hostile(_: Path, rng: random.Random) -> Input:
    return Input(
        {"w.pt": torch_file(hostile_program(rng), rng.choice((bytes(256), b"", b"\xff" * 256)))}, how="hostile pickle"
    )


def _torch_forged(folder: Path, rng: random.Random) -> Input:
    return Input({"w.pt": forged((folder / "w.pt").read_bytes(), rng)}, how="forged archive")


def _torch_planted(folder: Path, rng: random.Random) -> Input:
    name, payload = rng.choice(list(PAYLOADS.items()))
    parts = members((folder / "w.pt").read_bytes())
    place = rng.choice([part for part, _ in parts])
    whole = rng.choice((payload, zipped([(n, c if n != place else payload) for n, c in parts])))
    return Input({"w.pt": whole}, how=f"{name} planted in {place}")


# ---- SB3 --------------------------------------------------------------------------------------------------------


def _sb3(folder: Path) -> None:
    from tests.networks.conftest import make_model

    make_model("DQN", features_extractor_kwargs={"features_dim": 8}).save(folder / "dqn.zip")


def _sb3_with(folder: Path, **changed: bytes) -> bytes:
    parts = members((folder / "dqn.zip").read_bytes())
    return zipped([(name, changed.get(name.replace(".", "_"), data)) for name, data in parts])


def _sb3_forged(folder: Path, rng: random.Random) -> Input:
    return Input({"dqn.zip": forged((folder / "dqn.zip").read_bytes(), rng)}, how="forged archive")


def _sb3_facts(folder: Path, rng: random.Random) -> Input:
    data = json.loads(dict(members((folder / "dqn.zip").read_bytes()))["data"])
    return Input({"dqn.zip": _sb3_with(folder, data=json_text(data, rng))}, how="other facts")


def _sb3_planted_fact(folder: Path, rng: random.Random) -> Input:
    data = json.loads(dict(members((folder / "dqn.zip").read_bytes()))["data"])
    name, payload = rng.choice(list(PAYLOADS.items()))
    places = rng.sample(sorted(data), rng.choice((1, 1, 5)))
    forged_data = data | {place: serialised(payload) for place in places}
    return Input({"dqn.zip": _sb3_with(folder, data=dumped(forged_data))}, how=f"{name} planted in {places[0]}")


def _sb3_planted_member(folder: Path, rng: random.Random) -> Input:
    name, payload = rng.choice(list(PAYLOADS.items()))
    member = rng.choice([part for part, _ in members((folder / "dqn.zip").read_bytes())])
    content = rng.choice((payload, torch_file(payload), torch_file(hostile_program(rng))))
    return Input(
        {"dqn.zip": _sb3_with(folder, **{member.replace(".", "_"): content})}, how=f"{name} planted as {member}"
    )


# ---- other frameworks -------------------------------------------------------------------------------------------


def foreign(folder: Path) -> None:
    """The same weights as npz and HDF5, and the import recipe of both."""
    tensors = {name: tensor.numpy() for name, tensor in network().state_dict().items()}
    names = {"0": "conv1", "3": "out"}
    plain = {f"{names[layer]}.{kind}": tensors[f"{layer}.{kind}"] for layer in names for kind in ("weight", "bias")}
    np.savez(folder / "w7.npz", **plain)
    arrays.write_hdf5(folder / "w7.h5", plain)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(RECIPE, sort_keys=False))


def imported(name: str) -> Any:
    """The agent in a foreign file, by the recipe beside it."""
    return lambda folder, _: facts(import_agent(folder / name, load_import_recipe(folder / "recipe.yaml")))


def _npz_forged(folder: Path, rng: random.Random) -> Input:
    data = (folder / "w7.npz").read_bytes()
    bad = forged(data, rng) if rng.random() < 0.3 else zipped(arrays.forged_arrays(members(data), rng))
    return Input({"w7.npz": bad}, how="forged")


def _hdf5_forged(folder: Path, rng: random.Random) -> Input:
    return Input({"w7.h5": arrays.forged_hdf5((folder / "w7.h5").read_bytes(), rng)}, how="forged")


def _hdf5_damaged(folder: Path, rng: random.Random) -> Input:
    return Input({"w7.h5": damaged((folder / "w7.h5").read_bytes(), rng)}, how="damaged")


def _recipe(_: Path, rng: random.Random) -> Input:
    return Input({"recipe.yaml": yaml_text(RECIPE, rng)}, how="another recipe")


TARGETS = (
    Target(
        "snapshot",
        _snapshot,
        mixed(
            harm(WEIGHTS),
            harm(META),
            _snapshot_meta,
            _snapshot_signed,
            _snapshot_signed,
            _snapshot_weights,
            anywhere(WEIGHTS, META),
        ),
        one_file(META),
    ),
    Target(
        "safetensors",
        _plain_safetensors,
        mixed(_safetensors_forged, _safetensors_damaged, anywhere("w.safetensors")),
        one_file("w.safetensors"),
    ),
    Target(
        "torch file",
        _torch,
        mixed(harm("w.pt"), _torch_hostile, _torch_hostile, _torch_forged, _torch_planted),
        one_file("w.pt"),
    ),
    Target(
        "sb3 zip",
        _sb3,
        mixed(harm("dqn.zip"), _sb3_forged, _sb3_facts, _sb3_planted_fact, _sb3_planted_member),
        one_file("dqn.zip"),
    ),
    Target("npz", foreign, mixed(harm("w7.npz"), _npz_forged, _npz_forged), imported("w7.npz")),
    Target("hdf5", foreign, mixed(_hdf5_damaged, _hdf5_forged), imported("w7.h5")),
    Target("import recipe", foreign, mixed(_recipe, _recipe, _recipe, anywhere("recipe.yaml")), imported("w7.npz")),
)
