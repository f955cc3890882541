"""What first-layer kernels do with stacked frames: standing pictures, changes, and motion in a direction.

A kernel of C stacked frames is w (C, h, w), with mean over frames w̄.

    change    = Σ_c ||w_c - w̄||² / Σ_c ||w_c||²
    direction = (E_+ - E_-) / (E_+ + E_-),      E_± = Σ |ŵ(f_t, f_x)|² over f_t f_x ≷ 0

change is 0 for a kernel that sums equal pictures and 1 for one that gives nothing for a scene that stands still; of
independent random weights it is 1 - 1/C, whatever was learned. direction compares the energies of opposite motions
(Adelson and Bergen 1985, J. Opt. Soc. Am. A 2:284): 1 where the kernel's pattern moves right (or down) from frame to
frame, -1 where it moves left (or up), 0 where it flickers in place. Few frames and pixels make it coarse. A kernel
that can tell motion need not be used for it.
"""

from __future__ import annotations

import numpy as np


def change(kernels: np.ndarray) -> np.ndarray:
    """Share of a kernel's energy that sees changes only.

    Args:
        kernels: float (U, C, h, w).

    Returns:
        float64 (U,) from 0 to 1; NaN of a kernel that is zero.
    """
    w = kernels.astype(np.float64)
    return _share(((w - w.mean(1, keepdims=True)) ** 2).sum((1, 2, 3)), (w**2).sum((1, 2, 3)))


def direction(kernels: np.ndarray, *, newest_last: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """To the right and downwards, each float64 (U,) from -1 to 1; NaN where no frequency tells.

    Args:
        kernels: float (U, C, h, w).
        newest_last: order of the stacked frames.
    """
    w = kernels.astype(np.float64) if newest_last else kernels[:, ::-1].astype(np.float64)
    energy = np.abs(np.fft.fftn(w, axes=(1, 2, 3))) ** 2
    time = _signs(w.shape[1])[:, None, None]
    found = []
    for across in (_signs(w.shape[3])[None, None, :], _signs(w.shape[2])[None, :, None]):
        # exp(2πi (f_x x - f_t t)) moves towards greater x for f_t f_x > 0: the transform has it at -f_t.
        same, opposite = ((energy * (time * across == sign)).sum((1, 2, 3)) for sign in (-1, 1))
        found.append(_share(same - opposite, same + opposite))
    return found[0], found[1]


def turned(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """How far the weights of each unit turned: 1 - cos(w, w'), 0 for the same direction, 1 for a right angle.

    Args:
        before: float (U, ...), incoming weights.
        after: of the same shape.

    Returns:
        float64 (U,) from 0 to 2; NaN of units without weights.
    """
    a, b = (weights.reshape(len(weights), -1).astype(np.float64) for weights in (before, after))
    size = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return 1 - _share((a * b).sum(1), size)


def _signs(count: int) -> np.ndarray:
    """Signs of the frequencies of a transform of so many values; 0 also of the highest, which has none."""
    signs: np.ndarray = np.sign(np.fft.fftfreq(count))
    if count % 2 == 0:
        signs[count // 2] = 0
    return signs


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return found
