"""Things that move: cells that fall, objects that slide, are shifted, mirrored or pasted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import (
    GRID_IN,
    INT_IN,
    LABELS_IN,
    TABLE_IN,
    background_of,
    kernel,
    seal,
)
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.fields import DIRECTIONS
from nsr.domains.grids.measures import basic_table
from nsr.domains.grids.values import Grid, Objects
from nsr.errors import UndefinedError


@kernel(GRID_IN, INT_IN, INT_IN)
def _fall(grid: Grid, dy: int, dx: int) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = np.full((height, width), back, np.uint8)
    if dy:
        for x in range(width):
            end = height - 1 if dy > 0 else 0
            for i in range(height):
                y = height - 1 - i if dy > 0 else i
                if grid[y, x] != back:
                    out[end, x] = grid[y, x]
                    end -= dy
    else:
        for y in range(height):
            end = width - 1 if dx > 0 else 0
            for i in range(width):
                x = width - 1 - i if dx > 0 else i
                if grid[y, x] != back:
                    out[y, end] = grid[y, x]
                    end -= dx
    return out


@primitives()
def fall(grid: Grid, direction: str) -> Grid:
    """Every cell falls towards one side, on top of those before it.

    >>> show(fall(grid("12/00/30"), "south"))
    00/10/32
    """
    dy, dx = DIRECTIONS[direction]
    if dy and dx:
        raise UndefinedError("cells fall along rows or columns")
    return seal(_fall(grid, dy, dx))


@kernel(GRID_IN, LABELS_IN, TABLE_IN, INT_IN, INT_IN, INT_IN)
def _copies(
    grid: Grid, labels: npt.NDArray[Any], basic: npt.NDArray[Any], dy: int, dx: int, mode: int
) -> Grid:
    """Redraw the objects: 0 mirrored beside themselves, 1 copied beside themselves, 2 moved by one.

    In modes 3 to 5 each is turned in its own box: left to right, top to bottom, half a turn.
    Mode 6 copies it beside itself again and again, up to the edge.
    """
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    if 2 <= mode < 6:
        for y in range(height):
            for x in range(width):
                if labels[y, x]:
                    out[y, x] = back
    for y in range(height):
        for x in range(width):
            k = labels[y, x] - 1
            if k < 0:
                continue
            top, left, bottom, right = basic[1, k], basic[2, k], basic[3, k], basic[4, k]
            v, u = y, x
            if mode == 0:
                if dy:
                    v = 2 * bottom + 1 - y if dy > 0 else 2 * top - 1 - y
                if dx:
                    u = 2 * right + 1 - x if dx > 0 else 2 * left - 1 - x
            elif mode == 1:
                v, u = y + dy * basic[5, k], x + dx * basic[6, k]
            elif mode == 6:
                v, u = y + dy * basic[5, k], x + dx * basic[6, k]
                while 0 <= v < height and 0 <= u < width:
                    if out[v, u] == back:
                        out[v, u] = grid[y, x]
                    v += dy * basic[5, k]
                    u += dx * basic[6, k]
            elif mode == 2:
                v, u = y + dy, x + dx
            else:
                if mode != 3:
                    v = top + bottom - y
                if mode != 4:
                    u = left + right - x
            if 0 <= v < height and 0 <= u < width and (2 <= mode < 6 or out[v, u] == back):
                out[v, u] = grid[y, x]
    return out


def _redrawn(objects: Objects, direction: str, mode: int) -> Grid:
    dy, dx = DIRECTIONS[direction]
    return seal(_copies(objects.grid, objects.labels, basic_table(objects), dy, dx, mode))


@primitives()
def reflect(objects: Objects, direction: str) -> Grid:
    """Every object gets a mirror image of itself, next to it in a direction.

    >>> show(reflect(clusters(grid("1200")), "east"))
    1221
    """
    return _redrawn(objects, direction, 0)


@kernel(GRID_IN, TABLE_IN)
def _mirror_about(grid: Grid, basic: npt.NDArray[Any]) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    for y in range(height):
        for x in range(width):
            if grid[y, x] == back:
                continue
            for flip in range(1, 4):
                v = basic[1, 0] + basic[3, 0] - y if flip & 1 else y
                u = basic[2, 0] + basic[4, 0] - x if flip & 2 else x
                if 0 <= v < height and 0 <= u < width and out[v, u] == back:
                    out[v, u] = grid[y, x]
    return out


@primitives()
def mirror_about(objects: Objects) -> Grid:
    """Everything in the grid is mirrored, both ways, at the centre of the first object.

    >>> show(mirror_about(having(pieces(grid("10000/00200/00000")), "color", 2)))
    10001/00200/10001
    """
    return seal(_mirror_about(objects.grid, basic_table(objects)))
