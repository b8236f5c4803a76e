"""Lines: cells extended to the edge, rows and columns painted, equal colours joined."""

from __future__ import annotations

from nsr.domains.grids._kernel import GRID_IN, INT_IN, background_of, kernel, seal
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.fields import DIRECTIONS
from nsr.domains.grids.values import Grid


@kernel(GRID_IN, GRID_IN, INT_IN, INT_IN)
def _shoot(grid: Grid, onto: Grid, dy: int, dx: int) -> Grid:
    """Rays of every coloured cell of `grid`, drawn where `onto` has background."""
    back = background_of(grid)
    height, width = grid.shape
    out = onto.copy()
    for y in range(height):
        for x in range(width):
            if grid[y, x] == back:
                continue
            v, u = y + dy, x + dx
            while 0 <= v < height and 0 <= u < width and grid[v, u] == back:
                if out[v, u] == back:
                    out[v, u] = grid[y, x]
                v += dy
                u += dx
    return out


@primitives()
def shoot(grid: Grid, direction: str) -> Grid:
    """Every cell draws a line in a direction, up to the next cell or the edge.

    >>> show(shoot(grid("1000/0200/0000"), "south"))
    1000/1200/1200
    """
    dy, dx = DIRECTIONS[direction]
    return seal(_shoot(grid, grid, dy, dx))


@primitives()
def cross(grid: Grid) -> Grid:
    """Every cell draws lines along its row and its column, rows above columns.

    >>> show(cross(grid("000/010/000")))
    010/111/010
    """
    out = grid
    for direction in ("west", "east", "north", "south"):
        out = _shoot(grid, out, *DIRECTIONS[direction])
    return seal(out)


@primitives()
def diagonal_cross(grid: Grid) -> Grid:
    """Every cell draws lines along its two diagonals.

    >>> show(diagonal_cross(grid("000/010/000")))
    101/010/101
    """
    out = grid
    for direction in ("northwest", "southeast", "northeast", "southwest"):
        out = _shoot(grid, out, *DIRECTIONS[direction])
    return seal(out)


@kernel(GRID_IN, INT_IN, INT_IN)
def _join(grid: Grid, ways: int, color: int) -> Grid:
    """Join equal colours; `ways` adds 1 for rows, 2 for columns, 4 for diagonals."""
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    for way in range(4):
        if (way == 0 and not ways & 1) or (way == 1 and not ways & 2) or (way > 1 and not ways & 4):
            continue
        dy = 0 if way == 0 else 1
        dx = 1 if way == 0 else 0 if way == 1 else 1 if way == 2 else -1
        for y in range(height):
            for x in range(width):
                if grid[y, x] == back:
                    continue
                v, u = y + dy, x + dx
                while 0 <= v < height and 0 <= u < width and grid[v, u] == back:
                    v += dy
                    u += dx
                if not (0 <= v < height and 0 <= u < width) or grid[v, u] != grid[y, x]:
                    continue
                v, u = y + dy, x + dx
                while grid[v, u] == back:
                    if out[v, u] == back:
                        out[v, u] = grid[y, x] if color < 0 else color
                    v += dy
                    u += dx
    return out


@primitives()
def join_rows(grid: Grid) -> Grid:
    """Cells of one colour in a row are joined, if only background lies between.

    >>> show(join_rows(grid("10010/20000/20000")))
    11110/20000/20000
    """
    return seal(_join(grid, 1, -1))


@primitives()
def join_columns(grid: Grid) -> Grid:
    """Cells of one colour in a column are joined, if only background lies between.

    >>> show(join_columns(grid("101/000/100")))
    101/100/100
    """
    return seal(_join(grid, 2, -1))


@primitives()
def join(grid: Grid) -> Grid:
    """Cells of one colour in a row or column are joined, rows above columns.

    >>> show(join(grid("101/000/100")))
    111/100/100
    """
    return seal(_join(grid, 3, -1))


@primitives()
def join_diagonals(grid: Grid) -> Grid:
    """Cells of one colour on a diagonal are joined, if only background lies between.

    >>> show(join_diagonals(grid("100/000/001")))
    100/010/001
    """
    return seal(_join(grid, 4, -1))


@primitives()
def link(grid: Grid, color: int) -> Grid:
    """Cells of one colour in a row or column are joined by a line of another colour.

    >>> show(link(grid("1001/0000"), 3))
    1331/0000
    """
    return seal(_join(grid, 3, color))


@kernel(GRID_IN, INT_IN)
def _stripes(grid: Grid, ways: int) -> Grid:
    """Rows (1) and columns (2) whose coloured cells are all of one colour, painted in it."""
    back = background_of(grid)
    height, width = grid.shape
    out = grid.copy()
    for axis in range(2):
        if not ways & (1 << axis):
            continue
        for i in range(width if axis else height):
            color = -1
            for j in range(height if axis else width):
                cell = grid[j, i] if axis else grid[i, j]
                if cell != back:
                    if color >= 0 and color != cell:
                        color = -2
                        break
                    color = cell
            if color < 0:
                continue
            for j in range(height if axis else width):
                if axis:
                    if out[j, i] == back:
                        out[j, i] = color
                else:
                    out[i, j] = color
    return out


@primitives()
def row_stripes(grid: Grid) -> Grid:
    """Every row with cells of just one colour is painted in it.

    >>> show(row_stripes(grid("010/000/212")))
    111/000/212
    """
    return seal(_stripes(grid, 1))


@primitives()
def column_stripes(grid: Grid) -> Grid:
    """Every column with cells of just one colour is painted in it.

    >>> show(column_stripes(grid("010/000/230")))
    210/200/230
    """
    return seal(_stripes(grid, 2))
