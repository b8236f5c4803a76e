"""Meanings of the integer primitives on z3 terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from nsr.errors import UndefinedError
from nsr.symbolic import known, when

_UNROLLED = 100


def _div(left: Any, right: Any) -> Any:
    # z3 rounds so that the remainder is not negative, which is downwards for positive divisors.
    return when(right > 0, _quotient(left, right), _quotient(-left, -right))


def _quotient(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        if right == 0:
            raise UndefinedError("division by zero")
        return left // right
    return left / right if not isinstance(left, int) else right.__rtruediv__(left)


def _mod(left: Any, right: Any) -> Any:
    return left - right * _div(left, right)


def _recur(times: Any, start: Any, step: Callable[[int, Any], Any]) -> Any:
    if not 0 <= known(times) <= _UNROLLED:
        raise UndefinedError("recursion with a count out of range")
    value = start
    for k in range(times):
        value = step(k, value)
    return value


def _not(condition: Any) -> Any:
    return when(condition, False, True)


def _and(left: Any, right: Any) -> Any:
    return when(left, right, False)


def _or(left: Any, right: Any) -> Any:
    return when(left, True, right)


SYMBOLIC: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": _div,
        "mod": _mod,
        "min": lambda a, b: when(a <= b, a, b),
        "max": lambda a, b: when(a >= b, a, b),
        "neg": lambda a: -a,
        "abs": lambda a: when(a >= 0, a, -a),
        "inc": lambda a: a + 1,
        "dec": lambda a: when(a > 0, a - 1, 0),
        "if": when,
        "recur": _recur,
        "eq": lambda a, b: a == b,
        "le": lambda a, b: a <= b,
        "lt": lambda a, b: a < b,
        "even": lambda a: _mod(a, 2) == 0,
        "not": _not,
        "and": _and,
        "or": _or,
    }
)
