"""Lists of lists: ways to cut a list, and loops over the parts."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from nsr.domain import PrimitiveSet
from nsr.domains.sequences.schemes import joined
from nsr.domains.sequences.values import MAX_ITEMS, Ints, Lists
from nsr.errors import UndefinedError

primitives = PrimitiveSet()


# -- cutting -----------------------------------------------------------------------------------
@primitives(cost=2.0)
def groups(together: Callable[[int, int], bool], items: Ints) -> Lists:
    """The items cut wherever the relation does not hold of two neighbours.

    >>> groups(lambda x, y: x == y, (3, 3, 1))
    ((3, 3), (1,))
    """
    if not items:
        return ()
    cuts = [i for i in range(1, len(items)) if not together(items[i - 1], items[i])]
    return tuple([items[i:j] for i, j in itertools.pairwise([0, *cuts, len(items)])])


@primitives(cost=3.0)
def inits(items: Ints) -> Lists:
    """The items up to each item.

    >>> inits((3, 1, 2))
    ((3,), (3, 1), (3, 1, 2))
    """
    _limit(len(items) * (len(items) + 1) // 2)
    return tuple([items[:end] for end in range(1, len(items) + 1)])


@primitives(cost=2.0)
def windows(size: int, items: Ints) -> Lists:
    """So many neighbours, from each place where there are as many.

    >>> windows(2, (3, 1, 2))
    ((3, 1), (1, 2))
    """
    count = len(items) - size + 1
    if size < 1 or count < 1:
        return ()
    _limit(size * count)
    return tuple([items[start : start + size] for start in range(count)])


@primitives(cost=2.0)
def chunks(size: int, items: Ints) -> Lists:
    """The items cut after so many each time, so the last part may be shorter; whole if below 1.

    >>> chunks(2, (3, 1, 2))
    ((3, 1), (2,))
    """
    if size < 1:
        return (items,)
    return tuple([items[start : start + size] for start in range(0, len(items), size)])


@primitives(cost=2.0)
def splits(separator: int, items: Ints) -> Lists:
    """The parts between the items that equal the separator.

    >>> splits(0, (3, 0, 0, 2))
    ((3,), (), (2,))
    """
    parts: list[list[int]] = [[]]
    for item in items:
        if item == separator:
            parts.append([])
        else:
            parts[-1].append(item)
    return tuple(map(tuple, parts))


# -- loops -------------------------------------------------------------------------------------
@primitives(cost=2.0)
def map_lists(function: Callable[[Ints], int], parts: Lists) -> Ints:
    """The function's value for each part.

    >>> map_lists(len, ((3, 3), (1,)))
    (2, 1)
    """
    return tuple([function(part) for part in parts])


@primitives(cost=2.0)
def concat_lists(function: Callable[[Ints], Ints], parts: Lists) -> Ints:
    """The lists that the function makes of the parts, one after the other.

    >>> concat_lists(lambda xs: xs[::-1], ((3, 4), (1,)))
    (4, 3, 1)
    """
    return joined([function(part) for part in parts])


def _limit(items: int) -> None:
    if items > MAX_ITEMS:
        raise UndefinedError("too many items in parts")
