"""A game of any length at the price of a short one: the same half minute over and over, put together on disk.

What it costs to open, seek and show a game depends on its length, not on what happens in it. A shard of screens or maps
is written once and linked under every number that the longer array has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rlxai.episodes import Episode, load_episode, save_episode
from rlxai.episodes.frames import CHUNK
from rlxai.errors import InvalidValue
from rlxai.store import Commit, MapsWriter, Run, open_maps

CAP = 27_000
"""Decisions of the longest game: the emulator's 108,000 frames, half an hour of play."""
_PERIOD = 256
"""Decisions that are repeated: those of one shard of maps."""


def lengthen_game(run: Run, episode: Commit, maps: Sequence[Commit], out: Run, decisions: int = CAP) -> Commit:
    """Add to `out` the start of a game, repeated, with its maps repeated likewise.

    Args:
        run: where `episode` and `maps` come from.
        episode: a game of at least 16 decisions.
        maps: attributions of that game.
        out: a run with the same snapshots, which may be `run` itself.
        decisions: length of the new game.

    Raises:
        InvalidValue: the game is too short to be repeated.
    """
    period = min(_PERIOD, int(episode.summary["decisions"]) // CHUNK * CHUNK)
    if not period:
        raise InvalidValue(f"a game to be repeated needs at least {CHUNK} decisions")
    spec = {**episode.spec, "max_decisions": decisions, "repeats": episode.task}
    with out.attempt("episode", spec) as attempt:
        long = _repeated(load_episode(episode.folder), period, decisions)
        save_episode(long, attempt.folder)
        for name in ("screens", "ram"):
            _lengthen(attempt.folder / "episode.zarr" / name, decisions + 1)
        attempt.summary = {**episode.summary, "score": float(long.score), "decisions": decisions}
    made = out.find("episode", spec)
    assert made is not None
    for source in maps:
        _lengthen_maps(source, out, made.task, period, decisions)
    return made


def _repeated(episode: Episode, period: int, decisions: int) -> Episode:
    """All numbers of the longer game, with screens and RAM of its first period alone."""
    first = slice(0, period)

    def again(values: np.ndarray, count: int = decisions) -> np.ndarray:
        return np.resize(values[first], (count, *values.shape[1:]))

    return replace(
        episode,
        recipe=replace(episode.recipe, actions=again(episode.recipe.actions)),
        screens=episode.screens[first],
        ram=episode.ram[first],
        hashes=again(episode.hashes, decisions + 1),
        lives=again(episode.lives, decisions + 1),
        chosen=again(episode.chosen),
        taken=again(episode.taken),
        rewards=again(episode.rewards),
        outputs=again(episode.outputs),
    )


def _lengthen_maps(source: Commit, out: Run, episode: str, period: int, decisions: int) -> None:
    with out.attempt("attribution", {**source.spec, "episode": episode}) as attempt:
        relevance = open_maps(source.folder)[:period]
        writer = MapsWriter(attempt.folder, relevance.shape)
        writer.add(relevance)
        writer.close()
        for name in ("maps", "scale"):
            _lengthen(attempt.folder / "maps.zarr" / name, decisions)
        steps = pq.read_table(source.folder / "steps.parquet").slice(0, period)
        table = {name: np.resize(steps.column(name).to_numpy(), decisions) for name in steps.column_names}
        table["decision"] = np.arange(decisions, dtype=np.int32)
        pq.write_table(pa.table(table), attempt.folder / "steps.parquet")
        attempt.summary = {**source.summary, "decisions": decisions}


def _lengthen(array: Path, entries: int) -> None:
    """Make a zarr array of one shard longer; its shards are links to that one."""
    description = array / "zarr.json"
    body = json.loads(description.read_text(encoding="utf-8"))
    shard = body["chunk_grid"]["configuration"]["chunk_shape"][0]
    body["shape"][0] = entries
    description.write_text(json.dumps(body), encoding="utf-8")
    for written in [path for path in (array / "c").rglob("*") if path.is_file()]:  # none where all values are zero
        _, *rest = written.relative_to(array / "c").parts
        for number in range(1, -(-entries // shard)):
            link = array.joinpath("c", str(number), *rest)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.hardlink_to(written)
