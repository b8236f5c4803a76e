"""Primitives of lists.

Most functions ask nothing of the items, so one function serves both kinds of lists; the names for
lists of strings end in `_strs`. Functions of lists of integers are total, so that a search need
not know where they end: there is no item but 0 in an empty list or out of range, and counts are
cut to the range. Positions start at 0. Only values that grow too large are undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from nsr.domain import Inverse, PrimitiveSet
from nsr.domains.sequences.inverses import CONCAT, CONS, DROP, INDEX, REVERSE, SNOC, TAKE
from nsr.domains.sequences.values import MAX_LENGTH, Ints
from nsr.errors import UndefinedError

T = TypeVar("T")

primitives = PrimitiveSet()


def _both(
    inverses: Mapping[int, Inverse] | None = None, cost: float = 1.0
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function of lists for lists of integers and for lists of strings."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__.rstrip("_")
        primitives(name=name, cost=cost, inverses=inverses)(function)
        return primitives(name=f"{name}_strs", cost=cost, inverses=inverses)(function)

    return register


# -- parts -----------------------------------------------------------------------------------
@primitives()
def head(items: Ints) -> int:
    """The first item; 0 for an empty list.

    >>> head((3, 1, 2))
    3
    """
    return items[0] if items else 0


@primitives()
def last(items: Ints) -> int:
    """The last item; 0 for an empty list.

    >>> last((3, 1, 2))
    2
    """
    return items[-1] if items else 0


@primitives()
def tail(items: Ints) -> Ints:
    """All but the first item.

    >>> tail((3, 1, 2))
    (1, 2)
    """
    return items[1:]


@primitives(cost=1.5)
def init(items: Ints) -> Ints:
    """All but the last item.

    >>> init((3, 1, 2))
    (3, 1)
    """
    return items[:-1]


@_both(TAKE, cost=2.0)
def take(count: int, items: tuple[T, ...]) -> tuple[T, ...]:
    """The first `count` items, or all there are; none for a negative count.

    >>> take(2, (3, 1, 2))
    (3, 1)
    """
    return items[:count] if count > 0 else ()


@_both(DROP, cost=2.0)
def drop(count: int, items: tuple[T, ...]) -> tuple[T, ...]:
    """The list without its first `count` items; all of it for a negative count.

    >>> drop(2, (3, 1, 2))
    (2,)
    """
    return items[count:] if count > 0 else items


@primitives(cost=1.5, inverses=INDEX)
def index(items: Ints, position: int) -> int:
    """The item at a position, counted from 0; 0 out of range.

    >>> index((3, 1, 2), 1)
    1
    """
    return items[position] if 0 <= position < len(items) else 0


@_both(cost=2.0)
def stride(items: tuple[T, ...], step: int) -> tuple[T, ...]:
    """Every `step`-th item, from the first on; all of them for a step below 1.

    >>> stride((3, 1, 2, 5), 2)
    (3, 2)
    """
    return items[:: max(step, 1)]


# -- making lists ----------------------------------------------------------------------------
@primitives()
def empty() -> Ints:
    """The list without items.

    >>> empty()
    ()
    """
    return ()


@_both(CONS)
def cons(item: T, items: tuple[T, ...]) -> tuple[T, ...]:
    """The list with one more item in front.

    >>> cons(7, (3, 1))
    (7, 3, 1)
    """
    return (item, *items)


@_both(SNOC)
def snoc(items: tuple[T, ...], item: T) -> tuple[T, ...]:
    """The list with one more item at the end.

    >>> snoc((3, 1), 7)
    (3, 1, 7)
    """
    return (*items, item)


@_both(CONCAT)
def concat(left: tuple[T, ...], right: tuple[T, ...]) -> tuple[T, ...]:
    """Both lists, one after the other.

    >>> concat((3, 1), (2,))
    (3, 1, 2)
    """
    return left + right


@_both(cost=2.0)
def repeat(item: T, count: int) -> tuple[T, ...]:
    """A list of `count` times the same item; empty for a negative count.

    >>> repeat(7, 3)
    (7, 7, 7)
    """
    if count > MAX_LENGTH:
        raise UndefinedError("repeat: too long")
    return (item,) * max(count, 0)


@primitives(name="range", cost=2.0)
def range_(start: int, stop: int) -> Ints:
    """The integers from `start` up to, but without, `stop`.

    >>> range_(2, 5)
    (2, 3, 4)
    """
    if stop - start > MAX_LENGTH:
        raise UndefinedError("range: too long")
    return tuple(range(start, stop))


@primitives(cost=1.5)
def places(items: Ints) -> Ints:
    """The positions of the items, from 0 on.

    >>> places((3, 1, 2))
    (0, 1, 2)
    """
    return tuple(range(len(items)))


@_both(REVERSE)
def reverse(items: tuple[T, ...]) -> tuple[T, ...]:
    """The list from the end to the start.

    >>> reverse((3, 1, 2))
    (2, 1, 3)
    """
    return items[::-1]


@primitives(cost=2.0)
def if_ints(condition: bool, then: Ints, otherwise: Ints) -> Ints:
    """`then` where the condition holds, else `otherwise`.

    >>> if_ints(False, (1,), (2,))
    (2,)
    """
    return then if condition else otherwise


# -- numbers and truth values ----------------------------------------------------------------
@_both()
def len_(items: tuple[Any, ...]) -> int:
    """Number of items.

    >>> len_((3, 1, 2))
    3
    """
    return len(items)


@_both()
def member(item: T, items: tuple[T, ...]) -> bool:
    """Whether an item occurs.

    >>> member(4, (3, 1, 2))
    False
    """
    return item in items


@primitives(cost=1.5)
def same(left: Ints, right: Ints) -> bool:
    """Whether two lists are equal.

    >>> same((1, 2), (1, 2))
    True
    """
    return left == right
