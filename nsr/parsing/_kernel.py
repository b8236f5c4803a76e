"""Native kernels of the forest: building it, and inside-outside over its edges.

The data types of their arguments are `Universe`, `Tries`, `Words` and `Chart` of `forest`.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

TWO: Final = 0
"""Columns of a pattern's row: whether it has two arguments;"""
HEAD: Final = 1
"""where its head is: 0 at the start i, 1 at the cut m, 2 at the last token j - 1, 3 nowhere;"""
CLOSE: Final = 2
"""where its literal is, in the same way;"""
FROM: Final = 3
"""its first argument starts at i + FROM;"""
LOW: Final = 4
HIGH: Final = 5
"""of two arguments the first ends at a cut i + LOW <= m < j + HIGH;"""
GAP: Final = 6
TO: Final = 7
"""the second starts at m + GAP; the last argument ends at j + TO;"""
OPEN: Final = 8
"""whether nothing shows where the cut is."""

ITEMS: Final = 0
EDGES: Final = 1
RESULTS: Final = 2
"""Places of `Chart.counts`."""


@numba.njit(cache=True)
def _find(universe: Any, value: Any, length: Any) -> Any:
    keys, slots = universe.keys, universe.slots
    mask = len(keys) - 1
    place = np.int64(value >> np.uint64(7)) & mask
    while slots[place] >= 0:
        if keys[place] == value and universe.lengths[slots[place]] == length:
            return slots[place]
        place = (place + 1) & mask
    return np.int32(-1)


@numba.njit(cache=True)
def _apply(
    left: Any, right: Any, need: Any, root: Any, universe: Any, tries: Any, chart: Any
) -> Any:
    """Append (program, value) of every candidate that stays in the universe; whether they fit."""
    results = chart.results
    count = chart.counts[RESULTS]
    nodes = np.empty(32, np.int32)
    hashes = np.empty(32, np.uint64)
    sizes = np.empty(32, np.int32)
    depth = 0
    node = tries.child[root]
    h = np.uint64(0)
    size = np.int32(0)
    longest = len(universe.powers) - 1
    while True:
        if node < 0:
            if depth == 0:
                chart.counts[RESULTS] = count
                return True
            depth -= 1
            node = tries.sibling[nodes[depth]]
            h = hashes[depth]
            size = sizes[depth]
            continue
        atom = tries.atom[node]
        value = left if tries.argument[node] == 0 else right
        found = np.int32(-1)
        grown = np.int32(-1)
        new = np.uint64(0)
        if value >= 0 and universe.atom_lengths[atom, value] >= 0:
            grown = size + universe.atom_lengths[atom, value]
            if grown <= longest:
                new = h * universe.powers[grown - size] + universe.atom_hashes[atom, value]
                found = _find(universe, new, grown)
        if found < 0:
            node = tries.sibling[node]
            continue
        if tries.uses[node] == need:
            if count >= len(results):
                return False
            results[count, 0] = tries.program[node]
            results[count, 1] = found
            count += 1
        if tries.child[node] >= 0:
            nodes[depth] = node
            hashes[depth] = h
            sizes[depth] = size
            depth += 1
            h = new
            size = grown
            node = tries.child[node]
        else:
            node = tries.sibling[node]


@numba.njit(cache=True, inline="always")
def _edge(chart: Any, here: Any, value: Any, left: Any, right: Any, feature: Any, ways: Any) -> Any:
    """Add an edge, and its item if that is new; whether there was room."""
    edge = chart.counts[EDGES]
    if edge >= len(chart.edges):
        return False
    item = chart.items[here, value]
    if item < 0:
        item = chart.counts[ITEMS]
        chart.items[here, value] = item
        chart.values[item] = value
        chart.counts[ITEMS] = item + 1
    chart.edges[edge, 0] = item
    chart.edges[edge, 1] = left
    chart.edges[edge, 2] = right
    chart.edges[edge, 3] = feature
    chart.edges[edge, 4] = ways
    chart.counts[EDGES] = edge + 1
    return True


