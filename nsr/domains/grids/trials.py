"""Colours found by trial: which colour must a painting primitive be given to make the output?

Only colours of the output come into question, and of those only the one that the state lacks, if
there is one. So a primitive is run once or twice per example, not ten times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from nsr.domain import Inverse, Primitive
from nsr.domains.grids._kernel import GRID_IN, kernel
from nsr.domains.grids.values import Grid, Objects
from nsr.errors import UndefinedError
from nsr.values import Column

PAINTERS: Final = (
    "dye",
    "fill_enclosed",
    "link",
    "outline4",
    "paint",
    "rim",
    "set_background",
)
"""Primitives `(grid or objects, color) -> grid` that keep the size and are cheap to run."""


def with_trials(table: Mapping[str, Primitive]) -> Mapping[str, Primitive]:
    """The primitives, the painting ones with an inverse for their colour."""
    return MappingProxyType(
        {
            name: replace(p, inverses={1: Inverse(_tried(p.function), _same_size)})
            if name in PAINTERS
            else p
            for name, p in table.items()
        }
    )


def _same_size(_place: int, column: Column, target: Column) -> bool:
    return all(_grid(s).shape == t.shape for s, t in zip(column, target, strict=False))


def _grid(state: Grid | Objects) -> Grid:
    return state.grid if isinstance(state, Objects) else state


@kernel(GRID_IN)
def _palette(grid: Grid) -> int:
    """The colours of a grid as a set of bits."""
    colors = 0
    height, width = grid.shape
    for y in range(height):
        for x in range(width):
            colors |= 1 << grid[y, x]
    return colors


def _tried(
    function: Callable[..., Grid],
) -> Callable[[Sequence[Column | None], Column], Iterator[tuple[int, ...]]]:
    def solve(known: Sequence[Column | None], target: Column) -> Iterator[tuple[int, ...]]:
        states = known[0]
        assert states is not None
        colors = []
        for state, goal in zip(states, target, strict=False):
            color = _color(function, state, goal)
            if color is None:
                return
            colors.append(color)
        yield tuple(colors)

    return solve


def _color(function: Callable[..., Grid], state: Any, goal: Grid) -> int | None:
    wanted = _palette(goal)
    lacking = wanted & ~_palette(_grid(state))
    if lacking & (lacking - 1):
        return None  # two new colours at once
    for color in range(10):
        if (lacking or wanted) >> color & 1:
            try:
                if np.array_equal(function(state, color), goal):
                    return color
            except UndefinedError:
                return None
    return None
