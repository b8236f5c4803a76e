"""Meanings of list primitives on tuples with z3 terms, and on unknown counts and positions."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from nsr.domains._integers_symbolic import SYMBOLIC as INTEGERS
from nsr.domains.sequences import lists, schemes
from nsr.domains.sequences.values import MAX_LENGTH
from nsr.errors import UndefinedError
from nsr.symbolic import among, distribute, when

_Items: TypeAlias = tuple[Any, ...]
_LONGEST = 12
"""Unknown counts of new items go up to this."""


def _take(count: Any, items: _Items) -> Any:
    return _clamped(count, len(items), lambda k: lists.take(k, items))


def _drop(count: Any, items: _Items) -> Any:
    return _clamped(count, len(items), lambda k: lists.drop(k, items))


def _clamped(count: Any, last: int, result: Callable[[int], Any]) -> Any:
    """For counts that are cut to 0 .. last."""
    return among(count, range(1, last), result, at_most=0, at_least=max(1, last))


def _index(items: _Items, position: Any) -> Any:
    last = len(items)
    return among(position, range(last), lambda k: lists.index(items, k), at_most=-1, at_least=last)


def _stride(items: _Items, step: Any) -> Any:
    last = max(2, len(items))
    return among(step, range(2, last), lambda k: lists.stride(items, k), at_most=1, at_least=last)


def _repeat(item: Any, count: Any) -> Any:
    return among(count, range(1, _LONGEST + 1), lambda k: lists.repeat(item, k), at_most=0)


def _range(start: Any, stop: Any) -> Any:
    if isinstance(start, int) and isinstance(stop, int):
        return lists.range_(start, stop)
    return among(
        stop - start,
        range(1, _LONGEST + 1),
        lambda length: tuple([start + i for i in range(length)]),
        at_most=0,
    )


def _member(item: Any, items: _Items) -> Any:
    return functools.reduce(lambda found, other: when(item == other, True, found), items, False)


def _same(left: _Items, right: _Items) -> Any:
    pairs = zip(left, right, strict=False)
    start = len(left) == len(right)
    return functools.reduce(lambda so_far, ab: when(ab[0] == ab[1], so_far, False), pairs, start)


def _fold(function: Callable[[Any, Any], Any], start: Any, items: _Items) -> Any:
    return functools.reduce(function, items, start)


def _fold_zip(
    function: Callable[[Any, Any, Any], Any], start: Any, left: _Items, right: _Items
) -> Any:
    value = start
    for x, y in zip(left, right, strict=False):
        value = function(value, x, y)
    return value


def _scan(function: Callable[[Any, Any], Any], items: _Items) -> Any:
    values: list[Any] = []
    for item in items:
        values.append(function(values[-1], item) if values else item)
    return tuple(values)


def _argmax(function: Callable[[Any], Any], items: _Items) -> Any:
    def choose(*values: Any) -> Any:
        pairs = list(zip(values[: len(items)], values[len(items) :], strict=True))
        most, best = pairs[0]
        for value, item in pairs[1:]:
            most, best = when(value > most, value, most), when(value > most, item, best)
        return best

    return distribute(choose, [*map(function, items), *items]) if items else 0


def _transduce(
    out: Callable[[Any, Any], Any], step: Callable[[Any, Any], Any], state: Any, items: _Items
) -> _Items:
    return _transduced(out, step, state, items)[:-1]


def _transduce_rest(
    out: Callable[[Any, Any], Any], step: Callable[[Any, Any], Any], state: Any, items: _Items
) -> Any:
    *values, rest = _transduced(out, step, state, items)
    return distribute(lambda r: when(r == 0, tuple(values), (*values, r)), [rest])


def _transduced(
    out: Callable[[Any, Any], Any], step: Callable[[Any, Any], Any], state: Any, items: _Items
) -> _Items:
    """The outputs, then the last state."""
    values = []
    for item in items:
        values.append(out(state, item))
        state = step(state, item)
    return (*values, state)


def _concat_map(function: Callable[[Any], Any], items: _Items) -> Any:
    return _joined([function(item) for item in items])


def _concat_pairs(function: Callable[[Any, Any], Any], items: _Items) -> Any:
    pairs = zip(items[::2], items[1::2], strict=False)
    rest = items[-1:] if len(items) % 2 else ()
    return _joined([*(function(x, y) for x, y in pairs), rest])


def _concat_zip(function: Callable[[Any, Any], Any], left: _Items, right: _Items) -> Any:
    both = min(len(left), len(right))
    pairs = zip(left, right, strict=False)
    return _joined([*(function(x, y) for x, y in pairs), left[both:], right[both:]])


def _joined(parts: list[Any]) -> Any:
    """The parts one after the other; each may be a choice."""
    return distribute(lambda *known: tuple(itertools.chain.from_iterable(known)), parts)


def _iterate(function: Callable[[Any], Any], start: Any, count: Any) -> Any:
    def values(length: int) -> _Items:
        if length > MAX_LENGTH:
            raise UndefinedError("iterate: too long")
        made: list[Any] = []
        for _ in range(length):
            made.append(function(made[-1]) if made else start)
        return tuple(made)

    return among(count, range(1, _LONGEST + 1), values, at_most=0)


_UNCHANGED = (
    *("head", "last", "tail", "init", "empty", "cons", "snoc", "concat", "reverse"),
    *("places", "len", "map", "zipwith", "zip_long"),
)
_FUNCTIONS = {**lists.primitives.table, **schemes.primitives.table}

SYMBOLIC: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **INTEGERS,
        **{name: _FUNCTIONS[name].function for name in _UNCHANGED},
        "if_ints": when,
        "take": _take,
        "drop": _drop,
        "index": _index,
        "stride": _stride,
        "repeat": _repeat,
        "range": _range,
        "member": _member,
        "fold": _fold,
        "fold_ints": _fold,
        "fold_zip": _fold_zip,
        "fold_zip_ints": _fold_zip,
        "scan": _scan,
        "same": _same,
        "argmax": _argmax,
        "transduce": _transduce,
        "transduce_rest": _transduce_rest,
        "concat_map": _concat_map,
        "concat_pairs": _concat_pairs,
        "concat_zip": _concat_zip,
        "iterate": _iterate,
    }
)
