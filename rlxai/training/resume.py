"""A training that goes on after a kill as if nothing had happened: commits of everything the next step depends on.

resume/record.json                      written last, replaced atomically; the only thing a reader trusts
resume/learner-00025008.safetensors     network, target network, Adam's moments
resume/memory-00000000-00001563.zst     rows of the replay memory, each written once

The record holds counters, generators and, in place of emulators, seed and actions of the games under way. What it does
not name is litter of a kill, and removed by the next commit or resumption. A resumed training equals an unbroken one to
the bit, on the same machine with the same versions.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import safetensors.numpy
import safetensors.torch
import torch
from numcodecs import Zstd

from rlxai.errors import FileRefused, RunError
from rlxai.files import make_folder, write_atomic
from rlxai.networks.reading import parse_json, read_bounded
from rlxai.training import lock
from rlxai.training.dqn import FastDQN
from rlxai.training.vec_env import ALEVecEnv

SCHEMA = 1
_MAX_RECORD = 256 * 1024**2
"""The actions of the games under way are in it."""
SEGMENT_ROWS = 4096
"""Most rows of the replay memory in one file; bounds the memory a commit needs."""
_COUNTERS = (
    "num_timesteps", "_n_calls", "_n_updates", "_episode_num", "exploration_rate", "_current_progress_remaining",
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A file of a commit; for rows of the memory, which: first ... last - 1."""

    name: str
    bytes: int
    sha256: str
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Record:
    """A commit: what a training needs to go on from `step`."""

    step: int
    monitor_bytes: int
    """Size of monitor.csv; what is behind was played again, or will be."""
    learner: Piece
    memory: tuple[Piece, ...]
    """Oldest rows first, without gaps."""
    added: int
    """Rows ever added to the memory."""
    counters: dict[str, Any]
    games: list[dict[str, Any]]
    """The last finished games, as SB3 remembers them."""
    generators: dict[str, Any]
    env: dict[str, Any]


def commit(model: FastDQN, folder: Path, before: Record | None, monitor_bytes: int) -> Record:
    """Write everything the model's next step depends on; the last commit holds until this one is whole.

    Args:
        model: between two rollouts.
        folder: of the commits, see the head of this module; made where it is missing.
        before: the last commit; its rows of the replay memory are not written again.
        monitor_bytes: size of monitor.csv.
    """
    make_folder(folder)
    step = model.num_timesteps
    env = model.get_env()
    assert isinstance(env, ALEVecEnv)
    record = Record(
        step=step,
        monitor_bytes=monitor_bytes,
        learner=_write(folder, f"learner-{step:08}.safetensors", safetensors.torch.save(_tensors(model))),
        memory=_write_rows(model, folder, before.memory if before else ()),
        added=model.memory.added,
        counters={name: getattr(model, name) for name in _COUNTERS},
        games=[dict(game) for game in model.ep_info_buffer or ()],
        generators={name: generator.bit_generator.state for name, generator in _generators(model).items()},
        env=env.state(),
    )
    plain = {"format": "rlxai-training", "schema": SCHEMA, **asdict(record)}
    write_atomic(folder / "record.json", json.dumps(plain, default=float).encode())
    _clear(folder, record)
    return record


def _clear(folder: Path, record: Record) -> None:
    """Delete what a commit does not name."""
    named = {"record.json", lock.NAME, record.learner.name, *(piece.name for piece in record.memory)}
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()


