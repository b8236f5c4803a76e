"""What all grid files share: compiled kernels, the background colour, sealing, size checks.

Signatures of kernels are explicit, so compiling (once, then cached on disk) happens at import and
never inside a search. Numba does not renew a cached kernel when one that it calls in another file
changes: remove `__pycache__/*.nb?` after such a change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba import types

from nsr.domains.grids.values import MAX_SIDE, Grid
from nsr.errors import UndefinedError

GRID_IN = types.Array(types.uint8, 2, "C", readonly=True)
LABELS_IN = types.Array(types.int16, 2, "C", readonly=True)
MASK_IN = types.Array(types.boolean, 2, "C", readonly=True)
TABLE_IN = types.Array(types.int32, 2, "C", readonly=True)
VECTOR_IN = types.Array(types.int32, 1, "C", readonly=True)
INT_IN = types.int64
FLAG_IN = types.boolean

A = TypeVar("A", bound=npt.NDArray[Any])


def kernel(*arguments: types.Type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function of these argument types to native code, cached on disk if possible."""

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            result: Callable[..., Any] = numba.njit(arguments, cache=True)(function)
        except RuntimeError:  # numba found no directory that it may write to
            result = numba.njit(arguments)(function)
        return result

    return compiled


@kernel(GRID_IN)
def background_of(grid: Grid) -> int:
    """0 where the grid has it, else the commonest colour (the smallest of those)."""
    counts = np.zeros(10, np.int64)
    height, width = grid.shape
    for y in range(height):
        for x in range(width):
            counts[grid[y, x]] += 1
    if counts[0]:
        return 0
    best = 1
    for color in range(2, 10):
        if counts[color] > counts[best]:
            best = color
    return best


@kernel(GRID_IN)
def color_counts(grid: Grid) -> npt.NDArray[np.int64]:
    """Number of cells of each colour, shape (10,)."""
    counts = np.zeros(10, np.int64)
    height, width = grid.shape
    for y in range(height):
        for x in range(width):
            counts[grid[y, x]] += 1
    return counts


def seal(array: A) -> A:
    """The array, read-only; for arrays that nobody else holds."""
    array.setflags(write=False)
    return array


def copy_of(view: Grid) -> Grid:
    """A sealed, C-contiguous copy of a view."""
    return seal(np.array(view, order="C", copy=True))


def check_sides(height: int, width: int) -> None:
    """Raise `UndefinedError` unless both sides are within 1 and the largest side of a grid."""
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise UndefinedError(f"a grid of {height} x {width}")
