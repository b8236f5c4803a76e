"""Deduction: runs a program on all examples at once, on a budget.

The evaluator is iterative: a term is flattened once into a postfix list of instructions and run
over columns, one value per example. Each application of a primitive to one example spends one
unit of fuel, also inside function literals, so every recursion is bounded by fuel. Values that
pass the size caps of their type become `Undefined`, as does everything computed from them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nsr.budget import Budget, Meter
from nsr.domain import Domain, Primitive
from nsr.errors import LimitReached, ProgramError, UndefinedError
from nsr.program import MAX_DEPTH, Hole, Lambda, Literal, Term, Variable, depth
from nsr.values import Column, Undefined, Value, ValueType

DEFAULT_BUDGET = Budget(fuel=1_000_000)
"""Enough for one program on a handful of examples."""


@dataclass(frozen=True, slots=True)
class _Push:
    """Push a constant."""

    value: Value


@dataclass(frozen=True, slots=True)
class _Load:
    """Push a variable."""

    index: int


@dataclass(frozen=True, slots=True)
class _Call:
    """Pop the arguments, push the result."""

    primitive: Primitive
    arity: int
    result: ValueType | None


@dataclass(frozen=True, slots=True)
class _Close:
    """Push a function over the variables in scope."""

    code: tuple[_Instruction, ...]


@dataclass(frozen=True, slots=True)
class _Enter:
    """Pop the arguments, run the definition of a library function on them, push the result."""

    name: str
    code: tuple[_Instruction, ...]
    arity: int
    result: ValueType | None


_Instruction = _Push | _Load | _Call | _Close | _Enter


class Executor:
    """Runs terms of one domain; flattened code is kept for the last term only.

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

    def prepare(self, term: Term) -> Callable[[tuple[Value, ...], Meter], Value]:
        """A term made ready to be run on one tuple of inputs after the other.

        The result is called with the inputs and a meter, which it spends from; it gives the value
        or `Undefined`, and raises as `run` does.

        Raises:
            ProgramError: if the term has holes, is too deep, or uses a primitive that is not there.
        """
        if depth(term) > MAX_DEPTH:
            raise ProgramError(f"program deeper than {MAX_DEPTH}")
        return functools.partial(_run, self._flatten(term))

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
        code = self._flatten(term)
        budget = Budget(fuel=fuel)

        def call(*inputs: Value) -> Value:
            try:
                return _evaluate(code, inputs, budget.meter())
            except LimitReached as reached:
                raise UndefinedError(str(reached)) from None

        return call

    def _flatten(self, term: Term) -> tuple[_Instruction, ...]:
        code: list[_Instruction] = []
        stack: list[tuple[Term, bool]] = [(term, False)]
        while stack:
            node, ready = stack.pop()
            if isinstance(node, Variable):
                code.append(_Load(node.index))
            elif isinstance(node, Literal):
                code.append(_Push(node.value))
            elif isinstance(node, Lambda):
                code.append(_Close(self._flatten(node.body)))
            elif isinstance(node, Hole):
                raise ProgramError(f"a program with a hole ({node.terminal}) cannot be run")
            elif ready:
                primitive = self.domain.primitives.get(node.primitive)
                if primitive is None:
                    raise ProgramError(
                        f"domain {self.domain.name!r} has no primitive {node.primitive!r}"
                    )
                result = self.domain.types.get(node.type)
                if primitive.definition is None:
                    code.append(_Call(primitive, len(node.args), result))
                else:
                    inner = self._flatten(primitive.definition)
                    code.append(_Enter(primitive.name, inner, len(node.args), result))
            else:
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args))
        return tuple(code)


def _run(code: tuple[_Instruction, ...], scope: tuple[Value, ...], meter: Meter) -> Value:
    try:
        return _evaluate(code, scope, meter)
    except UndefinedError as error:
        return Undefined(str(error))


def _evaluate(code: tuple[_Instruction, ...], scope: tuple[Value, ...], meter: Meter) -> Value:
    stack: list[Value] = []
    for step in code:
        if isinstance(step, _Load):
            if step.index >= len(scope):
                raise ProgramError(f"variable x{step.index} is not among the {len(scope)} inputs")
            stack.append(scope[step.index])
        elif isinstance(step, _Push):
            stack.append(step.value)
        elif isinstance(step, _Call):
            meter.spend()
            cut = len(stack) - step.arity
            value = step.primitive.function(*stack[cut:])
            del stack[cut:]
            if step.result is not None and not step.result.fits(value):
                raise UndefinedError(f"{step.primitive.name}: value too large")
            stack.append(value)
        elif isinstance(step, _Enter):
            meter.spend()
            cut = len(stack) - step.arity
            value = _evaluate(step.code, tuple(stack[cut:]), meter)
            del stack[cut:]
            if step.result is not None and not step.result.fits(value):
                raise UndefinedError(f"{step.name}: value too large")
            stack.append(value)
        else:
            stack.append(_closure(step.code, scope, meter))
    return stack.pop()


def _closure(
    code: tuple[_Instruction, ...], scope: tuple[Value, ...], meter: Meter
) -> Callable[..., Any]:
    def call(*arguments: Value) -> Value:
        # The loop of a higher-order primitive lives in the primitive; a call costs at least one
        # unit, so a step function without primitives cannot loop for free.
        meter.spend()
        return _evaluate(code, scope + arguments, meter)

    return call
