"""Truth values as two conditions joined by `and` or `or`: all pairs of kept conditions at once.

A condition that holds wherever the goal does may be one side of an `and`, one that holds nowhere
else one side of an `or`. Where conditions hold are bit masks, so that a pair is one operation.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from nsr.budget import Meter
from nsr.program import Term
from nsr.search import Problem
from nsr.search.bank import Entry
from nsr.search.cases import BOOL
from nsr.values import Column

KEPT: Final = 1000
"""Conditions that are kept for each connective, cheapest first."""
SHOWN: Final = 16
"""Pairs handed out at a time, cheapest first."""
PAIRS_PER_FUEL: Final = 16
NEGATION: Final = 0.5
"""Bits of a `not`."""


@dataclass(slots=True)
class _Pool:
    """Conditions for one connective: mask -> (cost, entry, whether it is negated)."""

    known: dict[int, tuple[float, Entry, bool]] = field(default_factory=dict)
    done: int = 0


class Connectives:
    """The conditions for one goal.

    Args:
        problem: whose space has `and`, `or` and `not`.
        column: the truth values wanted.
    """

    def __init__(self, problem: Problem, column: Column):
        self._space = problem.space
        self._bits = [1 << i for i in range(len(column))]
        self._all = (1 << len(column)) - 1
        self._target = sum(itertools.compress(self._bits, column))
        self._pools = {"and": _Pool(), "or": _Pool()}

    @classmethod
    def of(cls, problem: Problem, type_name: str, column: Column) -> Connectives | None:
        """Connectives for a goal; `None` if the space lacks them or the goal is constant."""
        lacks = not {"and", "or", "not"} <= set(problem.space.applications)
        return None if lacks or type_name != BOOL or len(set(column)) < 2 else cls(problem, column)

    def add(self, type_name: str, entry: Entry, cost: float) -> None:
        """A new value: perhaps a condition."""
        if type_name != BOOL:
            return
        holds = sum(itertools.compress(self._bits, entry[0]))
        for mask, bits, negated in (
            (holds, cost, False),
            (self._all & ~holds, cost + NEGATION, True),
        ):
            if mask in (0, self._all, self._target):
                continue
            for name, fits in (
                ("and", not self._target & ~mask),
                ("or", not mask & ~self._target),
            ):
                known = self._pools[name].known
                if fits and mask not in known and len(known) < KEPT:
                    known[mask] = bits, entry, negated

    def terms(self, term: Callable[[Entry], Term], meter: Meter) -> Iterator[Term]:
        """Pairs with a condition that is new since the last call, cheapest first.

        Args:
            term: the program of an entry.
            meter: pays for the pairs.

        Raises:
            LimitReached: when the meter runs out.
        """
        for name, pool in self._pools.items():
            masks = list(pool.known)
            first, pool.done = pool.done, len(masks)
            meter.spend(len(masks) * (len(masks) - first) // PAIRS_PER_FUEL)
            found = []
            for i in range(first, len(masks)):
                for j in range(i):
                    left, right = masks[j], masks[i]
                    if (left & right if name == "and" else left | right) == self._target:
                        found.append((pool.known[left][0] + pool.known[right][0], left, right))
            for _, left, right in sorted(found)[:SHOWN]:
                sides = (self._side(pool.known[mask], term) for mask in (left, right))
                yield self._space.apply(name, *sides)

    def _side(self, condition: tuple[float, Entry, bool], term: Callable[[Entry], Term]) -> Term:
        _, entry, negated = condition
        return self._space.apply("not", term(entry)) if negated else term(entry)
