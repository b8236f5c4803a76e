"""Grids from outside: lists of rows of colours, checked cell by cell, without NumPy."""

from __future__ import annotations

from typing import Any, TypeAlias

from nsr.errors import InputError

Rows: TypeAlias = tuple[tuple[int, ...], ...]
"""A grid as rows of colours 0-9."""

MAX_SIDE = 30
COLORS = 10


def decode_rows(raw: Any) -> Rows:
    """A grid from a list of rows, as JSON gives it.

    Raises:
        InputError: naming row and column, if it is not a rectangle of ints 0-9, sides 1-30.

    >>> decode_rows([[0, 1], [2, 3]])
    ((0, 1), (2, 3))
    >>> decode_rows([[0, 1], [2]])
    Traceback (most recent call last):
    nsr.errors.InputError: row 1: expected 2 cells as in row 0, got 1
    """
    if not isinstance(raw, list | tuple):
        raise InputError(f"expected a grid (a list of rows), got {kind(raw)}")
    if not 1 <= len(raw) <= MAX_SIDE:
        raise InputError(f"expected 1 to {MAX_SIDE} rows, got {len(raw)}")
    for i, row in enumerate(raw):
        if not isinstance(row, list | tuple):
            raise InputError(f"expected a list of colours, got {kind(row)}", place=f"row {i}")
        if not 1 <= len(row) <= MAX_SIDE:
            raise InputError(f"expected 1 to {MAX_SIDE} cells, got {len(row)}", place=f"row {i}")
        if len(row) != len(raw[0]):
            raise InputError(
                f"expected {len(raw[0])} cells as in row 0, got {len(row)}", place=f"row {i}"
            )
        for j, cell in enumerate(row):
            if isinstance(cell, bool) or not isinstance(cell, int) or not 0 <= cell < COLORS:
                raise InputError(
                    f"expected an integer 0-9, got {kind(cell)}", place=f"row {i} column {j}"
                )
    return tuple(map(tuple, raw))


def kind(value: object) -> str:
    """A short text of what came instead of what was expected.

    >>> kind("x"), kind([])
    ("'x'", 'a list')
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, bool | float | str) or value is None:
        text = repr(value)
    elif isinstance(value, int):
        # The decimal text of a huge integer is refused by Python itself.
        text = repr(value) if value.bit_length() < 128 else "a huge integer"
    else:
        return f"a {type(value).__name__}"
    return text if len(text) <= 40 else text[:37] + "..."
