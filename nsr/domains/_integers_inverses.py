"""Inverses of arithmetic: the missing number, given the other one and the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from nsr.domain import Inverse
from nsr.values import Column


def _pointwise(place: int, solve: Callable[[int, int], int | None]) -> Inverse:
    """An inverse from `(known number, result) -> missing number`, or `None` if there is none."""

    def missing(known: Sequence[Column | None], target: Column) -> Iterator[Column]:
        column: Any = known[place]
        found = []
        for number, result in zip(column, target, strict=False):
            value = solve(number, result)
            if value is None:
                return
            found.append(value)
        yield tuple(found)

    return Inverse(missing)


def _factor(number: int, result: int) -> int | None:
    return None if not number or result % number else result // number


ADD: Final[Mapping[int, Inverse]] = {
    0: _pointwise(1, lambda right, result: result - right),
    1: _pointwise(0, lambda left, result: result - left),
}
SUB: Final[Mapping[int, Inverse]] = {
    0: _pointwise(1, lambda right, result: result + right),
    1: _pointwise(0, lambda left, result: left - result),
}
MUL: Final[Mapping[int, Inverse]] = {0: _pointwise(1, _factor), 1: _pointwise(0, _factor)}
