"""Primitives of lists.

The functions of a list ask nothing of its elements, so one function serves both kinds of lists;
the names for lists of strings end in `_strs`. Counts out of range are cut to the range (`take`,
`drop`), positions out of range are undefined (`index`). Positions start at 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from nsr.domain import PrimitiveSet
from nsr.domains.integers import MAX_ABS
from nsr.domains.sequences.values import MAX_LENGTH, Ints
from nsr.errors import UndefinedError

T = TypeVar("T")

primitives = PrimitiveSet()


def _both(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a function of lists for lists of integers and for lists of strings."""
    name = function.__name__.rstrip("_")
    primitives(name=name)(function)
    return primitives(name=f"{name}_strs")(function)


# -- parts -----------------------------------------------------------------------------------
@_both
def head(items: tuple[T, ...]) -> T:
    """The first item; undefined for an empty list.

    >>> head((3, 1, 2))
    3
    """
    if not items:
        raise UndefinedError("head of an empty list")
    return items[0]


@_both
def last(items: tuple[T, ...]) -> T:
    """The last item; undefined for an empty list.

    >>> last((3, 1, 2))
    2
    """
    if not items:
        raise UndefinedError("last of an empty list")
    return items[-1]


@_both
def tail(items: tuple[T, ...]) -> tuple[T, ...]:
    """All but the first item; undefined for an empty list.

    >>> tail((3, 1, 2))
    (1, 2)
    """
    if not items:
        raise UndefinedError("tail of an empty list")
    return items[1:]


@_both
def init(items: tuple[T, ...]) -> tuple[T, ...]:
    """All but the last item; undefined for an empty list.

    >>> init((3, 1, 2))
    (3, 1)
    """
    if not items:
        raise UndefinedError("init of an empty list")
    return items[:-1]


@_both
def take(count: int, items: tuple[T, ...]) -> tuple[T, ...]:
    """The first `count` items, or all there are; none for a negative count.

    >>> take(2, (3, 1, 2))
    (3, 1)
    """
    return items[:count] if count > 0 else ()


@_both
def drop(count: int, items: tuple[T, ...]) -> tuple[T, ...]:
    """The list without its first `count` items; all of it for a negative count.

    >>> drop(2, (3, 1, 2))
    (2,)
    """
    return items[count:] if count > 0 else items


@_both
def index(items: tuple[T, ...], position: int) -> T:
    """The item at a position, counted from 0; undefined out of range.

    >>> index((3, 1, 2), 1)
    1
    """
    if not 0 <= position < len(items):
        raise UndefinedError("position out of range")
    return items[position]


# -- making lists ----------------------------------------------------------------------------
@primitives()
def empty() -> Ints:
    """The list without items.

    >>> empty()
    ()
    """
    return ()


@_both
def cons(item: T, items: tuple[T, ...]) -> tuple[T, ...]:
    """The list with one more item in front.

    >>> cons(7, (3, 1))
    (7, 3, 1)
    """
    return (item, *items)


@_both
def snoc(items: tuple[T, ...], item: T) -> tuple[T, ...]:
    """The list with one more item at the end.

    >>> snoc((3, 1), 7)
    (3, 1, 7)
    """
    return (*items, item)


@_both
def concat(left: tuple[T, ...], right: tuple[T, ...]) -> tuple[T, ...]:
    """Both lists, one after the other.

    >>> concat((3, 1), (2,))
    (3, 1, 2)
    """
    return left + right


@_both
def repeat(item: T, count: int) -> tuple[T, ...]:
    """A list of `count` times the same item; undefined for a negative count.

    >>> repeat(7, 3)
    (7, 7, 7)
    """
    if not 0 <= count <= MAX_LENGTH:
        raise UndefinedError("repeat: count out of range")
    return (item,) * count


@primitives(name="range")
def range_(start: int, stop: int) -> Ints:
    """The integers from `start` up to, but without, `stop`.

    >>> range_(2, 5)
    (2, 3, 4)
    """
    if stop - start > MAX_LENGTH:
        raise UndefinedError("range: too long")
    return tuple(range(start, stop))


# -- order and choice ------------------------------------------------------------------------
@_both
def reverse(items: tuple[T, ...]) -> tuple[T, ...]:
    """The list from the end to the start.

    >>> reverse((3, 1, 2))
    (2, 1, 3)
    """
    return items[::-1]


