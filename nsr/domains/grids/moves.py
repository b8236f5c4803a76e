"""Things that move: cells that fall, objects that slide, are shifted, mirrored or pasted."""

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
    kernel,
    seal,
)
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.fields import DIRECTIONS
from nsr.domains.grids.measures import basic_table
from nsr.domains.grids.values import Grid, Objects
from nsr.errors import UndefinedError


@kernel(GRID_IN, INT_IN, INT_IN)
def _fall(grid: Grid, dy: int, dx: int) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = np.full((height, width), back, np.uint8)
    if dy:
        for x in range(width):
            end = height - 1 if dy > 0 else 0
            for i in range(height):
                y = height - 1 - i if dy > 0 else i
                if grid[y, x] != back:
                    out[end, x] = grid[y, x]
                    end -= dy
    else:
        for y in range(height):
            end = width - 1 if dx > 0 else 0
            for i in range(width):
                x = width - 1 - i if dx > 0 else i
                if grid[y, x] != back:
                    out[y, end] = grid[y, x]
                    end -= dx
    return out


@primitives()
def fall(grid: Grid, direction: str) -> Grid:
    """Every cell falls towards one side, on top of those before it.

    >>> show(fall(grid("12/00/30"), "south"))
    00/10/32
    """
    dy, dx = DIRECTIONS[direction]
    if dy and dx:
        raise UndefinedError("cells fall along rows or columns")
    return seal(_fall(grid, dy, dx))


@primitives()
def roll(grid: Grid, direction: str, steps: int) -> Grid:
    """All cells move; what leaves the grid comes back at the other side.

    >>> show(roll(grid("100/020"), "west", 1))
    001/200
    """
    dy, dx = DIRECTIONS[direction]
    height, width = grid.shape
    down, right = dy * steps % height, dx * steps % width
    out = np.empty_like(grid)
    out[down:, right:] = grid[: height - down, : width - right]
    out[:down, right:] = grid[height - down :, : width - right]
    out[down:, :right] = grid[: height - down, width - right :]
    out[:down, :right] = grid[height - down :, width - right :]
    return seal(out)


@kernel(GRID_IN, LABELS_IN, TABLE_IN, INT_IN, INT_IN, INT_IN)
def _slide(
    grid: Grid, labels: npt.NDArray[Any], basic: npt.NDArray[Any], dy: int, dx: int, limit: int
) -> Grid:
    """Move every object step by step until something is in the way, the foremost one first."""
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    count = basic.shape[1]
    front = np.empty(count, np.int64)
    for k in range(count):
        front[k] = (basic[3, k] if dy > 0 else -basic[1, k]) * (dy != 0) + (
            basic[4, k] if dx > 0 else -basic[2, k]
        ) * (dx != 0)
    for k in np.argsort(-front):
        top, left, bottom, right = basic[1, k], basic[2, k], basic[3, k], basic[4, k]
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                if labels[y, x] == k + 1:
                    out[y, x] = back
        steps = 0
        free = True
        while free and steps < limit:
            oy, ox = dy * (steps + 1), dx * (steps + 1)
            if top + oy < 0 or left + ox < 0 or bottom + oy >= height or right + ox >= width:
                break
            for y in range(top, bottom + 1):
                for x in range(left, right + 1):
                    if labels[y, x] == k + 1 and out[y + oy, x + ox] != back:
                        free = False
                        break
                if not free:
                    break
            steps += free
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                if labels[y, x] == k + 1:
                    out[y + dy * steps, x + dx * steps] = grid[y, x]
    return out


@primitives()
def slide(objects: Objects, direction: str) -> Grid:
    """The objects slide, each as a whole, until something or the edge stops them.

    >>> show(slide(pieces(grid("110/000/020")), "south"))
    000/110/020
    """
    dy, dx = DIRECTIONS[direction]
    return seal(_slide(objects.grid, objects.labels, basic_table(objects), dy, dx, 30))


@kernel(GRID_IN, LABELS_IN, TABLE_IN, INT_IN, INT_IN, INT_IN)
def _copies(
    grid: Grid, labels: npt.NDArray[Any], basic: npt.NDArray[Any], dy: int, dx: int, mode: int
) -> Grid:
    """Redraw the objects: 0 mirrored beside themselves, 1 copied beside themselves, 2 moved by one.

    In modes 3 to 5 each is turned in its own box: left to right, top to bottom, half a turn.
    Mode 6 copies it beside itself again and again, up to the edge.
    """
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    if 2 <= mode < 6:
        for y in range(height):
            for x in range(width):
                if labels[y, x]:
                    out[y, x] = back
    for y in range(height):
        for x in range(width):
            k = labels[y, x] - 1
            if k < 0:
                continue
            top, left, bottom, right = basic[1, k], basic[2, k], basic[3, k], basic[4, k]
            v, u = y, x
            if mode == 0:
                if dy:
                    v = 2 * bottom + 1 - y if dy > 0 else 2 * top - 1 - y
                if dx:
                    u = 2 * right + 1 - x if dx > 0 else 2 * left - 1 - x
            elif mode == 1:
                v, u = y + dy * basic[5, k], x + dx * basic[6, k]
            elif mode == 6:
                v, u = y + dy * basic[5, k], x + dx * basic[6, k]
                while 0 <= v < height and 0 <= u < width:
                    if out[v, u] == back:
                        out[v, u] = grid[y, x]
                    v += dy * basic[5, k]
                    u += dx * basic[6, k]
            elif mode == 2:
                v, u = y + dy, x + dx
            else:
                if mode != 3:
                    v = top + bottom - y
                if mode != 4:
                    u = left + right - x
            if 0 <= v < height and 0 <= u < width and (2 <= mode < 6 or out[v, u] == back):
                out[v, u] = grid[y, x]
    return out


