"""The universe of a pair: every phrase that a node of its tree may be worth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import numba
import numpy as np

from nsr.parsing.forest import Universe
from nsr.semantics import MAX_PHRASE, PhrasePrograms

Codes: TypeAlias = tuple[int, ...]
"""A phrase with its words numbered from 1."""

_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_POWERS: Final = np.array([pow(int(_BASE), k, 1 << 64) for k in range(MAX_PHRASE + 1)], np.uint64)


def factors(phrase: Codes) -> list[Codes]:
    """Every contiguous part, the empty one first.

    >>> factors((1, 2))
    [(), (1,), (2,), (1, 2)]
    """
    n = len(phrase)
    parts = {phrase[i : i + k]: None for k in range(n + 1) for i in range(n - k + 1)}
    return list(parts)


def prefixes(phrase: Codes) -> Iterable[Codes]:
    """Every part that begins where the phrase begins."""
    return (phrase[:k] for k in range(len(phrase) + 1))


def universe(goal: Codes, values: Iterable[Codes], library: PhrasePrograms) -> Universe:
    """The universe of these values; every prefix of a value must be one too."""
    index = {value: i for i, value in enumerate(dict.fromkeys(values))}
    texts = list(index)
    lengths = np.array([len(t) for t in texts], np.int32)
    width = max(1, int(lengths.max(initial=0)))
    flat = np.zeros((len(texts), width), np.uint64)
    for row, text in zip(flat, texts, strict=True):
        row[: len(text)] = text
    size = 64
    while size < 4 * len(texts):
        size *= 2
    keys = np.zeros(size, np.uint64)
    slots = np.full(size, -1, np.int32)
    places, counts = library.gathers
    hashes = np.zeros(len(texts), np.uint64)
    atom_hashes = np.zeros((len(library.atoms), len(texts)), np.uint64)
    atom_lengths = np.full((len(library.atoms), len(texts)), -1, np.int32)
    _fill(flat, lengths, places, counts, hashes, atom_hashes, atom_lengths, keys, slots)
    longest = min(MAX_PHRASE, width)
    return Universe(
        hashes,
        lengths,
        atom_hashes,
        atom_lengths,
        keys,
        slots,
        _POWERS[: longest + 1],
        index[goal],
    )


@numba.njit(cache=True)
def _fill(
    flat: Any,
    lengths: Any,
    places: Any,
    counts: Any,
    hashes: Any,
    atom_hashes: Any,
    atom_lengths: Any,
    keys: Any,
    slots: Any,
) -> None:
    base = np.uint64(0x9E3779B97F4A7C15)
    spread = np.uint64(0xD6E8FEB86659FD93)
    mask = len(keys) - 1
    for v in range(len(lengths)):
        h = np.uint64(0)
        for k in range(lengths[v]):
            h = h * base + flat[v, k] * spread
        hashes[v] = h
        place = np.int64(h >> np.uint64(7)) & mask
        while slots[place] >= 0:
            place = (place + 1) & mask
        keys[place] = h
        slots[place] = v
        for a in range(len(counts)):
            count = counts[a, lengths[v]]
            atom_lengths[a, v] = count
            if count > 0:
                h = np.uint64(0)
                for k in range(count):
                    h = h * base + flat[v, places[a, lengths[v], k]] * spread
                atom_hashes[a, v] = h


def inverses(goal: Codes, ways: Iterable[Codes]) -> list[Codes]:
    """Arguments from which a value can come.

    Args:
        goal: the value.
        ways: positions of the argument behind each place of the value, see
            `PhrasePrograms.inversions`.

    >>> inverses((7, 8, 7), [(0, 1, 0), (2, 1, 0), (0, 0, 1)])
    [(7, 8), (7, 8, 7)]
    """
    found: dict[Codes, None] = {}
    for places in ways:
        argument = [0] * (max(places, default=-1) + 1)
        for place, word in zip(places, goal, strict=True):
            if argument[place] not in (0, word):
                break
            argument[place] = word
        else:
            found[tuple(argument)] = None
    return list(found)
