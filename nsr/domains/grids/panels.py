"""Several grids at once: splitting into panels, picking one, putting them together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types

from nsr.domains.grids._kernel import (
    GRID_IN,
    background_of,
    check_sides,
    color_counts,
    copy_of,
    kernel,
    seal,
)
from nsr.domains.grids._labels import components
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import COLORS, Grid, Grids, array_key
from nsr.errors import UndefinedError


def _split(grid: Grid, axis: int, parts: int) -> Grids:
    length = grid.shape[axis]
    if parts < 1 or length % parts:
        raise UndefinedError(f"{length} is no multiple of {parts}")
    step = length // parts
    if axis:
        return tuple(copy_of(grid[:, k * step : (k + 1) * step]) for k in range(parts))
    return tuple(copy_of(grid[k * step : (k + 1) * step]) for k in range(parts))


@primitives(cost=0.5)
def split_across(grid: Grid, parts: int) -> Grids:
    """Equal parts, left to right.

    >>> show(split_across(grid("12/34"), 2))
    1/3 2/4
    """
    return _split(grid, 1, parts)


@primitives(cost=0.5)
def split_down(grid: Grid, parts: int) -> Grids:
    """Equal parts, top to bottom.

    >>> show(split_down(grid("12/34"), 2))
    12 34
    """
    return _split(grid, 0, parts)


@primitives(cost=0.5)
def first(grids: Grids) -> Grid:
    """The first grid.

    >>> show(first(panels(grid("153/050"))))
    1/0
    """
    return grids[0]


@primitives(cost=0.5)
def last(grids: Grids) -> Grid:
    """The last grid.

    >>> show(last(panels(grid("153/050"))))
    3/0
    """
    return grids[-1]


@kernel(GRID_IN)
def _features(grid: Grid) -> tuple[Any, Any, Any, int]:
    """Painted cells, colours, pieces of one colour, and how many of four mirrors change nothing."""
    height, width = grid.shape
    counts = color_counts(grid)
    painted = grid.size - counts[0]
    colors = np.count_nonzero(counts)
    pieces = components(grid, False, False, True)[1]
    mirrors = 0
    for kind in range(4):
        if kind > 1 and height != width:
            continue
        same = True
        for y in range(height):
            for x in range(width):
                v, u = y, x
                if kind == 0:
                    u = width - 1 - x
                elif kind == 1:
                    v = height - 1 - y
                elif kind == 2:
                    v, u = x, y
                else:
                    v, u = width - 1 - x, height - 1 - y
                same = same and grid[y, x] == grid[v, u]
        mirrors += same
    return painted, colors, pieces, mirrors


FEATURES: dict[str, str] = {
    "size": "number of cells",
    "rows": "number of rows",
    "columns": "number of columns",
    "copies": "how many of the grids are equal to it, itself included",
    "painted": "cells that are not 0",
    "colors": "number of colours",
    "pieces": "connected pieces of one colour, 0 included",
    "mirrors": "how many of four mirrors (two axes, two diagonals) change nothing",
}
"""Name -> meaning of every number by which a grid can be picked from several."""


def grid_features(grids: Grids, name: str) -> list[int]:
    """One number per grid.

    Raises:
        UndefinedError: if there is no such feature.
    """
    if name == "size":
        return [grid.size for grid in grids]
    if name in ("rows", "columns"):
        return [grid.shape[name == "columns"] for grid in grids]
    if name == "copies":
        keys = list(map(array_key, grids))
        return [keys.count(key) for key in keys]
    if name not in FEATURES:
        raise UndefinedError(f"no feature {name!r}; known: {', '.join(FEATURES)}")
    index = ("painted", "colors", "pieces", "mirrors").index(name)
    return [_features(grid)[index] for grid in grids]


@primitives(cost=0.5)
def greatest(grids: Grids, name: str) -> Grid:
    """The grid with the greatest feature (the first of them).

    >>> show(greatest(split_across(grid("1011"), 2), "painted"))
    11
    """
    numbers = grid_features(grids, name)
    return grids[numbers.index(max(numbers))]


@primitives(cost=0.5)
def least(grids: Grids, name: str) -> Grid:
    """The grid with the least feature (the first of them).

    >>> show(least(split_across(grid("1011"), 2), "painted"))
    10
    """
    numbers = grid_features(grids, name)
    return grids[numbers.index(min(numbers))]


@primitives(cost=0.5)
def odd_one_out(grids: Grids, name: str) -> Grid:
    """The only grid with its number of a feature, while the others share theirs.

    >>> show(odd_one_out(split_across(grid("010"), 3), "copies"))
    1
    """
    numbers = grid_features(grids, name)
    single = [k for k, number in enumerate(numbers) if numbers.count(number) == 1]
    if len(single) != 1 or len(grids) < 3:
        raise UndefinedError("not exactly one grid is unlike all others")
    return grids[single[0]]


@primitives(cost=0.5)
def layers(grid: Grid) -> Grids:
    """One grid per colour that is not background, with only the cells of that colour.

    >>> show(layers(grid("0121")))
    0101 0020
    """
    back = background_of(grid)
    counts = color_counts(grid)
    found = []
    for color in range(COLORS):
        if color != back and counts[color]:
            found.append(seal(np.where(grid == color, grid, np.uint8(back))))
    if not found:
        raise UndefinedError("nothing but background")
    return tuple(found)


def _equal_shapes(grids: Grids) -> None:
    if any(grid.shape != grids[0].shape for grid in grids):
        raise UndefinedError("grids of different shape")


@primitives(cost=0.5)
def overlay_all(grids: Grids) -> Grid:
    """Grids of one shape, laid over each other; the first one is on top, 0 is transparent.

    >>> show(overlay_all(split_across(grid("1023"), 2)))
    13
    """
    _equal_shapes(grids)
    out = grids[-1]
    for grid in grids[-2::-1]:
        out = np.where(grid != 0, grid, out)
    return seal(np.array(out)) if out.flags.writeable else out


@primitives(cost=0.5)
def shared_by_all(grids: Grids) -> Grid:
    """Cells that are not 0 in every one of several grids of one shape; colours of the first.

    >>> show(shared_by_all(split_across(grid("1023"), 2)))
    10
    """
    _equal_shapes(grids)
    out = grids[0].copy()
    for grid in grids[1:]:
        out[grid == 0] = 0
    return seal(out)


@primitives(cost=0.5)
def line_up(grids: Grids) -> Grid:
    """Grids of one height, side by side.

    >>> show(line_up(split_down(grid("12/34"), 2)))
    1234
    """
    height = grids[0].shape[0]
    if any(grid.shape[0] != height for grid in grids):
        raise UndefinedError("grids of different height")
    check_sides(height, sum(grid.shape[1] for grid in grids))
    return seal(np.concatenate(grids, 1))


@primitives(cost=0.5)
def pile_up(grids: Grids) -> Grid:
    """Grids of one width, below each other.

    >>> show(pile_up(split_across(grid("12/34"), 2)))
    1/3/2/4
    """
    width = grids[0].shape[1]
    if any(grid.shape[1] != width for grid in grids):
        raise UndefinedError("grids of different width")
    check_sides(sum(grid.shape[0] for grid in grids), width)
    return seal(np.concatenate(grids, 0))


@kernel(types.Array(types.uint8, 3, "C"))
def _majority(stack: npt.NDArray[Any]) -> Grid:
    number, height, width = stack.shape
    out = np.empty((height, width), np.uint8)
    votes = np.empty(10, np.int64)
    for y in range(height):
        for x in range(width):
            votes[:] = 0
            for k in range(number):
                votes[stack[k, y, x]] += 1
            out[y, x] = votes.argmax()
    return out


@primitives(cost=0.5)
def majority(grids: Grids) -> Grid:
    """In each cell the colour that most of several grids of one shape have there.

    >>> show(majority(split_across(grid("112112"), 3)))
    11
    """
    _equal_shapes(grids)
    return seal(_majority(np.array(grids)))
