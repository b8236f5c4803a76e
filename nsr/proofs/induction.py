"""Induction in z3: that a closed form equals a loop for all natural numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from nsr.domain import Domain
from nsr.program import Apply, Literal, Term, Variable, walk

RECUR: Final = "recur"
STEPS: Final = "steps"
SCHEMES: Final = (RECUR, STEPS)
"""The primitives that loop; see their definitions in the domain of integers."""

GUARDS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "div": lambda left, right: right != 0,
        "mod": lambda left, right: right != 0,
        "dec": lambda number: number >= 0,
    }
)
"""Where a primitive of arithmetic has a value, if not everywhere; on z3 terms."""


@dataclass(frozen=True, slots=True)
class Form:
    """A term of arithmetic, without loops, and conditions under which something equals it."""

    value: Term
    where: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop on its own, its parts written in arithmetic.

    Args:
        scheme: one of `SCHEMES`.
        start: where `recur` starts; 0 for `steps`.
        step: over the counter (for `steps` the number that comes down), the parameters and (for
            `recur`) the value so far.
        where: conditions under which the step has its value, over the same variables.
        parameters: how many there are. `start` and closed forms of the loop are over the count
            and the parameters.
    """

    scheme: str
    start: Term
    step: Term
    where: tuple[Term, ...]
    parameters: int


class Logic:
    """Terms of arithmetic in z3, in a context of its own: nothing else changes what comes out.

    Args:
        domain: with the symbolic meanings of its primitives.
        rlimit: work for one query, in z3's own units; the same on every machine.
    """

    def __init__(self, domain: Domain, rlimit: int):
        import z3

        self._z3, self._context = z3, z3.Context()
        self._domain, self._rlimit = domain, rlimit

    def numbers(self, count: int) -> list[Any]:
        """Unknown numbers."""
        return [self._z3.Int(f"x{i}", self._context) for i in range(count)]

    def number(self, value: Any) -> Any:
        """A known number."""
        return self._z3.IntVal(value, self._context)

    def term(self, term: Term, scope: Sequence[Any]) -> Any:
        """The meaning of a term; any value where the term has none."""
        if isinstance(term, Variable):
            return scope[term.index]
        if isinstance(term, Literal):
            return self.number(term.value)
        assert isinstance(term, Apply)
        parts = [self.term(part, scope) for part in term.args]
        return self._domain.symbolic[term.primitive](*parts)

    def guards(self, term: Term, scope: Sequence[Any]) -> list[Any]:
        """The conditions for a term to have a value, inner ones first."""
        return [
            GUARDS[node.primitive](*(self.term(part, scope) for part in node.args))
            for node in walk(term)
            if isinstance(node, Apply) and node.primitive in GUARDS
        ][::-1]

    def holds(self, conditions: Sequence[Term], scope: Sequence[Any]) -> list[Any]:
        """That conditions have a value and hold."""
        return [atom for c in conditions for atom in (*self.guards(c, scope), self.term(c, scope))]

    def follows(self, given: Sequence[Any], wanted: Sequence[Any]) -> bool:
        """Whether each of some conditions follows from those given and the ones before it."""
        known = list(given)
        for atom in wanted:
            solver = self._z3.Solver(ctx=self._context)
            # Without its own handler z3 leaves the interrupt key to Python.
            solver.set("rlimit", self._rlimit, "ctrl_c", False)
            solver.add(*known, self._z3.Not(atom))
            if solver.check() != self._z3.unsat:
                return False
            known.append(atom)
        return True


def holds_by_induction(logic: Logic, loop: Loop, form: Form) -> bool:
    """Whether z3 proves that a form equals a loop for all natural numbers that meet its conditions.

    For `recur`: the form is the start at 0, and one step takes it from k to k + 1. For `steps`:
    it is 0 at 0; from every other number the step leads down to a natural number, to which the
    conditions still apply, and the form is one more than there.
    """
    count, *parameters = numbers = logic.numbers(1 + loop.parameters)
    natural = [number >= 0 for number in numbers]
    zero = [logic.number(0), *parameters]
    value = functools.partial(logic.term, form.value)
    guards = functools.partial(logic.guards, form.value)
    holds = functools.partial(logic.holds, form.where)
    base = [*guards(zero), value(zero) == logic.term(loop.start, zero)]
    if not logic.follows([*natural, *holds(zero)], base):
        return False
    if loop.scheme == RECUR:
        after, inside = [count + 1, *parameters], [*numbers, value(numbers)]
        given, wanted = [*natural, *holds(after)], holds(numbers)
        # By induction the form has a value here, that of the recursion: a natural number.
        induction = [*guards(numbers), value(numbers) >= 0]
        step = [
            *logic.holds(loop.where, inside),
            *guards(after),
            value(after) == logic.term(loop.step, inside),
        ]
    else:
        smaller = logic.term(loop.step, numbers)
        below = [smaller, *parameters]
        given = [*natural, count > 0, *holds(numbers)]
        wanted = [*logic.holds(loop.where, numbers), smaller >= 0, smaller < count, *holds(below)]
        induction = [*guards(below), value(below) >= 0]
        step = [*guards(numbers), value(numbers) == value(below) + 1]
    return logic.follows(given, wanted) and logic.follows([*given, *wanted, *induction], step)
