"""Texts that people write or programs leave: recipes, claims, monitor.csv, an index of files, commits of a training."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from dashboards.readers.scores import monitor_table
from rlxai.cli.source import _facts
from rlxai.strategy.claims.claim import read_claim
from rlxai.training.recipe import load_recipe
from rlxai.training.resume import read_record
from tests.fuzz.makers import Maker, anywhere, beside, mixed
from tests.fuzz.model import Input, Target
from tests.fuzz.mutate import damaged
from tests.fuzz.plain import NAMES, NUMBERS
from tests.fuzz.texts import json_text, yaml_text

TRAINING = {
    "game": "breakout", "algorithm": "dqn", "network": "nature", "n_timesteps": 1e5, "snapshots": {"every": 10_000},
    "explanations": {"every": 5000, "methods": ["lrp-epsilon-plus-flat"], "target": "advantage", "states": 16},
    "n_envs": 8, "learning_rate": 1e-4, "gamma": 0.99, "precision": "auto", "double_q": True,
}  # fmt: skip
HEIR = {"base": "parent", "n_timesteps": 5000, "explanations": None, "commits": {"every": 100}}
CLAIM = {
    "name": "tracks-ball", "hypothesis": "The paddle follows the ball.",
    "evidence": [
        {"figure": "behaviour/tracking", "states": "own", "at": "best", "is": "above", "than": 0.5, "margin": 0.1},
        {"figure": "lift/visible-ball", "states": "common", "is": "above", "than": "control:random", "factor": 2},
    ],
}  # fmt: skip
MONITOR = '#{"t_start": 1.0, "env_id": "breakout"}\nr,l,t\n' + "".join(f"{i}.0,{100 + i},{i}.5\n" for i in range(150))
INDEX = [{"file": "a.zip", "step": 1000, "sha256": "0" * 64, "evaluation": {"mean": 1.5}}, {"file": "b.zip"}]
_PIECE = {"name": "learner-00000100.safetensors", "bytes": 10, "sha256": "0" * 64, "first": 0, "last": 0}
RECORD = {
    "format": "rlxai-training", "schema": 1, "step": 100, "monitor_bytes": 10, "learner": _PIECE,
    "memory": [_PIECE | {"name": "memory-00000000-00000100.zst", "last": 100}], "added": 100,
    "counters": {"num_timesteps": 100}, "games": [{"r": 1.0, "l": 10, "t": 1.0}],
    "generators": {"exploration": {"state": 10**38}}, "env": {"games": [{"number": 0, "score": 0, "actions": "0001"}]},
}  # fmt: skip


def plain(value: Any) -> Any:
    """As JSON has it."""
    return json.loads(json.dumps(value, default=str))


def _writes(**files: Any) -> Any:
    def prepare(folder: Path) -> None:
        for name, content in files.items():
            text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
            (folder / name.replace("_", ".")).write_text(text)

    return prepare


def as_yaml(name: str, tree: Any) -> Maker:
    """The file with a wrong text."""
    return lambda _, rng: Input({name: yaml_text(tree, rng)}, how=f"another {name}")


def as_json(name: str, tree: Any) -> Maker:
    """The file with a wrong text."""
    return lambda _, rng: Input({name: json_text(tree, rng)}, how=f"another {name}")


_VALUES = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(NAMES[:10]),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.booleans(),
    st.none(),
    st.dates(),
    st.lists(st.text(max_size=5), max_size=3),
)


def _trees(tree: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The known keys of a mapping, some missing, each with the value that belongs there or any other."""
    known = {name: st.one_of(st.just(value), _VALUES) for name, value in tree.items()}
    return st.fixed_dictionaries({}, optional=known)


def _texts(name: str, tree: dict[str, Any]) -> st.SearchStrategy[Input]:
    def written(values: dict[str, Any]) -> Input:
        return Input({name: yaml.safe_dump(values).encode("utf-8", "replace")}, how="drawn")

    return _trees(tree).map(written)