def _redrawn(objects: Objects, direction: str, mode: int) -> Grid:
    dy, dx = DIRECTIONS[direction]
    return seal(_copies(objects.grid, objects.labels, basic_table(objects), dy, dx, mode))


@primitives()
def reflect(objects: Objects, direction: str) -> Grid:
    """Every object gets a mirror image of itself, next to it in a direction.

    >>> show(reflect(clusters(grid("1200")), "east"))
    1221
    """
    return _redrawn(objects, direction, 0)


@primitives()
def echo(objects: Objects, direction: str) -> Grid:
    """Every object gets a copy of itself, next to it in a direction.

    >>> show(echo(clusters(grid("1200")), "east"))
    1212
    """
    return _redrawn(objects, direction, 1)


@primitives()
def march(objects: Objects, direction: str) -> Grid:
    """Every object is copied next to itself in a direction, again and again up to the edge.

    >>> show(march(clusters(grid("12000")), "east"))
    12121
    """
    return _redrawn(objects, direction, 6)


@primitives()
def step(objects: Objects, direction: str) -> Grid:
    """Every object moves by one cell; what leaves the grid is lost.

    >>> show(step(clusters(grid("1200")), "east"))
    0120
    """
    return _redrawn(objects, direction, 2)


@primitives()
def flip_each_lr(objects: Objects) -> Grid:
    """Every object is mirrored left to right in its own bounding box.

    >>> show(flip_each_lr(clusters(grid("1203"))))
    2103
    """
    return _redrawn(objects, "east", 3)


@primitives()
def flip_each_ud(objects: Objects) -> Grid:
    """Every object is mirrored top to bottom in its own bounding box.

    >>> show(flip_each_ud(clusters(grid("10/20"))))
    20/10
    """
    return _redrawn(objects, "south", 4)


@primitives()
def turn_each(objects: Objects) -> Grid:
    """Every object makes half a turn in its own bounding box.

    >>> show(turn_each(clusters(grid("120/300"))))
    030/210
    """
    return _redrawn(objects, "south", 5)


@kernel(GRID_IN, LABELS_IN, TABLE_IN)
def _attract(grid: Grid, labels: npt.NDArray[Any], basic: npt.NDArray[Any]) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    rest = grid.copy()
    for y in range(height):
        for x in range(width):
            if labels[y, x]:
                rest[y, x] = back
    out = rest.copy()
    for k in range(basic.shape[1]):
        best, by, bx = 99, 0, 0
        for side in range(4):
            dy = (side == 0) * 1 - (side == 1) * 1
            dx = (side == 2) * 1 - (side == 3) * 1
            gap = 99
            for y in range(basic[1, k], basic[3, k] + 1):
                for x in range(basic[2, k], basic[4, k] + 1):
                    if labels[y, x] != k + 1:
                        continue
                    n = 1
                    while True:
                        v, u = y + dy * n, x + dx * n
                        if v < 0 or u < 0 or v >= height or u >= width:
                            break
                        if rest[v, u] != back:
                            gap = min(gap, n - 1)
                            break
                        n += 1
            if gap < best:
                best, by, bx = gap, dy * gap, dx * gap
        for y in range(basic[1, k], basic[3, k] + 1):
            for x in range(basic[2, k], basic[4, k] + 1):
                v, u = y + by, x + bx
                if labels[y, x] == k + 1 and 0 <= v < height and 0 <= u < width:
                    out[v, u] = grid[y, x]
    return out


@primitives()
def attract(objects: Objects) -> Grid:
    """Every object moves straight to the nearest thing that is not among the objects.

    Cells that would leave the grid are lost.

    >>> show(attract(having(pieces(grid("2001")), "color", 1)))
    2100
    """
    return seal(_attract(objects.grid, objects.labels, basic_table(objects)))


@kernel(GRID_IN, TABLE_IN)
def _mirror_about(grid: Grid, basic: npt.NDArray[Any]) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    for y in range(height):
        for x in range(width):
            if grid[y, x] == back:
                continue
            for flip in range(1, 4):
                v = basic[1, 0] + basic[3, 0] - y if flip & 1 else y
                u = basic[2, 0] + basic[4, 0] - x if flip & 2 else x
                if 0 <= v < height and 0 <= u < width and out[v, u] == back:
                    out[v, u] = grid[y, x]
    return out


@primitives()
def mirror_about(objects: Objects) -> Grid:
    """Everything in the grid is mirrored, both ways, at the centre of the first object.

    >>> show(mirror_about(having(pieces(grid("10000/00200/00000")), "color", 2)))
    10001/00200/10001
    """
    return seal(_mirror_about(objects.grid, basic_table(objects)))


@kernel(GRID_IN, GRID_IN)
def _paste(tile: Grid, places: Grid) -> Grid:
    back, ground = background_of(tile), background_of(places)
    height, width = places.shape
    rows, columns = tile.shape
    out = places.copy()
    for y in range(height):
        for x in range(width):
            if places[y, x] == ground:
                continue
            for i in range(rows):
                for j in range(columns):
                    v, u = y + i - rows // 2, x + j - columns // 2
                    if tile[i, j] != back and 0 <= v < height and 0 <= u < width:
                        out[v, u] = tile[i, j]
    return out


@primitives()
def paste(tile: Grid, places: Grid) -> Grid:
    """The first grid laid over the second, centred on each of its cells.

    >>> show(paste(grid("101/020/101"), grid("0000/0030/0000")))
    0101/0020/0101
    """
    if tile.size > 225:
        raise UndefinedError("too large to paste")
    return seal(_paste(tile, places))
