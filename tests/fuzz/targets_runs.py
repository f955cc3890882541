"""Runs of strangers: run.json, commit records, episodes, maps, tables, and what the dashboard makes of them."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rlxai.episodes import load_episode
from rlxai.errors import RunError
from rlxai.replay.answers import addresses, answer
from rlxai.replay.listing import replay_episodes, state
from rlxai.replay.view import player_input
from rlxai.store import open_maps, open_run, verify
from tests.fuzz.makers import Maker, anywhere, mixed
from tests.fuzz.model import Input, Target
from tests.fuzz.mutate import damaged
from tests.fuzz.plain import MARKUP, mutated, wild
from tests.fuzz.stranger import RUN, body_of, build, committed, files_of, folder_of, records, signed
from tests.fuzz.texts import json_text


def _run_json(folder: Path, rng: random.Random) -> Input:
    info = json.loads((folder / RUN / "run.json").read_bytes())
    return Input({f"{RUN}/run.json": json_text(info, rng, indent=1)}, how="another run.json")


def _record_text(folder: Path, rng: random.Random) -> Input:
    record = rng.choice(records(folder))
    return Input({record: json_text(body_of(folder, record), rng)}, harmless=True, how="another record, unsigned")


def _record_signed(folder: Path, rng: random.Random) -> Input:
    record = rng.choice(records(folder))
    return Input({record: signed(mutated(body_of(folder, record), rng))}, how="another record, signed")


def _record_outside(folder: Path, rng: random.Random) -> Input:
    """A record whose files, attempt or task lie elsewhere."""
    record = rng.choice(records(folder))
    body = body_of(folder, record)
    away = rng.choice(
        ("../../../../../run.json", "/etc/passwd", "../" * 30 + "etc/passwd", "a\0b", "x/" * 3000 + "y", ".", "")
    )
    match rng.randrange(4):
        case 0:
            body["files"][away] = [3, "0" * 64]
        case 1:
            body["attempt"] = away
        case 2:
            body[rng.choice(("task", "kind"))] = away
        case 3:
            name = rng.choice(list(body["files"]))
            return Input(links={f"{folder_of(body)}/{name}": "/etc/passwd"}, how="a file leads out of the run")
    return Input({record: signed(body)}, how=f"points to {away[:40]!r}")


def _bytes_of(kind: str, ending: str) -> Maker:
    """Damage that a checksum must find, or that makes no difference."""

    def make(folder: Path, rng: random.Random) -> Input:
        record, name = rng.choice(files_of(folder, kind, ending))
        path = f"{folder_of(body_of(folder, record))}/{name}"
        return Input({path: damaged((folder / path).read_bytes(), rng)}, harmless=True, how=f"damaged {name}")

    return make


def _signed_bytes(kind: str, ending: str) -> Maker:
    """Damage that somebody vouches for."""

    def make(folder: Path, rng: random.Random) -> Input:
        record, name = rng.choice(files_of(folder, kind, ending))
        data = (folder / folder_of(body_of(folder, record)) / name).read_bytes()
        return Input(committed(folder, record, name, damaged(data, rng)), how=f"damaged {name}, signed")

    return make


def _signed_json(kind: str, ending: str) -> Maker:
    def make(folder: Path, rng: random.Random) -> Input:
        record, name = rng.choice(files_of(folder, kind, ending))
        tree = json.loads((folder / folder_of(body_of(folder, record)) / name).read_bytes())
        return Input(committed(folder, record, name, json_text(tree, rng)), how=f"another {name}, signed")

    return make


_FLOATS = (0.0, -1.0, 0.5, 1e308, -1e308, float("nan"), float("inf"))
_LENGTHS = (0, 1, 2**31, 2**40, 10**12, 5 * 10**8, 50_000)


def _signed_zarr(kind: str, ending: str) -> Maker:
    """An array of another shape, type, layout or codec."""

    def make(folder: Path, rng: random.Random) -> Input:
        record, name = rng.choice(files_of(folder, kind, ending))
        meta = json.loads((folder / folder_of(body_of(folder, record)) / name).read_bytes())
        shape = meta["shape"]
        match rng.randrange(6):
            case 0:
                meta["shape"] = [rng.choice(_LENGTHS) if rng.random() < 0.5 else size for size in shape]
            case 1:
                grid = meta["chunk_grid"]["configuration"]["chunk_shape"]
                meta["chunk_grid"]["configuration"]["chunk_shape"] = [rng.choice((*_LENGTHS, size)) for size in grid]
            case 2:
                meta["shape"] = meta["chunk_grid"]["configuration"]["chunk_shape"] = [
                    rng.choice((*_LENGTHS, s)) for s in shape
                ]
            case 3:
                meta["data_type"] = rng.choice(
                    ("float64", "int8", "string", "r64", ">i2", "bytes", "datetime64", "bool", "object")
                )
            case 4:
                codecs = (
                    {"name": n, "configuration": {}}
                    for n in ("pickle", "vlen-utf8", "gzip", "zstd", "bytes", "numcodecs.pickle")
                )
                meta["codecs"] = rng.sample(list(codecs), 2)
            case _:
                meta = mutated(meta, rng)
        return Input(committed(folder, record, name, json.dumps(meta).encode()), how="another array, signed")

    return make


def _signed_table(kind: str, ending: str) -> Maker:
    """A table with other columns, types, lengths or values."""

    def make(folder: Path, rng: random.Random) -> Input:
        record, name = rng.choice(files_of(folder, kind, ending))
        table = pq.read_table(folder / folder_of(body_of(folder, record)) / name)
        column = rng.choice(table.column_names)
        at, count = table.column_names.index(column), len(table)
        match rng.randrange(7):
            case 0:
                table = table.drop_columns([column])
            case 1:
                table = table.slice(0, rng.randrange(count + 1))
            case 2:
                table = table.set_column(
                    at, column, pa.array([rng.choice(_FLOATS) for _ in range(count)], pa.float64())
                )
            case 3:
                table = table.set_column(at, column, pa.array([MARKUP] * count))
            case 4:
                table = table.set_column(at, column, pa.nulls(count))
            case 5:
                table = table.set_column(at, column, pa.array([[1, 2]] * count))
            case 6:
                table = table.append_column(rng.choice((column, "lift_" + MARKUP, "x" * 5000)), table.column(at))
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        return Input(committed(folder, record, name, sink.getvalue().to_pybytes()), how="another table, signed")

    return make


def _words_signed(folder: Path, rng: random.Random) -> Input:
    """Another spec or summary of a result, signed."""
    record = rng.choice(records(folder))
    body = body_of(folder, record)
    part = rng.choice(("spec", "summary"))
    if rng.random() < 0.5 and body[part]:
        body[part][rng.choice(list(body[part]))] = wild(rng)
    else:
        body[part] = mutated(body[part], rng)
    return Input({record: signed(body)}, how=f"another {part}, signed")


# ---- opening ----------------------------------------------------------------------------------------------------


def _open_run(folder: Path, _: Input) -> Any:
    """What `inspect`, the list of runs and the player are told."""
    run = open_run(folder / RUN)
    snapshots = [snapshot.step for snapshot in run.snapshots()]
    episodes, problems = replay_episodes(run)
    shown = player_input(run, episodes, episodes[0], base="/rlxai/small") if episodes else None
    return [run.name, snapshots, problems, json.dumps(shown, allow_nan=False) if shown else "", state(run)]


def _open_commits(folder: Path, _: Input) -> Any:
    """All results with all their bytes, as `verify` reads them."""
    run = open_run(folder / RUN)
    report = verify(run)
    for problem in report.problems:
        raise RunError(problem)
    told = [commit.content for kind in ("episode", "attribution") for commit in run.commits(kind)]
    return [report.checked, told, [str(one.path)[-60:] for one in report.unfinished]]


def _open_episode(folder: Path, _: Input) -> Any:
    run = open_run(folder / RUN)
    found = []
    for commit in run.commits("episode"):
        episode = load_episode(commit.folder)
        frames = hashlib.sha256(episode.screens[:].tobytes() + episode.ram[:].tobytes()).hexdigest()
        planes = hashlib.sha256(episode.observations(slice(0, 3)).tobytes()).hexdigest()
        found.append(
            [episode.score, episode.decisions, episode.hashes.tolist(), episode.outputs.sum().item(), frames, planes]
        )
    return found


def _open_maps(folder: Path, _: Input) -> Any:
    run = open_run(folder / RUN)
    found = []
    for commit in run.commits("attribution"):
        maps = open_maps(commit.folder)
        sums = [float(np.abs(maps[start : start + 64]).sum()) for start in range(0, min(len(maps), 1024), 64)]
        found.append([list(maps.shape), sums])
    return found


def _open_player(folder: Path, _: Input) -> Any:
    """Every address that the player of this run would ask for."""
    run = open_run(folder / RUN)
    episodes, problems = replay_episodes(run)
    bodies = [
        hashlib.sha256(gzip.decompress(answer(run, path))).hexdigest()
        for episode in episodes
        for path in islice(addresses(episode, episode.maps), 40)
    ]
    return [problems, bodies]


_HEADER, _STEPS, _MAPS, _TABLE = "recipe.json", "steps.parquet", "maps/zarr.json", "steps.parquet"
TARGETS = (
    Target("run.json", build, mixed(_run_json, _run_json, _run_json, anywhere(f"{RUN}/run.json")), _open_run),
    Target(
        "commit",
        build,
        mixed(
            _record_text,
            _record_signed,
            _record_outside,
            _words_signed,
            _bytes_of("*", ""),
            lambda folder, rng: anywhere(*records(folder))(folder, rng),
        ),
        _open_commits,
    ),
    Target(
        "episode",
        build,
        mixed(
            _bytes_of("episode", ""),
            _signed_bytes("episode", ""),
            _signed_json("episode", _HEADER),
            _signed_json("episode", _HEADER),
            _signed_zarr("episode", "screens/zarr.json"),
            _signed_zarr("episode", "ram/zarr.json"),
            _signed_table("episode", _STEPS),
        ),
        _open_episode,
    ),
    Target(
        "maps",
        build,
        mixed(
            _bytes_of("attribution", ""),
            _signed_bytes("attribution", ""),
            _signed_zarr("attribution", "maps/zarr.json"),
            _signed_zarr("attribution", "scale/zarr.json"),
        ),
        _open_maps,
    ),
    Target(
        "player",
        build,
        mixed(
            _words_signed,
            _words_signed,
            _signed_table("attribution", _TABLE),
            _signed_table("episode", _STEPS),
            _signed_json("episode", _HEADER),
            _signed_zarr("attribution", "maps/zarr.json"),
        ),
        _open_player,
    ),
)
