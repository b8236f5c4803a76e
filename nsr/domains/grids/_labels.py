"""Kernels that cut a grid into labelled pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nsr.domains.grids._kernel import FLAG_IN, GRID_IN, background_of, kernel


@kernel(GRID_IN, FLAG_IN, FLAG_IN, FLAG_IN)
def components(
    grid: npt.NDArray[Any], diagonal: bool, mixed: bool, everything: bool
) -> tuple[npt.NDArray[Any], int]:
    """Connected pieces in reading order of their first cell.

    Args:
        grid: shape (height, width).
        diagonal: whether diagonal neighbours touch.
        mixed: whether a piece may have several colours.
        everything: whether the background is cut into pieces too.

    Returns:
        Labels, `int16`, 0 for cells of no piece, and the number of pieces.
    """
    height, width = grid.shape
    back = -1 if everything else background_of(grid)
    labels = np.zeros((height, width), np.int16)
    stack = np.empty((height * width, 2), np.int16)
    count = 0
    for y0 in range(height):
        for x0 in range(width):
            if labels[y0, x0] or grid[y0, x0] == back:
                continue
            count += 1
            color = grid[y0, x0]
            labels[y0, x0] = count
            stack[0, 0] = y0
            stack[0, 1] = x0
            top = 1
            while top:
                top -= 1
                y = stack[top, 0]
                x = stack[top, 1]
                for dy in range(-1, 2):
                    v = y + dy
                    if v < 0 or v >= height:
                        continue
                    for dx in range(-1, 2):
                        u = x + dx
                        if u < 0 or u >= width or (not diagonal and dy != 0 and dx != 0):
                            continue
                        if labels[v, u]:
                            continue
                        other = grid[v, u]
                        if other == color or (mixed and other != back):
                            labels[v, u] = count
                            stack[top, 0] = v
                            stack[top, 1] = u
                            top += 1
    return labels, count


@kernel(GRID_IN)
def color_classes(grid: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], int]:
    """All cells of one colour as one piece, background left out; in order of colour."""
    height, width = grid.shape
    back = background_of(grid)
    names = np.zeros(10, np.int16)
    for y in range(height):
        for x in range(width):
            names[grid[y, x]] = 1
    names[back] = 0
    count = 0
    for color in range(10):
        if names[color]:
            count += 1
            names[color] = count
    labels = np.empty((height, width), np.int16)
    for y in range(height):
        for x in range(width):
            labels[y, x] = names[grid[y, x]]
    return labels, count
