"""Zarr arrays of which every chunk must be there: for zarr itself, a chunk without a file is a chunk of zeros."""

from __future__ import annotations

from typing import Any

from zarr.storage import LocalStore


class WholeStore(LocalStore):
    """A folder, read only, in which a chunk that is missing, or has gone since it was opened, is an error.

    Raises:
        FileNotFoundError: on reading such a chunk; it names the file.
    """

    def __init__(self, root: Any) -> None:
        super().__init__(root, read_only=True)

    async def get(self, key: str, *arguments: Any, **named: Any) -> Any:
        """What is stored under a key; None only where it is not a chunk's."""
        found = await super().get(key, *arguments, **named)
        if found is None and (key.startswith("c/") or "/c/" in key):
            raise FileNotFoundError(f"{self.root / key} is missing")
        return found