_CIRCLES = ("parent", "heir", "heir.yaml", "breakout-nature", "../parent", "/etc/passwd", ".", "parent.yaml", "nothing")


def _bases(_: Path, rng: random.Random) -> Input:
    """Families of recipes: circles, chains, names of other places."""
    files = {}
    for number in range(length := rng.choice((1, 3, 60, 600))):
        base = f"r{number + 1}" if number + 1 < length else rng.choice((*_CIRCLES, "r0", "r5"))
        files[f"r{number}.yaml"] = yaml.safe_dump({"base": base, "gamma": 0.5}).encode()
    files["heir.yaml"] = yaml.safe_dump(
        HEIR | {"base": rng.choice(("r0", *_CIRCLES, *NAMES[:12]))}, allow_unicode=True
    ).encode("utf-8", "replace")
    return Input(files, how="a family of recipes")


def _open_training(folder: Path, given: Input) -> Any:
    return plain(load_recipe(folder / ("heir.yaml" if "parent.yaml" not in given.files else "parent.yaml")).to_dict())


def _open_monitor(folder: Path, _: Input) -> Any:
    table = monitor_table(folder / "monitor.csv", 4)
    return [table.step.tolist(), table.score.tolist()]


def _monitor(folder: Path, rng: random.Random) -> Input:
    lines = MONITOR.splitlines(keepends=True)
    cells = (
        *map(str, NUMBERS),
        *NAMES,
        "9" * 100_000,
        '"' + "x" * 200_000,
        ",,,,",
        "1," * 10_000,
        "nan",
        "1e400",
        "-5",
    )
    match rng.randrange(4):
        case 0:
            text = damaged(MONITOR.encode(), rng)
        case 1:
            lines[rng.randrange(len(lines))] = f"{rng.choice(cells)},{rng.choice(cells)},1\n"
            text = "".join(lines).encode("utf-8", "surrogatepass")
        case 2:
            lines[1] = rng.choice(("r\n", "l,t\n", "r,r,l,t\n", "R,L,T\n", "r,l,t,x\n", '"r,l,t\n', "r;l;t\n"))
            text = "".join(lines).encode()
        case _:
            text = "".join(lines[: rng.randrange(5)]).encode() + rng.choice(
                (b"", b"\0" * 100, b"\xff\xfe", b"r,l,t\n" * 1000)
            )
    return Input({"monitor.csv": text}, how="another monitor.csv")


def _open_index(folder: Path, _: Input) -> Any:
    found = _facts(folder / "index.json")
    return sorted(found)[:50]


def _open_record(folder: Path, _: Input) -> Any:
    record = read_record(folder)
    return None if record is None else plain(asdict(record))


TARGETS = (
    Target(
        "training recipe",
        _writes(parent_yaml=TRAINING, heir_yaml=HEIR),
        beside(
            _texts("parent.yaml", TRAINING),
            mixed(as_yaml("parent.yaml", TRAINING), as_yaml("heir.yaml", HEIR), _bases, anywhere("heir.yaml")),
        ),
        _open_training,
    ),
    Target(
        "claim",
        _writes(claim_yaml=CLAIM),
        beside(_texts("claim.yaml", CLAIM), mixed(as_yaml("claim.yaml", CLAIM), anywhere("claim.yaml"))),
        lambda folder, _: plain(read_claim(folder / "claim.yaml").to_dict()),
    ),
    Target(
        "monitor.csv",
        _writes(monitor_csv=MONITOR),
        mixed(_monitor, _monitor, _monitor, anywhere("monitor.csv")),
        _open_monitor,
    ),
    Target(
        "index",
        _writes(index_json=json.dumps(INDEX)),
        mixed(as_json("index.json", INDEX), anywhere("index.json")),
        _open_index,
    ),
    Target(
        "training commit",
        _writes(record_json=json.dumps(RECORD)),
        mixed(as_json("record.json", RECORD), anywhere("record.json")),
        _open_record,
    ),
)
