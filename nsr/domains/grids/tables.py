"""A grid as a table: lines that separate panels, and what is done to all panels at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import (
    FLAG_IN,
    GRID_IN,
    INT_IN,
    background_of,
    color_counts,
    copy_of,
    kernel,
    seal,
)
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid, Grids, Objects
from nsr.errors import UndefinedError


@kernel(GRID_IN, INT_IN)
def separator_lines(grid: Grid, color: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Which rows and which columns are all of one colour (-1: of any one)."""
    height, width = grid.shape
    rows = np.ones(height, np.bool_)
    columns = np.ones(width, np.bool_)
    for y in range(height):
        for x in range(width):
            rows[y] = rows[y] and grid[y, x] == (grid[y, 0] if color < 0 else color)
            columns[x] = columns[x] and grid[y, x] == (grid[0, x] if color < 0 else color)
    return rows, columns


@kernel(GRID_IN, FLAG_IN)
def separator_color(grid: Grid, blank: bool) -> int:
    """The colour of the lines between panels; -1 if there are none.

    The colour, not background, with most full lines; without such lines, and with `blank`, the
    background, if some of its full lines have content on both sides. A grid all of one colour has
    none.
    """
    back: int = background_of(grid)
    best, most = -1, 0
    counts = color_counts(grid)
    for color in range(10):
        if color == back or counts[color] == 0 or counts[color] == grid.size:
            continue
        rows, columns = separator_lines(grid, color)
        number = rows.sum() + columns.sum()
        if number > most:
            best, most = color, number
    if best >= 0 or not blank:
        return best
    rows, columns = separator_lines(grid, back)
    for lines in (rows, columns):
        seen = gap = False
        for line in lines:
            if not line and gap:
                return back
            gap = seen and line
            seen = seen or not line
    return -1


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


@primitives(cost=0.5)
def panels(grid: Grid) -> Grids:
    """The panels between full rows and columns of one colour, in reading order.

    >>> show(panels(grid("105/005/555/015")))
    10/00 01
    """
    color = separator_color(grid, True)
    if color < 0:
        raise UndefinedError("no separator lines")
    rows, columns = separator_lines(grid, color)
    parts = _cut(grid, spans(rows), spans(columns))
    if len(parts) < 2:
        raise UndefinedError("fewer than two panels")
    return parts


@kernel(GRID_IN)
def _panel_labels(grid: Grid) -> tuple[npt.NDArray[Any], int, int]:
    """Number of the panel of every cell (0 on a line), and how many panels go down and across."""
    color = separator_color(grid, True)
    height, width = grid.shape
    labels = np.zeros((height, width), np.int16)
    if color < 0:
        return labels, 0, 0
    rows, columns = separator_lines(grid, color)
    down = across = 0
    for y in range(height):
        down += not rows[y] and (y == 0 or rows[y - 1])
    for x in range(width):
        across += not columns[x] and (x == 0 or columns[x - 1])
    i = 0
    for y in range(height):
        i += not rows[y] and (y == 0 or rows[y - 1])
        j = 0
        for x in range(width):
            j += not columns[x] and (x == 0 or columns[x - 1])
            if not rows[y] and not columns[x]:
                labels[y, x] = (i - 1) * across + j
    return labels, down, across


@primitives(cost=0.5)
def panel_cells(grid: Grid) -> Objects:
    """Every panel as an object: all cells between the lines, background too.

    >>> show(shade(panel_cells(grid("105/005/555/015")), "area"))
    440/440/000/220
    """
    labels, down, across = _panel_labels(grid)
    if down * across < 2:
        raise UndefinedError("fewer than two panels")
    return Objects(grid, seal(labels), down * across)


@kernel(GRID_IN)
def _in_every_panel(grid: Grid) -> tuple[Grid, bool]:
    labels, down, across = _panel_labels(grid)
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    tops = np.zeros(down * across + 1, np.int64)
    lefts = np.zeros(down * across + 1, np.int64)
    for y in range(height - 1, -1, -1):
        for x in range(width - 1, -1, -1):
            tops[labels[y, x]] = y
            lefts[labels[y, x]] = x
    for y in range(height):
        for x in range(width):
            k = labels[y, x]
            if k == 0 or grid[y, x] == back:
                continue
            for other in range(1, down * across + 1):
                v, u = tops[other] + y - tops[k], lefts[other] + x - lefts[k]
                if v >= height or u >= width or labels[v, u] != other:
                    return out, False
                if out[v, u] == back:
                    out[v, u] = grid[y, x]
    return out, down * across > 1


@primitives()
def in_every_panel(grid: Grid) -> Grid:
    """What any panel shows is laid into every panel, where that one is still empty.

    >>> show(in_every_panel(grid("00500/10502/00500")))
    00500/12512/00500
    """
    out, fits = _in_every_panel(grid)
    if not fits:
        raise UndefinedError("no panels of one size")
    return seal(out)
