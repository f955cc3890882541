"""Arrays of a result, read so that a damaged file is one sentence."""

from __future__ import annotations

import numpy as np

from rlxai.errors import RunError
from rlxai.store import Commit

_LARGEST_BYTES = 512 * 1024 * 1024


def read_array(commit: Commit, name: str, *, dims: int, length: int | None = None) -> np.ndarray:
    """An array of a result by its file's name.

    Args:
        commit: the result.
        name: of the .npy file.
        dims: dimensions that it must have.
        length: of its first dimension, where that is known.

    Raises:
        RunError: the result has no such file, or it is damaged, or of another shape.
    """
    path = commit.folder / name
    try:
        if name not in commit.files or path.stat().st_size > _LARGEST_BYTES:
            raise ValueError
        found = np.load(path, allow_pickle=False)
        if found.ndim != dims or length not in (None, len(found)):
            raise ValueError
    except Exception as error:  # whatever a damaged file makes the decoder raise
        raise RunError(f"{path}: is not a readable array of this result ({type(error).__name__})") from None
    return np.asarray(found)
