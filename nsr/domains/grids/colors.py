"""Colours: which a grid has, and grids with colours kept, replaced or renamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import (
    GRID_IN,
    INT_IN,
    background_of,
    color_counts,
    kernel,
    seal,
)
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import COLORS, Grid
from nsr.errors import UndefinedError


@primitives(cost=0.5)
def background(grid: Grid) -> int:
    """The background colour: 0 where the grid has it, else the commonest.

    >>> background(grid("3353"))
    3
    """
    return int(background_of(grid))


@kernel(GRID_IN)
def _ends(grid: Grid) -> tuple[int, int]:
    """Commonest and rarest colour other than the background; -1 without one."""
    back = background_of(grid)
    counts = color_counts(grid)
    most = least = -1
    for color in range(10):
        if color != back and counts[color]:
            if most < 0 or counts[color] > counts[most]:
                most = color
            if least < 0 or counts[color] < counts[least]:
                least = color
    return most, least


@primitives(cost=0.5)
def commonest(grid: Grid) -> int:
    """The commonest colour that is not background.

    >>> commonest(grid("000/112"))
    1
    """
    color = int(_ends(grid)[0])
    if color < 0:
        raise UndefinedError("nothing but background")
    return color


@primitives(cost=0.5)
def rarest(grid: Grid) -> int:
    """The rarest colour that is not background.

    >>> rarest(grid("000/112"))
    2
    """
    color = int(_ends(grid)[1])
    if color < 0:
        raise UndefinedError("nothing but background")
    return color


@kernel(GRID_IN, INT_IN)
def _keep(grid: Grid, color: int) -> tuple[Grid, bool]:
    back = background_of(grid)
    out = np.empty_like(grid)
    seen = False
    height, width = grid.shape
    for y in range(height):
        for x in range(width):
            hit = grid[y, x] == color
            seen |= hit
            out[y, x] = color if hit else back
    return out, seen


@primitives()
def keep(grid: Grid, color: int) -> Grid:
    """Only the cells of one colour; all others become background.

    >>> show(keep(grid("012/210"), 2))
    002/200
    """
    out, seen = _keep(grid, color)
    if not seen:
        raise UndefinedError(f"no cell of colour {color}")
    return seal(out)


@kernel(GRID_IN, INT_IN, INT_IN)
def _replace(grid: Grid, old: int, new: int) -> Grid:
    out = np.empty_like(grid)
    height, width = grid.shape
    for y in range(height):
        for x in range(width):
            out[y, x] = new if grid[y, x] == old else grid[y, x]
    return out


@primitives()
def remove(grid: Grid, color: int) -> Grid:
    """The cells of one colour become background.

    >>> show(remove(grid("012/210"), 2))
    010/010
    """
    return seal(_replace(grid, color, background_of(grid)))


@primitives()
def set_background(grid: Grid, color: int) -> Grid:
    """The background gets a colour.

    >>> show(set_background(grid("012/210"), 5))
    512/215
    """
    return seal(_replace(grid, background_of(grid), color))


@kernel(GRID_IN, INT_IN)
def _paint(grid: Grid, color: int) -> Grid:
    back = background_of(grid)
    out = np.empty_like(grid)
    height, width = grid.shape
    for y in range(height):
        for x in range(width):
            out[y, x] = back if grid[y, x] == back else color
    return out


@primitives()
def paint(grid: Grid, color: int) -> Grid:
    """Everything that is not background gets one colour.

    >>> show(paint(grid("012/210"), 5))
    055/550
    """
    return seal(_paint(grid, color))


@kernel(GRID_IN)
def _by_rank(grid: Grid) -> npt.NDArray[Any]:
    """Background first, then the other colours of the grid from common to rare; -1 padded."""
    back = background_of(grid)
    counts = color_counts(grid)
    order = np.full(10, -1, np.int64)
    order[0] = back
    counts[back] = 0
    for rank in range(1, 10):
        best = counts.argmax()
        if counts[best] == 0:
            break
        order[rank] = best
        counts[best] = 0
    return order


@primitives()
def canonical(grid: Grid) -> Grid:
    """Colours renamed by rank: background 0, then 1, 2, ... from common to rare.

    >>> show(canonical(grid("333/557")))
    000/112
    """
    table = np.zeros(COLORS, np.uint8)
    for rank, color in enumerate(_by_rank(grid).tolist()):
        if color >= 0:
            table[color] = rank
    return seal(table[grid])


@primitives()
def uncanonical(grid: Grid, like: Grid) -> Grid:
    """Ranks back to colours: 0 becomes the background of another grid, 1 its commonest colour ...

    >>> show(uncanonical(grid("012"), grid("333/557")))
    357
    """
    order = _by_rank(like)
    if order[grid.max()] < 0:
        raise UndefinedError("the other grid has fewer colours")
    return seal(order.astype(np.uint8)[grid])


@primitives()
def swap(grid: Grid) -> Grid:
    """The two colours of a grid change places.

    >>> show(swap(grid("010")))
    101
    """
    first, second = ([*np.flatnonzero(color_counts(grid)).tolist(), -1, -1])[:2]
    if second < 0 or color_counts(grid)[[first, second]].sum() != grid.size:
        raise UndefinedError("not exactly two colours")
    return seal((first + second - grid).astype(np.uint8))


@primitives()
def color_count(grid: Grid) -> int:
    """How many colours there are besides the background.

    >>> color_count(grid("0112"))
    2
    """
    return int(np.count_nonzero(color_counts(grid))) - 1


@primitives()
def painted(grid: Grid) -> int:
    """How many cells are not background.

    >>> painted(grid("0112"))
    3
    """
    return int(grid.size - color_counts(grid)[background_of(grid)])
