"""Snapshots: the weights of one agent at one training step, as safetensors with a JSON description beside.

Whatever is stored is the analysed network: after reading a half-precision file the agent computes in float32 with
exactly the stored values. The JSON is written last and once, so a snapshot is there wholly or not at all, and it
holds the SHA-256 of the weights and of itself, so that no flipped bit goes unseen.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, get_args

import safetensors.torch
import torch

from rlxai.errors import FileRefused, InvalidValue, RunError
from rlxai.files import create_once, make_folder, sha256_file, write_atomic
from rlxai.networks.agent import Agent, Outputs
from rlxai.networks.architecture import describe, with_weights
from rlxai.networks.reading import naming, parse_json, read_bounded
from rlxai.networks.state_dict import is_safetensors, read_safetensors
from rlxai.networks.tensors import to_float32
from rlxai.preprocessing import Preprocessing

FORMAT = "rlxai-snapshot"
SCHEMA = 1
_MAX_JSON = 1024**2
_STEPS = 10**15
"""One beyond the largest step that a file name tells."""
_DTYPES = {"float16": torch.float16, "float32": torch.float32}
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "format": str, "schema": int, "step": int, "game": (str, type(None)), "actions": list, "outputs": str,
    "preprocessing": dict, "architecture": list, "dtype": str, "sha256": str, "bytes": int, "provenance": dict,
    "checksum": str,
}  # fmt: skip


def write_snapshot(agent: Agent, folder: Path | str, *, half: bool = True) -> Path:
    """Write `step_XXXXXXXX.safetensors` and its JSON into `folder`, which is created where needed.

    Snapshots are immutable: writing one that is there already does nothing (the first provenance stays).

    Args:
        agent: with a `step`.
        folder: usually the `snapshots` of a run.
        half: store float16 (3.4 MB for the Nature network) instead of float32.

    Returns:
        Path of the weights.

    Raises:
        InvalidValue: the agent has no step, its weights are not finite in this precision, or its provenance no JSON.
        RunError: the folder holds another snapshot of this step, or cannot be written.
    """
    if agent.step is None or not 0 <= agent.step < _STEPS:
        raise InvalidValue(f"a snapshot needs the step its agent was trained to, 0 to {_STEPS - 1:,}, met {agent.step}")
    folder = Path(folder)
    weights = _encode(agent, half)
    description = _describe(agent, weights, "float16" if half else "float32")
    path = folder / f"step_{agent.step:08d}.safetensors"
    try:
        make_folder(folder)
        if not path.with_suffix(".json").exists():
            write_atomic(path, weights)
            create_once(path.with_suffix(".json"), description)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from None
    try:
        there = snapshot_meta(path)
        intact = sha256_file(path) == there["sha256"]
    except (FileRefused, OSError) as error:
        raise RunError(f"{path}: a damaged snapshot of step {agent.step} is there already: {error}") from None
    if not intact or _identity(there) != _identity(json.loads(description)):
        raise RunError(f"{path}: another snapshot of step {agent.step} is there already; snapshots are never changed")
    return path


def read_snapshot(path: Path | str) -> Agent:
    """The agent of a snapshot, every byte verified.

    Args:
        path: the `.safetensors` file or the JSON beside it.

    Raises:
        FileRefused: a file is missing, damaged, of a newer schema, or its tensors are not as described.
    """
    path = Path(path).with_suffix(".safetensors")
    meta = snapshot_meta(path)
    with naming(path):
        data = read_bounded(path)
        if len(data) != meta["bytes"] or hashlib.sha256(data).hexdigest() != meta["sha256"]:
            raise FileRefused(
                f"is damaged: its {len(data):,} bytes are not those described beside it ({meta['bytes']:,} bytes, "
                f"SHA-256 {meta['sha256'][:12]}...)"
            )
        tensors = read_safetensors(data)
        if wrong := [name for name, tensor in tensors.items() if tensor.dtype != _DTYPES[meta["dtype"]]]:
            raise FileRefused(f"tensor {wrong[0]!r} is {tensors[wrong[0]].dtype}, described as {meta['dtype']}")
        return Agent(
            with_weights(meta["architecture"], to_float32(tensors)),
            meta["actions"],
            Preprocessing.from_dict(meta["preprocessing"]),
            game=meta["game"],
            outputs=meta["outputs"],
            step=meta["step"],
            provenance=meta["provenance"],
        )


def snapshot_meta(path: Path | str) -> dict[str, Any]:
    """The verified JSON description of a snapshot; its weights are not read.

    Args:
        path: the `.safetensors` file or the JSON beside it.

    Raises:
        FileRefused: the description is missing, damaged, or of another format or schema.
    """
    path = Path(path).with_suffix(".json")
    with naming(path):
        meta = parse_json(read_bounded(path, _MAX_JSON))
        _check(meta, path)
    return meta


def list_snapshots(folder: Path | str) -> list[Path]:
    """Weights of the complete snapshots in a folder, by step."""
    found = [path.with_suffix(".safetensors") for path in Path(folder).glob("step_*.json") if step_of(path) is not None]
    return sorted(found, key=lambda path: step_of(path) or 0)


def step_of(path: Path) -> int | None:
    """The step in a snapshot's file name, or None where the name is another."""
    found = re.fullmatch(r"step_(\d{8,15})", path.stem)
    return int(found[1]) if found else None


