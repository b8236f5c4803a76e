"""Grid to grid of the same size, by what lies next to a cell: outlines, growth, specks, gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import FLAG_IN, GRID_IN, INT_IN, background_of, kernel, seal
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid
from nsr.errors import UndefinedError


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


@kernel(GRID_IN, INT_IN)
def _fill_gaps(grid: Grid, color: int) -> Grid:
    """Enclosed background in a colour, or (-1) in the colour met first, going left."""
    enclosed = enclosed_cells(grid, False)
    out = grid.copy()
    height, width = grid.shape
    for y in range(height):
        for x in range(width):
            if enclosed[y, x]:
                out[y, x] = out[y, x - 1] if color < 0 else color
    return out


@primitives()
def fill_enclosed(grid: Grid, color: int) -> Grid:
    """Background that cannot reach the edge through sides gets a colour.

    >>> show(fill_enclosed(grid("0111/0101/0111"), 4))
    0111/0141/0111
    """
    return seal(_fill_gaps(grid, color))


@primitives()
def fill_solid(grid: Grid) -> Grid:
    """Background that cannot reach the edge gets the colour to the left of it.

    >>> show(fill_solid(grid("0111/0101/0111")))
    0111/0111/0111
    """
    return seal(_fill_gaps(grid, -1))


@kernel(GRID_IN, INT_IN, FLAG_IN)
def _outline(grid: Grid, color: int, diagonal: bool) -> Grid:
    """Background next to a cell gets a colour, or (-1) the colour of the first such cell."""
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    for y in range(height):
        for x in range(width):
            if grid[y, x] != back:
                continue
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    if grid[v, u] != back and (diagonal or v == y or u == x) and out[y, x] == back:
                        out[y, x] = grid[v, u] if color < 0 else color
    return out


@primitives()
def outline4(grid: Grid, color: int) -> Grid:
    """Background that shares a side with anything gets a colour.

    >>> show(outline4(grid("000/010/000"), 5))
    050/515/050
    """
    return seal(_outline(grid, color, False))


@primitives()
def grow(grid: Grid) -> Grid:
    """Everything grows by one cell in all eight directions.

    >>> show(grow(grid("0000/0010/0000/0000")))
    0111/0111/0111/0000
    """
    return seal(_outline(grid, -1, True))


@primitives()
def grow4(grid: Grid) -> Grid:
    """Everything grows by one cell in the four directions.

    >>> show(grow4(grid("000/010/000")))
    010/111/010
    """
    return seal(_outline(grid, -1, False))


@kernel(GRID_IN, INT_IN)
def _thin(grid: Grid, mode: int) -> Grid:
    """0: no inside; 1: inside only; 2: no specks; 3: specks take the colour around them.

    Inside are cells with four neighbours of their own colour; a speck has none of eight.
    """
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    counts = np.zeros(10, np.int64)
    for y in range(height):
        for x in range(width):
            color = grid[y, x]
            if mode < 2:
                if color == back:
                    continue
                inside = (
                    0 < y < height - 1
                    and 0 < x < width - 1
                    and grid[y - 1, x] == color
                    and grid[y + 1, x] == color
                    and grid[y, x - 1] == color
                    and grid[y, x + 1] == color
                )
                if inside == (mode == 0):
                    out[y, x] = back
                continue
            counts[:] = 0
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    counts[grid[v, u]] += 1
            if counts[color] == 1:
                counts[color] = 0
                out[y, x] = back if mode == 2 else counts.argmax()
    return out


@primitives()
def hollow(grid: Grid) -> Grid:
    """Only the rim of every area of one colour stays.

    >>> show(hollow(grid("0111/0111/0111")))
    0111/0101/0111
    """
    return seal(_thin(grid, 0))


@primitives()
def smooth(grid: Grid) -> Grid:
    """Cells that touch no cell of their colour take the colour that is commonest around them.

    >>> show(smooth(grid("1110/1210/1110")))
    1110/1110/1110
    """
    return seal(_thin(grid, 3))


@kernel(GRID_IN)
def _solid(grid: Grid) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = np.full((height, width), back, np.uint8)
    for y in range(height - 1):
        for x in range(width - 1):
            color = grid[y, x]
            if color == grid[y + 1, x] == grid[y, x + 1] == grid[y + 1, x + 1]:
                out[y, x] = out[y + 1, x] = out[y, x + 1] = out[y + 1, x + 1] = color
    return out


@primitives()
def solid(grid: Grid) -> Grid:
    """Only cells that belong to a 2 x 2 block of their colour stay.

    >>> show(solid(grid("1101/1110/0001")))
    1100/1100/0000
    """
    return seal(_solid(grid))


@kernel(GRID_IN)
def _nearest(grid: Grid) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    queue = np.empty((height * width, 2), np.int16)
    end = 0
    for y in range(height):
        for x in range(width):
            if grid[y, x] != back:
                queue[end, 0] = y
                queue[end, 1] = x
                end += 1
    begin = 0
    while begin < end:
        y, x = queue[begin, 0], queue[begin, 1]
        begin += 1
        for v in range(max(y - 1, 0), min(y + 2, height)):
            for u in range(max(x - 1, 0), min(x + 2, width)):
                if (v == y or u == x) and out[v, u] == back:
                    out[v, u] = out[y, x]
                    queue[end, 0] = v
                    queue[end, 1] = u
                    end += 1
    return out


@primitives()
def nearest(grid: Grid) -> Grid:
    """All background takes the colour of the nearest cell, steps counted through sides.

    >>> show(nearest(grid("1002/0000")))
    1122/1122
    """
    return seal(_nearest(grid))


@primitives()
def rim(grid: Grid, color: int) -> Grid:
    """The outermost ring of cells gets a colour.

    >>> show(rim(grid("000/010/000"), 3))
    333/313/333
    """
    out = grid.copy()
    out[0] = out[-1] = color
    out[:, 0] = out[:, -1] = color
    return seal(out)


@primitives()
def frame(grid: Grid, color: int) -> Grid:
    """The grid with a ring of one colour around it.

    >>> show(frame(grid("12"), 3))
    3333/3123/3333
    """
    height, width = grid.shape
    if max(height, width) > 28:
        raise UndefinedError("no room for a frame")
    out = np.full((height + 2, width + 2), color, np.uint8)
    out[1:-1, 1:-1] = grid
    return seal(out)
