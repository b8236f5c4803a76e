"""Primitives with a parameter that is solved from the examples instead of being enumerated.

Each comes with its `Inverse`: from the columns of the other arguments and the target it computes
the only parameter that can serve all examples at once, or shows that there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import types

from nsr.domain import Inverse, LiteralType
from nsr.domains.grids._kernel import GRID_IN, kernel
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import COLORS, MAX_SIDE, Grid, freeze
from nsr.errors import UndefinedError
from nsr.values import Column, Value

ColorMap = tuple[tuple[int, int], ...]
Table = tuple[tuple[int, int, int], ...]
Window = tuple[int, int, int, int]
Poses = tuple[tuple[str, ...], ...]
Solve = Callable[[Sequence[Column | None], Column], Iterable[Value]]


def _same_shapes(_place: int, column: Column, target: Column) -> bool:
    return all(state.shape == goal.shape for state, goal in zip(column, target, strict=False))


def _multiples(_place: int, column: Column, target: Column) -> bool:
    for state, goal in zip(column, target, strict=False):
        if goal.shape[0] % state.shape[0] or goal.shape[1] % state.shape[1]:
            return False
    return any(s.shape != t.shape for s, t in zip(column, target, strict=False))


# -- one colour for another ---------------------------------------------------------------------
def _solve_recolor(known: Sequence[Column | None], target: Column) -> Iterator[ColorMap]:
    states = known[0]
    assert states is not None
    mapping: dict[int, int] = {}
    for state, goal in zip(states, target, strict=False):
        for code in np.unique(state.astype(np.int16) * COLORS + goal).tolist():
            old, new = divmod(code, COLORS)
            if mapping.setdefault(old, new) != new:
                return
    changes = tuple((old, new) for old, new in sorted(mapping.items()) if old != new)
    if changes:
        yield changes


@primitives(cost=1.0, inverses={1: Inverse(_solve_recolor, _same_shapes)})
def recolor(grid: Grid, colors: ColorMap) -> Grid:
    """Every colour replaced by the one the map gives; colours it leaves out stay.

    >>> recolor(np.uint8([[1, 2]]), ((1, 5),)).tolist()
    [[5, 2]]
    """
    table = np.arange(COLORS, dtype=np.uint8)
    for old, new in colors:
        table[old] = new
    return freeze(table[grid])  # type: ignore[no-any-return]


def _parse_colormap(text: str) -> ColorMap:
    pairs = [tuple(map(int, p.split(":"))) for p in text.strip("{}").split(",")]
    return tuple((old, new) for old, new in pairs)


COLORMAP: Final = LiteralType(
    name="COLORMAP",
    parse=_parse_colormap,
    format=lambda pairs: "{" + ", ".join(f"{a}: {b}" for a, b in pairs) + "}",
    cost=lambda pairs: 1.0 + 1.0 * len(pairs),
)


# -- two grids, one table -----------------------------------------------------------------------
@kernel(GRID_IN, GRID_IN, GRID_IN, types.int16[::1])
def _agree(left: Grid, right: Grid, goal: Grid, table: npt.NDArray[np.int16]) -> bool:
    """Enter what the goal asks of each pair of colours; whether it never asks for two."""
    height, width = goal.shape
    for y in range(height):
        for x in range(width):
            pair = left[y, x] * COLORS + right[y, x]
            if table[pair] < 0:
                table[pair] = goal[y, x]
            elif table[pair] != goal[y, x]:
                return False
    return True


def _solve_table(known: Sequence[Column | None], target: Column) -> Iterator[Table]:
    left, right = known[0], known[1]
    assert left is not None
    assert right is not None
    table = np.full(COLORS * COLORS, -1, np.int16)
    for a, b, goal in zip(left, right, target, strict=False):
        if not _agree(a, b, goal, table):
            return
    filled = np.flatnonzero(table >= 0).tolist()
    yield tuple((i // COLORS, i % COLORS, int(table[i])) for i in filled)


@primitives(cost=1.5, inverses={2: Inverse(_solve_table, _same_shapes, symmetric=True)})
def combine(left: Grid, right: Grid, table: Table) -> Grid:
    """In each cell the colour that the table gives for the two grids' colours there.

    >>> combine(np.uint8([[0, 1]]), np.uint8([[1, 1]]), ((0, 1, 3), (1, 1, 4))).tolist()
    [[3, 4]]
    """
    if left.shape != right.shape:
        raise UndefinedError("combine: shapes differ")
    lookup = np.full((COLORS, COLORS), 255, np.uint8)
    for a, b, c in table:
        lookup[a, b] = c
    result = lookup[left, right]
    if result.max() == 255:
        raise UndefinedError("combine: a pair of colours that the table leaves out")
    return freeze(result)  # type: ignore[no-any-return]


def _parse_table(text: str) -> Table:
    rows = [tuple(map(int, re.split("[+:]", p))) for p in text.strip("{}").split(",")]
    return tuple((a, b, c) for a, b, c in rows)


TABLE: Final = LiteralType(
    name="TABLE",
    parse=_parse_table,
    format=lambda rows: "{" + ", ".join(f"{a}+{b}: {c}" for a, b, c in rows) + "}",
    cost=lambda rows: 1.0 + sum(0.5 if c in (a, b) else 1.0 for a, b, c in rows),
)


# -- a mosaic of poses --------------------------------------------------------------------------
POSES: Final[dict[str, Callable[[Grid], Grid]]] = {
    "same": lambda g: g,
    "fliph": lambda g: g[:, ::-1],
    "flipv": lambda g: g[::-1],
    "rot180": lambda g: g[::-1, ::-1],
    "transpose": lambda g: g.T,
    "rot90": lambda g: np.rot90(g),
    "rot270": lambda g: np.rot90(g, 3),
    "antitranspose": lambda g: g[::-1, ::-1].T,
    "empty": lambda g: np.zeros_like(g),
}


def _solve_mosaic(known: Sequence[Column | None], target: Column) -> Iterator[Poses]:
    states = known[0]
    assert states is not None
    ratios = {
        (t.shape[0] / s.shape[0], t.shape[1] / s.shape[1])
        for s, t in zip(states, target, strict=False)
    }
    if len(ratios) != 1:
        return
    down, across = ratios.pop()
    if down % 1 or across % 1 or not 2 <= down * across <= 64:
        return
    rows = []
    for i in range(int(down)):
        row = []
        for j in range(int(across)):
            fit = _fitting_pose(states, target, i, j)
            if fit is None:
                return
            row.append(fit)
        rows.append(tuple(row))
    yield tuple(rows)


def _fitting_pose(states: Column, target: Column, i: int, j: int) -> str | None:
    for name, pose in POSES.items():
        for state, goal in zip(states, target, strict=False):
            h, w = state.shape
            block = goal[i * h : (i + 1) * h, j * w : (j + 1) * w]
            posed = pose(state)
            if posed.shape != block.shape or not np.array_equal(posed, block):
                break
        else:
            return name
    return None


@primitives(cost=1.5, inverses={1: Inverse(_solve_mosaic, _multiples)})
def mosaic(grid: Grid, poses: Poses) -> Grid:
    """Copies of the grid side by side, each in the pose named in its place.

    >>> mosaic(np.uint8([[1, 2]]), (("same", "fliph"),)).tolist()
    [[1, 2, 2, 1]]
    """
    h, w = grid.shape
    if h * len(poses) > MAX_SIDE or w * len(poses[0]) > MAX_SIDE:
        raise UndefinedError("mosaic: too large")
    blocks = [[POSES[name](grid) for name in row] for row in poses]
    if any(block.shape != grid.shape for row in blocks for block in row):
        raise UndefinedError("mosaic: only square grids can be turned")
    return freeze(np.block(blocks))  # type: ignore[no-any-return]


def _parse_poses(text: str) -> Poses:
    rows = tuple(tuple(row.split()) for row in text.strip("[]").split("/"))
    if unknown := {name for row in rows for name in row} - set(POSES):
        raise ValueError(f"unknown pose {', '.join(sorted(unknown))}")
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ValueError("rows of poses differ in length")
    return rows


def _poses_cost(rows: Poses) -> float:
    names = [name for row in rows for name in row]
    return 1.0 + 1.0 * len(set(names)) + 0.1 * len(names)


MOSAIC: Final = LiteralType(
    name="MOSAIC",
    parse=_parse_poses,
    format=lambda rows: "[" + " / ".join(" ".join(row) for row in rows) + "]",
    cost=_poses_cost,
)


# -- scaling and repeating by a number that may differ per example --------------------------------
def _solve_scale(known: Sequence[Column | None], target: Column) -> Iterator[tuple[int, ...]]:
    states = known[0]
    assert states is not None
    factors = []
    for state, goal in zip(states, target, strict=False):
        factor, rest = divmod(goal.shape[0], state.shape[0])
        if rest or goal.shape[1] != factor * state.shape[1]:
            return
        if not np.array_equal(np.kron(state, np.ones((factor, factor), np.uint8)), goal):
            return
        factors.append(factor)
    if set(factors) != {1}:
        yield tuple(factors)


@primitives(cost=1.0, inverses={1: Inverse(_solve_scale, _multiples)})
def scale(grid: Grid, factor: int) -> Grid:
    """Every cell as a square of `factor` by `factor` cells.

    >>> scale(np.uint8([[1, 2]]), 2).tolist()
    [[1, 1, 2, 2], [1, 1, 2, 2]]
    """
    if not 1 <= factor <= MAX_SIDE or max(grid.shape) * factor > MAX_SIDE:
        raise UndefinedError("scale: too large")
    return freeze(grid.repeat(factor, 0).repeat(factor, 1))  # type: ignore[no-any-return]


def _solve_repeat(axis: int) -> Solve:
    def solve(known: Sequence[Column | None], target: Column) -> Iterator[tuple[int, ...]]:
        states = known[0]
        assert states is not None
        counts = []
        for state, goal in zip(states, target, strict=False):
            count, rest = divmod(goal.shape[axis], state.shape[axis])
            if rest or goal.shape[1 - axis] != state.shape[1 - axis]:
                return
            if not np.array_equal(np.concatenate([state] * count, axis), goal):
                return
            counts.append(count)
        if set(counts) != {1}:
            yield tuple(counts)

    return solve


def _repeat(grid: Grid, count: int, axis: int) -> Grid:
    if not 1 <= count <= MAX_SIDE or grid.shape[axis] * count > MAX_SIDE:
        raise UndefinedError("repeat: too large")
    return freeze(np.concatenate([grid] * count, axis))  # type: ignore[no-any-return]


@primitives(cost=1.0, inverses={1: Inverse(_solve_repeat(1), _multiples)})
def repeat_across(grid: Grid, count: int) -> Grid:
    """The grid several times side by side.

    >>> repeat_across(np.uint8([[1, 2]]), 2).tolist()
    [[1, 2, 1, 2]]
    """
    return _repeat(grid, count, 1)


@primitives(cost=1.0, inverses={1: Inverse(_solve_repeat(0), _multiples)})
def repeat_down(grid: Grid, count: int) -> Grid:
    """The grid several times below itself.

    >>> repeat_down(np.uint8([[1, 2]]), 2).tolist()
    [[1, 2], [1, 2]]
    """
    return _repeat(grid, count, 0)


# -- a fixed window -----------------------------------------------------------------------------
def _solve_window(known: Sequence[Column | None], target: Column) -> Iterator[Window]:
    states = known[0]
    assert states is not None
    shapes = {goal.shape for goal in target}
    if len(shapes) != 1:
        return
    height, width = shapes.pop()
    starts: set[tuple[int, int]] | None = None
    ends: set[tuple[int, int]] | None = None
    for state, goal in zip(states, target, strict=False):
        h, w = state.shape
        if h < height or w < width or (h, w) == (height, width):
            return
        views = np.lib.stride_tricks.sliding_window_view(state, (height, width))
        found = np.argwhere((views == goal).all((2, 3)))
        here = {(int(y), int(x)) for y, x in found}
        there = {(y - h, x - w) for y, x in here}
        starts = here if starts is None else starts & here
        ends = there if ends is None else ends & there
        if not starts and not ends:
            return
    for top, left in sorted(starts or ()):
        yield top, left, height, width
    for top, left in sorted(ends or (), reverse=True):
        yield top, left, height, width


@primitives(cost=1.5, inverses={1: Inverse(_solve_window)})
def window(grid: Grid, place: Window) -> Grid:
    """The part of a grid at a fixed place; a negative row or column counts from the end.

    >>> window(np.uint8([[1, 2, 3]]), (0, -2, 1, 1)).tolist()
    [[2]]
    """
    top, left, height, width = place
    top = top + grid.shape[0] if top < 0 else top
    left = left + grid.shape[1] if left < 0 else left
    if top < 0 or left < 0 or top + height > grid.shape[0] or left + width > grid.shape[1]:
        raise UndefinedError("window: outside of the grid")
    return freeze(grid[top : top + height, left : left + width])  # type: ignore[no-any-return]


def _parse_window(text: str) -> Window:
    top, left, height, width = map(int, text.strip("<>").split(","))
    if height < 1 or width < 1:
        raise ValueError("a window has at least one row and one column")
    return top, left, height, width


WINDOW: Final = LiteralType(
    name="WINDOW",
    parse=_parse_window,
    format=lambda place: "<" + ", ".join(map(str, place)) + ">",
    cost=lambda place: 4.0 + sum(2.0 for side in place[:2] if side not in (0, -place[2])),
)


# -- what two grids must add up to --------------------------------------------------------------
def _solve_rest(axis: int) -> Solve:
    def solve(known: Sequence[Column | None], target: Column) -> Iterator[Column]:
        firsts = known[0]
        assert firsts is not None
        rest: list[Value] = []
        for first, goal in zip(firsts, target, strict=False):
            cut = first.shape[axis]
            if first.shape[1 - axis] != goal.shape[1 - axis] or cut >= goal.shape[axis]:
                return
            head, tail = np.split(goal, [cut], axis)
            if not np.array_equal(head, first):
                return
            rest.append(freeze(tail))
        yield tuple(rest)

    return solve


def _stack(first: Grid, second: Grid, axis: int) -> Grid:
    if first.shape[1 - axis] != second.shape[1 - axis]:
        raise UndefinedError("stack: sides differ")
    if first.shape[axis] + second.shape[axis] > MAX_SIDE:
        raise UndefinedError("stack: too large")
    return freeze(np.concatenate([first, second], axis))  # type: ignore[no-any-return]


@primitives(cost=1.0, inverses={1: Inverse(_solve_rest(1))})
def beside(left: Grid, right: Grid) -> Grid:
    """Two grids side by side.

    >>> beside(np.uint8([[1]]), np.uint8([[2]])).tolist()
    [[1, 2]]
    """
    return _stack(left, right, 1)


@primitives(cost=1.0, inverses={1: Inverse(_solve_rest(0))})
def above(upper: Grid, lower: Grid) -> Grid:
    """One grid above another.

    >>> above(np.uint8([[1]]), np.uint8([[2]])).tolist()
    [[1], [2]]
    """
    return _stack(upper, lower, 0)


def _solve_stamp(known: Sequence[Column | None], target: Column) -> Iterator[Column]:
    masks = known[0]
    assert masks is not None
    tiles: list[Value] = []
    for mask, goal in zip(masks, target, strict=False):
        height, rest_down = divmod(goal.shape[0], mask.shape[0])
        width, rest_across = divmod(goal.shape[1], mask.shape[1])
        places = np.argwhere(mask)
        if rest_down or rest_across or not len(places) or mask.size == 1:
            return
        y, x = places[0].tolist()
        tile = freeze(goal[y * height : (y + 1) * height, x * width : (x + 1) * width])
        if not np.array_equal(np.kron(mask != 0, tile), goal):
            return
        tiles.append(tile)
    yield tuple(tiles)


@primitives(cost=1.0, inverses={1: Inverse(_solve_stamp, _multiples)})
def stamp(places: Grid, tile: Grid) -> Grid:
    """The tile in place of every cell that is not 0, an empty tile in place of the others.

    >>> stamp(np.uint8([[1, 0]]), np.uint8([[2, 3]])).tolist()
    [[2, 3, 0, 0]]
    """
    h, w = places.shape
    if h * tile.shape[0] > MAX_SIDE or w * tile.shape[1] > MAX_SIDE:
        raise UndefinedError("stamp: too large")
    return freeze(np.kron(places != 0, tile))  # type: ignore[no-any-return]
