"""Patterns continued: cells of one colour filled in by symmetry or by repetition."""

from __future__ import annotations

import numpy as np

from nsr.domains.grids._kernel import FLAG_IN, GRID_IN, INT_IN, background_of, copy_of, kernel, seal
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid
from nsr.errors import UndefinedError


@kernel(GRID_IN, INT_IN)
def _by_symmetry(grid: Grid, color: int) -> tuple[Grid, int]:
    """Fill cells of a colour from their mirror images; also how many stay open (-1: no such cell).

    An axis counts if it pairs at least half of the cells and no known pair differs.
    """
    height, width = grid.shape
    out = grid.copy()
    masked = 0
    for y in range(height):
        for x in range(width):
            masked += grid[y, x] == color
    if masked == 0:
        return out, -1
    # An axis is (kind, offset): 0 x -> s - x, 1 y -> s - y, 2 transpose by d, 3 the other diagonal.
    axes = np.empty((4 * (height + width), 2), np.int64)
    count = 0
    for kind in range(4):
        low, high = 0, height + width - 2
        if kind == 0:
            high = 2 * width - 2
        elif kind == 1:
            high = 2 * height - 2
        elif kind == 2:
            low, high = -(height - 1), width - 1
        for offset in range(low, high + 1):
            pairs = 0
            good = True
            for y in range(height):
                for x in range(width):
                    v, u = y, x
                    if kind == 0:
                        u = offset - x
                    elif kind == 1:
                        v = offset - y
                    elif kind == 2:
                        v, u = x - offset, y + offset
                    else:
                        v, u = offset - x, offset - y
                    if 0 <= v < height and 0 <= u < width:
                        pairs += 1
                        one, two = grid[y, x], grid[v, u]
                        if one != two and one != color and two != color:
                            good = False
                            break
                if not good:
                    break
            if good and 2 * pairs >= height * width and count < axes.shape[0]:
                axes[count, 0] = kind
                axes[count, 1] = offset
                count += 1
    changed = True
    while changed and masked:
        changed = False
        for y in range(height):
            for x in range(width):
                if out[y, x] != color:
                    continue
                for k in range(count):
                    kind, offset = axes[k, 0], axes[k, 1]
                    v, u = y, x
                    if kind == 0:
                        u = offset - x
                    elif kind == 1:
                        v = offset - y
                    elif kind == 2:
                        v, u = x - offset, y + offset
                    else:
                        v, u = offset - x, offset - y
                    if 0 <= v < height and 0 <= u < width and out[v, u] != color:
                        out[y, x] = out[v, u]
                        masked -= 1
                        changed = True
                        break
    return out, masked


@primitives()
def mend_symmetry(grid: Grid, color: int) -> Grid:
    """Cells of a colour are filled in from the symmetries that the rest of the grid has.

    >>> show(mend_symmetry(grid("123321/406654/781187"), 0))
    123321/456654/781187
    """
    out, left = _by_symmetry(grid, color)
    if left:
        raise UndefinedError("no symmetry fills all cells of the colour")
    return seal(out)


@kernel(GRID_IN, INT_IN, FLAG_IN)
def _period(grid: Grid, color: int, twice: bool) -> tuple[int, int, int]:
    """Rows, columns and shift of the smallest tile that the known cells repeat; 0s without one.

    Cell (y, x) is tile cell (y mod rows, (x - shift * (y div rows)) mod columns). Known cells, of
    any other colour than `color`, have to determine the whole tile. With `twice` it has to occur
    at least twice along each side that it does not fill, and is not shifted from row to row.
    """
    height, width = grid.shape
    tile = np.empty((height, width), np.int16)
    for size in range(1, height * width):
        for rows in range(1, min(size, height) + 1):
            if size % rows:
                continue
            columns = size // rows
            if columns > width or (rows == height and columns == width):
                continue
            if twice and (rows < height < 2 * rows or columns < width < 2 * columns):
                continue
            for shift in range(columns if not twice and rows == 1 and columns <= 12 else 1):
                tile[:rows, :columns] = -1
                good = True
                for y in range(height):
                    for x in range(width):
                        cell = grid[y, x]
                        if cell == color:
                            continue
                        v, u = y % rows, (x - shift * (y // rows)) % columns
                        if tile[v, u] < 0:
                            tile[v, u] = cell
                        elif tile[v, u] != cell:
                            good = False
                            break
                    if not good:
                        break
                if good:
                    unknown = 0
                    for v in range(rows):
                        for u in range(columns):
                            unknown += tile[v, u] < 0
                    if unknown == 0:
                        return rows, columns, shift
    return 0, 0, 0


@kernel(GRID_IN, INT_IN)
def _by_period(grid: Grid, color: int) -> tuple[Grid, bool]:
    height, width = grid.shape
    out = grid.copy()
    masked = 0
    for y in range(height):
        for x in range(width):
            masked += grid[y, x] == color
    if masked == 0 or masked == height * width:
        return out, False
    rows, columns, shift = _period(grid, color, False)
    if rows == 0:
        return out, False
    tile = np.zeros((rows, columns), np.uint8)
    for y in range(height):
        for x in range(width):
            if grid[y, x] != color:
                tile[y % rows, (x - shift * (y // rows)) % columns] = grid[y, x]
    for y in range(height):
        for x in range(width):
            out[y, x] = tile[y % rows, (x - shift * (y // rows)) % columns]
    return out, True


@primitives()
def mend_tiling(grid: Grid, color: int) -> Grid:
    """Cells of a colour are filled in from the tile that the rest of the grid repeats.

    >>> show(mend_tiling(grid("12121/34300/12121"), 0))
    12121/34343/12121
    """
    out, found = _by_period(grid, color)
    if not found:
        raise UndefinedError("nothing to fill, or no tile that repeats")
    return seal(out)


def _revealed(grid: Grid, mended: Grid, color: int) -> Grid:
    """The window of the mended grid in which the colour stood."""
    rows, columns = np.nonzero(grid == color)
    return copy_of(mended[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])


@primitives()
def under_tiling(grid: Grid, color: int) -> Grid:
    """What the tile that the rest repeats says lies under the cells of a colour.

    >>> show(under_tiling(grid("12121/34300/12121"), 0))
    43
    """
    return _revealed(grid, mend_tiling(grid, color), color)


@primitives()
def one_tile(grid: Grid) -> Grid:
    """The smallest tile that the grid repeats.

    >>> show(one_tile(grid("1212/3434/1212/3434")))
    12/34
    """
    rows, columns, _ = _period(grid, -1, True)
    if rows == 0:
        raise UndefinedError("the grid repeats no tile")
    return copy_of(grid[:rows, :columns])


@kernel(GRID_IN)
def _symmetric(grid: Grid) -> Grid:
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    for y in range(height):
        for x in range(width):
            for pose in range(8 if height == width else 4):
                if out[y, x] != back:
                    break
                v = height - 1 - y if pose & 1 else y
                u = width - 1 - x if pose & 2 else x
                out[y, x] = grid[u, v] if pose & 4 else grid[v, u]
    return out


@primitives()
def symmetric(grid: Grid) -> Grid:
    """Background filled from the grid's own mirror images, and its turns if it is square.

    >>> show(symmetric(grid("120/000/000")))
    121/202/121
    """
    return seal(_symmetric(grid))
