"""Schemes of recursion over lists: what takes a function.

Every loop of a program is one of these. Calls of the function pay fuel, so each of them ends.
Their values are capped on the way, not only at the end.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeVar

from nsr.domain import PrimitiveSet
from nsr.domains.integers import MAX_ABS
from nsr.domains.sequences.values import MAX_LENGTH, Ints
from nsr.errors import UndefinedError

T = TypeVar("T")

primitives = PrimitiveSet()

SCHEMES = frozenset(
    (
        *("fold_ints", "transduce", "transduce_rest", "fold_tree", "fold_tree_ints", "iterate"),
        *("fold_zip", "fold_zip_ints", "zip_long", "concat_map", "concat_pairs", "concat_zip"),
        *("filter_zip", "sort_by", "map_lists", "concat_lists", "groups"),
    )
)
"""Those whose functions are found from deduced examples only, never by enumeration."""


@primitives(name="map_strs")
@primitives()
def map_(function: Callable[[T], T], items: tuple[T, ...]) -> tuple[T, ...]:
    """The function's value for every item.

    >>> map_(lambda x: x + 1, (3, 1, 2))
    (4, 2, 3)
    """
    return tuple([function(item) for item in items])


@primitives(name="filter_strs")
@primitives()
def filter_(keep: Callable[[T], bool], items: tuple[T, ...]) -> tuple[T, ...]:
    """The items for which the function holds.

    >>> filter_(lambda x: x > 1, (3, 1, 2))
    (3, 2)
    """
    return tuple([item for item in items if keep(item)])


@primitives()
def take_while(keep: Callable[[int], bool], items: Ints) -> Ints:
    """The items before the first one for which the function does not hold.

    >>> take_while(lambda x: x > 1, (3, 2, 1, 5))
    (3, 2)
    """
    return tuple(itertools.takewhile(keep, items))


@primitives()
def drop_while(drop: Callable[[int], bool], items: Ints) -> Ints:
    """The items from the first one on for which the function does not hold.

    >>> drop_while(lambda x: x > 1, (3, 2, 1, 5))
    (1, 5)
    """
    return tuple(itertools.dropwhile(drop, items))


@primitives()
def zipwith(function: Callable[[int, int], int], left: Ints, right: Ints) -> Ints:
    """The function's value for items at the same place, as far as the shorter list goes.

    >>> zipwith(lambda x, y: x * y, (3, 1, 2), (2, 2))
    (6, 2)
    """
    return tuple([function(x, y) for x, y in zip(left, right, strict=False)])


@primitives()
def filter_zip(keep: Callable[[int, int], bool], items: Ints, beside: Ints) -> Ints:
    """The items for which the function holds of the item and the one beside it in another list.

    >>> filter_zip(lambda x, y: x > y, (3, 1, 2), (2, 2))
    (3,)
    """
    return tuple([x for x, y in zip(items, beside, strict=False) if keep(x, y)])


@primitives()
def zip_long(function: Callable[[int, int], int], left: Ints, right: Ints) -> Ints:
    """As `zipwith`, but to the end of the longer list; 0 stands for missing items.

    >>> zip_long(lambda x, y: x + y, (3, 1, 2), (2, 2))
    (5, 3, 2)
    """
    pairs = itertools.zip_longest(left, right, fillvalue=0)
    return tuple([function(x, y) for x, y in pairs])


@primitives()
def argmax(function: Callable[[int], int], items: Ints) -> int:
    """The first item with the largest value of the function; 0 for an empty list.

    >>> argmax(lambda x: x % 3, (3, 1, 2, 5))
    2
    """
    return max(items, key=function, default=0)


@primitives()
def sort_by(key: Callable[[int], int], items: Ints) -> Ints:
    """The items by rising value of the function; those of equal value in their order.

    >>> sort_by(lambda x: x % 3, (4, 5, 3, 1))
    (3, 4, 1, 5)
    """
    return tuple(sorted(items, key=key))


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
def fold_zip(function: Callable[[int, int, int], int], start: int, left: Ints, right: Ints) -> int:
    """A fold over two lists at once, as far as the shorter one goes.

    >>> fold_zip(lambda value, x, y: value + x * y, 0, (3, 1, 2), (2, 2))
    8
    """
    value = start
    for x, y in zip(left, right, strict=False):
        value = _small(function(value, x, y))
    return value


@primitives()
def fold_zip_ints(
    function: Callable[[Ints, int, int], Ints], start: Ints, left: Ints, right: Ints
) -> Ints:
    """As `fold_zip`, with a list for a value.

    >>> fold_zip_ints(lambda value, x, y: (*value, x, y), (), (3, 1, 2), (7, 8))
    (3, 7, 1, 8)
    """
    value = start
    for x, y in zip(left, right, strict=False):
        value = _short(function(value, x, y))
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


@primitives()
def transduce(
    out: Callable[[int, int], int], step: Callable[[int, int], int], start: int, items: Ints
) -> Ints:
    """`out(state, item)` for every item, while `state = step(state, item)`.

    >>> transduce(lambda s, x: s + x, lambda s, x: 10 * x, 0, (3, 1, 2))
    (3, 31, 12)
    """
    return _transduced(out, step, start, items)[0]


@primitives()
def transduce_rest(
    out: Callable[[int, int], int], step: Callable[[int, int], int], start: int, items: Ints
) -> Ints:
    """As `transduce`, with the final state at the end unless it is 0.

    >>> transduce_rest(lambda s, x: s + x, lambda s, x: 10 * x, 0, (3, 1, 2))
    (3, 31, 12, 20)
    """
    values, state = _transduced(out, step, start, items)
    return (*values, state) if state else values


@primitives()
def concat_map(function: Callable[[int], Ints], items: Ints) -> Ints:
    """The lists that the function makes of the items, one after the other.

    >>> concat_map(lambda x: (x, x), (3, 1))
    (3, 3, 1, 1)
    """
    return joined([function(item) for item in items])


@primitives()
def concat_pairs(function: Callable[[int, int], Ints], items: Ints) -> Ints:
    """The lists that the function makes of each two items; a last item alone stays.

    >>> concat_pairs(lambda x, y: (y, x), (3, 1, 2, 5, 4))
    (1, 3, 5, 2, 4)
    """
    pairs = zip(items[::2], items[1::2], strict=False)
    rest = items[-1:] if len(items) % 2 else ()
    return joined([function(x, y) for x, y in pairs]) + rest


@primitives()
def concat_zip(function: Callable[[int, int], Ints], left: Ints, right: Ints) -> Ints:
    """The lists that the function makes of items at the same place, then what is left over.

    >>> concat_zip(lambda x, y: (x, y), (3, 1, 2), (7, 8))
    (3, 7, 1, 8, 2)
    """
    both = min(len(left), len(right))
    pairs = zip(left, right, strict=False)
    return joined([function(x, y) for x, y in pairs]) + left[both:] + right[both:]


@primitives()
def iterate(function: Callable[[int], int], start: int, count: int) -> Ints:
    """The list `start, function(start), function(function(start)), ...` of `count` items.

    >>> iterate(lambda x: 2 * x, 3, 4)
    (3, 6, 12, 24)
    """
    if count > MAX_LENGTH:
        raise UndefinedError("iterate: too long")
    values: list[int] = []
    for _ in range(count):
        values.append(_small(function(values[-1]) if values else start))
    return tuple(values)


@primitives()
def fold_tree(
    function: Callable[[int, int, int], int], opening: int, closing: int, items: Ints
) -> int:
    """Folds a binary tree of brackets `opening value left right closing`; 0 for an empty tree.

    The function gets the value of a node and the results of its two subtrees. Undefined where
    the brackets do not match.

    >>> fold_tree(lambda x, a, b: x + max(a, b), 8, 9, (8, 1, 8, 2, 9, 8, 5, 9, 9))
    6
    """
    return _folded(lambda x, a, b: _small(function(x, a, b)), 0, opening, closing, items)


@primitives()
def fold_tree_ints(
    function: Callable[[int, Ints, Ints], Ints], opening: int, closing: int, items: Ints
) -> Ints:
    """As `fold_tree`, with lists for results; the empty list for an empty tree.

    >>> fold_tree_ints(lambda x, a, b: (*a, x, *b), 8, 9, (8, 1, 8, 2, 9, 8, 5, 9, 9))
    (2, 1, 5)
    """
    return _folded(lambda x, a, b: _short(function(x, a, b)), (), opening, closing, items)


def _folded(
    function: Callable[[int, T, T], T], empty: T, opening: int, closing: int, items: Ints
) -> T:
    """Iterative, with a stack of open nodes: (value or none, results of the subtrees)."""
    stack: list[tuple[list[int], list[T]]] = [([], [])]
    for item in items:
        if item == opening:
            stack.append(([], []))
        elif item == closing and len(stack) > 1:
            values, parts = stack.pop()
            result = empty
            if values:
                left, right = (*parts, empty, empty)[:2]
                result = function(values[0], left, right)
            stack[-1][1].append(result)
        elif not stack[-1][0] and not stack[-1][1] and len(stack) > 1:
            stack[-1][0].append(item)
        else:
            raise UndefinedError("fold_tree: not a tree")
    if len(stack) > 1 or len(stack[0][1]) > 1:
        raise UndefinedError("fold_tree: not one tree")
    return stack[0][1][0] if stack[0][1] else empty


def _transduced(
    out: Callable[[int, int], int], step: Callable[[int, int], int], state: int, items: Ints
) -> tuple[Ints, int]:
    values = []
    for item in items:
        values.append(out(state, item))
        state = _small(step(state, item))
    return tuple(values), state


def joined(parts: list[Ints]) -> Ints:
    """Lists one after the other; undefined if that is too long."""
    return _short(tuple(itertools.chain.from_iterable(parts)))


def _small(value: int) -> int:
    if abs(value) > MAX_ABS:
        raise UndefinedError("value too large")
    return value


def _short(value: Ints) -> Ints:
    if len(value) > MAX_LENGTH:
        raise UndefinedError("list too long")
    return value
