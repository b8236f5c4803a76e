"""Where head, literal and arguments of each pattern lie in a span (shared by native kernels)."""

from __future__ import annotations

from typing import Any

import numba


@numba.njit(cache=True, inline="always")
def bounds(pattern: Any, i: Any, j: Any) -> Any:
    """The places `low <= m < high` where a pattern may be cut on the span i..j.

    Patterns are numbered as in `PATTERNS`; those with one argument have a single cut.
    """
    if pattern == 0:
        return i, i + (j - i == 1)
    if pattern == 1 or pattern == 2:
        return i, i + (j - i >= 2)
    if pattern == 6:
        return i, i + (j - i >= 3)
    if pattern == 3:
        return i + 1, j - 1
    if pattern == 4:
        return i + 2, j
    if pattern == 5:
        return i + 1, j - 1
    if pattern == 7:
        return i + 2, j - 1
    if pattern == 8:
        return i + 1, j - 2
    return i + 1, j


@numba.njit(cache=True, inline="always")
def place(pattern: Any, i: Any, j: Any, m: Any) -> Any:
    """(head, literal, first argument from, to, second from, to) of a span cut at m; -1: none."""
    if pattern == 1:
        return i, -1, i + 1, j, -1, -1
    if pattern == 2:
        return j - 1, -1, i, j - 1, -1, -1
    if pattern == 3:
        return m, -1, i, m, m + 1, j
    if pattern == 4:
        return i, -1, i + 1, m, m, j
    if pattern == 5:
        return j - 1, -1, i, m, m, j - 1
    if pattern == 6:
        return i, j - 1, i + 1, j - 1, -1, -1
    if pattern == 7:
        return i, m, i + 1, m, m + 1, j
    if pattern == 8:
        return m, j - 1, i, m, m + 1, j - 1
    return -1, -1, i, m, m, j
