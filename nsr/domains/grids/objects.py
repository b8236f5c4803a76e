"""Objects: cut from a grid, chosen by a property, cut out or drawn back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import (
    FLAG_IN,
    GRID_IN,
    INT_IN,
    LABELS_IN,
    TABLE_IN,
    VECTOR_IN,
    background_of,
    copy_of,
    kernel,
    seal,
)
from nsr.domains.grids._labels import color_classes, components
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.measures import basic_table, measure
from nsr.domains.grids.values import MAX_OBJECTS, Grid, Grids, Objects
from nsr.errors import UndefinedError


def _objects(grid: Grid, cut: tuple[npt.NDArray[Any], int]) -> Objects:
    labels, count = cut
    if not 0 < count <= MAX_OBJECTS:
        raise UndefinedError(f"{count} objects")
    return Objects(grid, seal(labels), count)


@primitives(cost=0.5)
def pieces(grid: Grid) -> Objects:
    """Connected pieces of one colour, joined through sides.

    >>> show(pieces(grid("110/002")))
    2 objects
    """
    return _objects(grid, components(grid, False, False, False))


@primitives(cost=0.5)
def pieces8(grid: Grid) -> Objects:
    """Connected pieces of one colour, joined through sides and corners.

    >>> show(pieces8(grid("110/001")))
    1 objects
    """
    return _objects(grid, components(grid, True, False, False))


@primitives(cost=0.5)
def clusters(grid: Grid) -> Objects:
    """Connected pieces of any colours but the background, joined through sides.

    >>> show(clusters(grid("120/003")))
    2 objects
    """
    return _objects(grid, components(grid, False, True, False))


@primitives(cost=0.5)
def clusters8(grid: Grid) -> Objects:
    """Connected pieces of any colours but the background, joined through sides and corners.

    >>> show(clusters8(grid("120/003")))
    1 objects
    """
    return _objects(grid, components(grid, True, True, False))


@primitives(cost=0.5)
def regions(grid: Grid) -> Objects:
    """Connected pieces of one colour, background too, joined through sides.

    >>> show(regions(grid("110/002")))
    4 objects
    """
    return _objects(grid, components(grid, False, False, True))


@primitives(cost=0.5)
def by_color(grid: Grid) -> Objects:
    """All cells of a colour are one object; background left out.

    >>> show(by_color(grid("101/202")))
    2 objects
    """
    return _objects(grid, color_classes(grid))


@kernel(LABELS_IN, VECTOR_IN, INT_IN, INT_IN)
def _choose(
    labels: npt.NDArray[Any], values: npt.NDArray[Any], mode: int, number: int
) -> tuple[npt.NDArray[Any], int]:
    """Labels of the objects chosen: 0 largest, 1 smallest, 2 unlike all others, 3 equal, 4 not."""
    count = values.size
    names = np.zeros(count + 1, np.int16)
    if mode == 0:
        number = values.max()
    elif mode == 1:
        number = values.min()
    kept = 0
    for k in range(count):
        if mode == 2:
            keep = True
            for j in range(count):
                if j != k and values[j] == values[k]:
                    keep = False
                    break
        elif mode == 4:
            keep = values[k] != number
        else:
            keep = values[k] == number
        if keep:
            kept += 1
            names[k + 1] = kept
    height, width = labels.shape
    out = np.empty((height, width), np.int16)
    for y in range(height):
        for x in range(width):
            out[y, x] = names[labels[y, x]]
    return out, kept


def _chosen(objects: Objects, name: str, mode: int, number: int = 0) -> Objects:
    labels, count = _choose(objects.labels, measure(objects, name), mode, number)
    if count == 0:
        raise UndefinedError("no such object")
    return objects if count == objects.count else Objects(objects.grid, seal(labels), count)


@primitives(cost=0.5)
def largest(objects: Objects, name: str) -> Objects:
    """The objects with the greatest value of a property (all of them, if several).

    >>> show(render(largest(pieces(grid("110/002")), "area")))
    110/000
    """
    return _chosen(objects, name, 0)


@primitives(cost=0.5)
def smallest(objects: Objects, name: str) -> Objects:
    """The objects with the least value of a property (all of them, if several).

    >>> show(render(smallest(pieces(grid("110/002")), "area")))
    000/002
    """
    return _chosen(objects, name, 1)


@primitives(cost=0.5)
def unique(objects: Objects, name: str) -> Objects:
    """The odd one out: the only object with its value of a property.

    >>> show(render(unique(pieces(grid("11022/00000/33004")), "area")))
    00000/00000/00004
    """
    chosen = _chosen(objects, name, 2)
    if chosen.count > 1 or objects.count < 3:
        raise UndefinedError("no object that is the only odd one")
    return chosen


@primitives(cost=0.5)
def having(objects: Objects, name: str, number: int) -> Objects:
    """The objects whose property is exactly this number.

    >>> show(render(having(pieces(grid("11022/00000/33004")), "area", 2)))
    11022/00000/33000
    """
    return _chosen(objects, name, 3, number)


@primitives(cost=0.5)
def lacking(objects: Objects, name: str, number: int) -> Objects:
    """The objects whose property is any other number.

    >>> show(render(lacking(pieces(grid("11022/00000/33004")), "area", 2)))
    00000/00000/00004
    """
    return _chosen(objects, name, 4, number)


def _box(objects: Objects, index: int = 0) -> tuple[slice, slice]:
    table = basic_table(objects)
    return (
        slice(int(table[1, index]), int(table[3, index]) + 1),
        slice(int(table[2, index]), int(table[4, index]) + 1),
    )


@primitives(cost=0.5)
def view(objects: Objects) -> Grid:
    """The bounding box of the first object, with all that is in it.

    >>> show(view(pieces(grid("1110/1210/1110"))))
    111/121/111
    """
    return copy_of(objects.grid[_box(objects)])


@kernel(GRID_IN, LABELS_IN, INT_IN, INT_IN, INT_IN, INT_IN, INT_IN)
def cut_kernel(
    grid: Grid, labels: npt.NDArray[Any], label: int, top: int, left: int, height: int, width: int
) -> Grid:
    """A window in which only the cells of one label keep their colour."""
    back = background_of(grid)
    out = np.empty((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            mine = labels[top + y, left + x] == label
            out[y, x] = grid[top + y, left + x] if mine else back
    return out


def cut_out(objects: Objects, index: int) -> Grid:
    """The bounding box of one object; cells that are not its own are background."""
    table = basic_table(objects)
    top, left, height, width = (int(table[row, index]) for row in (1, 2, 5, 6))
    return seal(cut_kernel(objects.grid, objects.labels, index + 1, top, left, height, width))


@primitives(cost=0.5)
def cut(objects: Objects) -> Grid:
    """The bounding box of the first object, with its own cells only.

    >>> show(cut(pieces(grid("1110/1210/1110"))))
    111/101/111
    """
    return cut_out(objects, 0)


@kernel(GRID_IN, LABELS_IN, INT_IN)
def _draw(grid: Grid, labels: npt.NDArray[Any], mode: int) -> Grid:
    """-2: objects only; -1: all but the objects; else: objects in this colour."""
    back = background_of(grid)
    height, width = grid.shape
    out = np.empty((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            inside = labels[y, x] > 0
            if mode == -2:
                out[y, x] = grid[y, x] if inside else back
            elif mode == -1:
                out[y, x] = back if inside else grid[y, x]
            else:
                out[y, x] = mode if inside else grid[y, x]
    return out


@primitives(cost=0.5)
def render(objects: Objects) -> Grid:
    """The grid with only these objects on the background.

    >>> show(render(largest(pieces(grid("110/002")), "area")))
    110/000
    """
    return seal(_draw(objects.grid, objects.labels, -2))


@primitives(cost=0.5)
def erase(objects: Objects) -> Grid:
    """The grid without these objects.

    >>> show(erase(largest(pieces(grid("110/002")), "area")))
    000/002
    """
    return seal(_draw(objects.grid, objects.labels, -1))


@primitives(cost=0.5)
def dye(objects: Objects, color: int) -> Grid:
    """The grid with these objects in one colour.

    >>> show(dye(largest(pieces(grid("110/002")), "area"), 5))
    550/002
    """
    return seal(_draw(objects.grid, objects.labels, color))


@primitives(cost=0.5)
def count(objects: Objects) -> int:
    """How many objects there are.

    >>> count(pieces(grid("110/002")))
    2
    """
    return objects.count


@primitives(cost=0.5)
def color_of(objects: Objects) -> int:
    """The commonest colour of the first object.

    >>> color_of(pieces(grid("110/002")))
    1
    """
    return int(basic_table(objects)[8, 0])


@kernel(GRID_IN, LABELS_IN, TABLE_IN, FLAG_IN)
def _cut_all(
    grid: Grid, labels: npt.NDArray[Any], basic: npt.NDArray[Any], whole: bool
) -> npt.NDArray[Any]:
    """The bounding boxes of all objects, one after the other in one flat array."""
    back = background_of(grid)
    out = np.empty(basic[7].sum(), np.uint8)
    n = 0
    for k in range(basic.shape[1]):
        for y in range(basic[1, k], basic[3, k] + 1):
            for x in range(basic[2, k], basic[4, k] + 1):
                out[n] = grid[y, x] if whole or labels[y, x] == k + 1 else back
                n += 1
    return out


def _pictures(objects: Objects, whole: bool) -> list[Grid]:
    table = basic_table(objects)
    flat = seal(_cut_all(objects.grid, objects.labels, table, whole))
    pictures = []
    start = 0
    for height, width in zip(table[5].tolist(), table[6].tolist(), strict=True):
        end = start + height * width
        pictures.append(flat[start:end].reshape(height, width))
        start = end
    return pictures


@primitives(cost=0.5)
def crops(objects: Objects) -> Grids:
    """Every object cut out, with its own cells only, in reading order.

    >>> show(crops(pieces(grid("110/002"))))
    11 2
    """
    return tuple(_pictures(objects, False))


@primitives(cost=0.5)
def views(objects: Objects) -> Grids:
    """The bounding box of every object with all that is in it, in reading order.

    >>> show(views(pieces(grid("1110/1210/1110"))))
    111/121/111 2
    """
    return tuple(_pictures(objects, True))


@primitives(cost=0.5)
def in_order(objects: Objects, name: str) -> Grids:
    """Every object cut out, ordered by a property from small to large.

    >>> show(in_order(pieces(grid("110/002")), "area"))
    2 11
    """
    numbers = measure(objects, name).tolist()
    pictures = _pictures(objects, False)
    return tuple(pictures[k] for k in sorted(range(objects.count), key=numbers.__getitem__))
