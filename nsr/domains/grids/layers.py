"""Several grids laid over each other in an order that is solved from the examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from nsr.domain import Inverse, LiteralType
from nsr.domains.grids._kernel import seal
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid, Grids
from nsr.errors import UndefinedError
from nsr.values import Column

Order = tuple[int, ...]
"""Numbers of grids from the top to the bottom, counted from 1."""


def _solve_order(known: Sequence[Column | None], target: Column) -> Iterator[Order]:
    """Peel the target: a grid may lie on top if all its cells show where nothing lies above."""
    columns = known[0]
    assert columns is not None
    stacks: list[Grids] = list(columns[: len(target)])
    number = len(stacks[0])
    if not 2 <= number <= 9 or any(len(stack) != number for stack in columns):
        return
    for stack, goal in zip(stacks, target, strict=True):
        if any(grid.shape != goal.shape for grid in stack):
            return
    opened = [np.ones(goal.shape, np.bool_) for goal in target]
    order: list[int] = []
    while len(order) < number:
        for k in range(number):
            if k in order:
                continue
            shown = [(stack[k] != 0) & still for stack, still in zip(stacks, opened, strict=True)]
            if all(
                np.array_equal(stack[k][cells], goal[cells])
                for stack, cells, goal in zip(stacks, shown, target, strict=True)
            ):
                order.append(k)
                for still, cells in zip(opened, shown, strict=True):
                    still &= ~cells
                break
        else:
            return
    if all(not goal[still].any() for goal, still in zip(target, opened, strict=True)):
        yield tuple(k + 1 for k in order)


@primitives(cost=0.5, inverses={1: Inverse(_solve_order)})
def layered(grids: Grids, order: Order) -> Grid:
    """Grids of one shape laid over each other, the first of the order on top; 0 is transparent.

    >>> show(layered(split_across(grid("102003"), 3), (2, 1, 3)))
    23
    """
    if sorted(order) != list(range(1, len(grids) + 1)):
        raise UndefinedError(f"an order of {len(order)} for {len(grids)} grids")
    if any(grid.shape != grids[0].shape for grid in grids):
        raise UndefinedError("grids of different shape")
    out = np.zeros_like(grids[0])
    for k in reversed(order):
        out = np.where(grids[k - 1] != 0, grids[k - 1], out)
    return seal(out)


def _parse_order(text: str) -> Order:
    order = tuple(int(part) for part in text.split(">"))
    if sorted(order) != list(range(1, len(order) + 1)):
        raise ValueError(f"needs every number from 1 to {len(order)} once")
    return order


ORDER: Final = LiteralType(
    name="ORDER",
    parse=_parse_order,
    format=lambda order: " > ".join(map(str, order)),
    cost=lambda order: 1.0 + 0.5 * len(order),
)