@numba.njit(cache=True)
def _leaf(i: Any, here: Any, words: Any, theta: Any, empty: Any, chart: Any) -> Any:
    """A token on its own: a constant, or a word without a meaning."""
    word = words.symbols[i]
    if word < 0 or words.base[word, 0] < 0:
        return words.constants[i] < 0 or _edge(chart, here, words.constants[i], -1, -1, -1, 1)
    feature = words.base[word, 0]
    if empty < 0 or theta[feature] <= 0:
        return True
    return _edge(chart, here, empty, -1, -1, feature, 1)


@numba.njit(cache=True)
def _one(
    here: Any, left: Any, first: Any, theta: Any, universe: Any, tries: Any, chart: Any
) -> Any:
    """All programs of one argument on all values of a span."""
    known = chart.single
    for p in range(chart.spans[left, 0], chart.spans[left, 1]):
        a = chart.values[p]
        if a == len(universe.lengths):
            continue
        if known[a, 0] < 0:
            known[a, 0] = chart.counts[RESULTS]
            if not _apply(a, np.int32(-1), 1, 0, universe, tries, chart):
                return False
            known[a, 1] = chart.counts[RESULTS]
        for r in range(known[a, 0], known[a, 1]):
            feature = first + chart.results[r, 0]
            if theta[feature] > 0 and not _edge(
                chart, here, chart.results[r, 1], p, -1, feature, 1
            ):
                return False
    return True


@numba.njit(cache=True)
def _two(
    here: Any,
    left: Any,
    right: Any,
    first: Any,
    ways: Any,
    theta: Any,
    universe: Any,
    tries: Any,
    chart: Any,
) -> Any:
    """All programs of two arguments on all values of two spans."""
    size = len(universe.lengths)
    known = chart.double
    for p in range(chart.spans[left, 0], chart.spans[left, 1]):
        a = chart.values[p]
        for q in range(chart.spans[right, 0], chart.spans[right, 1]):
            b = chart.values[q]
            # A span whose value does not matter lends no argument.
            need = (a < size) + 2 * (b < size)
            if need == 0:
                continue
            slot = a * (size + 1) + b
            if known[slot, 0] < 0:
                known[slot, 0] = chart.counts[RESULTS]
                x = a if a < size else np.int32(-1)
                y = b if b < size else np.int32(-1)
                if not _apply(x, y, need, 1, universe, tries, chart):
                    return False
                known[slot, 1] = chart.counts[RESULTS]
            for r in range(known[slot, 0], known[slot, 1]):
                feature = first + chart.results[r, 0]
                if theta[feature] > 0 and not _edge(
                    chart, here, chart.results[r, 1], p, q, feature, ways
                ):
                    return False
    return True


@numba.njit(cache=True, inline="always")
def _word(row: Any, i: Any, j: Any, m: Any, words: Any) -> Any:
    """The head of a pattern cut at m, or -1 if it or its literal is not there."""
    word = len(words.base) - 1
    if row[HEAD] < 3:
        word = words.symbols[i if row[HEAD] == 0 else (m if row[HEAD] == 1 else j - 1)]
    if word >= 0 and row[CLOSE] < 3:
        at = m if row[CLOSE] == 1 else j - 1
        if words.symbols[at] != words.literals[word]:
            return np.int32(-1)
    return np.int32(word)


