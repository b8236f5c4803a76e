"""Grid to grid, cells moved: poses, crops, halves, scaling, tiling, stacking."""

from __future__ import annotations

from typing import Final

import numpy as np

from nsr.domains.grids._kernel import (
    FLAG_IN,
    GRID_IN,
    background_of,
    check_sides,
    copy_of,
    kernel,
    seal,
)
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid
from nsr.errors import UndefinedError


@primitives()
def flip_lr(grid: Grid) -> Grid:
    """The grid mirrored left to right.

    >>> show(flip_lr(grid("12/34")))
    21/43
    """
    return copy_of(grid[:, ::-1])


@primitives()
def flip_ud(grid: Grid) -> Grid:
    """The grid mirrored top to bottom.

    >>> show(flip_ud(grid("12/34")))
    34/12
    """
    return copy_of(grid[::-1])


@primitives()
def transpose(grid: Grid) -> Grid:
    """Rows become columns.

    >>> show(transpose(grid("12/34")))
    13/24
    """
    return copy_of(grid.T)


@primitives()
def antitranspose(grid: Grid) -> Grid:
    """The grid mirrored at the diagonal from bottom left to top right.

    >>> show(antitranspose(grid("12/34")))
    42/31
    """
    return copy_of(grid[::-1, ::-1].T)


@primitives()
def turn_right(grid: Grid) -> Grid:
    """A quarter turn clockwise.

    >>> show(turn_right(grid("12/34")))
    31/42
    """
    return copy_of(grid[::-1].T)


@primitives()
def turn_left(grid: Grid) -> Grid:
    """A quarter turn counter-clockwise.

    >>> show(turn_left(grid("12/34")))
    24/13
    """
    return copy_of(grid.T[::-1])


@primitives()
def turn_around(grid: Grid) -> Grid:
    """Half a turn.

    >>> show(turn_around(grid("12/34")))
    43/21
    """
    return copy_of(grid[::-1, ::-1])


@kernel(GRID_IN)
def content_box(grid: Grid) -> tuple[int, int, int, int]:
    """Top, left, bottom, right (the last two exclusive) of all that is not background."""
    back = background_of(grid)
    height, width = grid.shape
    top, left, bottom, right = height, width, 0, 0
    for y in range(height):
        for x in range(width):
            if grid[y, x] != back:
                if y < top:
                    top = y
                if x < left:
                    left = x
                if x >= right:
                    right = x + 1
                bottom = y + 1
    return top, left, bottom, right


@primitives()
def crop(grid: Grid) -> Grid:
    """The smallest window around everything that is not background.

    >>> show(crop(grid("000/012/000")))
    12
    """
    top, left, bottom, right = content_box(grid)
    if bottom == 0:
        raise UndefinedError("nothing but background")
    return copy_of(grid[top:bottom, left:right])


@primitives()
def left_half(grid: Grid) -> Grid:
    """The left half, without the middle column.

    >>> show(left_half(grid("123/456")))
    1/4
    """
    half = grid.shape[1] // 2
    check_sides(1, half)
    return copy_of(grid[:, :half])


@primitives()
def right_half(grid: Grid) -> Grid:
    """The right half, without the middle column.

    >>> show(right_half(grid("123/456")))
    3/6
    """
    half = grid.shape[1] // 2
    check_sides(1, half)
    return copy_of(grid[:, -half:])


@primitives()
def top_half(grid: Grid) -> Grid:
    """The upper half, without the middle row.

    >>> show(top_half(grid("12/34/56")))
    12
    """
    half = grid.shape[0] // 2
    check_sides(half, 1)
    return copy_of(grid[:half])


@primitives()
def bottom_half(grid: Grid) -> Grid:
    """The lower half, without the middle row.

    >>> show(bottom_half(grid("12/34/56")))
    56
    """
    half = grid.shape[0] // 2
    check_sides(half, 1)
    return copy_of(grid[-half:])


@primitives()
def inner(grid: Grid) -> Grid:
    """The grid without its outermost ring of cells.

    >>> show(inner(grid("111/121/111")))
    2
    """
    height, width = grid.shape
    check_sides(height - 2, width - 2)
    return copy_of(grid[1:-1, 1:-1])


@kernel(GRID_IN, FLAG_IN)
def _compact(grid: Grid, repeats: bool) -> Grid:
    """The grid without rows and columns that repeat the one before, or that are background."""
    height, width = grid.shape
    back = background_of(grid)
    rows = np.zeros(height, np.bool_)
    columns = np.zeros(width, np.bool_)
    for y in range(height):
        for x in range(width):
            if repeats:
                rows[y] = rows[y] or y == 0 or grid[y, x] != grid[y - 1, x]
                columns[x] = columns[x] or x == 0 or grid[y, x] != grid[y, x - 1]
            elif grid[y, x] != back:
                rows[y] = True
                columns[x] = True
    out = np.empty((rows.sum(), columns.sum()), np.uint8)
    v = 0
    for y in range(height):
        if rows[y]:
            u = 0
            for x in range(width):
                if columns[x]:
                    out[v, u] = grid[y, x]
                    u += 1
            v += 1
    return out


@primitives()
def without_repeats(grid: Grid) -> Grid:
    """Rows and columns equal to the one before are left out.

    >>> show(without_repeats(grid("1122/1122/1133")))
    12/13
    """
    return seal(_compact(grid, True))


@kernel(GRID_IN)
def _block_size(grid: Grid) -> int:
    height, width = grid.shape
    for size in range(min(height, width), 1, -1):
        if height % size or width % size:
            continue
        good = True
        for y in range(height):
            for x in range(width):
                if grid[y, x] != grid[y - y % size, x - x % size]:
                    good = False
                    break
            if not good:
                break
        if good:
            return size
    return 1


@primitives()
def unscale(grid: Grid) -> Grid:
    """Equal square blocks, as large as possible, become single cells.

    >>> show(unscale(grid("1122/1122")))
    12
    """
    size = int(_block_size(grid))
    return grid if size == 1 else copy_of(grid[::size, ::size])


@primitives()
def sort_rows(grid: Grid) -> Grid:
    """Rows in order of how many cells they have, fewest first.

    >>> show(sort_rows(grid("11/00/01")))
    00/01/11
    """
    numbers = (grid != background_of(grid)).sum(1)
    return seal(grid[np.argsort(numbers, kind="stable")])


@primitives()
def sort_columns(grid: Grid) -> Grid:
    """Columns in order of how many cells they have, fewest first.

    >>> show(sort_columns(grid("101/100")))
    011/001
    """
    numbers = (grid != background_of(grid)).sum(0)
    return copy_of(grid[:, np.argsort(numbers, kind="stable")])


POSES: Final = {
    "identity": lambda grid: grid,
    "flip_lr": flip_lr,
    "flip_ud": flip_ud,
    "turn_around": turn_around,
    "transpose": transpose,
    "antitranspose": antitranspose,
    "turn_right": turn_right,
    "turn_left": turn_left,
}
"""The symmetries of a square: every way to lay a grid down, identity first."""
