"""Native kernels of the chart that is blind to values: best readings, and bounds from outside.

All weights are logarithms. A cell is a span with a head class; `folds` hold, for each slot of each
symbol, the best argument that a span makes: the best class times its attachment weight.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from nsr.parsing._places import bounds, place


@numba.njit(cache=True)
def _weight(s: Any, head: Any, close: Any, emissions: Any, rules: Any) -> Any:
    """Share and emissions of one node."""
    weight = rules.share[s]
    if head >= 0:
        weight += emissions[head, s]
    if close >= 0:
        weight += emissions[close, rules.literal[s]]
    return weight


@numba.njit(cache=True)
def _fold(i: Any, j: Any, best: Any, folds: Any, attach: Any) -> None:
    """The best argument that a span makes for each slot."""
    for k in range(len(attach)):
        found = -np.inf
        for c in range(attach.shape[1]):
            found = max(found, attach[k, c] + best[i, j, c])
        folds[k, i, j] = found


@numba.njit(cache=True)
def _improve(i: Any, j: Any, s: Any, m: Any, weight: Any, best: Any, back: Any, rules: Any) -> None:
    c = rules.cls[s]
    if weight > best[i, j, c]:
        best[i, j, c] = weight
        back[i, j, c, 0] = s
        back[i, j, c, 1] = m


@numba.njit(cache=True)
def inside(emissions: Any, rules: Any, best: Any, back: Any, folds: Any) -> None:
    """Fill `best` and `back` (symbol, cut) of every cell of one string, and the folds."""
    n = len(emissions)
    best[: n + 1, : n + 1] = -np.inf
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            j = i + length
            if length == 1:
                for s in rules.plain:
                    _improve(i, j, s, i, emissions[i, s] + rules.share[s], best, back, rules)
            else:
                _cover(i, j, emissions, rules, best, back, folds)
            _fold(i, j, best, folds, rules.attach)


@numba.njit(cache=True)
def _cover(i: Any, j: Any, emissions: Any, rules: Any, best: Any, back: Any, folds: Any) -> None:
    for s in rules.heads:
        first, second = rules.slot[s, 0], rules.slot[s, 1]
        pattern = rules.pattern[s]
        low, high = bounds(pattern, i, j)
        for m in range(low, high):
            head, close, a0, a1, b0, b1 = place(pattern, i, j, m)
            weight = folds[first, a0, a1]
            if second >= 0:
                weight += folds[second, b0, b1]
            if weight > -np.inf:
                weight += _weight(s, head, close, emissions, rules)
                _improve(i, j, s, m, weight, best, back, rules)


@numba.njit(cache=True)
def outside(emissions: Any, rules: Any, best: Any, folds: Any, out: Any, out_folds: Any) -> None:
    """Fill `out`: the best weight of everything around a cell, over all whole readings."""
    n = len(emissions)
    out_folds[:, : n + 1, : n + 1] = -np.inf
    for length in range(n, 0, -1):
        for i in range(n - length + 1):
            j = i + length
            for c in range(len(rules.top)):
                found = rules.top[c] if length == n else -np.inf
                for k in range(len(rules.attach)):
                    found = max(found, rules.attach[k, c] + out_folds[k, i, j])
                out[i, j, c] = found
            if length > 1:
                _spread(i, j, emissions, rules, folds, out, out_folds)


@numba.njit(cache=True)
def _spread(
    i: Any, j: Any, emissions: Any, rules: Any, folds: Any, out: Any, out_folds: Any
) -> None:
    for s in rules.heads:
        around = out[i, j, rules.cls[s]]
        if around == -np.inf:
            continue
        first, second = rules.slot[s, 0], rules.slot[s, 1]
        pattern = rules.pattern[s]
        low, high = bounds(pattern, i, j)
        for m in range(low, high):
            head, close, a0, a1, b0, b1 = place(pattern, i, j, m)
            weight = around + _weight(s, head, close, emissions, rules)
            if second < 0:
                out_folds[first, a0, a1] = max(out_folds[first, a0, a1], weight)
                continue
            left, right = folds[first, a0, a1], folds[second, b0, b1]
            if left > -np.inf and right > -np.inf:
                out_folds[first, a0, a1] = max(out_folds[first, a0, a1], weight + right)
                out_folds[second, b0, b1] = max(out_folds[second, b0, b1], weight + left)


@numba.njit(cache=True)
def root(n: Any, rules: Any, best: Any) -> Any:
    """The best class at the root, or -1, and the log weight."""
    found, score = -1, -np.inf
    for c in range(len(rules.top)):
        if rules.top[c] + best[0, n, c] > score:
            found, score = c, rules.top[c] + best[0, n, c]
    return found, score


@numba.njit(cache=True)
def trace(n: Any, top: Any, rules: Any, best: Any, back: Any, steps: Any, symbols: Any) -> Any:
    """Write the best tree as steps (symbol, position) in postfix order; their number."""
    stack = np.empty((n + 1, 3), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2] = 0, n, top
    depth, count = 1, 0
    while depth:
        depth -= 1
        i, j, c = stack[depth]
        s, m = back[i, j, c]
        if j - i == 1:
            head, close, a0, a1, b0, b1 = i, -1, -1, -1, -1, -1
        else:
            head, close, a0, a1, b0, b1 = place(rules.pattern[s], i, j, m)
        note(s, head, close, rules, steps, symbols, count)
        count += 1
        if a0 >= 0:
            stack[depth, 0], stack[depth, 1] = a0, a1
            stack[depth, 2] = _child(rules.attach[rules.slot[s, 0]], best[a0, a1])
            depth += 1
        if b0 >= 0:
            stack[depth, 0], stack[depth, 1] = b0, b1
            stack[depth, 2] = _child(rules.attach[rules.slot[s, 1]], best[b0, b1])
            depth += 1
    # Roots came first and right before left.
    steps[:count] = steps[:count][::-1].copy()
    return count


@numba.njit(cache=True)
def _child(attach: Any, best: Any) -> Any:
    found = 0
    for c in range(1, len(best)):
        if attach[c] + best[c] > attach[found] + best[found]:
            found = c
    return found


@numba.njit(cache=True)
def note(s: Any, head: Any, close: Any, rules: Any, steps: Any, symbols: Any, count: Any) -> None:
    """Write one node of a tree."""
    steps[count, 0] = s
    steps[count, 1] = head
    if head >= 0:
        symbols[head] = s
    if close >= 0:
        symbols[close] = rules.literal[s]


@numba.njit(cache=True)
def decode(
    offset: Any, emissions: Any, rules: Any, steps: Any, counts: Any, symbols: Any, scores: Any
) -> None:
    """Best reading of every string; string i writes its steps from 2 * offset[i] on."""
    longest = 0
    for i in range(len(offset) - 1):
        longest = max(longest, offset[i + 1] - offset[i])
    side = longest + 1
    best = np.empty((side, side, len(rules.top)))
    back = np.empty((side, side, len(rules.top), 2), np.int32)
    folds = np.empty((len(rules.attach), side, side))
    for i in range(len(offset) - 1):
        start, stop = offset[i], offset[i + 1]
        if start == stop:
            continue
        inside(emissions[start:stop], rules, best, back, folds)
        top, scores[i] = root(stop - start, rules, best)
        if top >= 0:
            counts[i] = trace(
                stop - start, top, rules, best, back, steps[2 * start :], symbols[start:stop]
            )
