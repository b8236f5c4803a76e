"""Two grids of one shape become one."""

from __future__ import annotations

import numpy as np

from nsr.domains.grids._kernel import GRID_IN, INT_IN, background_of, kernel, seal
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid
from nsr.errors import UndefinedError


@kernel(GRID_IN, GRID_IN, INT_IN)
def _combine(one: Grid, two: Grid, mode: int) -> Grid:
    """0: one over two; 1: one where two has content; 2: one where two has none; 3: either."""
    back, ground = background_of(one), background_of(two)
    height, width = one.shape
    out = np.empty((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            has, other = one[y, x] != back, two[y, x] != ground
            if mode == 0:
                out[y, x] = one[y, x] if has else two[y, x]
            elif mode == 1:
                out[y, x] = one[y, x] if other else back
            elif mode == 2:
                out[y, x] = back if other else one[y, x]
            else:
                out[y, x] = back if has == other else one[y, x] if has else two[y, x]
    return out


def _checked(one: Grid, two: Grid, mode: int) -> Grid:
    if one.shape != two.shape:
        raise UndefinedError("grids of different shape")
    return seal(_combine(one, two, mode))


@primitives()
def overlay(top: Grid, bottom: Grid) -> Grid:
    """The first grid laid over the second; its background is transparent.

    >>> show(overlay(grid("010"), grid("220")))
    210
    """
    return _checked(top, bottom, 0)


@primitives()
def masked(grid: Grid, by: Grid) -> Grid:
    """The first grid where the second is not background.

    >>> show(masked(grid("110"), grid("220")))
    110
    """
    return _checked(grid, by, 1)


@primitives()
def minus(grid: Grid, by: Grid) -> Grid:
    """The first grid where the second is background.

    >>> show(minus(grid("110"), grid("200")))
    010
    """
    return _checked(grid, by, 2)


@primitives()
def either(one: Grid, two: Grid) -> Grid:
    """Cells that are not background in exactly one of two grids.

    >>> show(either(grid("110"), grid("202")))
    012
    """
    return _checked(one, two, 3)
