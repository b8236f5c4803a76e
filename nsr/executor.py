"""Deduction: runs a program on all examples at once, on a budget.

A term is made into nested Python functions once and run on one tuple of inputs after the other.
Each application of a primitive to one example spends one unit of fuel, also inside function
literals, whose bodies pay when they are called; so every recursion is bounded by fuel. Values that
pass the size caps of their type become `Undefined`, as does everything computed from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from nsr.budget import Budget, Meter
from nsr.domain import Domain
from nsr.errors import LimitReached, ProgramError, UndefinedError
from nsr.program import MAX_DEPTH, Hole, Lambda, Literal, Term, Variable, children, depth
from nsr.values import Column, Undefined, Value

DEFAULT_BUDGET = Budget(fuel=1_000_000)
"""Enough for one program on a handful of examples."""


_Run: TypeAlias = Callable[[tuple[Value, ...], Callable[[int], None]], Any]
"""A term as a function of its scope and of what takes the fuel of calls of function literals."""


class Executor:
    """Runs terms of one domain.

    >>> from nsr.space import load_space
    >>> space = load_space("integers")
    >>> term = space.parse("add(x0, 1)", goal="int", inputs=["int"])
    >>> Executor(space.domain).run(term, [(1,), (41,)])
    (2, 42)
    """

    def __init__(self, domain: Domain):
        self.domain = domain

    def run(
        self, term: Term, inputs: Sequence[tuple[Value, ...]], *, meter: Meter | None = None
    ) -> Column:
        """The values of a term, one per tuple of inputs; `Undefined` where it has none.

        Args:
            term: a program without holes over variables x0, x1, ...
            inputs: one tuple of values per example.
            meter: what to spend from; by default a fresh one of `DEFAULT_BUDGET`.

        Raises:
            LimitReached: if the meter runs out.
            ProgramError: if the term has holes, is too deep, or uses a primitive or a variable
                that is not there.
        """
        meter = meter or DEFAULT_BUDGET.meter()
        run = self.prepare(term)
        return tuple(run(values, meter) for values in inputs)

    def value(self, term: Term, inputs: tuple[Value, ...], *, meter: Meter) -> Value:
        """The value of a term on one tuple of inputs; `Undefined` also where the meter runs out.

        Raises:
            LimitReached: by a limit that is not the meter's, as of a guard around the call: then
                there may be a value.
            ProgramError: as `run` does.
        """
        try:
            return self.run(term, [inputs], meter=meter)[0]
        except LimitReached as reached:
            if meter.stopped_by is None:
                raise
            return Undefined(str(reached))

    def prepare(self, term: Term) -> Callable[[tuple[Value, ...], Meter], Value]:
        """A term made ready to be run on one tuple of inputs after the other.

        The result is called with the inputs and a meter, which it spends from; it gives the value
        or `Undefined`, and raises as `run` does.

        Raises:
            ProgramError: if the term has holes, is too deep, or uses a primitive that is not there.
        """
        if depth(term) > MAX_DEPTH:
            raise ProgramError(f"program deeper than {MAX_DEPTH}")
        body, fuel = self._compile(term)
        needed = _inputs(term)

        def run(inputs: tuple[Value, ...], meter: Meter) -> Value:
            if needed > len(inputs):
                raise ProgramError(f"variable x{needed - 1} is not among the {len(inputs)} inputs")
            meter.spend(fuel)
            try:
                return body(inputs, meter.spend)
            except UndefinedError as error:
                return Undefined(str(error))

        return run

    def function(self, term: Term, *, fuel: int) -> Callable[..., Value]:
        """A program as a plain Python function of its inputs.

        The function raises `UndefinedError` where the program has no value, or when one call
        needs more fuel than given.

        >>> from nsr.space import load_space
        >>> space = load_space("integers")
        >>> term = space.parse("add(x0, x1)", goal="int", inputs=["int", "int"])
        >>> Executor(space.domain).function(term, fuel=10)(2, 3)
        5
        """
        body, own = self._compile(term)
        budget = Budget(fuel=fuel)

        def call(*inputs: Value) -> Value:
            meter = budget.meter()
            try:
                meter.spend(own)
                return body(inputs, meter.spend)
            except LimitReached as reached:
                if meter.stopped_by is None:
                    raise
                raise UndefinedError(str(reached)) from None

        return call

    def _compile(self, term: Term) -> tuple[_Run, int]:
        """A term as a Python function, and the fuel of one run besides calls of literals."""
        if isinstance(term, Variable):
            index = term.index
            return lambda scope, _spend: scope[index], 0
        if isinstance(term, Literal):
            constant = term.value
            return lambda _scope, _spend: constant, 0
        if isinstance(term, Lambda):
            return _closing(*self._compile(term.body)), 0
        if isinstance(term, Hole):
            raise ProgramError(f"a program with a hole ({term.terminal}) cannot be run")
        primitive = self.domain.primitives.get(term.primitive)
        if primitive is None:
            raise ProgramError(f"domain {self.domain.name!r} has no primitive {term.primitive!r}")
        parts = [self._compile(part) for part in term.args]
        fuel = 1 + sum(fuel for _, fuel in parts)
        result = self.domain.types.get(term.type)
        fits = None if result is None or result.unlimited else result.fits
        bodies = [body for body, _ in parts]
        if primitive.definition is None:
            return _applied(primitive.name, primitive.function, fits, bodies), fuel
        body, inside = self._compile(primitive.definition)
        return _entered(primitive.name, body, fits, bodies), fuel + inside


def _closing(body: _Run, fuel: int) -> _Run:
    """A function literal. A call costs at least one unit, so none can loop for free."""
    cost = 1 + fuel

    def close(scope: tuple[Value, ...], spend: Callable[[int], None]) -> Callable[..., Any]:
        def call(*arguments: Value) -> Value:
            spend(cost)
            return body(scope + arguments, spend)

        return call

    return close


def _applied(
    name: str,
    function: Callable[..., Value],
    fits: Callable[[Value], bool] | None,
    parts: Sequence[_Run],
) -> _Run:
    """The application of a primitive, with the size caps of its result."""
    if len(parts) == 2:
        left, right = parts

        def run(scope: tuple[Value, ...], spend: Callable[[int], None]) -> Value:
            value = function(left(scope, spend), right(scope, spend))
            if fits is not None and not fits(value):
                raise UndefinedError(f"{name}: value too large")
            return value

    else:

        def run(scope: tuple[Value, ...], spend: Callable[[int], None]) -> Value:
            value = function(*[part(scope, spend) for part in parts])
            if fits is not None and not fits(value):
                raise UndefinedError(f"{name}: value too large")
            return value

    return run


def _entered(
    name: str, body: _Run, fits: Callable[[Value], bool] | None, parts: Sequence[_Run]
) -> _Run:
    """The call of a library function: its definition over the arguments."""

    def run(scope: tuple[Value, ...], spend: Callable[[int], None]) -> Value:
        value = body(tuple([part(scope, spend) for part in parts]), spend)
        if fits is not None and not fits(value):
            raise UndefinedError(f"{name}: value too large")
        return value

    return run


def _inputs(term: Term) -> int:
    """How many inputs a program needs: one more than its highest variable that is one."""
    needed = 0
    # With the first index that is a parameter, not an input, where the term stands.
    stack: list[tuple[Term, float]] = [(term, math.inf)]
    while stack:
        node, first = stack.pop()
        if isinstance(node, Variable):
            if node.index < first:
                needed = max(needed, node.index + 1)
        elif isinstance(node, Lambda):
            stack.append((node.body, min(first, node.params[0].index)))
        else:
            stack.extend((part, first) for part in children(node))
    return needed
