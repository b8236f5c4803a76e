"""Goals covered by cases: terms that are right on some of the examples, told apart by conditions.

After Alur, Radhakrishna and Udupa, "Scaling enumerative program synthesis via divide and conquer"
(TACAS 2017). What is right on which examples, and which conditions hold there, are bit masks.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from nsr.budget import Meter
from nsr.program import Term
from nsr.search import Problem
from nsr.search.bank import Entry
from nsr.values import Column

BOOL: Final = "bool"
PARTS: Final = 300
"""Terms and conditions of different masks that are kept, cheapest first, for two cases."""
NESTED: Final = 40
"""The same for the conditions that cut three cases."""
MASKS_PER_FUEL: Final = 16
"""Masks compared for one unit of fuel."""


LEAST: Final = 2
"""Examples on either side of a cut of which one side is left open."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A goal of which a condition leaves one side to be solved.

    Args:
        condition: mask of the condition.
        part: mask of the term that is right on the other side.
        rest: mask of the examples that are left.
        bits: cost of condition and term, less one bit for each example that they explain.
    """

    condition: int
    part: int
    rest: int
    bits: float


_Made: TypeAlias = "int | tuple[int, _Made, _Made]"
"""The mask of a term, or of a condition with what is made for both cases."""


class Cases:
    """The terms and conditions for one goal."""

    def __init__(self, problem: Problem, choice: str, type_name: str, column: Column):
        self._space = problem.space
        self._choice = choice
        self._type = type_name
        self._column = column
        self._equal = problem.domain.type(type_name).equal
        self._plain = problem.domain.type(type_name).key is None
        self._bits = [1 << i for i in range(len(column))]
        self._all = (1 << len(column)) - 1
        self._parts: dict[int, tuple[float, Entry]] = {}
        self._conditions: dict[int, tuple[float, Entry]] = {}
        self._fresh = False
        self._seen: set[tuple[int, ...]] = set()

    @classmethod
    def of(cls, problem: Problem, type_name: str, column: Column) -> Cases | None:
        """Cases for a goal, or `None` if the space cannot tell cases apart."""
        choice = problem.domain.choices.get(type_name)
        if choice is None or choice not in problem.space.applications or len(column) < 2:
            return None
        return cls(problem, choice, type_name, column)

    def add(self, type_name: str, entry: Entry, cost: float) -> None:
        """A new value: perhaps right on some examples, perhaps a condition."""
        if type_name == BOOL:
            holds = sum(itertools.compress(self._bits, entry[0]))
            self._keep(self._conditions, holds, entry, cost)
        if type_name == self._type:
            equal = operator.eq if self._plain else self._equal
            right = sum(itertools.compress(self._bits, map(equal, entry[0], self._column)))
            self._keep(self._parts, right, entry, cost)

    def _keep(
        self, table: dict[int, tuple[float, Entry]], mask: int, entry: Entry, cost: float
    ) -> None:
        if mask and mask != self._all and mask not in table and len(table) < PARTS:
            table[mask] = cost, entry
            self._fresh = True

    def terms(self, term: Callable[[Entry], Term], meter: Meter) -> Iterator[Term]:
        """Terms of two cases, else of three, that meet the goal; each once.

        Args:
            term: the program of an entry.
            meter: pays for comparing masks.

        Raises:
            LimitReached: when the meter runs out.
        """
        if not self._fresh or not self._covered(self._all):
            return
        self._fresh = False
        found = False
        for made in self._split(self._all, list(self._conditions), meter):
            found = True
            yield self._build(made, term)
        if found:
            return
        conditions = list(self._conditions)[:NESTED]
        for mask in conditions:
            for holds in (mask, self._all & ~mask):
                first, others = self._part(holds, meter), self._all & ~holds
                if first is None or self._part(others, meter) is not None:
                    continue
                for rest in self._split(others, conditions, meter):
                    then, otherwise = (first, rest) if holds == mask else (rest, first)
                    yield self._build((mask, then, otherwise), term)

    def openings(self, meter: Meter) -> list[Opening]:
        """Conditions with a term that is right on one side of them, the most telling first.

        Args:
            meter: pays for comparing masks.

        Raises:
            LimitReached: when the meter runs out.
        """
        found = []
        for mask, (cost, _) in self._conditions.items():
            for holds in (mask, self._all & ~mask):
                rest = self._all & ~holds
                if min(holds.bit_count(), rest.bit_count()) < LEAST:
                    continue
                part = self._part(holds, meter)
                if part is not None and rest & ~part:
                    bits = cost + self._parts[part][0] - holds.bit_count()
                    found.append(Opening(mask, part, rest, bits))
        return sorted(found, key=lambda opening: opening.bits)

    def completed(self, opening: Opening, rest: Term, term: Callable[[Entry], Term]) -> Term:
        """The term for the whole goal that a term for the open side makes."""
        condition = term(self._conditions[opening.condition][1])
        known = term(self._parts[opening.part][1])
        sides = (rest, known) if opening.rest == opening.condition else (known, rest)
        return self._space.apply(self._choice, condition, *sides)

    def _covered(self, need: int) -> bool:
        """Whether every example of `need` has a term that is right there."""
        for mask in self._parts:
            need &= ~mask
        return not need

    def _part(self, need: int, meter: Meter) -> int | None:
        """The cheapest kept term that is right wherever `need` says."""
        for seen, mask in enumerate(self._parts):
            if not need & ~mask:
                meter.spend(1 + seen // MASKS_PER_FUEL)
                return mask
        meter.spend(1 + len(self._parts) // MASKS_PER_FUEL)
        return None

    def _split(
        self, need: int, conditions: list[int], meter: Meter
    ) -> Iterator[tuple[int, int, int]]:
        """Condition, then and else for `need`, each condition that really cuts it once."""
        cuts: set[int] = set()
        for mask in conditions:
            cut = mask & need
            if not cut or cut == need or cut in cuts:
                continue
            cuts.add(cut)
            then = self._part(cut, meter)
            if then is not None:
                otherwise = self._part(need & ~mask, meter)
                if otherwise is not None and (need, mask, then, otherwise) not in self._seen:
                    self._seen.add((need, mask, then, otherwise))
                    yield mask, then, otherwise

    def _build(self, made: _Made, term: Callable[[Entry], Term]) -> Term:
        if isinstance(made, int):
            return term(self._parts[made][1])
        condition, then, otherwise = made
        return self._space.apply(
            self._choice,
            term(self._conditions[condition][1]),
            self._build(then, term),
            self._build(otherwise, term),
        )
