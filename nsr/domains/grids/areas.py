"""Objects made from objects: boxes, gaps, shells, surroundings; and what is drawn from them."""

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
    check_sides,
    kernel,
    seal,
)
from nsr.domains.grids._labels import components
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.measures import basic_table, measure
from nsr.domains.grids.shapes import enclosed_cells
from nsr.domains.grids.values import MAX_OBJECTS, Grid, Objects
from nsr.errors import UndefinedError


@kernel(GRID_IN)
def _gaps(grid: Grid) -> tuple[npt.NDArray[Any], int]:
    enclosed = enclosed_cells(grid, False)
    height, width = grid.shape
    marked = np.zeros((height, width), np.uint8)
    found = False
    for y in range(height):
        for x in range(width):
            if enclosed[y, x]:
                marked[y, x] = 1
                found = True
    # The edge is never enclosed, so the marked grid has a 0 and 0 is its background.
    labels, count = components(marked, False, False, False)
    return labels, count if found else 0


@primitives(cost=0.5)
def gaps(grid: Grid) -> Objects:
    """Every connected piece of background that cannot reach the edge.

    >>> show(dye(gaps(grid("1110/1010/1110")), 4))
    1110/1410/1110
    """
    labels, count = _gaps(grid)
    if not 0 < count <= MAX_OBJECTS:
        raise UndefinedError(f"{count} gaps")
    return Objects(grid, seal(labels), count)


@kernel(GRID_IN, LABELS_IN, TABLE_IN, INT_IN)
def _areas(
    grid: Grid, labels: npt.NDArray[Any], basic: npt.NDArray[Any], mode: int
) -> tuple[npt.NDArray[Any], int]:
    """0 bounding boxes, 1 rims of the boxes, 2 what is inside the rims, 3 background around."""
    back = background_of(grid)
    height, width = grid.shape
    out = np.zeros((height, width), np.int16)
    count = basic.shape[1]
    for k in range(count):
        top, left, bottom, right = basic[1, k], basic[2, k], basic[3, k], basic[4, k]
        if mode == 3:
            for y in range(top, bottom + 1):
                for x in range(left, right + 1):
                    if labels[y, x] != k + 1:
                        continue
                    for v in range(max(y - 1, 0), min(y + 2, height)):
                        for u in range(max(x - 1, 0), min(x + 2, width)):
                            if grid[v, u] == back and labels[v, u] == 0:
                                out[v, u] = k + 1
            continue
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                at_rim = y in (top, bottom) or x in (left, right)
                if mode == 0 or at_rim == (mode == 1):
                    out[y, x] = k + 1
    # Objects that lost all their cells are dropped from the numbering.
    names = np.zeros(count + 1, np.int16)
    for y in range(height):
        for x in range(width):
            if out[y, x]:
                names[out[y, x]] = 1
    kept = 0
    for k in range(1, count + 1):
        if names[k]:
            kept += 1
            names[k] = kept
    for y in range(height):
        for x in range(width):
            out[y, x] = names[out[y, x]]
    return out, kept


def _derived(objects: Objects, mode: int) -> Objects:
    labels, count = _areas(objects.grid, objects.labels, basic_table(objects), mode)
    if count == 0:
        raise UndefinedError("nothing left of the objects")
    return Objects(objects.grid, seal(labels), count)


@primitives()
def boxes(objects: Objects) -> Objects:
    """The whole bounding box of every object.

    >>> show(dye(boxes(pieces(grid("100/110/000"))), 4))
    440/440/000
    """
    return _derived(objects, 0)


@primitives()
def box_insides(objects: Objects) -> Objects:
    """The bounding box of every object without its outermost ring.

    >>> show(dye(box_insides(pieces(grid("111/101/111"))), 4))
    111/141/111
    """
    return _derived(objects, 2)


@primitives()
def halos(objects: Objects) -> Objects:
    """The background cells that touch an object, corners included.

    >>> show(dye(halos(pieces(grid("0000/0100/0000"))), 4))
    4440/4140/4440
    """
    return _derived(objects, 3)


@kernel(GRID_IN, TABLE_IN)
def _fill_boxes(grid: Grid, basic: npt.NDArray[Any]) -> Grid:
    back = background_of(grid)
    out = grid.copy()
    for k in range(basic.shape[1]):
        for y in range(basic[1, k], basic[3, k] + 1):
            for x in range(basic[2, k], basic[4, k] + 1):
                if out[y, x] == back:
                    out[y, x] = basic[8, k]
    return out


@primitives()
def fill_boxes(objects: Objects) -> Grid:
    """Background in the bounding box of an object gets the object's commonest colour.

    >>> show(fill_boxes(by_color(grid("100/000/001"))))
    111/111/111
    """
    return seal(_fill_boxes(objects.grid, basic_table(objects)))


@primitives()
def color_column(objects: Objects, name: str) -> Grid:
    """The colours of the objects below each other, ordered by a property from large to small.

    >>> show(color_column(pieces(grid("10222")), "area"))
    2/1
    """
    check_sides(objects.count, 1)
    order = np.argsort(-measure(objects, name), kind="stable")
    return seal(basic_table(objects)[8][order].astype(np.uint8)[:, None])