@_both
def sort(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items in ascending order.

    >>> sort((3, 1, 2, 1))
    (1, 1, 2, 3)
    """
    return tuple(sorted(items))


@_both
def dedupe(items: tuple[T, ...]) -> tuple[T, ...]:
    """Every item once, at its first place.

    >>> dedupe((3, 1, 3, 2, 1))
    (3, 1, 2)
    """
    return tuple(dict.fromkeys(items))


@_both
def remove(item: T, items: tuple[T, ...]) -> tuple[T, ...]:
    """The list without the items equal to `item`.

    >>> remove(1, (3, 1, 2, 1))
    (3, 2)
    """
    return tuple([other for other in items if other != item])


@_both
def stride(items: tuple[T, ...], step: int) -> tuple[T, ...]:
    """Every `step`-th item, from the first on; undefined for a step below 1.

    >>> stride((3, 1, 2, 5), 2)
    (3, 2)
    """
    if step < 1:
        raise UndefinedError("stride: step below 1")
    return items[::step]


@primitives()
def if_ints(condition: bool, then: Ints, otherwise: Ints) -> Ints:
    """`then` where the condition holds, else `otherwise`.

    >>> if_ints(False, (1,), (2,))
    (2,)
    """
    return then if condition else otherwise


# -- numbers and truth values ----------------------------------------------------------------
@_both
def len_(items: tuple[Any, ...]) -> int:
    """Number of items.

    >>> len_((3, 1, 2))
    3
    """
    return len(items)


@primitives(name="sum")
def sum_(items: Ints) -> int:
    """Sum of the items; 0 for none.

    >>> sum_((3, 1, 2))
    6
    """
    return sum(items)


@primitives()
def product(items: Ints) -> int:
    """Product of the items; 1 for none.

    >>> product((3, 1, 2))
    6
    """
    result = 1
    for item in items:
        result *= item
        if abs(result) > MAX_ABS:
            raise UndefinedError("product: value too large")
    return result


@primitives()
def maximum(items: Ints) -> int:
    """The largest item; undefined for an empty list.

    >>> maximum((3, 1, 2))
    3
    """
    if not items:
        raise UndefinedError("maximum of an empty list")
    return max(items)


@primitives()
def minimum(items: Ints) -> int:
    """The smallest item; undefined for an empty list.

    >>> minimum((3, 1, 2))
    1
    """
    if not items:
        raise UndefinedError("minimum of an empty list")
    return min(items)


@primitives()
def occurrences(item: int, items: Ints) -> int:
    """How often an item occurs.

    >>> occurrences(1, (3, 1, 2, 1))
    2
    """
    return items.count(item)


@primitives()
def position(item: int, items: Ints) -> int:
    """The first position of an item; undefined if it is not there.

    >>> position(2, (3, 1, 2))
    2
    """
    if item not in items:
        raise UndefinedError("no such item")
    return items.index(item)


@_both
def member(item: T, items: tuple[T, ...]) -> bool:
    """Whether an item occurs.

    >>> member(4, (3, 1, 2))
    False
    """
    return item in items


@primitives()
def same(left: Ints, right: Ints) -> bool:
    """Whether two lists are equal.

    >>> same((1, 2), (1, 2))
    True
    """
    return left == right


# -- functions over items --------------------------------------------------------------------
@_both
def map_(function: Callable[[T], T], items: tuple[T, ...]) -> tuple[T, ...]:
    """The function's value for every item.

    >>> map_(lambda x: x + 1, (3, 1, 2))
    (4, 2, 3)
    """
    return tuple([function(item) for item in items])


@_both
def filter_(keep: Callable[[T], bool], items: tuple[T, ...]) -> tuple[T, ...]:
    """The items for which the function holds.

    >>> filter_(lambda x: x > 1, (3, 1, 2))
    (3, 2)
    """
    return tuple([item for item in items if keep(item)])


@primitives()
def count(keep: Callable[[int], bool], items: Ints) -> int:
    """How many items the function holds for.

    >>> count(lambda x: x > 1, (3, 1, 2))
    2
    """
    return sum([keep(item) for item in items])


@primitives()
def zipwith(function: Callable[[int, int], int], left: Ints, right: Ints) -> Ints:
    """The function's value for items at the same place, as far as the shorter list goes.

    >>> zipwith(lambda x, y: x * y, (3, 1, 2), (2, 2))
    (6, 2)
    """
    return tuple([function(x, y) for x, y in zip(left, right, strict=False)])


@primitives()
def fold(function: Callable[[int, int], int], start: int, items: Ints) -> int:
    """Goes through the list with a value: `value = function(value, item)`.

    >>> fold(lambda value, x: 10 * value + x, 0, (3, 1, 2))
    312
    """
    value = start
    for item in items:
        value = _small(function(value, item))
    return value


@primitives()
def scan(function: Callable[[int, int], int], items: Ints) -> Ints:
    """All values of a fold that starts at the first item.

    >>> scan(lambda value, x: value + x, (3, 1, 2))
    (3, 4, 6)
    """
    return tuple(itertools.accumulate(items, lambda value, item: _small(function(value, item))))


@primitives()
def fold_ints(function: Callable[[Ints, int], Ints], start: Ints, items: Ints) -> Ints:
    """A fold whose value is a list.

    >>> fold_ints(lambda value, x: (x, *value), (), (3, 1, 2))
    (2, 1, 3)
    """
    value = start
    for item in items:
        value = _short(function(value, item))
    return value


@primitives(cost=2.0)
def until(stop: Callable[[Ints], bool], step: Callable[[Ints], Ints], start: Ints) -> Ints:
    """Applies `step` until `stop` holds; bounded by fuel, and undefined where nothing changes.

    >>> until(lambda xs: len(xs) < 3, lambda xs: xs[1:], (4, 3, 2, 1))
    (2, 1)
    """
    value = start
    while not stop(value):
        following = _short(step(value))
        if following == value:
            raise UndefinedError("until: never stops")
        value = following
    return value


def _small(value: int) -> int:
    if abs(value) > MAX_ABS:
        raise UndefinedError("value too large")
    return value


def _short(value: Ints) -> Ints:
    if len(value) > MAX_LENGTH:
        raise UndefinedError("list too long")
    return value
