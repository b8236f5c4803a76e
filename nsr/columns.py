"""Running primitives over columns: metered runs, and function values put together from parts.

Searchers that share the values of subterms work with *columns*, one value per input, instead of
running whole programs. What they have in common is here: fuel is taken for a run of applications
at once and the run is cut exactly at the limit; a function literal is a Python function composed
from the functions of its subterms over the *scope*, the tuple of the values of all variables.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from nsr.budget import Meter
from nsr.domain import Domain
from nsr.errors import ProgramError, UndefinedError
from nsr.program import Apply, Literal, Term, Variable
from nsr.values import Value, ValueType, function_signature

Scope: TypeAlias = tuple[Any, ...]
"""The values of all variables in scope."""

Body: TypeAlias = Callable[[Scope], Value]
"""A term as a function of its scope; raises `UndefinedError` where it has no value."""

GAP: Final = object()
"""Stands in a column where a term is undefined, where such columns are kept at all."""

CLOSURE_BYTES: Final = 280
"""A Python function with the variables it closes over."""

_RUN: Final = 256
_SLOW_RUN: Final = 32
_REMEMBERED: Final = 32
"""Values of one function that are remembered."""


def is_slow(value_type: ValueType, args: Sequence[str]) -> bool:
    """Whether one application may take long: arrays or functions take part."""
    return value_type.key is not None or any(map(function_signature, args))


def runs(
    lists: Sequence[Sequence[Any]], width: int, meter: Meter, *, slow: bool = False
) -> Iterator[Iterator[tuple[Any, ...]]]:
    """Combinations of one item per list, in short runs that are paid for in advance.

    Args:
        lists: the items to choose from; the last list varies fastest.
        width: units of fuel per combination.
        meter: pays; when it cannot pay for a whole run, the run is shorter.
        slow: make runs short, so that the clock is looked at often.

    Raises:
        LimitReached: after the last run that the meter could pay for.
    """
    combinations = itertools.product(*lists)
    left = math.prod(map(len, lists))
    while left:
        count = min(left, _SLOW_RUN if slow else _RUN)
        fuel = meter.fuel_left
        if fuel is not None and fuel < count * width:
            meter.spend(fuel // width * width)
            yield itertools.islice(combinations, fuel // width)
            meter.spend(width)
        meter.spend(count * width)
        yield itertools.islice(combinations, count)
        left -= count


def leaf_body(leaf: Variable | Literal) -> Body:
    """A variable or a literal as a function of the scope.

    >>> leaf_body(Variable(1, "int"))((7, 8))
    8
    """
    if isinstance(leaf, Variable):
        return operator.itemgetter(leaf.index)
    value = leaf.value
    return lambda _scope: value


def term_body(term: Term, domain: Domain) -> Body:
    """A term without function literals and holes as a function of the scope.

    Sizes are not limited; the function raises `UndefinedError` where a primitive does.

    Raises:
        ProgramError: if the term holds a function literal or a hole.
    """
    if isinstance(term, (Variable, Literal)):
        return leaf_body(term)
    if not isinstance(term, Apply):
        raise ProgramError("expected a term without function literals and holes")
    function = domain.primitives[term.primitive].function
    return _composed(function, [term_body(part, domain) for part in term.args])


def _composed(function: Callable[..., Value], parts: Sequence[Body]) -> Body:
    """A function of the values of parts."""
    if len(parts) == 1:
        (only,) = parts
        return lambda scope: function(only(scope))
    if len(parts) == 2:
        left, right = parts
        return lambda scope: function(left(scope), right(scope))
    return lambda scope: function(*[part(scope) for part in parts])


def apply_body(
    name: str, function: Callable[..., Value], value_type: ValueType, parts: Sequence[Body]
) -> Body:
    """The application of a primitive to parts, with the size caps of its result."""
    if value_type.unlimited:
        return _composed(function, parts)
    fits = value_type.fits
    if len(parts) == 1:
        (only,) = parts

        def run(scope: Scope) -> Value:
            value = function(only(scope))
            if not fits(value):
                raise UndefinedError(f"{name}: value too large")
            return value

    elif len(parts) == 2:
        left, right = parts

        def run(scope: Scope) -> Value:
            value = function(left(scope), right(scope))
            if not fits(value):
                raise UndefinedError(f"{name}: value too large")
            return value

    else:

        def run(scope: Scope) -> Value:
            value = function(*[part(scope) for part in parts])
            if not fits(value):
                raise UndefinedError(f"{name}: value too large")
            return value

    return run


def function_body(body: Body, fuel: int, meter: Meter) -> Body:
    """A function literal: from the scope around it to a callable that pays `fuel` per call."""
    spend = meter.spend

    def close(scope: Scope) -> Callable[..., Value]:
        def run(*arguments: Value) -> Value:
            spend(fuel)
            return body(scope + arguments)

        return run

    return close


def guarded(function: Callable[..., Value], value_type: ValueType) -> Callable[..., Value]:
    """The function over values with gaps: `GAP` where an argument or the result has no value."""
    fits = value_type.fits

    def run(*arguments: Value) -> Value:
        for argument in arguments:
            if argument is GAP:
                return GAP
        try:
            value = function(*arguments)
        except UndefinedError:
            return GAP
        return value if fits(value) else GAP

    return run


def closed_body(body: Body, fuel: int, meter: Meter, scope: Scope) -> Callable[[Value], Value]:
    """A function literal of one parameter that looks at nothing else: it remembers its values.

    Args:
        body: over the scope and the parameter, whose values are hashable.
        fuel: paid for each call, also with an argument known.
        meter: pays.
        scope: any, of the right length.
    """
    spend = meter.spend
    known: dict[Value, Value] = {}

    def run(argument: Value) -> Value:
        spend(fuel)
        if argument in known:
            return known[argument]
        value = body((*scope, argument))
        if len(known) < _REMEMBERED:
            known[argument] = value
        return value

    return run


def apply_columns(function: Callable[..., Value], columns: Sequence[Any], width: int) -> Any:
    """The column of an application; for a primitive without arguments a constant one.

    Raises:
        UndefinedError: if it is undefined anywhere.

    >>> apply_columns(max, [(1, 5), (2, 3)], 2)
    (2, 5)
    """
    return tuple(map(function, *columns)) if columns else (function(),) * width
