"""All targets, and how many of a campaign's inputs each gets."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

from tests.fuzz.model import Target

_MODULES = {
    "targets_weights": ("snapshot", "safetensors", "torch file", "sb3 zip", "npz", "hdf5", "import recipe"),
    "targets_text": ("training recipe", "claim", "monitor.csv", "index", "training commit"),
    "targets_runs": ("run.json", "commit", "episode", "maps", "player"),
    "targets_words": ("address", "command line", "phrase"),
    "targets_scripts": ("query", "link"),
}
"""A worker imports only what its target needs."""
_NODE = ("query", "link")
NAMES = tuple(
    name for names in _MODULES.values() for name in names if name not in _NODE or shutil.which("node") is not None
)


def find_target(name: str) -> Target:
    """A target by its name."""
    module = next(module for module, names in _MODULES.items() if name in names)
    targets: tuple[Target, ...] = importlib.import_module(f"tests.fuzz.{module}").TARGETS
    return next(target for target in targets if target.name == name)


def prepare(name: str, folder: str) -> None:
    """Write the valid files of a target into a new folder."""
    Path(folder).mkdir(parents=True)
    find_target(name).prepare(Path(folder))


def share(name: str, count: int) -> int:
    """How many of `count` inputs a target gets: all the same, the first ones one more for the remainder."""
    place = NAMES.index(name)
    return max(1, count // len(NAMES) + (place < count % len(NAMES)))
