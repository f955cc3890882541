"""What a fuzz target is, and what it is given."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Input:
    """One input: what is changed in a folder of valid files, and the words given beside it."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """Path in the folder -> content."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Path -> where a symbolic link put there leads."""
    sparse: Mapping[str, int] = field(default_factory=dict)
    """Path -> size of a file of zeros that takes no room."""
    odd: Mapping[str, str] = field(default_factory=dict)
    """Path -> "pipe" or "folder"."""
    gone: tuple[str, ...] = ()
    """Paths that are missing."""
    words: tuple[str, ...] = ()
    """Addresses, expressions, words of a command line."""
    harmless: bool = False
    """Where it is accepted, the result must be that of the valid files: damage may be found or make no difference."""
    expected: str | None = None
    """JSON of the only right result, where it is accepted."""
    how: str = ""
    """How it was made, for people."""

    @property
    def paths(self) -> set[str]:
        """Everything that is changed."""
        return {*self.files, *self.links, *self.sparse, *self.odd, *self.gone}

    def dump(self) -> str:
        """As JSON, the inverse of `load`."""
        plain = {**vars(self), "files": {k: base64.b64encode(v).decode() for k, v in self.files.items()}}
        plain |= {name: dict(plain[name]) for name in ("links", "sparse", "odd")}
        return json.dumps(plain)

    @classmethod
    def load(cls, text: str) -> Input:
        """From what `dump` wrote."""
        plain = json.loads(text)
        plain["files"] = {k: base64.b64decode(v) for k, v in plain["files"].items()}
        return cls(**plain | {"gone": tuple(plain["gone"]), "words": tuple(plain["words"])})


@dataclass(frozen=True)
class Target:
    """One kind of input and the call that opens it."""

    name: str
    prepare: Callable[[Path], None]
    """Write the valid files into an empty folder."""
    inputs: Callable[[Path, int, int], Iterator[Input]]
    """Folder of the valid files, how many, seed -> inputs; the same again for the same seed."""
    open: Callable[[Path, Input], Any]
    """Open a folder with an input in it; what it returns can be written as JSON. Refuses by `RlxaiError`."""


@dataclass(frozen=True)
class Outcome:
    """What became of one input."""

    kind: str
    """accepted, refused, or one of `BAD`."""
    seconds: float
    """CPU time."""
    said: str = ""
    """The refusal, or what went wrong."""


BAD = ("unclear", "slow", "greedy", "wrong", "escaped", "crashed")
"""Another exception, or no single sentence; over the time; over the memory; not the truth, or not finite; ran what was
planted or wrote elsewhere; took the process with it."""
KINDS = ("accepted", "refused", *BAD)