@numba.njit(cache=True)
def _cover(
    i: Any, j: Any, pattern: Any, words: Any, theta: Any, universe: Any, tries: Any, chart: Any
) -> Any:
    """All edges of one pattern on the span i..j; whether there was room."""
    row = words.places[pattern]
    wide = len(words.symbols) + 1
    here = i * wide + j
    low, high = i, i + 1
    if row[TWO]:
        low, high = i + row[LOW], j + row[HIGH]
    elif i + row[FROM] >= j + row[TO]:
        return True
    ways = high - low if row[OPEN] else 1
    for m in range(low, high):
        word = _word(row, i, j, m, words)
        if word < 0 or words.base[word, pattern] < 0:
            continue
        first = words.base[word, pattern]
        start = (i + row[FROM]) * wide
        if not row[TWO]:
            fits = _one(here, start + j + row[TO], first, theta, universe, tries, chart)
        else:
            right = (m + row[GAP]) * wide + j + row[TO]
            fits = _two(here, start + m, right, first, ways, theta, universe, tries, chart)
        if not fits:
            return False
    return True


@numba.njit(cache=True)
def build(words: Any, theta: Any, universe: Any, tries: Any, drop: Any, chart: Any) -> Any:
    """Fill the chart; the item of the goal, or -1 if there is none or no room for it."""
    n = len(words.symbols)
    size = len(universe.lengths)
    skip = len(theta) - 64
    empty = _find(universe, np.uint64(0), 0)
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            here = i * (n + 1) + i + length
            chart.spans[here, 0] = chart.counts[ITEMS]
            # Value number `size` stands for any value of the span.
            if drop and not _edge(chart, here, size, -1, -1, skip + min(length, 63), 1):
                return -1
            if length == 1 and not _leaf(i, here, words, theta, empty, chart):
                return -1
            for pattern in range(1, len(words.places)):
                if length > 1 and not _cover(
                    i, i + length, pattern, words, theta, universe, tries, chart
                ):
                    return -1
            chart.spans[here, 1] = chart.counts[ITEMS]
    return chart.items[n, universe.goal]


@numba.njit(cache=True)
def reachable(edges: Any, items: Any, root: Any) -> Any:
    """The edges that some complete reading uses, in the same order."""
    wanted = np.zeros(items, np.bool_)
    wanted[root] = True
    kept = 0
    for e in range(len(edges) - 1, -1, -1):
        if wanted[edges[e, 0]]:
            kept += 1
            if edges[e, 1] >= 0:
                wanted[edges[e, 1]] = True
            if edges[e, 2] >= 0:
                wanted[edges[e, 2]] = True
    out = np.empty((kept, 5), np.int32)
    k = 0
    for e in range(len(edges)):
        if wanted[edges[e, 0]]:
            out[k] = edges[e]
            k += 1
    return out


@numba.njit(cache=True)
def expect(
    edges: Any, starts: Any, items: Any, roots: Any, theta: Any, counts: Any, logs: Any
) -> None:
    for pair in range(len(items)):
        inside = np.zeros(items[pair])
        outside = np.zeros(items[pair])
        for e in range(starts[pair], starts[pair + 1]):
            weight = 1.0 if edges[e, 3] < 0 else theta[edges[e, 3]] / edges[e, 4]
            if edges[e, 1] >= 0:
                weight *= inside[edges[e, 1]]
            if edges[e, 2] >= 0:
                weight *= inside[edges[e, 2]]
            inside[edges[e, 0]] += weight
        z = inside[roots[pair]]
        if z <= 0.0:
            logs[pair] = -np.inf
            continue
        logs[pair] = np.log(z)
        outside[roots[pair]] = 1.0 / z
        for e in range(starts[pair + 1] - 1, starts[pair] - 1, -1):
            above = outside[edges[e, 0]]
            if above <= 0.0:
                continue
            feature = edges[e, 3]
            weight = 1.0 if feature < 0 else theta[feature] / edges[e, 4]
            left = 1.0 if edges[e, 1] < 0 else inside[edges[e, 1]]
            right = 1.0 if edges[e, 2] < 0 else inside[edges[e, 2]]
            if edges[e, 1] >= 0:
                outside[edges[e, 1]] += above * weight * right
            if edges[e, 2] >= 0:
                outside[edges[e, 2]] += above * weight * left
            if feature >= 0:
                counts[feature] += above * weight * left * right
