"""Values of the grid domain, all immutable.

| type      | Python value                                                                  |
|-----------|-------------------------------------------------------------------------------|
| `grid`    | `uint8` array of shape (height, width), colours 0-9, sides 1-30, read-only      |
| `mask`    | `bool` array of the shape of a grid, read-only                                  |
| `field`   | `int16` array: one number per cell of a grid, read-only                         |
| `objects` | `Objects`: a grid and a label per cell                                          |
| `grids`   | tuple of grids                                                                  |
| `color`   | `int` 0-9                                                                       |
| `int`     | `int`                                                                           |
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nsr.rows import COLORS as COLORS
from nsr.rows import MAX_SIDE as MAX_SIDE
from nsr.rows import decode_rows
from nsr.values import ValueType

Grid: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]
Field: TypeAlias = npt.NDArray[np.int16]
Labels: TypeAlias = npt.NDArray[np.int16]
Grids: TypeAlias = tuple[Grid, ...]

MAX_OBJECTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """Disjoint pieces of a grid, held flat.

    Args:
        grid: the picture the pieces were cut from, shape (h, w).
        labels: `int16` of the same shape: 0 for cells of no object, else 1..count.
        count: number of objects; every label up to it occurs.
    """

    grid: Grid
    labels: Labels
    count: int
    measures: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict, repr=False)
    """Properties computed so far, `int32` of shape (count,): filled by `measure`, never changed."""


def freeze(array: npt.ArrayLike, dtype: npt.DTypeLike = np.uint8) -> Any:
    """A read-only, C-contiguous array of a type; the array itself if it is one already."""
    result = np.ascontiguousarray(array, dtype=dtype)
    if result.flags.writeable:
        if result is array or result.base is not None:
            result = result.copy()
        result.flags.writeable = False
    return result


def array_key(array: npt.NDArray[Any]) -> Hashable:
    """Identity of an array: shape and bytes."""
    return array.shape, array.tobytes()


def objects_key(objects: Objects) -> Hashable:
    """Identity of objects: their labels and the colours under them."""
    return array_key(objects.labels), array_key(objects.grid)


def is_grid(value: object) -> bool:
    """Whether a value is a grid."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and value.ndim == 2
        and 1 <= value.shape[0] <= MAX_SIDE
        and 1 <= value.shape[1] <= MAX_SIDE
    )


def decode_grid(raw: Any) -> Grid:
    """A grid from a list of rows.

    Raises:
        InputError: naming row and column, if it is not a rectangle of ints 0-9, sides 1-30.
    """
    if isinstance(raw, np.ndarray):
        raw = raw.tolist()
    return freeze(decode_rows(raw))  # type: ignore[no-any-return]


def _show_grid(grid: Grid) -> str:
    return "/".join("".join(map(str, row)) for row in grid.tolist())


def _small(array: npt.NDArray[Any]) -> bool:
    return array.ndim == 2 and 0 < array.shape[0] <= MAX_SIDE and 0 < array.shape[1] <= MAX_SIDE


def _has_dtype(value: object, dtype: npt.DTypeLike) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == dtype and value.ndim == 2


_ARRAY_BYTES = 250  # array object, key tuple and bank entry around the cells themselves

GRID = ValueType(
    name="grid",
    contains=is_grid,
    key=array_key,
    fits=_small,
    nbytes=lambda g: int(g.size) * 2 + _ARRAY_BYTES,
    show=_show_grid,
    encode=lambda g: g.tolist(),
    decode=decode_grid,
)
MASK = ValueType(
    name="mask",
    contains=lambda v: _has_dtype(v, np.bool_),
    key=array_key,
    fits=_small,
    nbytes=lambda m: int(m.size) * 2 + _ARRAY_BYTES,
    show=lambda m: _show_grid(m.astype(np.uint8)),
    encode=lambda m: m.astype(int).tolist(),
)
FIELD = ValueType(
    name="field",
    contains=lambda v: _has_dtype(v, np.int16),
    key=array_key,
    fits=_small,
    nbytes=lambda f: int(f.size) * 4 + _ARRAY_BYTES,
    show=lambda f: str(f.tolist()),
    encode=lambda f: f.tolist(),
)
OBJECTS = ValueType(
    name="objects",
    contains=lambda v: isinstance(v, Objects),
    key=objects_key,
    fits=lambda o: 0 < o.count <= MAX_OBJECTS,
    nbytes=lambda o: int(o.grid.size) * 6 + 3 * _ARRAY_BYTES + 200 * len(o.measures),
    show=lambda o: f"{o.count} objects",
    encode=lambda o: {"grid": o.grid.tolist(), "labels": o.labels.tolist()},
)
GRIDS = ValueType(
    name="grids",
    contains=lambda v: isinstance(v, tuple) and bool(v) and all(map(is_grid, v)),
    key=lambda gs: tuple(map(array_key, gs)),
    fits=lambda gs: 0 < len(gs) <= MAX_OBJECTS and all(map(_small, gs)),
    nbytes=lambda gs: sum(int(g.size) * 2 + _ARRAY_BYTES for g in gs),
    show=lambda gs: " ".join(map(_show_grid, gs)),
    encode=lambda gs: [g.tolist() for g in gs],
)
