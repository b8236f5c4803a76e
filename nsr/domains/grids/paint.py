"""Grid to grid of the same size: falling, filling, outlining, drawing lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import FLAG_IN, GRID_IN, INT_IN, background_of, kernel, seal
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid


@kernel(GRID_IN, INT_IN)
def _fall(grid: Grid, direction: int) -> Grid:
    """Cells fall; 0 down, 1 up, 2 right, 3 left."""
    back = background_of(grid)
    height, width = grid.shape
    out = np.full((height, width), back, np.uint8)
    if direction < 2:
        for x in range(width):
            end = height - 1 if direction == 0 else 0
            for i in range(height):
                y = height - 1 - i if direction == 0 else i
                if grid[y, x] != back:
                    out[end, x] = grid[y, x]
                    end += -1 if direction == 0 else 1
    else:
        for y in range(height):
            end = width - 1 if direction == 2 else 0
            for i in range(width):
                x = width - 1 - i if direction == 2 else i
                if grid[y, x] != back:
                    out[y, end] = grid[y, x]
                    end += -1 if direction == 2 else 1
    return out


@primitives()
def fall_down(grid: Grid) -> Grid:
    """Every cell falls to the bottom of its column.

    >>> show(fall_down(grid("12/00/30")))
    00/10/32
    """
    return seal(_fall(grid, 0))


@primitives()
def fall_up(grid: Grid) -> Grid:
    """Every cell rises to the top of its column.

    >>> show(fall_up(grid("00/02/30")))
    32/00/00
    """
    return seal(_fall(grid, 1))


@primitives()
def fall_right(grid: Grid) -> Grid:
    """Every cell slides to the right end of its row.

    >>> show(fall_right(grid("102/030")))
    012/003
    """
    return seal(_fall(grid, 2))


@primitives()
def fall_left(grid: Grid) -> Grid:
    """Every cell slides to the left end of its row.

    >>> show(fall_left(grid("102/030")))
    120/300
    """
    return seal(_fall(grid, 3))


@kernel(GRID_IN, FLAG_IN)
def enclosed_cells(grid: Grid, diagonal: bool) -> npt.NDArray[Any]:
    """Background cells with no way over background to the edge (diagonal steps count or not)."""
    back = background_of(grid)
    height, width = grid.shape
    out = np.empty((height, width), np.bool_)
    stack = np.empty((height * width, 2), np.int16)
    n = 0
    for y in range(height):
        for x in range(width):
            out[y, x] = grid[y, x] == back
            if out[y, x] and (y == 0 or x == 0 or y == height - 1 or x == width - 1):
                out[y, x] = False
                stack[n, 0] = y
                stack[n, 1] = x
                n += 1
    while n:
        n -= 1
        y, x = stack[n, 0], stack[n, 1]
        for v in range(max(y - 1, 0), min(y + 2, height)):
            for u in range(max(x - 1, 0), min(x + 2, width)):
                if out[v, u] and (diagonal or v == y or u == x):
                    out[v, u] = False
                    stack[n, 0] = v
                    stack[n, 1] = u
                    n += 1
    return out


@primitives()
def fill_enclosed(grid: Grid, color: int) -> Grid:
    """Background that cannot reach the edge through sides gets a colour.

    >>> show(fill_enclosed(grid("0111/0101/0111"), 4))
    0111/0141/0111
    """
    out = grid.copy()
    out[enclosed_cells(grid, False)] = color
    return seal(out)


@kernel(GRID_IN, INT_IN, FLAG_IN)
def _outline(grid: Grid, color: int, diagonal: bool) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    for y in range(height):
        for x in range(width):
            if grid[y, x] != back:
                continue
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    if grid[v, u] != back and (diagonal or v == y or u == x):
                        out[y, x] = color
    return out


@primitives()
def outline(grid: Grid, color: int) -> Grid:
    """Background next to anything, corners included, gets a colour.

    >>> show(outline(grid("0000/0010/0000/0000"), 5))
    0555/0515/0555/0000
    """
    return seal(_outline(grid, color, True))
