"""What can be said about one cell: numbers per cell (`field`), choices between grids (`where`).

These are the tests and leaves of cell rules: `where(le(reach(x0, west), 2), x0, blank(x0, 3))`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nsr.domain import CellLanguage, LiteralType
from nsr.domains.grids._kernel import FLAG_IN, GRID_IN, INT_IN, kernel, seal
from nsr.domains.grids._kernel import background_of as background
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.measures import measure
from nsr.domains.grids.values import Field, Grid, Mask, Objects
from nsr.errors import UndefinedError

DIRECTIONS: Final = {
    "north": (-1, 0),
    "south": (1, 0),
    "west": (0, -1),
    "east": (0, 1),
    "northwest": (-1, -1),
    "northeast": (-1, 1),
    "southwest": (1, -1),
    "southeast": (1, 1),
}
DIRECTION: Final = LiteralType(
    name="DIRECTION",
    parse=str,
    candidates=tuple(DIRECTIONS),
    cost=lambda _: 0.5,
)
CELLS: Final = CellLanguage(
    grid="grid",
    field="field",
    choose="where",
    equals="is",
    at_most="most",
    color_field="cells",
    number="INT",
    caps={"grid": 2.0, "field": 2.5, "objects": 1.5, "color": 0.0, "int": 0.0, "grids": 0.0},
)
NOTHING: Final = -1
"""The number of a cell that a field says nothing about."""


def as_field(array: npt.NDArray[Any]) -> Field:
    """A fresh array as a field."""
    return seal(np.ascontiguousarray(array).astype(np.int16))


# -- choosing ---------------------------------------------------------------------------------
@primitives(cost=1.0)
def where(mask: Mask, then: Grid, otherwise: Grid) -> Grid:
    """The first grid in the cells of the mask, the second one elsewhere.

    >>> where(np.array([[True, False]]), np.uint8([[1, 1]]), np.uint8([[2, 2]])).tolist()
    [[1, 2]]
    """
    if not mask.shape == then.shape == otherwise.shape:
        raise UndefinedError("where: shapes differ")
    return seal(np.where(mask, then, otherwise))


@primitives(cost=0.5)
def is_(field: Field, number: int) -> Mask:
    """Cells with exactly this number.

    >>> is_(np.int16([[1, 2]]), 2).tolist()
    [[False, True]]
    """
    return seal(field == number)


@primitives(cost=0.5)
def most(field: Field, number: int) -> Mask:
    """Cells with at most this number.

    >>> most(np.int16([[1, 2, 3]]), 2).tolist()
    [[True, True, False]]
    """
    return seal(field <= number)


@primitives(cost=0.5)
def blank(grid: Grid, color: int) -> Grid:
    """A grid of the same size in one colour.

    >>> blank(np.uint8([[1, 2]]), 3).tolist()
    [[3, 3]]
    """
    return seal(np.full(grid.shape, color, np.uint8))


# -- colours around a cell ----------------------------------------------------------------------
@primitives(cost=0.5)
def cells(grid: Grid) -> Field:
    """The colour of each cell.

    >>> cells(np.uint8([[1, 2]])).tolist()
    [[1, 2]]
    """
    return as_field(grid)


@primitives(cost=0.5)
def next_(grid: Grid, direction: str) -> Grid:
    """In each cell the colour of its neighbour in a direction, background beyond the edge.

    >>> next_(np.uint8([[1, 2, 0]]), "east").tolist()
    [[2, 0, 0]]
    """
    dy, dx = DIRECTIONS[direction]
    h, w = grid.shape
    padded = np.full((h + 2, w + 2), background(grid), np.uint8)
    padded[1:-1, 1:-1] = grid
    return seal(padded[1 + dy : 1 + dy + h, 1 + dx : 1 + dx + w].copy())


@kernel(GRID_IN, INT_IN, INT_IN, INT_IN)
def _cast(grid, back, dy, dx):  # type: ignore[no-untyped-def]
    """Colour of, and steps to, the nearest cell that is not background, per cell."""
    h, w = grid.shape
    seen = np.full((h, w), back, np.uint8)
    steps = np.zeros((h, w), np.int16)
    for i in range(h):
        y = i if dy <= 0 else h - 1 - i
        for j in range(w):
            x = j if dx <= 0 else w - 1 - j
            v, u = y + dy, x + dx
            if 0 <= v < h and 0 <= u < w:
                if grid[v, u] != back:
                    seen[y, x] = grid[v, u]
                    steps[y, x] = 1
                elif steps[v, u] > 0:
                    seen[y, x] = seen[v, u]
                    steps[y, x] = steps[v, u] + 1
    return seen, steps


def _rays(grid: Grid, direction: str) -> tuple[Grid, Field]:
    back = background(grid)
    dy, dx = DIRECTIONS[direction]
    seen, steps = _cast(grid, back, dy, dx)
    return seal(seen), seal(steps)


@primitives(cost=0.5)
def look(grid: Grid, direction: str) -> Grid:
    """In each cell the first colour seen from it in a direction; background where none is.

    >>> look(np.uint8([[0, 0, 3]]), "east").tolist()
    [[3, 3, 0]]
    """
    return _rays(grid, direction)[0]


@primitives(cost=0.5)
def reach(grid: Grid, direction: str) -> Field:
    """Steps from each cell to the first coloured cell in a direction; 0 where none is.

    >>> reach(np.uint8([[0, 0, 3]]), "east").tolist()
    [[2, 1, 0]]
    """
    return _rays(grid, direction)[1]


@primitives(cost=0.5)
def sides(grid: Grid) -> Field:
    """In how many of the four directions a coloured cell is seen.

    >>> sides(np.uint8([[0, 3, 0, 0, 3]])).tolist()
    [[1, 1, 2, 2, 1]]
    """
    return seal(_sides(grid, background(grid)))


@kernel(GRID_IN, INT_IN)
def _sides(grid, back):  # type: ignore[no-untyped-def]
    h, w = grid.shape
    result = np.zeros((h, w), np.int16)
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        result += _cast(grid, back, dy, dx)[1] > 0
    return result


@kernel(GRID_IN, INT_IN, INT_IN, FLAG_IN)
def _around(grid, color, but, corners):  # type: ignore[no-untyped-def]
    """How many neighbours of each cell have a colour.

    `color` -1 stands for the cell's own colour; -2 for every colour except `but`.
    """
    h, w = grid.shape
    result = np.zeros((h, w), np.int16)
    for y in range(h):
        for x in range(w):
            wanted = grid[y, x] if color == -1 else color
            total = 0
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    if (dy == 0 and dx == 0) or (dy != 0 and dx != 0 and not corners):
                        continue
                    v, u = y + dy, x + dx
                    if 0 <= v < h and 0 <= u < w:
                        if color == -2:
                            total += grid[v, u] != but
                        else:
                            total += grid[v, u] == wanted
            result[y, x] = total
    return result


@primitives(cost=0.5)
def near4(grid: Grid) -> Field:
    """How many of the four neighbours are coloured.

    >>> near4(np.uint8([[0, 1], [1, 0]])).tolist()
    [[2, 0], [0, 2]]
    """
    return seal(_around(grid, -2, background(grid), False))


@primitives(cost=0.5)
def near8(grid: Grid) -> Field:
    """How many of the eight neighbours are coloured.

    >>> near8(np.uint8([[0, 1], [1, 0]])).tolist()
    [[2, 1], [1, 2]]
    """
    return seal(_around(grid, -2, background(grid), True))


@primitives(cost=0.5)
def near(grid: Grid, color: int) -> Field:
    """How many of the eight neighbours have a colour.

    >>> near(np.uint8([[0, 1], [2, 0]]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    return seal(_around(grid, color, 0, True))


@primitives(cost=0.5)
def same4(grid: Grid) -> Field:
    """How many of the four neighbours have the cell's own colour.

    >>> same4(np.uint8([[1, 1], [0, 1]])).tolist()
    [[1, 2], [0, 1]]
    """
    return seal(_around(grid, -1, 0, False))


@primitives(cost=0.5)
def same8(grid: Grid) -> Field:
    """How many of the eight neighbours have the cell's own colour.

    >>> same8(np.uint8([[1, 0], [0, 1]])).tolist()
    [[1, 1], [1, 1]]
    """
    return seal(_around(grid, -1, 0, True))


# -- rows, columns, the whole grid --------------------------------------------------------------
@primitives(cost=0.5)
def row_count(grid: Grid) -> Field:
    """How many cells of the cell's row are coloured.

    >>> row_count(np.uint8([[0, 1], [0, 0]])).tolist()
    [[1, 1], [0, 0]]
    """
    counts = (grid != background(grid)).sum(1, keepdims=True)
    return as_field(np.broadcast_to(counts, grid.shape))


@primitives(cost=0.5)
def column_count(grid: Grid) -> Field:
    """How many cells of the cell's column are coloured.

    >>> column_count(np.uint8([[0, 1], [0, 0]])).tolist()
    [[0, 1], [0, 1]]
    """
    counts = (grid != background(grid)).sum(0, keepdims=True)
    return as_field(np.broadcast_to(counts, grid.shape))


@kernel(GRID_IN, FLAG_IN)
def _same_in_line(grid, in_row):  # type: ignore[no-untyped-def]
    h, w = grid.shape
    result = np.zeros((h, w), np.int16)
    for y in range(h):
        for x in range(w):
            total = 0
            for k in range(w if in_row else h):
                total += grid[y, x] == (grid[y, k] if in_row else grid[k, x])
            result[y, x] = total
    return result


@primitives(cost=0.5)
def row_same(grid: Grid) -> Field:
    """How many cells of the cell's row have its colour.

    >>> row_same(np.uint8([[0, 1, 1]])).tolist()
    [[1, 2, 2]]
    """
    return seal(_same_in_line(grid, True))


@primitives(cost=0.5)
def column_same(grid: Grid) -> Field:
    """How many cells of the cell's column have its colour.

    >>> column_same(np.uint8([[0, 1, 1]])).tolist()
    [[1, 1, 1]]
    """
    return seal(_same_in_line(grid, False))


@primitives(cost=0.5)
def common(grid: Grid) -> Field:
    """How common the cell's colour is in the grid: 0 for the commonest colour, then 1, ...

    >>> common(np.uint8([[4, 4, 7]])).tolist()
    [[0, 0, 1]]
    """
    counts = np.bincount(grid.ravel(), minlength=10)
    rank = np.empty(10, np.int16)
    rank[np.argsort(-counts, kind="stable")] = np.arange(10)
    return as_field(rank[grid])


# -- objects ------------------------------------------------------------------------------------
@primitives(cost=0.5)
def spread(objects: Objects, name: str) -> Field:
    """In each cell a property of its object; -1 in cells of no object.

    >>> one = Objects(np.uint8([[0, 5]]), np.int16([[0, 1]]), 1)
    >>> spread(one, "area").tolist()
    [[-1, 1]]
    """
    table = np.empty(objects.count + 1, np.int16)
    table[0] = NOTHING
    table[1:] = measure(objects, name)
    return seal(table[objects.labels])


def boxes_of(objects: Objects) -> list[tuple[int, int, int, int, int]]:
    """Top, left, bottom, right and index of each bounding box, the largest box first."""
    sides = [measure(objects, name) for name in ("top", "left", "bottom", "right")]
    top, left, bottom, right = sides
    area = (bottom - top + 1) * (right - left + 1)
    order = np.argsort(-area, kind="stable")
    return [(int(top[i]), int(left[i]), int(bottom[i]), int(right[i]), int(i)) for i in order]


@primitives(cost=0.5)
def boxed(objects: Objects, name: str) -> Field:
    """In each cell a property of the object in whose bounding box it lies; -1 outside of all.

    >>> ring = Objects(np.uint8([[5, 5], [5, 0]]), np.int16([[1, 1], [1, 0]]), 1)
    >>> boxed(ring, "area").tolist()
    [[3, 3], [3, 3]]
    """
    result = np.full(objects.grid.shape, NOTHING, np.int16)
    values = measure(objects, name)
    for top, left, bottom, right, i in boxes_of(objects):
        result[top : bottom + 1, left : right + 1] = values[i]
    return as_field(result)


@primitives(cost=1.0)
def cycle(field: Field, period: int) -> Field:
    """The numbers modulo a period; what a field says nothing about stays so.

    >>> cycle(np.int16([[0, 1, 2, 3]]), 2).tolist()
    [[0, 1, 0, 1]]
    """
    if period < 2:
        raise UndefinedError("a period is at least 2")
    return as_field(np.where(field == NOTHING, NOTHING, field % period))


@primitives(cost=1.0)
def shade(objects: Objects, name: str) -> Grid:
    """Each object painted in the colour whose number is its property; background elsewhere.

    >>> shade(Objects(np.uint8([[0, 5]]), np.int16([[0, 1]]), 1), "area").tolist()
    [[0, 1]]
    """
    values = measure(objects, name)
    if values.min() < 0 or values.max() > 9:
        raise UndefinedError(f"{name} is no colour")
    table = np.empty(objects.count + 1, np.uint8)
    table[0] = background(objects.grid)
    table[1:] = values
    return seal(table[objects.labels])
