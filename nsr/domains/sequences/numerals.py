"""Knowledge of decimal numerals: lists of digits, highest first.

An option, see `Domain.knowledge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nsr.domain import Inverse, PrimitiveSet
from nsr.domains.sequences.values import Ints
from nsr.errors import UndefinedError
from nsr.values import Column

primitives = PrimitiveSet()

NUMERALS = frozenset(("digits", "value"))


def _number(digits: Ints) -> int:
    number = 0
    for digit in digits:
        number = 10 * number + digit
    return number


def _numbers(_known: Sequence[Column | None], target: Column) -> Iterator[Column]:
    """What the digits spell, if no list has a leading 0 or something else than digits."""
    for digits in target:
        if not digits or min(digits) < 0 or max(digits) > 9 or (len(digits) > 1 and not digits[0]):
            return
    yield tuple(map(_number, target))


@primitives(inverses={0: Inverse(_numbers)})
def digits(number: int) -> Ints:
    """The decimal digits of a number, highest first; undefined below 0.

    >>> digits(305)
    (3, 0, 5)
    """
    if number < 0:
        raise UndefinedError("digits of a negative number")
    return tuple(map(int, str(number)))


@primitives()
def value(digits: Ints) -> int:
    """The number that decimal digits spell, highest first.

    >>> value((3, 0, 5))
    305
    """
    return _number(digits)
