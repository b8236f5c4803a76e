"""The forest of all readings that give the right value: value-packed inside-outside.

An item is a span of the input with a value. An edge makes an item from one or two smaller ones by
a *feature*: one program for one pattern of one word. Only values of the pair's universe exist, so
a reading that cannot lead to the known output dies where it leaves the universe; this is the
top-down half of abduction (the reference looks up values it has seen; here programs are inverted
by construction of the universe). Edges that no right reading uses are dropped. The expected use
of every feature is exact (Baker, "Trainable grammars for speech recognition", 1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

MAX_EDGES: Final = 400_000
"""A pair with more edges is left out of the statistics."""

SKIPS: Final = 64
"""Features that stand for a span whose value does not matter, one per length."""

_RESULTS: Final = 1_000_000


@dataclass(frozen=True)
class Universe:
    """The values that nodes of one pair may have, and what programs do to them.

    Args:
        hashes, lengths: of each value.
        atom_hashes, atom_lengths: of each atom (rows) applied to each value; length -1 where it
            is undefined.
        keys, slots: open-addressing table, hash -> value.
        powers: of the hash base.
        goal: the pair's output.
    """

    hashes: npt.NDArray[np.uint64]
    lengths: Ints
    atom_hashes: npt.NDArray[np.uint64]
    atom_lengths: Ints
    keys: npt.NDArray[np.uint64]
    slots: Ints
    powers: npt.NDArray[np.uint64]
    goal: int


@dataclass(frozen=True)
class Tries:
    """Candidate programs with one and with two arguments as paths of atoms.

    Node 0 is the root for one argument, node 1 for two. `uses` is a bit set of arguments.
    """

    child: Ints
    sibling: Ints
    atom: Ints
    argument: Ints
    program: Ints
    uses: Ints


@dataclass(frozen=True)
class Forest:
    """The right readings of one pair: `edges` has rows (item, left, right, feature, ways).

    An edge's weight is that of its feature over `ways`, the number of places where the border of
    two neighbouring arguments might have been.
    """

    edges: Ints
    items: int
    root: int


def build(
    symbols: Ints,
    constants: Ints,
    literals: Ints,
    base: Ints,
    theta: Floats,
    universe: Universe,
    tries: Tries,
    *,
    drop: bool,
    scratch: Scratch,
) -> Forest | None:
    """All right readings of one pair; `None` if there are none or too many.

    Args:
        symbols: for each token its word, or -1 if it is a constant.
        constants: for each token its value in the universe, or -1.
        literals: for each word the word that closes or parts its arguments, or -1.
        base: (words, patterns), where the features of a word's pattern begin, or -1. The last
            word is the hidden one of juxtaposition; after the last feature come `SKIPS`.
        theta: weight of each feature; those of weight 0 are not used.
        universe: the pair's values.
        tries: the candidate programs.
        drop: whether a program may ignore an argument.
        scratch: working memory, used again from pair to pair.
    """
    count, items, root = _build(
        symbols,
        constants,
        literals,
        base,
        theta,
        universe.lengths,
        universe.atom_hashes,
        universe.atom_lengths,
        universe.keys,
        universe.slots,
        universe.powers,
        universe.goal,
        tries.child,
        tries.sibling,
        tries.atom,
        tries.argument,
        tries.program,
        tries.uses,
        drop,
        scratch.edges,
        scratch.results,
    )
    if count < 0 or root < 0:
        return None
    edges = _reachable(scratch.edges[:count], items, root)
    return Forest(edges, int(items), int(root)) if len(edges) else None


class Scratch:
    """Working memory of `build`."""

    def __init__(self) -> None:
        self.edges = np.empty((MAX_EDGES, 5), np.int32)
        self.results = np.empty((_RESULTS, 2), np.int32)


class Statistics:
    """Several forests together, ready for inside-outside."""

    def __init__(self, forests: list[Forest]):
        self.forests = forests
        self._edges = (
            np.concatenate([f.edges for f in forests]) if forests else np.empty((0, 5), np.int32)
        )
        self._starts = np.cumsum([0] + [len(f.edges) for f in forests])
        self._items = np.array([f.items for f in forests], np.int64)
        self._roots = np.array([f.root for f in forests], np.int64)

    def expect(self, theta: Floats) -> tuple[Floats, Floats]:
        """Expected number of uses of each feature, and the log-likelihood of each pair."""
        counts = np.zeros_like(theta)
        logs = np.empty(len(self._items))
        if len(self._items):
            _expect(self._edges, self._starts, self._items, self._roots, theta, counts, logs)
        return counts, logs


@numba.njit(cache=True)
def _find(keys: Any, slots: Any, lengths: Any, value: Any, length: Any) -> Any:
    mask = len(keys) - 1
    place = np.int64(value >> np.uint64(7)) & mask
    while slots[place] >= 0:
        if keys[place] == value and lengths[slots[place]] == length:
            return slots[place]
        place = (place + 1) & mask
    return np.int32(-1)


@numba.njit(cache=True)
def _apply(
    left: Any,
    right: Any,
    need: Any,
    root: Any,
    lengths: Any,
    atom_hashes: Any,
    atom_lengths: Any,
    keys: Any,
    slots: Any,
    powers: Any,
    child: Any,
    sibling: Any,
    atom: Any,
    argument: Any,
    program: Any,
    uses: Any,
    results: Any,
    count: Any,
) -> Any:
    """Append (program, value) for every candidate that stays inside the universe."""
    nodes = np.empty(32, np.int32)
    hashes = np.empty(32, np.uint64)
    sizes = np.empty(32, np.int32)
    depth = 0
    node = child[root]
    h = np.uint64(0)
    size = np.int32(0)
    longest = len(powers) - 1
    while True:
        if node < 0:
            if depth == 0:
                return count
            depth -= 1
            node = sibling[nodes[depth]]
            h = hashes[depth]
            size = sizes[depth]
            continue
        value = left if argument[node] == 0 else right
        grown = np.int32(-1)
        if value >= 0 and atom_lengths[atom[node], value] >= 0:
            grown = size + atom_lengths[atom[node], value]
        if grown < 0 or grown > longest:
            node = sibling[node]
            continue
        new = h * powers[grown - size] + atom_hashes[atom[node], value]
        found = _find(keys, slots, lengths, new, grown)
        if found < 0:
            node = sibling[node]
            continue
        if uses[node] == need:
            if count >= len(results):
                return -1
            results[count, 0] = program[node]
            results[count, 1] = found
            count += 1
        if child[node] >= 0:
            nodes[depth] = node
            hashes[depth] = h
            sizes[depth] = size
            depth += 1
            h = new
            size = grown
            node = child[node]
        else:
            node = sibling[node]


@numba.njit(cache=True)
def _build(
    symbols: Any,
    constants: Any,
    literals: Any,
    base: Any,
    theta: Any,
    lengths: Any,
    atom_hashes: Any,
    atom_lengths: Any,
    keys: Any,
    slots: Any,
    powers: Any,
    goal: Any,
    child: Any,
    sibling: Any,
    atom: Any,
    argument: Any,
    program: Any,
    uses: Any,
    drop: Any,
    edges: Any,
    results: Any,
) -> Any:
    n = len(symbols)
    size = len(lengths)
    wide = size + 1
    hidden = len(base) - 1
    skip = len(theta) - 64
    items = np.full(((n + 1) * (n + 1), wide), -1, np.int32)
    span_of = np.zeros(((n + 1) * (n + 1), 2), np.int64)
    values = np.empty(1024, np.int32)
    single = np.full((wide, 2), -1, np.int32)
    double = np.full((wide * wide, 2), -1, np.int32)
    total = 0
    count = 0
    used = 0
    empty = _find(keys, slots, lengths, np.uint64(0), 0)
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            j = i + length
            here = i * (n + 1) + j
            span_of[here, 0] = total
            if drop:
                # The last column stands for any value of the span.
                if total >= len(values):
                    values = np.concatenate((values, values))
                items[here, size] = total
                values[total] = size
                edges[count, 0] = total
                edges[count, 1] = -1
                edges[count, 2] = -1
                edges[count, 3] = skip + min(length, 63)
                edges[count, 4] = 1
                total += 1
                count += 1
            # Every way to cover the span: (word, pattern, the bounds of its arguments).
            if length == 1:
                feature = np.int32(-1)
                value = constants[i]
                if symbols[i] >= 0 and base[symbols[i], 0] >= 0:
                    feature = base[symbols[i], 0]
                    value = empty
                    if theta[feature] <= 0:
                        value = np.int32(-1)
                if value >= 0:
                    if total >= len(values):
                        values = np.concatenate((values, values))
                    items[here, value] = total
                    values[total] = value
                    edges[count, 0] = total
                    edges[count, 1] = -1
                    edges[count, 2] = -1
                    edges[count, 3] = feature
                    edges[count, 4] = 1
                    total += 1
                    count += 1
            for pattern in range(1, 10):
                # pattern numbers follow `PATTERNS`
                two = pattern in (3, 4, 5, 7, 8, 9)
                # the head's place: first token, last token, in between, or hidden
                low, high = i, i + 1
                if pattern == 2 or pattern == 5:
                    low, high = j - 1, j
                elif pattern == 3 or pattern == 8:
                    low, high = i + 1, j - 1
                elif pattern == 9:
                    low, high = i + 1, j
                for k in range(low, high):
                    word = hidden if pattern == 9 else symbols[k]
                    if word < 0 or base[word, pattern] < 0:
                        continue
                    close = literals[word]
                    first = base[word, pattern]
                    # where a literal or the second argument may begin
                    start, stop = 0, 1
                    if pattern == 4:
                        start, stop = i + 2, j
                    elif pattern == 5:
                        start, stop = i + 1, j - 1
                    elif pattern == 7:
                        start, stop = i + 2, j - 1
                    ways = stop - start if pattern in (4, 5) else 1
                    for m in range(start, stop):
                        a0, a1, b0, b1 = 0, 0, 0, 0
                        if pattern == 1:
                            a0, a1 = i + 1, j
                        elif pattern == 2:
                            a0, a1 = i, j - 1
                        elif pattern == 3:
                            a0, a1, b0, b1 = i, k, k + 1, j
                        elif pattern == 4:
                            a0, a1, b0, b1 = i + 1, m, m, j
                        elif pattern == 5:
                            a0, a1, b0, b1 = i, m, m, j - 1
                        elif pattern == 6:
                            if symbols[j - 1] != close:
                                continue
                            a0, a1 = i + 1, j - 1
                        elif pattern == 7:
                            if symbols[m] != close:
                                continue
                            a0, a1, b0, b1 = i + 1, m, m + 1, j
                        elif pattern == 8:
                            if symbols[j - 1] != close:
                                continue
                            a0, a1, b0, b1 = i, k, k + 1, j - 1
                        else:
                            a0, a1, b0, b1 = i, k, k, j
                        if a1 <= a0 or (two and b1 <= b0):
                            continue
                        left = a0 * (n + 1) + a1
                        right = b0 * (n + 1) + b1
                        for p in range(span_of[left, 0], span_of[left, 1]):
                            a = values[p]
                            if not two:
                                if a == size:
                                    continue
                                if single[a, 0] < 0:
                                    single[a, 0] = used
                                    used = _apply(
                                        a, np.int32(-1), 1, 0, lengths, atom_hashes,
                                        atom_lengths, keys, slots, powers, child, sibling,
                                        atom, argument, program, uses, results, used,
                                    )  # fmt: skip
                                    if used < 0:
                                        return -1, 0, -1
                                    single[a, 1] = used
                                for r in range(single[a, 0], single[a, 1]):
                                    feature = first + results[r, 0]
                                    if theta[feature] <= 0:
                                        continue
                                    c = results[r, 1]
                                    if items[here, c] < 0:
                                        if total >= len(values):
                                            values = np.concatenate((values, values))
                                        items[here, c] = total
                                        values[total] = c
                                        total += 1
                                    if count >= len(edges):
                                        return -1, 0, -1
                                    edges[count, 0] = items[here, c]
                                    edges[count, 1] = p
                                    edges[count, 2] = -1
                                    edges[count, 3] = feature
                                    edges[count, 4] = 1
                                    count += 1
                                continue
                            for q in range(span_of[right, 0], span_of[right, 1]):
                                b = values[q]
                                need = 3
                                if a == size:
                                    need -= 1
                                if b == size:
                                    need -= 2
                                if need == 0:
                                    continue
                                slot = a * wide + b
                                if double[slot, 0] < 0:
                                    double[slot, 0] = used
                                    used = _apply(
                                        a if a < size else np.int32(-1),
                                        b if b < size else np.int32(-1),
                                        need, 1, lengths, atom_hashes,
                                        atom_lengths, keys, slots, powers, child, sibling,
                                        atom, argument, program, uses, results, used,
                                    )  # fmt: skip
                                    if used < 0:
                                        return -1, 0, -1
                                    double[slot, 1] = used
                                for r in range(double[slot, 0], double[slot, 1]):
                                    feature = first + results[r, 0]
                                    if theta[feature] <= 0:
                                        continue
                                    c = results[r, 1]
                                    if items[here, c] < 0:
                                        if total >= len(values):
                                            values = np.concatenate((values, values))
                                        items[here, c] = total
                                        values[total] = c
                                        total += 1
                                    if count >= len(edges):
                                        return -1, 0, -1
                                    edges[count, 0] = items[here, c]
                                    edges[count, 1] = p
                                    edges[count, 2] = q
                                    edges[count, 3] = feature
                                    edges[count, 4] = ways
                                    count += 1
            span_of[here, 1] = total
    return count, total, items[n, goal]


@numba.njit(cache=True)
def _reachable(edges: Any, items: Any, root: Any) -> Any:
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
def _expect(
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
