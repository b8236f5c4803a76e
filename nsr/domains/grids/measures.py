"""Properties of objects: `measure(objects, name)` is one number per object.

Numbers come from four kernels, each run at most once for a set of objects and kept with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import GRID_IN, INT_IN, LABELS_IN, TABLE_IN, kernel, seal
from nsr.domains.grids.values import Objects
from nsr.errors import UndefinedError

Numbers = npt.NDArray[np.int32]

_BASIC = (
    "area",
    "top",
    "left",
    "bottom",
    "right",
    "height",
    "width",
    "box",
    "color",
    "colors",
    "odd_cells",
    "border",
    "full",
    "square",
)
_FORM = ("holes", "symmetric_lr", "symmetric_ud", "symmetric_diagonal", "longest_line")
_KIN = ("same_shape", "same_pose", "same_look", "same_color", "same_area")
_PLACE = ("rank_area", "rank_top", "rank_left", "touching", "inside", "distance")

PROPERTIES: dict[str, str] = {
    "area": "number of cells",
    "top": "first row",
    "left": "first column",
    "bottom": "last row",
    "right": "last column",
    "height": "rows of the bounding box",
    "width": "columns of the bounding box",
    "box": "cells of the bounding box",
    "color": "commonest colour",
    "colors": "number of colours",
    "odd_cells": "cells of another colour than the commonest",
    "border": "1 if it touches the edge of the grid, else 0",
    "full": "1 if it fills its bounding box, else 0",
    "square": "1 if its bounding box is a square, else 0",
    "holes": "enclosed gaps, cells outside joined through sides",
    "symmetric_lr": "1 if its cells are their own mirror image left to right",
    "symmetric_ud": "1 if its cells are their own mirror image top to bottom",
    "symmetric_diagonal": "1 if its cells are their own transpose, along either diagonal",
    "longest_line": "longest run of its cells in a row or column",
    "same_shape": "objects of the same shape, itself included",
    "same_pose": "objects of the same shape up to flips and turns",
    "same_look": "objects of the same shape and colours",
    "same_color": "objects of the same commonest colour",
    "same_area": "objects of the same area",
    "rank_area": "objects with a larger area",
    "rank_top": "objects that begin in an earlier row",
    "rank_left": "objects that begin in an earlier column",
    "touching": "other objects next to it, diagonals included",
    "inside": "other objects whose bounding box holds its own",
    "distance": "empty cells to the nearest other bounding box; 30 if it is alone",
}
"""Name -> meaning of every property."""


@kernel(GRID_IN, LABELS_IN, INT_IN)
def _basic(grid: npt.NDArray[Any], labels: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    height, width = grid.shape
    out = np.zeros((14, count), np.int32)
    colors = np.zeros((count, 10), np.int32)
    out[1, :] = height
    out[2, :] = width
    for y in range(height):
        for x in range(width):
            k = labels[y, x] - 1
            if k < 0:
                continue
            out[0, k] += 1
            colors[k, grid[y, x]] += 1
            out[1, k] = min(out[1, k], y)
            out[2, k] = min(out[2, k], x)
            out[3, k] = max(out[3, k], y)
            out[4, k] = max(out[4, k], x)
    for k in range(count):
        out[5, k] = out[3, k] - out[1, k] + 1
        out[6, k] = out[4, k] - out[2, k] + 1
        out[7, k] = out[5, k] * out[6, k]
        best = 0
        for color in range(10):
            if colors[k, color]:
                out[9, k] += 1
            if colors[k, color] > colors[k, best]:
                best = color
        out[8, k] = best
        out[10, k] = out[0, k] - colors[k, best]
        if out[1, k] == 0 or out[2, k] == 0 or out[3, k] == height - 1 or out[4, k] == width - 1:
            out[11, k] = 1
        if out[0, k] == out[7, k]:
            out[12, k] = 1
        if out[5, k] == out[6, k]:
            out[13, k] = 1
    return out


@kernel(LABELS_IN, TABLE_IN)
def _form(labels: npt.NDArray[Any], basic: npt.NDArray[Any]) -> npt.NDArray[Any]:
    count = basic.shape[1]
    out = np.zeros((5, count), np.int32)
    stack = np.empty((32 * 32, 2), np.int16)
    seen = np.empty((32, 32), np.bool_)
    for k in range(count):
        top, left = basic[1, k], basic[2, k]
        height, width = basic[5, k], basic[6, k]
        lr = ud = True
        main = anti = height == width
        longest = 0
        for y in range(height):
            run = 0
            for x in range(width):
                here = labels[top + y, left + x] == k + 1
                lr = lr and here == (labels[top + y, left + width - 1 - x] == k + 1)
                ud = ud and here == (labels[top + height - 1 - y, left + x] == k + 1)
                main = main and here == (labels[top + x, left + y] == k + 1)
                anti = anti and here == (
                    labels[top + width - 1 - x, left + height - 1 - y] == k + 1
                )
                run = run + 1 if here else 0
                longest = max(longest, run)
        for x in range(width):
            run = 0
            for y in range(height):
                run = run + 1 if labels[top + y, left + x] == k + 1 else 0
                longest = max(longest, run)
        out[1, k], out[2, k], out[3, k], out[4, k] = lr, ud, main or anti, longest
        if basic[0, k] == basic[7, k]:
            continue
        # Gaps: regions of the box with a frame of one cell; the first one found is the outside.
        seen[: height + 2, : width + 2] = False
        regions = 0
        for y0 in range(height + 2):
            for x0 in range(width + 2):
                if seen[y0, x0]:
                    continue
                inside = 1 <= y0 <= height and 1 <= x0 <= width
                if inside and labels[top + y0 - 1, left + x0 - 1] == k + 1:
                    continue
                regions += 1
                seen[y0, x0] = True
                stack[0, 0], stack[0, 1] = y0, x0
                n = 1
                while n:
                    n -= 1
                    y, x = stack[n, 0], stack[n, 1]
                    for side in range(4):
                        v = y + (1 if side == 0 else -1 if side == 1 else 0)
                        u = x + (1 if side == 2 else -1 if side == 3 else 0)
                        if v < 0 or u < 0 or v > height + 1 or u > width + 1 or seen[v, u]:
                            continue
                        if (
                            1 <= v <= height
                            and 1 <= u <= width
                            and labels[top + v - 1, left + u - 1] == k + 1
                        ):
                            continue
                        seen[v, u] = True
                        stack[n, 0], stack[n, 1] = v, u
                        n += 1
        out[0, k] = regions - 1
    return out


@kernel(GRID_IN, LABELS_IN, TABLE_IN)
def _kin(
    grid: npt.NDArray[Any], labels: npt.NDArray[Any], basic: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    count = basic.shape[1]
    out = np.ones((5, count), np.int32)
    for a in range(count):
        for b in range(a + 1, count):
            if basic[8, a] == basic[8, b]:
                out[3, a] += 1
                out[3, b] += 1
            if basic[0, a] != basic[0, b]:
                continue
            out[4, a] += 1
            out[4, b] += 1
            height, width = basic[5, a], basic[6, a]
            for pose in range(8):
                turned = pose >= 4
                if turned:
                    if basic[6, b] != height or basic[5, b] != width:
                        continue
                elif basic[5, b] != height or basic[6, b] != width:
                    continue
                shape = look = True
                for y in range(height):
                    for x in range(width):
                        v = height - 1 - y if pose & 1 else y
                        u = width - 1 - x if pose & 2 else x
                        if turned:
                            v, u = u, v
                        ya, xa = basic[1, a] + y, basic[2, a] + x
                        yb, xb = basic[1, b] + v, basic[2, b] + u
                        here = labels[ya, xa] == a + 1
                        if here != (labels[yb, xb] == b + 1):
                            shape = False
                            break
                        if here and grid[ya, xa] != grid[yb, xb]:
                            look = False
                    if not shape:
                        break
                if shape:
                    if pose == 0:
                        out[0, a] += 1
                        out[0, b] += 1
                        if look:
                            out[2, a] += 1
                            out[2, b] += 1
                    out[1, a] += 1
                    out[1, b] += 1
                    break
    return out


@kernel(LABELS_IN, TABLE_IN)
def _place(labels: npt.NDArray[Any], basic: npt.NDArray[Any]) -> npt.NDArray[Any]:
    count = basic.shape[1]
    out = np.zeros((6, count), np.int32)
    out[5, :] = 30
    for a in range(count):
        for b in range(count):
            if a == b:
                continue
            out[0, a] += basic[0, b] > basic[0, a]
            out[1, a] += basic[1, b] < basic[1, a]
            out[2, a] += basic[2, b] < basic[2, a]
            out[4, a] += (
                basic[1, b] <= basic[1, a]
                and basic[2, b] <= basic[2, a]
                and basic[3, b] >= basic[3, a]
                and basic[4, b] >= basic[4, a]
            )
            dy = max(basic[1, a] - basic[3, b], basic[1, b] - basic[3, a], 1) - 1
            dx = max(basic[2, a] - basic[4, b], basic[2, b] - basic[4, a], 1) - 1
            out[5, a] = min(out[5, a], max(dy, dx))
    touch = np.zeros((count, count), np.bool_)
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            a = labels[y, x] - 1
            if a < 0:
                continue
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    b = labels[v, u] - 1
                    if b >= 0 and b != a:
                        touch[a, b] = True
    for a in range(count):
        out[3, a] = touch[a].sum()
    return out


def basic_table(objects: Objects) -> Numbers:
    """Areas, boxes and colours of all objects: `int32`, a row per property, a column per object."""
    table = objects.measures.get("")
    if table is None:
        table = seal(_basic(objects.grid, objects.labels, objects.count))
        objects.measures[""] = table
    return table


def measure(objects: Objects, name: str) -> Numbers:
    """The property `name` of every object: read-only `int32` of shape (count,).

    Raises:
        UndefinedError: if there is no such property.
    """
    known = objects.measures.get(name)
    if known is not None:
        return known
    basic = basic_table(objects)
    names: tuple[str, ...]
    if name in _BASIC:
        names, table = _BASIC, basic
    elif name in _FORM:
        names, table = _FORM, _form(objects.labels, basic)
    elif name in _KIN:
        names, table = _KIN, _kin(objects.grid, objects.labels, basic)
    elif name in _PLACE:
        names, table = _PLACE, _place(objects.labels, basic)
    else:
        raise UndefinedError(f"no property {name!r}; known: {', '.join(PROPERTIES)}")
    objects.measures.update(zip(names, seal(table), strict=True))
    return objects.measures[name]
