"""Native kernels of the forest: building it, and inside-outside over its edges."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


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
def build(
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