def read_record(folder: Path) -> Record | None:
    """The last commit; None where there is none yet.

    Raises:
        RunError: it is damaged, or of another schema.
    """
    path = folder / "record.json"
    if not path.exists():
        return None
    try:
        plain = parse_json(read_bounded(path, _MAX_RECORD))
        if plain.pop("format") != "rlxai-training" or plain["schema"] != SCHEMA:
            raise RunError(f"{path}: has another schema; this version of rlxai resumes from schema {SCHEMA}")
        del plain["schema"]
        plain["learner"] = Piece(**plain["learner"])
        plain["memory"] = tuple(Piece(**piece) for piece in plain["memory"])
        return Record(**plain)
    except (FileRefused, ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{path}: is not a readable commit of a training") from None


def restore(model: FastDQN, folder: Path, record: Record) -> None:
    """Bring a new model, made as the committed one was, to the state of a commit; `learn` then goes on from there.

    What a kill left beside the commit is deleted: where the commit is the last, no further one would do it.

    Raises:
        RunError: a file of the commit is missing, damaged, or of another network or memory.
    """
    try:
        _restore_learner(model, safetensors.torch.load(_read(folder, record.learner)))
        for piece in record.memory:
            model.memory.put(piece.first, safetensors.numpy.load(Zstd().decode(_read(folder, piece))))
        if model.memory.added != record.added:
            raise ValueError
        model.memory.resume()
        for name, generator in _generators(model).items():
            generator.bit_generator.state = record.generators[name]
        for name in _COUNTERS:
            setattr(model, name, record.counters[name])
        env = model.get_env()
        assert isinstance(env, ALEVecEnv)
        model.ep_info_buffer = deque(record.games, maxlen=model._stats_window_size)
        model.ep_success_buffer = deque(maxlen=model._stats_window_size)
        model._last_obs = env.restore(record.env)
        _clear(folder, record)
    except (ValueError, KeyError, TypeError, IndexError, RuntimeError) as error:
        raise RunError(f"{folder}: the commit of step {record.step:,} does not fit this training ({error})") from None


def _generators(model: FastDQN) -> dict[str, Any]:
    return {"exploration": model.generator, "replay": model.memory.generator}


def _tensors(model: FastDQN) -> dict[str, torch.Tensor]:
    tensors = {f"online.{name}": tensor for name, tensor in model.q_net.state_dict().items()}
    tensors |= {f"target.{name}": tensor for name, tensor in model.q_net_target.state_dict().items()}
    for index, parameter in enumerate(model.q_net.parameters()):
        moments = model.policy.optimizer.state.get(parameter, {})  # nothing before the first update
        tensors |= {f"adam.{index}.{name}": tensor for name, tensor in moments.items()}
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _restore_learner(model: FastDQN, tensors: dict[str, torch.Tensor]) -> None:
    def part(prefix: str) -> dict[str, torch.Tensor]:
        return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}

    model.q_net.load_state_dict(part("online."))
    model.q_net_target.load_state_dict(part("target."))
    for index, parameter in enumerate(model.q_net.parameters()):
        moments = part(f"adam.{index}.")
        # Fused Adam walks a weight and its moments side by side in memory, so they must be laid out alike.
        state = {name: tensor if tensor.ndim == 0 else _laid_out(tensor, parameter) for name, tensor in moments.items()}
        if state:
            model.policy.optimizer.state[parameter] = state


def _laid_out(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(like, requires_grad=False).copy_(tensor)


def _write_rows(model: FastDQN, folder: Path, before: tuple[Piece, ...]) -> tuple[Piece, ...]:
    memory = model.memory
    oldest = max(0, memory.added - memory.buffer_size)
    pieces = [piece for piece in before if piece.last > oldest]
    first = pieces[-1].last if pieces else oldest
    while first < memory.added:
        last = min(first + SEGMENT_ROWS, memory.added)
        data = Zstd(level=1).encode(safetensors.numpy.save(memory.columns(first, last)))
        written = _write(folder, f"memory-{first:08}-{last:08}.zst", data)
        pieces.append(Piece(written.name, written.bytes, written.sha256, first, last))
        first = last
    return tuple(pieces)


def _write(folder: Path, name: str, data: bytes) -> Piece:
    write_atomic(folder / name, data)
    return Piece(name, len(data), sha256(data).hexdigest())


def _read(folder: Path, piece: Piece) -> bytes:
    if not isinstance(piece.name, str) or Path(piece.name).name != piece.name:
        raise RunError(f"{folder}: its commit names a file elsewhere: {piece.name!r}")
    path = folder / piece.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror})") from None
    if len(data) != piece.bytes or sha256(data).hexdigest() != piece.sha256:
        raise RunError(f"{path}: is damaged; the training cannot be resumed")
    return data
