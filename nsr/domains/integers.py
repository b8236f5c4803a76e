"""Integers: arithmetic with exact, size-capped values, and primitive recursion bounded by fuel."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from nsr.domain import Domain, LiteralType, PrimitiveSet
from nsr.domains._integers_inverses import ADD, MUL, SUB
from nsr.domains._integers_python import PYTHON
from nsr.domains._integers_symbolic import SYMBOLIC
from nsr.errors import InputError, UndefinedError
from nsr.values import ValueType

MAX_ABS = 2**1024
"""Larger numbers are undefined."""

primitives = PrimitiveSet()


@primitives(inverses=ADD)
def add(left: int, right: int) -> int:
    """Sum.

    >>> add(2, 3)
    5
    """
    return left + right


@primitives(inverses=SUB)
def sub(left: int, right: int) -> int:
    """Difference.

    >>> sub(2, 3)
    -1
    """
    return left - right


@primitives(inverses=MUL, cost=1.5)
def mul(left: int, right: int) -> int:
    """Product.

    >>> mul(2, 3)
    6
    """
    return left * right


@primitives(cost=1.5)
def div(left: int, right: int) -> int:
    """Quotient, rounded towards minus infinity; undefined for a divisor of 0.

    >>> div(-7, 2)
    -4
    """
    if right == 0:
        raise UndefinedError("division by zero")
    return left // right


@primitives(cost=1.5)
def mod(left: int, right: int) -> int:
    """Remainder with the sign of the divisor; undefined for a divisor of 0.

    >>> mod(-7, 2)
    1
    """
    if right == 0:
        raise UndefinedError("division by zero")
    return left % right


@primitives()
def min_(left: int, right: int) -> int:
    """The smaller one.

    >>> min_(2, 3)
    2
    """
    return left if left <= right else right


@primitives()
def max_(left: int, right: int) -> int:
    """The larger one.

    >>> max_(2, 3)
    3
    """
    return left if left >= right else right


@primitives()
def neg(number: int) -> int:
    """The number with the other sign.

    >>> neg(2)
    -2
    """
    return -number


@primitives()
def abs_(number: int) -> int:
    """The number without its sign.

    >>> abs_(-2)
    2
    """
    return abs(number)


@primitives()
def inc(number: int) -> int:
    """One more.

    >>> inc(2)
    3
    """
    return number + 1


@primitives()
def dec(number: int) -> int:
    """One less, but never below 0 (Peano predecessor); undefined for negative numbers.

    >>> dec(3), dec(0)
    (2, 0)
    """
    if number < 0:
        raise UndefinedError("predecessor of a negative number")
    return number - 1 if number else 0


@primitives(cost=2.0)
def if_(condition: bool, then: int, otherwise: int) -> int:
    """`then` where the condition holds, else `otherwise`.

    >>> if_(True, 1, 2)
    1
    """
    return then if condition else otherwise


@primitives(cost=2.0)
def recur(times: int, start: int, step: Callable[[int, int], int]) -> int:
    """Primitive recursion: `step(k, value)` for k = 0 .. times-1, from `start`.

    >>> recur(4, 1, lambda k, value: value * (k + 1))
    24
    """
    if times < 0:
        raise UndefinedError("recursion with a negative count")
    value = start
    for k in range(times):
        value = step(k, value)
        if abs(value) > MAX_ABS:
            raise UndefinedError("recur: value too large")
    return value


@primitives()
def zero() -> int:
    """Zero.

    >>> zero()
    0
    """
    return 0


@primitives(cost=2.0)
def steps(start: int, step: Callable[[int], int]) -> int:
    """How often `step` must be applied to come down from `start` to 0.

    Undefined if a step does not make the number smaller.

    >>> steps(7, lambda value: max(0, value - 2))
    4
    """
    if start < 0:
        raise UndefinedError("steps: from a negative number")
    value, count = start, 0
    while value:
        smaller = step(value)
        if not 0 <= smaller < value:
            raise UndefinedError("steps: a step that does not lead down")
        value, count = smaller, count + 1
    return count


@primitives(cost=0.5)
def eq(left: int, right: int) -> bool:
    """Whether both are the same number.

    >>> eq(2, 2)
    True
    """
    return left == right


@primitives(cost=0.5)
def le(left: int, right: int) -> bool:
    """Whether `left` is at most `right`.

    >>> le(3, 3)
    True
    """
    return left <= right


@primitives(cost=0.5)
def lt(left: int, right: int) -> bool:
    """Whether the first is smaller.

    >>> lt(2, 2)
    False
    """
    return left < right


@primitives(cost=1.5)
def even(number: int) -> bool:
    """Whether the number is divisible by 2.

    >>> even(4)
    True
    """
    return number % 2 == 0


@primitives(cost=0.5)
def not_(condition: bool) -> bool:
    """Negation.

    >>> not_(True)
    False
    """
    return not condition


@primitives(cost=1.5)
def and_(left: bool, right: bool) -> bool:
    """Conjunction.

    >>> and_(True, False)
    False
    """
    return left and right


@primitives(cost=1.5)
def or_(left: bool, right: bool) -> bool:
    """Disjunction.

    >>> or_(True, False)
    True
    """
    return left or right


def is_int(value: object) -> bool:
    """Whether a value is an integer, and no bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def int_distance(value: int, wanted: int) -> float:
    """From 0 for equal numbers towards 1 for ever more distant ones.

    >>> int_distance(5, 5), int_distance(5, 6)
    (0.0, 0.5)
    """
    gap = abs(value - wanted)
    return gap / (gap + 1)


def _decode_int(raw: Any) -> int:
    if not is_int(raw):
        raise InputError(f"expected an integer, got {raw!r}")
    return int(raw)


def _decode_bool(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise InputError(f"expected true or false, got {raw!r}")
    return raw


INT = ValueType(
    name="int",
    contains=is_int,
    fits=lambda value: -MAX_ABS <= value <= MAX_ABS,
    limit="from -2^1024 to 2^1024",
    nbytes=lambda value: 32,
    distance=int_distance,
    decode=_decode_int,
)
BOOL = ValueType(
    name="bool",
    contains=lambda v: isinstance(v, bool),
    nbytes=lambda value: 0,
    show=lambda value: str(value).lower(),
    decode=_decode_bool,
)
INT_LITERAL = LiteralType(
    name="INT",
    parse=int,
    candidates=(0, 1, 2),
    bounds=(-100, 100),
    cost=lambda value: 1.0 + abs(value).bit_length() / 2,
)


def _sample(type_name: str, rng: Any) -> int | bool:
    return bool(rng.integers(2)) if type_name == "bool" else int(rng.integers(0, 12))


COMPARISONS = MappingProxyType({"eq": operator.eq, "le": operator.le, "lt": operator.lt})

INTEGERS = Domain(
    name="integers",
    types={"int": INT, "bool": BOOL},
    primitives=primitives.table,
    literals={"INT": INT_LITERAL},
    choices={"int": "if"},
    comparisons=COMPARISONS,
    symbolic=SYMBOLIC,
    python=PYTHON,
    sample=_sample,
)
