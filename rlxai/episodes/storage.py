"""An episode as a folder: recipe.json, steps.parquet and episode.zarr with screens and RAM.

Each file is written once. Chunks and table pages carry checksums, so that damage is found when they are read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rlxai.episodes.episode import End, Episode
from rlxai.episodes.recipe import Recipe
from rlxai.episodes.stored import StoredFrames, save_frames
from rlxai.errors import FileRefused, InvalidValue, RunError
from rlxai.networks.reading import parse_json, read_bounded
from rlxai.preprocessing import Preprocessing

FORMAT, SCHEMA = "rlxai-episode", 1
MAX_HEADER_BYTES, MAX_TABLE_BYTES = 4_000_000, 64_000_000


def save_episode(episode: Episode, folder: Path) -> None:
    """Write an episode into a folder of its own, created if need be.

    Raises:
        RunError: the folder holds an episode already.
    """
    if (folder / "recipe.json").exists():
        raise RunError(f"{folder} holds an episode already; episodes are never overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    save_frames(episode.screens, folder / "episode.zarr" / "screens")
    save_frames(episode.ram, folder / "episode.zarr" / "ram")
    pq.write_table(_table(episode), folder / "steps.parquet", write_page_checksum=True)
    # Last, so that a folder with a recipe is complete.
    (folder / "recipe.json").write_text(json.dumps(_header(episode)) + "\n", encoding="utf-8")


def load_episode(folder: Path) -> Episode:
    """Open a saved episode; screens and RAM are read when they are asked for.

    Raises:
        RunError: a file is missing or damaged, or does not fit the others.
    """
    folder = Path(folder)
    header = _read_header(folder / "recipe.json")
    recipe: Recipe = header["recipe"]
    entries, skip = len(recipe.actions) + 1, recipe.frame_skip
    return Episode(
        **_read_steps(folder / "steps.parquet", len(recipe.actions), len(header["actions"]), header.pop("last")),
        screens=StoredFrames(folder / "episode.zarr" / "screens", (entries, skip, None, 160)),
        ram=StoredFrames(folder / "episode.zarr" / "ram", (entries, skip, 128)),
        **header,
    )


def _header(episode: Episode) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "recipe": episode.recipe.to_dict(),
        "preprocessing": episode.preprocessing.to_dict(),
        "actions": list(episode.actions),
        "end": episode.end,
        "message": episode.message,
        "palette": episode.palette.tobytes().hex(),
        "grey": episode.grey.tobytes().hex(),
        # The table has a row per decision; the entry after the last decision is left over.
        "last": {"lives": int(episode.lives[-1]), "hash": int(episode.hashes[-1])},
    }


def _table(episode: Episode) -> pa.Table:
    outputs = {f"output_{action}": episode.outputs[:, action] for action in range(episode.outputs.shape[1])}
    return pa.table({
        "decision": np.arange(episode.decisions, dtype=np.int32),
        "chosen": episode.chosen, "taken": episode.taken, "reward": episode.rewards,
        "lives": episode.lives[:-1], "hash": episode.hashes[:-1], **outputs,
    })  # fmt: skip


def _read_header(path: Path) -> dict[str, Any]:
    """Keyword arguments of `Episode`, and `last`."""
    try:
        header = parse_json(read_bounded(path, MAX_HEADER_BYTES))
        if (header["format"], header["schema"]) != (FORMAT, SCHEMA):
            raise InvalidValue(f"it is {header['format']!r} of schema {header['schema']!r}, not {FORMAT!r} of {SCHEMA}")
        palette, grey = bytes.fromhex(header["palette"]), bytes.fromhex(header["grey"])
        return {
            "recipe": Recipe.from_dict(header["recipe"]),
            "preprocessing": Preprocessing.from_dict(header["preprocessing"]),
            "actions": _names(header["actions"]),
            "end": _one_of(header["end"], get_args(End)),
            "message": str(header["message"])[:1000],
            "palette": np.frombuffer(palette, np.uint8).reshape(256, 3),
            "grey": np.frombuffer(grey, np.uint8).reshape(256),
            "last": {
                "lives": _whole(header["last"]["lives"], 0, 255),
                "hashes": _whole(header["last"]["hash"], 0, 2**64 - 1),
            },
        }
    except FileRefused as error:
        if not path.exists():
            raise RunError(f"{path} is missing, so this folder holds no complete episode") from None
        raise RunError(f"{path} is damaged: it {error}") from None
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {type(error).__name__}: {str(error)[:300]}") from None


def _read_steps(path: Path, decisions: int, actions: int, last: dict[str, Any]) -> dict[str, Any]:
    try:
        file = pq.ParquetFile(pa.py_buffer(read_bounded(path, MAX_TABLE_BYTES)), page_checksum_verification=True)
        if file.metadata.num_rows != decisions:
            raise ValueError(f"it has {file.metadata.num_rows} rows for {decisions} decisions")
        names = [f"output_{action}" for action in range(actions)]
        outputs = names if names[0] in file.schema_arrow.names else []
        kinds = _COLUMNS | dict.fromkeys(outputs, np.float32)
        for name, kind in kinds.items():  # before any is read: a text of a gigabyte takes a few bytes when compressed
            if (found := file.schema_arrow.field(name).type) != pa.from_numpy_dtype(kind):
                raise ValueError(f"column {name} has type {found}")
        table = file.read(columns=list(kinds))
        chosen, taken = _column(table, "chosen"), _column(table, "taken")
        if (_column(table, "decision") != np.arange(decisions)).any():
            raise ValueError("its rows are not in order")
        if min(chosen.min(), taken.min()) < 0 or max(chosen.max(), taken.max()) >= actions:
            raise ValueError(f"an action is outside 0 to {actions - 1}")
        none = np.zeros((decisions, 0), np.float32)
        rewards, lives = _column(table, "reward"), _column(table, "lives")
        values = np.stack([_column(table, name) for name in outputs], 1) if outputs else none
        if not np.isfinite(rewards).all() or not np.isfinite(values).all() or min(lives) < 0 or max(lives) > 255:
            raise ValueError("it holds numbers that no game gives")
        return {
            "chosen": chosen,
            "taken": taken,
            "rewards": rewards,
            "lives": np.append(lives, np.int64(last["lives"])),
            "hashes": np.append(_column(table, "hash"), np.uint64(last["hashes"])),
            "outputs": values,
        }
    except FileRefused as error:
        raise RunError(f"{path} is {'damaged: it ' if path.exists() else 'missing: '}{error}") from None
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise RunError(f"{path} is damaged: {str(error)[:300] or type(error).__name__}") from None


_COLUMNS: dict[str, type[np.generic]] = {
    "decision": np.int32, "chosen": np.int64, "taken": np.int64, "reward": np.float32, "lives": np.int64,
    "hash": np.uint64,
}  # fmt: skip


def _whole(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise InvalidValue(f"a number of its last entry must be {low} to {high}, met {str(value)[:60]!r}")
    return value


def _column(table: pa.Table, name: str) -> np.ndarray:
    column = table.column(name)
    if column.null_count:
        raise ValueError(f"column {name} has {column.null_count} gaps")
    values: np.ndarray = column.to_numpy()
    return values


def _names(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not 1 <= len(names) <= 64 or not all(isinstance(name, str) for name in names):
        raise InvalidValue("actions must be 1 to 64 names")
    return tuple(names)


def _one_of(value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise InvalidValue(f"end must be one of {', '.join(allowed)}, met {str(value)[:60]!r}")
    return value
