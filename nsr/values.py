"""What nsr knows about values: a type with equality, hash, size, text and JSON form.

Values themselves are plain immutable Python or NumPy objects. Nothing outside a domain looks
inside one; everything asks its `ValueType`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
"""An immutable value of some domain."""

Column: TypeAlias = tuple[Any, ...]
"""The values of one expression on all examples, in the order of the examples."""


@dataclass(frozen=True, slots=True)
class Undefined:
    """The result of a program that has no value on an input, with the reason."""

    reason: str

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"undefined: {self.reason}"


def _always(_value: Value) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueType:
    """One type of a domain.

    Args:
        name: lower case, the name of a grammar rule.
        contains: whether a Python object is a value of this type.
        key: a hashable stand-in that is equal just when the values are; `None` when values are
            hashable and compare by `==` themselves.
        fits: whether a value is small enough to be kept (size caps).
        limit: what `fits` asks, in words.
        nbytes: bytes a kept value takes.
        distance: how far a value is from a wanted one, from 0 (equal) to 1; guides local search.
        show: one-line text for people.
        encode, decode: to and from JSON; `decode` raises `InputError`.
    """

    name: str
    contains: Callable[[object], bool]
    key: Callable[[Value], Hashable] | None = None
    fits: Callable[[Value], bool] = _always
    limit: str = ""
    nbytes: Callable[[Value], int] = sys.getsizeof
    distance: Callable[[Value, Value], float] | None = None
    show: Callable[[Value], str] = str
    encode: Callable[[Value], Any] = lambda value: value
    decode: Callable[[Any], Value] = lambda value: value

    @property
    def unlimited(self) -> bool:
        """Whether every value is small enough to be kept."""
        return self.fits is _always

    def equal(self, left: Value, right: Value) -> bool:
        """Whether two values of this type are the same; `Undefined` equals nothing."""
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return False
        return bool(left == right if self.key is None else self.key(left) == self.key(right))

    def column_key(self, column: Column) -> Hashable:
        """The identity of an expression's values on all examples (observational equivalence)."""
        return column if self.key is None else tuple(map(self.key, column))


FUNCTION_MARK: Final = "_to_"


@functools.cache
def function_signature(name: str) -> tuple[tuple[str, ...], str] | None:
    """Parameter types and result type of a function type's name, or `None` for other types.

    Type names hold no underscore, so `int_ints_to_bool` reads as `(int, ints) -> bool`.
    """
    if FUNCTION_MARK not in name:
        return None
    parameters, result = name.split(FUNCTION_MARK)
    return tuple(parameters.split("_")), result
