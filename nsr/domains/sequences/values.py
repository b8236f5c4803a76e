"""Sequences: lists of integers, strings and lists of strings, all immutable.

| type   | Python value                                     |
|--------|--------------------------------------------------|
| `int`  | `int`, the same as in the domain `integers`      |
| `bool` | `bool`                                           |
| `ints` | tuple of `int`                                   |
| `str`  | `str`                                            |
| `strs` | tuple of `str`: words, tokens, characters        |
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from nsr.domain import LiteralType
from nsr.domains.integers import MAX_ABS, int_distance, is_int
from nsr.errors import InputError
from nsr.values import ValueType

MAX_LENGTH = 4096
"""Longer lists and strings are undefined."""

MAX_ITEMS: Final = 2**18
"""Lists of lists with more items in all are undefined."""

Ints: TypeAlias = tuple[int, ...]
Lists: TypeAlias = tuple[Ints, ...]
Strs: TypeAlias = tuple[str, ...]


def _fits_ints(value: Ints) -> bool:
    if len(value) > MAX_LENGTH:
        return False
    return not value or (min(value) >= -MAX_ABS and max(value) <= MAX_ABS)


def _ints_bytes(value: Ints) -> int:
    # The interpreter shares the integers from -5 to 256.
    if not value or (min(value) > -6 and max(value) < 257):
        return sys.getsizeof(value)
    return sys.getsizeof(value) + 32 * sum([not -6 < item < 257 for item in value])


def _decode_ints(raw: Any) -> Ints:
    if not isinstance(raw, (list, tuple)) or not all(map(is_int, raw)):
        raise InputError(f"expected a list of integers, got {_brief(raw)}")
    return tuple(raw)


def _decode_lists(raw: Any) -> Lists:
    if not isinstance(raw, (list, tuple)):
        raise InputError(f"expected a list of lists of integers, got {_brief(raw)}")
    return tuple(map(_decode_ints, raw))


def _decode_strs(raw: Any) -> Strs:
    if not isinstance(raw, (list, tuple)) or not all(isinstance(item, str) for item in raw):
        raise InputError(f"expected a list of strings, got {_brief(raw)}")
    return tuple(raw)


def _decode_str(raw: Any) -> str:
    if not isinstance(raw, str):
        raise InputError(f"expected a string, got {_brief(raw)}")
    return raw


def _brief(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= 40 else text[:37] + "..."


def sequence_distance(value: Sequence[Any], wanted: Sequence[Any]) -> float:
    """Share of places that differ from the front or from the back, whichever is smaller.

    >>> sequence_distance((1, 2, 3, 4), (1, 2, 3, 5))
    0.25
    """
    longest = max(len(value), len(wanted))
    if not longest:
        return 0.0
    front: int = sum([a == b for a, b in zip(value, wanted, strict=False)])
    back: int = sum([a == b for a, b in zip(reversed(value), reversed(wanted), strict=False)])
    return (longest - max(front, back)) / longest


def _ints_distance(value: Ints, wanted: Ints) -> float:
    if len(value) != len(wanted):
        return 0.2 + 0.8 * sequence_distance(value, wanted)
    total: float = sum(map(int_distance, value, wanted))
    return total / max(len(value), 1)


INTS = ValueType(
    name="ints",
    contains=lambda v: isinstance(v, tuple) and all(map(is_int, v)),
    fits=_fits_ints,
    limit=f"at most {MAX_LENGTH} integers of up to 2^1024",
    nbytes=_ints_bytes,
    distance=_ints_distance,
    show=lambda v: str(list(v)),
    encode=list,
    decode=_decode_ints,
)
LISTS = ValueType(
    name="lists",
    contains=lambda v: isinstance(v, tuple) and all(map(INTS.contains, v)),
    fits=lambda v: len(v) + sum(map(len, v)) <= MAX_ITEMS,
    limit=f"at most {MAX_ITEMS} lists and integers",
    nbytes=lambda v: sys.getsizeof(v) + sum(map(_ints_bytes, v)),
    distance=sequence_distance,
    show=lambda v: str(list(map(list, v))),
    encode=lambda v: list(map(list, v)),
    decode=_decode_lists,
)
STR = ValueType(
    name="str",
    contains=lambda v: isinstance(v, str),
    fits=lambda v: len(v) <= MAX_LENGTH,
    limit=f"at most {MAX_LENGTH} characters",
    distance=sequence_distance,
    show=json.dumps,
    decode=_decode_str,
)
STRS = ValueType(
    name="strs",
    contains=lambda v: isinstance(v, tuple) and all(isinstance(item, str) for item in v),
    fits=lambda v: len(v) + sum(map(len, v)) <= 2 * MAX_LENGTH,
    limit=f"at most {2 * MAX_LENGTH} texts and characters",
    nbytes=lambda v: sys.getsizeof(v) + sum(map(sys.getsizeof, v)),
    distance=sequence_distance,
    show=lambda v: json.dumps(list(v)),
    encode=list,
    decode=_decode_strs,
)


def _parse_text(text: str) -> str:
    return _decode_str(json.loads(text))


STR_LITERAL = LiteralType(
    name="STR",
    parse=_parse_text,
    format=json.dumps,
    cost=lambda value: 2.0 + 6.0 * max(len(value) - 1, 0),
)


def sample(type_name: str, rng: Any) -> Any:
    """Random values: digits, short lists of digits and of such lists, words of a few letters."""
    if type_name == "bool":
        return bool(rng.integers(2))
    if type_name == "int":
        return int(rng.integers(0, 10))
    size = int(rng.integers(1, 7))
    if type_name == "ints":
        return tuple(rng.integers(0, 10, size).tolist())
    if type_name == "lists":
        return tuple(sample("ints", rng) for _ in range(size))
    if type_name == "str":
        return "".join(rng.choice(list("abcdeXY -1"), size))
    return tuple(sample("str", rng) for _ in range(size))
