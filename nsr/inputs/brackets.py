"""Lists with a pair of items that open and close: found in data, made longer and shorter.

Groups are exchanged for groups (context-free substitution), so that lists of any size stay of the
kind seen, whatever stands between the brackets.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

Items: TypeAlias = tuple[Any, ...]

MIN_PAIRS: Final = 8
"""A pair that closes fewer times in all examples may be an accident."""
MAX_SHAPES: Final = 4
"""More shapes of groups than these say nothing."""
MAX_ITEMS: Final = 40
"""Lists of more different items are not looked at."""

_TRIES: Final = 60


@dataclass(frozen=True, slots=True)
class Brackets:
    """A pair of items of which none closes before it opens.

    Args:
        opening, closing: the pair.
        closed: whether every group is closed; else a list may end inside groups.
        seen: the lists.
        values: the other items.
        groups: the groups seen, each with its brackets, shortest first.
        shapes: the shapes of groups and, as the last, of whole lists; empty: any.
    """

    opening: Any
    closing: Any
    closed: bool
    seen: tuple[Items, ...]
    values: Items
    groups: tuple[Items, ...]
    shapes: tuple[frozenset[str], frozenset[str]] | None

    @classmethod
    def learn(cls, lists: Sequence[Items]) -> Brackets | None:
        """The pair that some lists balance, or `None`."""
        pool = sorted({x for xs in lists for x in xs})
        if len(pool) > MAX_ITEMS:
            return None
        best: tuple[bool, int, Any, Any] | None = None
        for opening, closing in itertools.permutations(pool, 2):
            count = sum(xs.count(closing) for xs in lists)
            present = sum(closing in xs for xs in lists)
            if count < MIN_PAIRS or 2 * present < len(lists):
                continue
            ends = [_depth(xs, opening, closing) for xs in lists]
            if any(end is None for end in ends):
                continue
            found = (not any(ends), count, opening, closing)
            if best is None or found[:2] > best[:2]:
                best = found
        if best is None:
            return None
        closed, _, opening, closing = best
        values = tuple(x for x in pool if x not in (opening, closing))
        parts = {xs[i:j] for xs in lists for i, j in _spans(xs, opening, closing)}
        groups = tuple(sorted(parts, key=lambda xs: (len(xs), xs)))
        inner = frozenset(_shape(g[1:-1], opening, closing) for g in groups)
        outer = frozenset(_shape(xs, opening, closing) for xs in lists)
        # Shapes tell something only if they return again and again.
        shapes = (inner, outer) if closed and len(inner) <= MAX_SHAPES >= len(outer) else None
        return cls(opening, closing, closed, tuple(lists), values, groups, shapes)

    def admits(self, items: Items) -> bool:
        """Whether the brackets of a list balance as in those seen."""
        depth = _depth(items, self.opening, self.closing)
        if depth is None or (self.closed and depth):
            return False
        if self.shapes is None:
            return True
        inner, outer = self.shapes
        return _shape(items, self.opening, self.closing) in outer and all(
            _shape(items[i + 1 : j - 1], self.opening, self.closing) in inner
            for i, j in _spans(items, self.opening, self.closing)
        )

    def draw(self, rng: np.random.Generator, length: int) -> Items:
        """A list of about this length."""
        if not self.closed:
            return self._open(rng, length)
        items = self.seen[int(rng.integers(len(self.seen)))]
        for _ in range(_TRIES):
            if abs(len(items) - length) <= length // 8:
                break
            spans = list(_spans(items, self.opening, self.closing))
            i, j = spans[int(rng.integers(len(spans)))] if spans else (0, 0)
            if not self.groups:
                break
            group = self.groups[int(rng.integers(len(self.groups)))]
            new = items[:i] + group + items[j:]
            if abs(len(new) - length) < abs(len(items) - length):
                items = new
        return tuple(
            self.values[int(rng.integers(len(self.values)))]
            if x in self.values and rng.random() < 0.5
            else x
            for x in items
        )

    def smaller(self, items: Items) -> Iterator[Items]:
        """The list with a group exchanged for a shorter one, or left out."""
        for i, j in _spans(items, self.opening, self.closing):
            yield items[:i] + items[j:]
            for start, stop in _spans(items[i + 1 : j - 1], self.opening, self.closing):
                yield items[:i] + items[i + 1 + start : i + 1 + stop] + items[j:]
            for group in self.groups[:MAX_SHAPES]:
                if len(group) < j - i:
                    yield items[:i] + group + items[j:]

    def _open(self, rng: np.random.Generator, length: int) -> Items:
        """Random items; one that would close too early opens instead."""
        pool = (*self.values, self.opening, self.closing)
        items: list[Any] = []
        depth = 0
        for _ in range(length):
            item = pool[int(rng.integers(len(pool)))]
            if item == self.closing and depth == 0:
                item = self.opening
            depth += (item == self.opening) - (item == self.closing)
            items.append(item)
        return tuple(items)


def _depth(items: Items, opening: Any, closing: Any) -> int | None:
    """Groups still open at the end, or `None` if one closes before it opens."""
    depth = 0
    for item in items:
        depth += (item == opening) - (item == closing)
        if depth < 0:
            return None
    return depth


def _spans(items: Items, opening: Any, closing: Any) -> Iterator[tuple[int, int]]:
    """Start and end of every closed group, inner ones before those around them."""
    starts: list[int] = []
    for i, item in enumerate(items):
        if item == opening:
            starts.append(i)
        elif item == closing and starts:
            yield starts.pop(), i + 1


def _shape(items: Items, opening: Any, closing: Any) -> str:
    """What stands side by side: `v` for an item, `g` for a group.

    >>> _shape((5, 0, 7, 1, 0, 1), 0, 1)
    'vgg'
    """
    depth, shape = 0, ""
    for item in items:
        if item == opening:
            shape += "" if depth else "g"
            depth += 1
        elif item == closing:
            depth -= 1
        elif depth == 0:
            shape += "v"
    return shape
