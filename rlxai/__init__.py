"""rlxai: find out what strategy an Atari agent learned, when it learned it, and whether the story is true."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from rlxai.lazy import on_first_use

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
__getattr__ = on_first_use(
    __name__,
    {
        "Agent": "rlxai.networks",
        "Preprocessing": "rlxai.preprocessing",
        "RlxaiError": "rlxai.errors",
        "attribute": "rlxai.attribution",
        "load_agent": "rlxai.networks",
        "methods": "rlxai.attribution",
        "open_run": "rlxai.store",
        "record": "rlxai.episodes",
    },
)
