"""Meanings of list primitives on tuples with z3 terms, and on unknown counts and positions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from nsr.domains._integers_symbolic import SYMBOLIC as INTEGERS
from nsr.domains.sequences import lists, schemes
from nsr.symbolic import among, when

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
    return among(position, range(len(items)), lambda k: lists.index(items, k))


def _stride(items: _Items, step: Any) -> Any:
    last = max(1, len(items))
    return among(step, range(1, last), lambda k: lists.stride(items, k), at_least=last)


def _repeat(item: Any, count: Any) -> Any:
    return among(count, range(_LONGEST + 1), lambda k: lists.repeat(item, k))


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


def _fold(function: Callable[[Any, Any], Any], start: Any, items: _Items) -> Any:
    return functools.reduce(function, items, start)


def _scan(function: Callable[[Any, Any], Any], items: _Items) -> Any:
    values: list[Any] = []
    for item in items:
        values.append(function(values[-1], item) if values else item)
    return tuple(values)


_UNCHANGED = (
    *("head", "last", "tail", "init", "empty", "cons", "snoc", "concat", "reverse"),
    *("len", "map", "zipwith", "zip_long", "concat_map", "concat_pairs", "concat_zip"),
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
        "scan": _scan,
    }
)
