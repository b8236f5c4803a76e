"""Values with unknowns: what sketch completion computes with.

A symbolic value is a z3 term, a tuple with z3 terms among its items, or a `Choice` between values.
A domain gives primitives a symbolic meaning in `Domain.symbolic`: a function like the primitive
itself that also takes such values. Meanings may leave out side conditions (a divisor that is not
0, size caps), because every completed program is run before it is believed.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nsr.errors import UndefinedError
from nsr.values import Value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, each under a condition: `(z3 condition, value)` pairs."""

    options: tuple[tuple[Any, Value], ...]


def is_symbolic(value: Value) -> bool:
    """Whether unknowns take part in a value."""
    if isinstance(value, tuple):
        return any(map(is_symbolic, value))
    return isinstance(value, Choice) or hasattr(value, "as_ast")


def when(condition: Any, then: Value, otherwise: Value) -> Value:
    """`then` where the condition holds, else `otherwise`; each of them may be symbolic.

    >>> when(True, 1, 2)
    1
    """
    if isinstance(condition, bool):
        return then if condition else otherwise
    import z3

    if isinstance(then, tuple) or isinstance(otherwise, tuple):
        return Choice(((condition, then), (z3.Not(condition), otherwise)))
    return z3.If(condition, then, otherwise)


def among(
    number: Any,
    values: Iterable[int],
    result: Callable[[int], Value],
    *,
    at_most: int | None = None,
    at_least: int | None = None,
) -> Value:
    """`result(number)` for a number that may be unknown but must be one of `values`.

    Args:
        number: an int or a z3 term.
        values: what it may be.
        result: what depends on it.
        at_most: every number up to this gives the same as this.
        at_least: every number from this on gives the same as this.

    Raises:
        UndefinedError: if no value is possible.
    """
    if isinstance(number, int):
        return result(number)
    conditions = [] if at_most is None else [(number <= at_most, at_most)]
    conditions += [(number == value, value) for value in values]
    conditions += [] if at_least is None else [(number >= at_least, at_least)]
    options = []
    for condition, value in conditions:
        with contextlib.suppress(UndefinedError):
            options.append((condition, result(value)))
    if not options:
        raise UndefinedError("no possible value")
    return Choice(tuple(options))


def known(number: Any) -> int:
    """A number that must be known.

    Raises:
        UndefinedError: if it is not.
    """
    if not isinstance(number, int):
        raise UndefinedError("must be known")
    return number


def distribute(function: Callable[..., Value], arguments: list[Value], limit: int = 64) -> Value:
    """Applies a function to arguments, option by option where some are choices.

    Raises:
        UndefinedError: where no option has a value, or when there are more than `limit` of them.
    """
    place = next((i for i, a in enumerate(arguments) if isinstance(a, Choice)), None)
    if place is None:
        return function(*arguments)
    import z3

    options: list[tuple[Any, Value]] = []
    for condition, value in arguments[place].options:
        chosen = [*arguments[:place], value, *arguments[place + 1 :]]
        try:
            result = distribute(function, chosen, limit)
        except UndefinedError:
            continue
        if isinstance(result, Choice):
            options += [(z3.And(condition, inner), v) for inner, v in result.options]
        else:
            options.append((condition, result))
    if not 0 < len(options) <= limit:
        raise UndefinedError("no value, or too many choices")
    return Choice(tuple(options))


def equals(value: Value, wanted: Value, same: Callable[[Value, Value], bool] = operator.eq) -> Any:
    """The condition under which a symbolic value is the wanted, known one; a bool if it is known.

    Args:
        value: the symbolic value.
        wanted: what it should be.
        same: equality of values without unknowns.

    >>> equals((1, 2), (1, 3))
    False
    """
    if isinstance(value, Choice):
        import z3

        parts = [_both(c, equals(v, wanted, same)) for c, v in value.options]
        parts = [part for part in parts if part is not False]
        return z3.Or(parts) if parts else False
    if not is_symbolic(value):
        return bool(same(value, wanted))
    if isinstance(value, tuple) and isinstance(wanted, tuple):
        if len(value) != len(wanted):
            return False
        condition: Any = True
        for item, other in zip(value, wanted, strict=True):
            condition = _both(condition, equals(item, other))
            if condition is False:
                return False
        return condition
    return value == wanted


def _both(left: Any, right: Any) -> Any:
    if left is True or right is False:
        return right
    if right is True or left is False:
        return left
    import z3

    return z3.And(left, right)
