"""Which items of a list were kept, if some of them, in their order, are the output.

Often this is not told for all items: of two equal neighbours either may be the one that was kept.
What all ways of keeping have in common is certain.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = tuple[int, Hashable, list[Any], tuple[Any, ...]]
"""Number of an example, what else its output may depend on, its parts, and the output."""


def kept(items: Sequence[Any], part: Sequence[Any]) -> list[bool | None] | None:
    """For each item whether it was kept, `None` where that is open; `None` if it is no part.

    >>> kept((3, 1, 2, 2), (3, 2))
    [True, False, None, None]
    >>> kept((3, 1), (1, 3)) is None
    True
    """
    # first[i], last[i]: the fewest and the most items of the part that can end before item i,
    # seen from the front and from the back: item i is item n of the part for n between the two.
    size = len(part)
    front = [0]
    for item in items:
        done = front[-1]
        front.append(done + (done < size and part[done] == item))
    if front[-1] < size:
        return None
    back = [size]
    for item in reversed(items):
        done = back[-1]
        back.append(done - (done > 0 and part[done - 1] == item))
    back.reverse()
    # Before item i at most front[i] and at least back[i] items of the part are done.
    found: list[bool | None] = []
    for i, item in enumerate(items):
        may = range(back[i], front[i] + 1)
        keeps = [n for n in may if n < size and part[n] == item and n + 1 >= back[i + 1]]
        drops = [n for n in may if n >= back[i + 1]]
        found.append(None if keeps and drops else bool(keeps))
    return found


def peeled(
    rows: Sequence[Row], known: dict[Any, tuple[Any, ...]] | None = None
) -> list[tuple[int, Any, tuple[Any, ...]]] | None:
    """What each part makes, if outputs are what their parts make, one after the other.

    The output of a row with a single part is what that part makes. It is taken off both ends of
    the other outputs, until a single part is left there, and so on; where more are left, nothing
    is told.

    Args:
        rows: the outputs and their parts; parts are hashable.
        known: (what else the output depends on, part) -> what it makes, where that is known.

    Returns:
        (number of the example, part, what it makes) for parts that were not known; `None` if no
        such parts make the outputs.

    >>> peeled([(0, (), ["a"], (1, 2)), (1, (), ["b", "a"], (3, 1, 2))])
    [(0, 'a', (1, 2)), (1, 'b', (3,))]
    """
    known = dict(known or {})
    found = []
    waiting = list(rows)
    while waiting:
        left: list[Row] = []
        for n, rest, parts, output in waiting:
            parts = list(parts)
            while parts and (rest, parts[0]) in known:
                made = known[rest, parts.pop(0)]
                if output[: len(made)] != made:
                    return None
                output = output[len(made) :]
            while parts and (rest, parts[-1]) in known:
                made = known[rest, parts.pop()]
                if output[len(output) - len(made) :] != made:
                    return None
                output = output[: len(output) - len(made)]
            if not parts and output:
                return None
            if len(parts) == 1:
                known[rest, parts[0]] = output
                found.append((n, parts[0], output))
            elif parts:
                left.append((n, rest, parts, output))
        if len(left) == len(waiting):
            break
        waiting = left
    return found
