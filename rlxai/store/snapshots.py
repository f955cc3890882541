"""Snapshots as a run lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlxai.networks import Agent, read_snapshot
from rlxai.store.place import Files, Place


@dataclass(frozen=True)
class SnapshotRef:
    """One snapshot of a run: its training step (decisions), SHA-256, the JSON beside it, and its file."""

    step: int
    sha256: str
    meta: dict[str, Any]
    _weights: Path = field(repr=False)
    _place: Place | None = field(default=None, repr=False, compare=False)

    @property
    def files(self) -> Files:
        """The weights, as `Place` names them."""
        return {f"snapshots/{self._weights.name}": (self.meta["bytes"], self.sha256)}

    @property
    def path(self) -> Path:
        """The file of the weights; that of a remote run is fetched and checked first.

        Raises:
            RunError: it is missing from the remote run, or differs from its description.
        """
        if self._place is not None:
            self._place.fetch(self.files)
        return self._weights

    def load(self) -> Agent:
        """The agent, with its weights checked against the SHA-256.

        Raises:
            FileRefused: the weights are missing, damaged or do not fit their description.
            RunError: they are missing from the remote run, or differ from their description.
        """
        return read_snapshot(self.path)