def is_snapshot(path: Path, data: bytes) -> bool:
    """Whether a safetensors file belongs to a snapshot: it says so itself, or a description beside it does."""
    header = data[8 : 8 + min(int.from_bytes(data[:8], "little"), _MAX_JSON)] if is_safetensors(data) else b""
    return _format(header, "__metadata__") == FORMAT or _format(_beside(path)) == FORMAT


def _beside(path: Path) -> bytes:
    try:
        return read_bounded(path.with_suffix(".json"), _MAX_JSON)
    except FileRefused:
        return b""


def _format(data: bytes, *within: str) -> object:
    try:
        value: Any = parse_json(data)
    except FileRefused:
        return None
    for name in within:
        value = value.get(name)
    return value.get("format") if isinstance(value, dict) else None


def _encode(agent: Agent, half: bool) -> bytes:
    dtype = torch.float16 if half else torch.float32
    tensors = {name: weight.to(dtype).contiguous() for name, weight in agent.network.state_dict().items()}
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            hint = "; half=False stores float32" if half else ""
            raise InvalidValue(f"tensor {name!r} is not finite as {str(dtype).removeprefix('torch.')}{hint}")
    return safetensors.torch.save(tensors, metadata={"format": FORMAT})


def _describe(agent: Agent, weights: bytes, dtype: str) -> bytes:
    meta = {
        "format": FORMAT,
        "schema": SCHEMA,
        "step": agent.step,
        "game": agent.game,
        "actions": list(agent.actions),
        "outputs": agent.outputs,
        "preprocessing": agent.preprocessing.to_dict(),
        "architecture": describe(agent.network),
        "dtype": dtype,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "bytes": len(weights),
        "provenance": agent.provenance,
    }
    try:
        return json.dumps(meta | {"checksum": _checksum(meta)}, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"the agent's provenance must be plain JSON: {error}") from None


def _checksum(meta: dict[str, Any]) -> str:
    plain = {name: value for name, value in meta.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _identity(meta: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in meta.items() if name not in ("provenance", "checksum")}


def _check(meta: dict[str, Any], path: Path) -> None:
    if meta.get("format") != FORMAT:
        raise FileRefused("does not describe a snapshot of rlxai")
    if meta.get("schema") != SCHEMA:
        raise FileRefused(f"has schema {str(meta.get('schema'))[:20]}; this version of rlxai reads schema {SCHEMA}")
    for name, kind in _FIELDS.items():
        if not isinstance(meta.get(name), kind):
            raise FileRefused(f"is damaged: {name} is missing or of the wrong kind")
    if meta.keys() != _FIELDS.keys() or meta["checksum"] != _checksum(meta):
        raise FileRefused("is damaged: its checksum does not fit its content")
    if meta["outputs"] not in get_args(Outputs) or meta["dtype"] not in _DTYPES:
        raise FileRefused(f"describes outputs {meta['outputs']!r} in {meta['dtype']!r}, which are not known")
    if not all(isinstance(action, str) for action in meta["actions"]):
        raise FileRefused("names actions that are no text")
    if step_of(path) not in (None, meta["step"]):
        raise FileRefused(f"describes step {meta['step']}, which is not the one in its name")
