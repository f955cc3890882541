"""rlxai: find out what strategy an Atari agent learned, when it learned it, and whether the story is true."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlxai.attribution import attribute, methods
    from rlxai.episodes import record
    from rlxai.errors import RlxaiError
    from rlxai.networks import Agent, load_agent
    from rlxai.preprocessing import Preprocessing
    from rlxai.store import open_run

__version__ = version("rlxai")

__all__ = [
    "Agent",
    "Preprocessing",
    "RlxaiError",
    "__version__",
    "attribute",
    "load_agent",
    "methods",
    "open_run",
    "record",
]

# Imported on first use: the command line must set OpenMP's wait policy before torch is loaded, and `--help` is quick.
_HOME = {
    "Agent": "rlxai.networks",
    "Preprocessing": "rlxai.preprocessing",
    "RlxaiError": "rlxai.errors",
    "attribute": "rlxai.attribution",
    "load_agent": "rlxai.networks",
    "methods": "rlxai.attribution",
    "open_run": "rlxai.store",
    "record": "rlxai.episodes",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'rlxai' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
