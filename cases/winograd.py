"""The distance of a convolution by Winograd's algorithm from the sum itself: an analysis of its rounding.

The transforms are those of Lavin and Gray (arXiv:1509.09308): outputs in tiles of m x m from inputs in tiles of
(m + 2) x (m + 2), for 3x3 kernels with stride 1.
"""

from __future__ import annotations

import numpy as np

# By m: the transforms of the input (B^T), of the kernel (G) and of the output (A^T).
TRANSFORMS: dict[int, tuple[list[list[float]], list[list[float]], list[list[float]]]] = {
    2: (
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
        [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
        [[1, 1, 1, 0], [0, 1, -1, -1]],
    ),
    4: (
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ],
        [
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ],
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
    ),
}


def roundings(m: int, channels: int) -> int:
    """Return the number of times that a number is rounded on its way through the algorithm.

    That is twice in each of the three transforms for every number of a row, of which the kernel's has factors that are
    rounded themselves, and once for the product and for each channel that is added.
    """
    tile = m + 2
    return 2 * tile + (2 * 3 + 2) + 2 * tile + 1 + channels


def magnitudes(x: np.ndarray, kernel: np.ndarray, groups: int, m: int) -> np.ndarray:
    """Return the magnitudes that each output adds up, (N, out, H - 2, W - 2), of a padded input (N, in, H, W)."""
    size = [side - 2 for side in x.shape[2:]]
    tile, (to_input, to_kernel, to_output) = m + 2, (np.abs(np.array(each)) for each in TRANSFORMS[m])
    more = [(-side) % m for side in size]
    whole = np.pad(np.abs(x.astype(np.float64)), ((0, 0), (0, 0), (0, more[0]), (0, more[1])))
    tiles = np.lib.stride_tricks.sliding_window_view(whole, (tile, tile), (2, 3))[:, :, ::m, ::m]
    v = np.einsum("ia,nchwab,jb->nchwij", to_input, tiles, to_input, optimize=True)
    u = np.einsum("ia,ocab,jb->ocij", to_kernel, np.abs(kernel.astype(np.float64)), to_kernel, optimize=True)
    parts = zip(np.split(v, groups, 1), np.split(u, groups, 0), strict=True)
    products = np.concatenate([np.einsum("nchwij,ocij->nohwij", a, b, optimize=True) for a, b in parts], 1)
    y = np.einsum("ai,nohwij,bj->nohawb", to_output, products, to_output, optimize=True)
    return np.asarray(y.reshape(*y.shape[:2], y.shape[2] * m, -1)[:, :, : size[0], : size[1]])
