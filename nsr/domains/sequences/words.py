"""Primitives of lists of strings that lists of integers lack, or have with other borders.

What takes an item or the rest of a list is undefined for an empty list of strings; there is no
string that could stand for none.
"""

from __future__ import annotations

from nsr.domain import PrimitiveSet
from nsr.domains.sequences.values import Strs
from nsr.errors import UndefinedError

primitives = PrimitiveSet()


@primitives(name="head_strs")
def head(items: Strs) -> str:
    """The first item; undefined for an empty list.

    >>> head(("c", "a", "b"))
    'c'
    """
    if not items:
        raise UndefinedError("head of an empty list")
    return items[0]


@primitives(name="last_strs")
def last(items: Strs) -> str:
    """The last item; undefined for an empty list.

    >>> last(("c", "a", "b"))
    'b'
    """
    if not items:
        raise UndefinedError("last of an empty list")
    return items[-1]


@primitives(name="tail_strs")
def tail(items: Strs) -> Strs:
    """All but the first item; undefined for an empty list.

    >>> tail(("c", "a", "b"))
    ('a', 'b')
    """
    if not items:
        raise UndefinedError("tail of an empty list")
    return items[1:]


@primitives(name="init_strs")
def init(items: Strs) -> Strs:
    """All but the last item; undefined for an empty list.

    >>> init(("c", "a", "b"))
    ('c', 'a')
    """
    if not items:
        raise UndefinedError("init of an empty list")
    return items[:-1]


@primitives(name="index_strs")
def index(items: Strs, position: int) -> str:
    """The item at a position, counted from 0; undefined out of range.

    >>> index(("c", "a", "b"), 1)
    'a'
    """
    if not 0 <= position < len(items):
        raise UndefinedError("position out of range")
    return items[position]


@primitives(name="sort_strs")
def sort(items: Strs) -> Strs:
    """The items in ascending order.

    >>> sort(("c", "a", "b", "a"))
    ('a', 'a', 'b', 'c')
    """
    return tuple(sorted(items))


@primitives(name="dedupe_strs")
def dedupe(items: Strs) -> Strs:
    """Every item once, at its first place.

    >>> dedupe(("c", "a", "c", "b", "a"))
    ('c', 'a', 'b')
    """
    return tuple(dict.fromkeys(items))


@primitives(name="remove_strs")
def remove(item: str, items: Strs) -> Strs:
    """The list without the items equal to `item`.

    >>> remove("a", ("c", "a", "b", "a"))
    ('c', 'b')
    """
    return tuple([other for other in items if other != item])
