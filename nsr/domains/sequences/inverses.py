"""Inverses of list and text primitives: an argument, given the others and the output.

Columns hold one value per example. The arguments' columns may be longer than the target's; only
the examples with an output count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nsr.domain import Containers, Inverse
from nsr.values import Column

Known = Sequence[Column | None]


def _where(test: Callable[[Any, Any], bool]) -> Callable[[int, Column, Column], bool]:
    """Admits a column if the test holds of each of its values and the output."""

    def admits(_place: int, column: Column, target: Column) -> bool:
        # Nearly always the first value decides: a loop ends sooner than `all` begins.
        for x, y in zip(column, target, strict=False):  # noqa: SIM110
            if not test(x, y):
                return False
        return True

    return admits


_starts = _where(lambda x, y: y[: len(x)] == x)
_ends = _where(lambda x, y: not x or y[-len(x) :] == x)
_is_head = _where(lambda x, y: y and y[0] == x)
_is_last = _where(lambda x, y: y and y[-1] == x)
_is_tail = _where(lambda x, y: y and y[1:] == x)
_is_init = _where(lambda x, y: y and y[:-1] == x)
_all_start = _where(lambda x, y: x[: len(y)] == y)
_all_end = _where(lambda x, y: x[len(x) - len(y) :] == y)


def _after(known: Known, target: Column) -> Iterator[Column]:
    left: Any = known[0]
    if any(left[: len(target)]):
        yield tuple([y[len(x) :] for x, y in zip(left, target, strict=False)])


def _before(known: Known, target: Column) -> Iterator[Column]:
    right: Any = known[1]
    if any(right[: len(target)]):
        yield tuple([y[: len(y) - len(x)] for x, y in zip(right, target, strict=False)])


def _heads(_known: Known, target: Column) -> Iterator[Column]:
    yield tuple([y[0] for y in target])


def _tails(_known: Known, target: Column) -> Iterator[Column]:
    yield tuple([y[1:] for y in target])


def _lasts(_known: Known, target: Column) -> Iterator[Column]:
    yield tuple([y[-1] for y in target])


def _inits(_known: Known, target: Column) -> Iterator[Column]:
    yield tuple([y[:-1] for y in target])


def _reversed(_known: Known, target: Column) -> Iterator[Column]:
    yield tuple([y[::-1] for y in target])


def _separates(_place: int, column: Column, target: Column) -> bool:
    texts: Any = zip(column, target, strict=False)
    return any(x in y for x, y in texts)


def _parts(known: Known, target: Column) -> Iterator[Column]:
    """The parts between separators; of those that were joined one may have held a separator."""
    separators: Any = known[1]
    pairs = zip(separators, target, strict=False)
    yield tuple([tuple(y.split(x)) if x else tuple(y) for x, y in pairs])


CONCAT: Final = {
    0: Inverse(_before, admits=_ends, narrow=True),
    1: Inverse(_after, admits=_starts, narrow=True),
}
CONS: Final = {
    0: Inverse(_heads, admits=_is_tail, narrow=True),
    1: Inverse(_tails, admits=_is_head, narrow=True),
}
SNOC: Final = {
    0: Inverse(_inits, admits=_is_last, narrow=True),
    1: Inverse(_lasts, admits=_is_init, narrow=True),
}


def _taken(_known: Known, target: Column) -> Iterator[Column]:
    yield tuple([len(y) for y in target])


def _dropped(known: Known, target: Column) -> Iterator[Column]:
    whole: Any = known[1]
    yield tuple([len(x) - len(y) for x, y in zip(whole, target, strict=False)])


def _taken_loosely(known: Known, target: Column) -> Iterator[Containers]:
    """Where nothing or all is taken, fewer or more will do."""
    whole: Any = known[1]
    yield tuple(
        [
            range(-_FAR if not y else len(y), _FAR if len(y) == len(x) else len(y) + 1)
            for x, y in zip(whole, target, strict=False)
        ]
    )


def _dropped_loosely(known: Known, target: Column) -> Iterator[Containers]:
    whole: Any = known[1]
    yield tuple(
        [
            range(
                -_FAR if len(y) == len(x) else len(x) - len(y),
                len(x) - len(y) + 1 if y else _FAR,
            )
            for x, y in zip(whole, target, strict=False)
        ]
    )


def _no_column(_known: Known, _target: Column) -> Iterator[Column]:
    return iter(())


@dataclass(frozen=True, slots=True)
class _Places:
    """The places of an item in a list; beyond its ends there are zeros."""

    items: tuple[int, ...]
    item: int

    def __contains__(self, place: object) -> bool:
        assert isinstance(place, int)
        inside = 0 <= place < len(self.items)
        return (self.items[place] if inside else 0) == self.item


def _places(known: Known, target: Column) -> Iterator[Containers]:
    whole: Any = known[0]
    yield tuple(map(_Places, whole, target))


_FAR: Final = 2**64
"""Beyond any place in a list."""

TAKE: Final = {0: Inverse(_taken, admits=_all_start, narrow=True, loose=_taken_loosely)}
DROP: Final = {0: Inverse(_dropped, admits=_all_end, narrow=True, loose=_dropped_loosely)}
INDEX: Final = {1: Inverse(_no_column, admits=_where(lambda x, y: not y or y in x), loose=_places)}
JOIN: Final = {0: Inverse(_parts, admits=_separates, narrow=True)}
REVERSE: Final = {0: Inverse(_reversed)}
