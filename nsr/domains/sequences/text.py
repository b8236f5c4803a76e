"""Primitives of strings."""

from __future__ import annotations

from nsr.domain import PrimitiveSet
from nsr.domains.sequences.inverses import CONCAT, JOIN
from nsr.domains.sequences.values import MAX_LENGTH, Strs
from nsr.errors import UndefinedError

primitives = PrimitiveSet()


@primitives()
def length(text: str) -> int:
    """Number of characters.

    >>> length("abc")
    3
    """
    return len(text)


@primitives(inverses=CONCAT)
def append(left: str, right: str) -> str:
    """Both strings, one after the other.

    >>> append("ab", "c")
    'abc'
    """
    return left + right


@primitives()
def substring(text: str, start: int, stop: int) -> str:
    """The characters from `start` up to, but without, `stop`; both are cut to the range.

    >>> substring("abcde", 1, 3)
    'bc'
    """
    return text[max(start, 0) : max(stop, 0)]


@primitives()
def upper(text: str) -> str:
    """In capital letters.

    >>> upper("aBc")
    'ABC'
    """
    return text.upper()


@primitives()
def lower(text: str) -> str:
    """In small letters.

    >>> lower("aBc")
    'abc'
    """
    return text.lower()


@primitives()
def strip(text: str) -> str:
    """Without white space at both ends.

    >>> strip(" a b ")
    'a b'
    """
    return text.strip()


@primitives()
def replace(text: str, old: str, new: str) -> str:
    """Every `old` replaced by `new`; undefined for an empty `old`.

    >>> replace("a-b-c", "-", "+")
    'a+b+c'
    """
    if not old:
        raise UndefinedError("replace: nothing to replace")
    if len(text) * (len(new) + 1) > MAX_LENGTH**2:
        raise UndefinedError("replace: value too large")
    return text.replace(old, new)


@primitives()
def find(text: str, part: str) -> int:
    """The first position of a part; undefined if it is not there.

    >>> find("a-b-c", "-")
    1
    """
    place = text.find(part)
    if place < 0:
        raise UndefinedError("no such part")
    return place


@primitives()
def contains(text: str, part: str) -> bool:
    """Whether a part occurs.

    >>> contains("a-b", "-")
    True
    """
    return part in text


@primitives()
def chars(text: str) -> Strs:
    """The characters.

    >>> chars("abc")
    ('a', 'b', 'c')
    """
    return tuple(text)


@primitives()
def split(text: str, separator: str) -> Strs:
    """The parts between separators; undefined for an empty separator.

    >>> split("a-b-c", "-")
    ('a', 'b', 'c')
    """
    if not separator:
        raise UndefinedError("split: empty separator")
    return tuple(text.split(separator))


@primitives(inverses=JOIN)
def join(items: Strs, separator: str) -> str:
    """The strings with a separator between them.

    >>> join(("a", "b"), ", ")
    'a, b'
    """
    if sum(map(len, items)) + len(items) * len(separator) > 2 * MAX_LENGTH:
        raise UndefinedError("join: value too large")
    return separator.join(items)


@primitives()
def number(text: str) -> int:
    """The integer that a string of digits spells; undefined for anything else.

    >>> number("012")
    12
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        raise UndefinedError("not a number")
    return int(text)


@primitives()
def equal(left: str, right: str) -> bool:
    """Whether two strings are equal.

    >>> equal("ab", "ab")
    True
    """
    return left == right


@primitives()
def if_str(condition: bool, then: str, otherwise: str) -> str:
    """`then` where the condition holds, else `otherwise`.

    >>> if_str(False, "a", "b")
    'b'
    """
    return then if condition else otherwise
