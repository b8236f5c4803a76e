"""Which items of a list were kept, if some of them, in their order, are the output.

Often this is not told for all items: of two equal neighbours either may be the one that was kept.
What all ways of keeping have in common is certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


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
