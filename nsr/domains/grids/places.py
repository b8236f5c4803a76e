"""Where a cell lies: in the grid, on its diagonals, in the bounding box of its object."""

from __future__ import annotations

import functools

import numpy as np

from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.fields import DIRECTIONS, NOTHING, as_field, boxes_of
from nsr.domains.grids.values import Field, Grid, Objects, freeze


@functools.lru_cache(maxsize=1024)
def _coordinates(height: int, width: int) -> tuple[Field, Field]:
    """Row number and column number of every cell."""
    rows = np.repeat(np.arange(height, dtype=np.int16)[:, None], width, 1)
    columns = np.repeat(np.arange(width, dtype=np.int16)[None], height, 0)
    return freeze(rows, np.int16), freeze(columns, np.int16)


@primitives(cost=0.5)
def from_edge(grid: Grid, direction: str) -> Field:
    """Steps from each cell to the edge of the grid in a direction.

    >>> from_edge(np.uint8([[0, 0, 0]]), "west").tolist()
    [[0, 1, 2]]
    """
    h, w = grid.shape
    rows, columns = _coordinates(h, w)
    steps = {"north": rows, "south": h - 1 - rows, "west": columns, "east": w - 1 - columns}
    dy, dx = DIRECTIONS[direction]
    if dy and dx:
        vertical = steps["north" if dy < 0 else "south"]
        return as_field(np.minimum(vertical, steps["west" if dx < 0 else "east"]))
    return as_field(steps[direction])


@primitives(cost=0.5)
def ring(grid: Grid) -> Field:
    """Steps from each cell to the nearest edge.

    >>> ring(np.uint8([[0, 0, 0], [0, 0, 0], [0, 0, 0]])).tolist()
    [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    """
    h, w = grid.shape
    rows, columns = _coordinates(h, w)
    vertical = np.minimum(rows, h - 1 - rows)
    horizontal = np.minimum(columns, w - 1 - columns)
    return as_field(np.minimum(vertical, horizontal))


@primitives(cost=0.5)
def diagonal(grid: Grid) -> Field:
    """Row number less column number: 0 on the main diagonal.

    >>> diagonal(np.uint8([[0, 0], [0, 0]])).tolist()
    [[0, -1], [1, 0]]
    """
    rows, columns = _coordinates(*grid.shape)
    return as_field(rows - columns)


@primitives(cost=0.5)
def antidiagonal(grid: Grid) -> Field:
    """Row number plus column number, counted from the top right corner's diagonal.

    >>> antidiagonal(np.uint8([[0, 0], [0, 0]])).tolist()
    [[-1, 0], [0, 1]]
    """
    rows, columns = _coordinates(*grid.shape)
    return as_field(rows + columns - (grid.shape[1] - 1))


@primitives(cost=0.5)
def box_edge(objects: Objects, direction: str) -> Field:
    """Steps from each cell to the side of its object's bounding box in a direction, -1 outside.

    >>> ring = Objects(np.uint8([[5, 5], [5, 0]]), np.int16([[1, 1], [1, 0]]), 1)
    >>> box_edge(ring, "west").tolist()
    [[0, 1], [0, 1]]
    """
    result = np.full(objects.grid.shape, NOTHING, np.int16)
    dy, dx = DIRECTIONS[direction]
    for top, left, bottom, right, _ in boxes_of(objects):
        rows, columns = _coordinates(bottom - top + 1, right - left + 1)
        vertical = rows if dy < 0 else bottom - top - rows
        horizontal = columns if dx < 0 else right - left - columns
        steps = vertical if not dx else horizontal if not dy else np.minimum(vertical, horizontal)
        result[top : bottom + 1, left : right + 1] = steps
    return as_field(result)


@primitives(cost=0.5)
def box_ring(objects: Objects) -> Field:
    """Steps from each cell to the nearest side of its object's bounding box, -1 outside of all.

    >>> ring = Objects(np.uint8([[5, 5], [5, 0]]), np.int16([[1, 1], [1, 0]]), 1)
    >>> box_ring(ring).tolist()
    [[0, 0], [0, 0]]
    """
    result = np.full(objects.grid.shape, NOTHING, np.int16)
    for top, left, bottom, right, _ in boxes_of(objects):
        rows, columns = _coordinates(bottom - top + 1, right - left + 1)
        vertical = np.minimum(rows, bottom - top - rows)
        horizontal = np.minimum(columns, right - left - columns)
        result[top : bottom + 1, left : right + 1] = np.minimum(vertical, horizontal)
    return as_field(result)
