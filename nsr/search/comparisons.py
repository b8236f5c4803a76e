"""Truth values as comparisons of two terms: all pairs of kept terms at once.

A bottom-up bank holds a comparison only when its level reaches the cost of both sides together.
Pairs are cheap to test as rows of numbers, so here each side may cost as much as the level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nsr.budget import Meter
from nsr.program import Term
from nsr.search import Problem
from nsr.search.bank import Entry
from nsr.search.cases import BOOL
from nsr.values import Column

KEPT: Final = 600
"""Terms that are compared, cheapest first."""
SHOWN: Final = 32
"""Comparisons handed out at a time, cheapest first."""
LARGEST: Final = 2**62
NUMBER: Final = "int"
PAIRS_PER_FUEL: Final = 256


class Comparisons:
    """Comparisons that have the truth values of one goal."""

    def __init__(self, problem: Problem, column: Column):
        self._space = problem.space
        target = np.array(column, dtype=bool)
        self._sides: dict[str, _Side] = {}
        for name, operator in problem.domain.comparisons.items():
            production = problem.space.applications.get(name)
            if production is not None:
                type_name = production.args[0]
                side = self._sides.setdefault(type_name, _Side(target, type_name != NUMBER))
                side.operators[name] = operator

    @classmethod
    def of(cls, problem: Problem, type_name: str, column: Column) -> Comparisons | None:
        """Comparisons for a goal, or `None` if there are none or the goal is constant."""
        if type_name != BOOL or len(set(column)) < 2:
            return None
        found = cls(problem, column)
        return found if found._sides else None

    def add(self, type_name: str, entry: Entry, cost: float) -> None:
        """A new value: perhaps one side of a comparison."""
        side = self._sides.get(type_name)
        if side is not None:
            side.add(entry, cost)

    def terms(self, term: Callable[[Entry], Term], meter: Meter) -> Iterator[Term]:
        """Comparisons with a side that is new since the last call, cheapest first.

        Args:
            term: the program of an entry.
            meter: pays for the comparisons.

        Raises:
            LimitReached: when the meter runs out.
        """
        for side in self._sides.values():
            for name, left, right in side.found(meter):
                yield self._space.apply(name, term(left), term(right))


class _Side:
    """The terms of one type, as rows of numbers.

    Args:
        target: the truth values wanted.
        named: whether values are no numbers, so that each gets one for its name.
    """

    def __init__(self, target: npt.NDArray[np.bool_], named: bool):
        self.operators: dict[str, Callable[[Any, Any], Any]] = {}
        self._target = target
        self._names: dict[Any, int] | None = {} if named else None
        self._entries: list[tuple[float, Entry]] = []
        self._rows: list[Any] = []
        self._done = 0

    def add(self, entry: Entry, cost: float) -> None:
        """One side of comparisons to come."""
        if len(self._rows) >= KEPT:
            return
        row = entry[0][: len(self._target)]
        if self._names is not None:
            names = self._names
            row = tuple([names.setdefault(value, len(names)) for value in row])
        elif not all(-LARGEST < value < LARGEST for value in row):
            return
        self._rows.append(row)
        self._entries.append((cost, entry))

    def found(self, meter: Meter) -> list[tuple[str, Entry, Entry]]:
        """Comparisons with a side that is new since the last call, cheapest first."""
        first, self._done = self._done, len(self._rows)
        if first == self._done:
            return []
        rows = np.array(self._rows, dtype=np.int64)
        costs = np.array([cost for cost, _ in self._entries])
        found: list[tuple[float, str, int, int]] = []
        for name, operator in self.operators.items():
            meter.spend(1 + len(rows) * (len(rows) - first) // PAIRS_PER_FUEL)
            for left, right in _pairs(operator, rows, first, self._target):
                found.append((float(costs[left] + costs[right]), name, left, right))
        found.sort()
        return [(name, self._entries[i][1], self._entries[j][1]) for _, name, i, j in found[:SHOWN]]


def _pairs(
    operator: Callable[[Any, Any], Any],
    rows: npt.NDArray[np.int64],
    first: int,
    target: npt.NDArray[np.bool_],
) -> Iterator[tuple[int, int]]:
    """Numbers of two rows, one of them at least `first`, that compare as the target says."""
    for left, right, offset in (
        (rows[first:], rows, (first, 0)),
        (rows[:first], rows[first:], (0, first)),
    ):
        fits = np.ones((len(left), len(right)), dtype=bool)
        for a, b, wanted in zip(left.T, right.T, target, strict=True):
            fits &= operator(a[:, None], b[None, :]) == wanted
        for i, j in np.argwhere(fits).tolist():
            yield i + offset[0], j + offset[1]
