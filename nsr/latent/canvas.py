"""The canvas: grids and sequences of any size as arrays of one shape.

A value is laid into the top left corner of a canvas, and the rest is `void`, a symbol of its own.
So one array holds the cells and the size of a value, and a sequence is a grid of one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nsr.errors import InputError
from nsr.task import Task
from nsr.values import Value

Cells = NDArray[np.uint8]
"""uint8[..., height, width]: symbols from 0 on, and `void` outside the value."""

LARGEST: Final = 30
"""Longest side of a grid, as in ARC; sequences may be `LONGEST` long."""
LONGEST: Final = 64
SYMBOLS: Final = 32


@dataclass(frozen=True)
class Canvas:
    """A kind of values and the room they need.

    Args:
        kind: "grids" (arrays or rows of equal length) or "sequences" (tuples of whole numbers).
        height, width: of the largest value; a sequence has height 1.
        symbols: cells are 0 to `symbols - 1`.
        patch: cells of a side of the square that is one token of the network, clipped to the
            canvas. Two by two cells make a pass four times cheaper than single cells.

    Raises:
        InputError: if a measure is out of range.
    """

    kind: str
    height: int
    width: int
    symbols: int
    patch: int = 2

    def __post_init__(self) -> None:
        longest = LARGEST if self.kind == "grids" else LONGEST
        for what, value, most in (
            ("height", self.height, longest if self.kind == "grids" else 1),
            ("width", self.width, longest),
            ("number of symbols", self.symbols, SYMBOLS),
            ("patch", self.patch, 8),
        ):
            if not isinstance(value, int) or not 1 <= value <= most:
                raise InputError(f"canvas: {what} must be 1 to {most}, got {value!r}")
        if self.kind not in ("grids", "sequences"):
            raise InputError(f"canvas: expected grids or sequences, got {self.kind!r}")

    @classmethod
    def of(cls, tasks: Iterable[Task], *, patch: int = 2, square: bool = False) -> Canvas:
        """The smallest canvas that holds all values of some tasks, or the smallest square of grids.

        Raises:
            InputError: if there are none, or naming a task with a value that is no grid and no
                sequence, or is too large.
        """
        shaped = [part for task in tasks for part in _shaped(task)]
        if not shaped:
            raise InputError("expected at least one task, got none")
        kinds = {kind for kind, _ in shaped}
        if len(kinds) > 1:
            raise InputError("expected grids or sequences, got both")
        cells = [c for _, c in shaped]
        height, width = (max(max(c.shape[axis] for c in cells), 1) for axis in (0, 1))
        symbols = max((int(c.max()) for c in cells if c.size), default=0) + 1
        kind = kinds.pop()
        if square and kind == "grids":
            height = width = max(height, width)
        return cls(kind, height, width, symbols, patch)

    @property
    def void(self) -> int:
        """The symbol of what lies outside the value."""
        return self.symbols

    @property
    def tokens(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        high, wide = self.sides
        return -(-self.height // high), -(-self.width // wide)

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width of a patch."""
        return min(self.patch, self.height), min(self.patch, self.width)

    def as_json(self) -> dict[str, Any]:
        """Plain values; `Canvas(**values)` is the canvas again."""
        return asdict(self)

    # -- values to cells and back ----------------------------------------------------------------
    def draw(self, value: Value) -> Cells:
        """uint8[height, width] of a value.

        Raises:
            InputError: if the value is of another kind, or does not fit.
        """
        kind, cells = _cells(value)
        if kind != self.kind:
            raise InputError(f"expected {self.kind}, got {kind}")
        high, wide = cells.shape
        if high > self.height or wide > self.width:
            raise InputError(
                f"expected at most {self.height} x {self.width} cells, got {high} x {wide}"
            )
        if cells.size and int(cells.max()) >= self.symbols:
            raise InputError(f"expected symbols below {self.symbols}, got {int(cells.max())}")
        drawn = np.full((self.height, self.width), self.void, np.uint8)
        drawn[:high, :wide] = cells
        return drawn

    def value(self, cells: Cells) -> Value:
        """The value drawn in uint8[height, width]: a grid as uint8[h, w], a sequence as a tuple."""
        inside = cells[..., : self.size(cells)[0], : self.size(cells)[1]]
        if self.kind == "sequences":
            return tuple(inside[0].tolist()) if inside.size else ()
        grid = np.ascontiguousarray(inside, dtype=np.uint8)
        grid.setflags(write=False)
        return grid

    def size(self, cells: Cells) -> tuple[int, int]:
        """Height and width of the value drawn in uint8[height, width]."""
        inside = cells != self.void
        return int(inside.any(1).sum()), int(inside.any(0).sum())

    def queries(self, task: Task) -> list[Cells]:
        """The queries of a task, uint8[height, width] each.

        Raises:
            InputError: naming the query that does not fit.
        """
        drawn = []
        for number, query in enumerate(task.queries, 1):
            try:
                drawn.append(self.draw(query[0]))
            except InputError as error:
                place = f"query {number}"
                raise InputError(error.message, source=task.name, place=place) from None
        return drawn

    def examples(self, task: Task) -> Drawn:
        """The examples of a task as arrays.

        Raises:
            InputError: naming the example whose value does not fit.
        """
        sides: tuple[list[Cells], list[Cells]] = ([], [])
        for number, example in enumerate(task.train):
            if len(example.inputs) != 1:
                raise InputError(
                    f"expected one input per example, got {len(example.inputs)}", source=task.name
                )
            for side, name, value in zip(
                sides, ("input", "output"), (example.inputs[0], example.output), strict=True
            ):
                try:
                    side.append(self.draw(value))
                except InputError as error:
                    place = f"example {number + 1}, {name}"
                    raise InputError(error.message, source=task.name, place=place) from None
        return Drawn(np.stack(sides[0]), np.stack(sides[1]))


@dataclass(frozen=True)
class Drawn:
    """Pairs on a canvas: `x` and `y` are uint8[..., height, width] of one shape."""

    x: Cells
    y: Cells

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Any) -> Drawn:
        return Drawn(self.x[index], self.y[index])


def _shaped(task: Task) -> Iterator[tuple[str, NDArray[Any]]]:
    """Kind and cells of every value of a task.

    Raises:
        InputError: naming the task, if there is no canvas for one of them.
    """
    values = [v for e in task.train for v in (*e.inputs, e.output)]
    for value in values + [v for query in task.queries for v in query]:
        try:
            kind, cells = _cells(value)
            longest = LARGEST if kind == "grids" else LONGEST
            if max(cells.shape) > longest:
                raise InputError(f"expected {kind} of at most {longest}, got {max(cells.shape)}")
            if cells.size and int(cells.max()) >= SYMBOLS:
                raise InputError(f"expected numbers from 0 to {SYMBOLS - 1}, got {cells.max()}")
        except InputError as error:
            raise InputError(error.message, source=task.name) from None
        yield kind, cells


def _cells(value: Value) -> tuple[str, NDArray[Any]]:
    """The kind of a value and its cells, int[h, w]."""
    try:
        cells = np.asarray(value)
    except ValueError:
        raise InputError("expected a grid or a sequence, got rows of unequal length") from None
    if cells.size == 0:
        cells = cells.astype(np.uint8)
    if cells.ndim not in (1, 2) or cells.dtype.kind not in "ui" or (cells < 0).any():
        raise InputError(
            "expected a grid or a sequence of whole numbers from 0 on, "
            f"got {type(value).__name__} {str(value)[:40]}"
        )
    return ("sequences", cells[None]) if cells.ndim == 1 else ("grids", cells)
