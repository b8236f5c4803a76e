"""Several grids at once: splitting into panels, picking one, putting them together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import (
    GRID_IN,
    INT_IN,
    background_of,
    check_sides,
    color_counts,
    copy_of,
    kernel,
    seal,
)
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid, Grids, array_key
from nsr.errors import UndefinedError


@kernel(GRID_IN, INT_IN)
def _lines(grid: Grid, color: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Which rows and which columns are all of one colour (-1: of any one)."""
    height, width = grid.shape
    rows = np.ones(height, np.bool_)
    columns = np.ones(width, np.bool_)
    for y in range(height):
        for x in range(width):
            rows[y] = rows[y] and grid[y, x] == (grid[y, 0] if color < 0 else color)
            columns[x] = columns[x] and grid[y, x] == (grid[0, x] if color < 0 else color)
    return rows, columns


@kernel(GRID_IN)
def separator_color(grid: Grid) -> int:
    """The colour, not background, with most full lines, at least one; -1 without one.

    A grid all of one colour has none.
    """
    back = background_of(grid)
    best, most = -1, 0
    counts = color_counts(grid)
    for color in range(10):
        if color == back or counts[color] == 0 or counts[color] == grid.size:
            continue
        rows, columns = _lines(grid, color)
        number = rows.sum() + columns.sum()
        if number > most:
            best, most = color, number
    return best


def spans(lines: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches (first, end) between the true entries of a vector.

    >>> spans(np.array([False, True, False, False]))
    [(0, 1), (2, 4)]
    """
    found = []
    start = 0
    for position, line in enumerate([*lines.tolist(), True]):
        if line:
            if position > start:
                found.append((start, position))
            start = position + 1
    return found


def _cut(grid: Grid, rows: list[tuple[int, int]], columns: list[tuple[int, int]]) -> Grids:
    return tuple(copy_of(grid[a:b, c:d]) for a, b in rows for c, d in columns)


@primitives()
def panels(grid: Grid) -> Grids:
    """The panels between full rows and columns of one colour, in reading order.

    >>> show(panels(grid("105/005/555/015")))
    10/00 01
    """
    color = separator_color(grid)
    if color < 0:
        raise UndefinedError("no separator lines")
    rows, columns = _lines(grid, color)
    parts = _cut(grid, spans(rows), spans(columns))
    if len(parts) < 2:
        raise UndefinedError("fewer than two panels")
    return parts


def _split(grid: Grid, axis: int, parts: int) -> Grids:
    length = grid.shape[axis]
    if length % parts:
        raise UndefinedError(f"{length} is no multiple of {parts}")
    step = length // parts
    if axis:
        return tuple(copy_of(grid[:, k * step : (k + 1) * step]) for k in range(parts))
    return tuple(copy_of(grid[k * step : (k + 1) * step]) for k in range(parts))


@primitives()
def split_across(grid: Grid, parts: int) -> Grids:
    """Equal parts, left to right.

    >>> show(split_across(grid("12/34"), 2))
    1/3 2/4
    """
    return _split(grid, 1, parts)


@primitives()
def split_down(grid: Grid, parts: int) -> Grids:
    """Equal parts, top to bottom.

    >>> show(split_down(grid("12/34"), 2))
    12 34
    """
    return _split(grid, 0, parts)


@primitives()
def first(grids: Grids) -> Grid:
    """The first grid.

    >>> show(first(panels(grid("153/050"))))
    1/0
    """
    return grids[0]


@primitives()
def last(grids: Grids) -> Grid:
    """The last grid.

    >>> show(last(panels(grid("153/050"))))
    3/0
    """
    return grids[-1]


@primitives()
def most_painted(grids: Grids) -> Grid:
    """The grid with most cells that are not 0.

    >>> show(most_painted(split_across(grid("1011"), 2)))
    11
    """
    return max(grids, key=np.count_nonzero)


@primitives()
def least_painted(grids: Grids) -> Grid:
    """The grid with fewest cells that are not 0.

    >>> show(least_painted(split_across(grid("1011"), 2)))
    10
    """
    return min(grids, key=np.count_nonzero)


def _frequencies(grids: Grids) -> list[int]:
    keys = list(map(array_key, grids))
    return [keys.count(key) for key in keys]


@primitives()
def most_frequent(grids: Grids) -> Grid:
    """The grid that occurs most often.

    >>> show(most_frequent(split_across(grid("010"), 3)))
    0
    """
    numbers = _frequencies(grids)
    return grids[numbers.index(max(numbers))]


@primitives()
def odd_one_out(grids: Grids) -> Grid:
    """The only grid that occurs once, while the others repeat.

    >>> show(odd_one_out(split_across(grid("010"), 3)))
    1
    """
    numbers = _frequencies(grids)
    if numbers.count(1) != 1 or len(grids) < 3:
        raise UndefinedError("not exactly one grid occurs once")
    return grids[numbers.index(1)]


def _equal_shapes(grids: Grids) -> None:
    if any(grid.shape != grids[0].shape for grid in grids):
        raise UndefinedError("grids of different shape")


@primitives()
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


@primitives()
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


@primitives()
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


@primitives()
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
