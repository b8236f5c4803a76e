"""Native kernels of the chart that is blind to values: best readings, and bounds from outside.

All weights are logarithms. A cell is a span with a head class. `folds` hold, for each slot of each
symbol, the best argument that a span makes: the best class times its attachment weight. First
arguments lie there by start and end, second ones by end and start, so that all cuts of a span are
one step along two rows. `rows` are emissions by symbol and position, at last a row of zeros.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from nsr.parsing._codes import (
    CLASS,
    CLOSE,
    FIRST,
    FROM,
    GAP,
    HIGH,
    LOW,
    MIDDLE,
    OPEN,
    PLACE,
    SECOND,
    TO,
)  # fmt: skip


@numba.njit(cache=True, fastmath={"nnan", "nsz"})
def _cover(
    i: Any, j: Any, heads: Any, codes: Any, share: Any, rows: Any, folds: Any, cell: Any
) -> Any:
    """The heaviest node of each class that covers a span; whether there is one.

    One loop rather than a function for each symbol: calls would cost more than the work.
    """
    some = False
    for h in range(len(codes)):
        weight = share[heads[h]] + rows[codes[h, OPEN], i] + rows[codes[h, CLOSE], j - 1]
        first, second = codes[h, FIRST], codes[h, SECOND]
        left, right = i + codes[h, FROM], j + codes[h, TO]
        if weight == -np.inf or left >= right:
            continue
        if second >= 0:
            middle, gap = codes[h, MIDDLE], codes[h, GAP]
            found = -np.inf
            for m in range(i + codes[h, LOW], j + codes[h, HIGH]):
                pair = folds[first, left, m] + folds[second, right, m + gap] + rows[middle, m]
                found = max(found, pair)
            weight += found
        else:
            weight += folds[first, left, right]
        if weight > cell[codes[h, CLASS]]:
            cell[codes[h, CLASS]] = weight
            some = True
    return some


@numba.njit(cache=True)
def _plain(i: Any, plain: Any, cls: Any, share: Any, rows: Any, cell: Any) -> Any:
    some = False
    for s in plain:
        weight = rows[s, i] + share[s]
        if weight > cell[cls[s]]:
            cell[cls[s]] = weight
            some = True
    return some


@numba.njit(cache=True)
def _empty(n: Any, cells: Any, folds: Any) -> None:
    for i in range(n + 1):
        for j in range(n + 1):
            for c in range(cells.shape[2]):
                cells[i, j, c] = -np.inf
            for k in range(len(folds)):
                folds[k, i, j] = -np.inf


@numba.njit(cache=True)
def inside(rows: Any, n: Any, rules: Any, best: Any, folds: Any) -> None:
    """Fill the best weight of every cell of one string, and the folds."""
    plain, heads, cls, share, codes = (
        rules.plain, rules.heads, rules.cls, rules.share, rules.codes,
    )  # fmt: skip
    attach, later = rules.attach, rules.later
    _empty(n, best, folds)
    for i in range(n):
        if _plain(i, plain, cls, share, rows, best[i, i + 1]):
            _fold(i, i + 1, best, folds, attach, later)
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length
            if _cover(i, j, heads, codes, share, rows, folds, best[i, j]):
                _fold(i, j, best, folds, attach, later)


@numba.njit(cache=True)
def _fold(i: Any, j: Any, best: Any, folds: Any, attach: Any, later: Any) -> None:
    """The best argument that a span makes for each slot."""
    for k in range(attach.shape[0]):
        found = -np.inf
        for c in range(attach.shape[1]):
            found = max(found, attach[k, c] + best[i, j, c])
        if later[k]:
            folds[k, j, i] = found
        else:
            folds[k, i, j] = found


@numba.njit(cache=True)
def outside(rows: Any, n: Any, rules: Any, best: Any, folds: Any, out: Any, around: Any) -> None:
    """Fill `out`: the best weight of everything around a cell, over all whole readings.

    `around` is to `folds` as `out` is to `best`.
    """
    share, codes, attach, later = rules.share, rules.codes, rules.attach, rules.later
    _empty(n, out, around)
    for c in range(len(rules.top)):
        out[0, n, c] = rules.top[c]
    for length in range(n, 0, -1):
        for i in range(n - length + 1):
            j = i + length
            for k in range(len(attach)):
                gain = around[k, j, i] if later[k] else around[k, i, j]
                if gain > -np.inf:
                    for c in range(attach.shape[1]):
                        out[i, j, c] = max(out[i, j, c], attach[k, c] + gain)
            for h in range(len(codes)):
                c = codes[h, CLASS]
                if out[i, j, c] > -np.inf and best[i, j, c] > -np.inf and length > 1:
                    weight = share[rules.heads[h]] + out[i, j, c]
                    _spread(i, j, codes[h], weight, rows, folds, around)


@numba.njit(cache=True)
def _spread(i: Any, j: Any, code: Any, weight: Any, rows: Any, folds: Any, around: Any) -> None:
    """Hand the weight around a span on to the arguments of one symbol."""
    weight += rows[code[OPEN], i] + rows[code[CLOSE], j - 1]
    first, left, right = code[FIRST], i + code[FROM], j + code[TO]
    if weight == -np.inf:
        return
    if code[SECOND] >= 0:
        _raise(i, j, code, weight, rows, folds, around)
    elif left < right:
        around[first, left, right] = max(around[first, left, right], weight)


@numba.njit(cache=True)
def _raise(i: Any, j: Any, code: Any, given: Any, rows: Any, folds: Any, around: Any) -> None:
    first, second, middle, gap = code[FIRST], code[SECOND], code[MIDDLE], code[GAP]
    left, right = i + code[FROM], j + code[TO]
    for m in range(i + code[LOW], j + code[HIGH]):
        weight = given + folds[second, right, m + gap] + rows[middle, m]
        if weight > around[first, left, m]:
            around[first, left, m] = weight
    for m in range(i + code[LOW], j + code[HIGH]):
        weight = given + folds[first, left, m] + rows[middle, m]
        if weight > around[second, right, m + gap]:
            around[second, right, m + gap] = weight


@numba.njit(cache=True)
def root(n: Any, rules: Any, best: Any) -> Any:
    """The best class at the root, or -1, and the log weight."""
    found, score = -1, -np.inf
    for c in range(len(rules.top)):
        if rules.top[c] + best[0, n, c] > score:
            found, score = c, rules.top[c] + best[0, n, c]
    return found, score


@numba.njit(cache=True)
def _choose(i: Any, j: Any, c: Any, rows: Any, rules: Any, folds: Any) -> Any:
    """The symbol with arguments (as a row of `codes`) and the cut of a class's heaviest node."""
    found, cut, heaviest = -1, -1, -np.inf
    for h in range(len(rules.codes)):
        code = rules.codes[h]
        still = rules.share[rules.heads[h]] + rows[code[OPEN], i] + rows[code[CLOSE], j - 1]
        if code[CLASS] != c or still == -np.inf:
            continue
        left, right = i + code[FROM], j + code[TO]
        if code[SECOND] < 0 and left < right:
            weight = still + folds[code[FIRST], left, right]
            if weight > heaviest:
                found, cut, heaviest = h, right, weight
        for m in range(i + code[LOW], j + code[HIGH] if code[SECOND] >= 0 else 0):
            weight = still + folds[code[FIRST], left, m] + rows[code[MIDDLE], m]
            weight += folds[code[SECOND], right, m + code[GAP]]
            if weight > heaviest:
                found, cut, heaviest = h, m, weight
    return found, cut


@numba.njit(cache=True)
def _choose_plain(i: Any, c: Any, rows: Any, rules: Any) -> Any:
    found, heaviest = -1, -np.inf
    for s in rules.plain:
        if rules.cls[s] == c and rows[s, i] + rules.share[s] > heaviest:
            found, heaviest = s, rows[s, i] + rules.share[s]
    return found


@numba.njit(cache=True)
def _trace(
    n: Any, top: Any, rows: Any, rules: Any, best: Any, folds: Any, steps: Any, symbols: Any
) -> Any:
    """Write the best tree as steps (symbol, position) in postfix order; their number."""
    stack = np.empty((n + 1, 3), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2] = 0, n, top
    depth, count = 1, 0
    while depth:
        depth -= 1
        i, j, c = stack[depth]
        if j - i == 1:
            s = _choose_plain(i, c, rows, rules)
            symbols[i] = s
            steps[count, 0], steps[count, 1] = s, i
            count += 1
            continue
        h, m = _choose(i, j, c, rows, rules, folds)
        code = rules.codes[h]
        steps[count, 0] = rules.heads[h]
        steps[count, 1] = note(i, j, m, code, symbols, len(rules.share))
        count += 1
        left = i + code[FROM]
        stack[depth, 0], stack[depth, 1] = left, m
        stack[depth, 2] = _child(rules.attach[code[FIRST]], best[left, m])
        depth += 1
        if code[SECOND] >= 0:
            left, right = m + code[GAP], j + code[TO]
            stack[depth, 0], stack[depth, 1] = left, right
            stack[depth, 2] = _child(rules.attach[code[SECOND]], best[left, right])
            depth += 1
    reverse(count, steps)
    return count


@numba.njit(cache=True)
def _child(attach: Any, best: Any) -> Any:
    found = 0
    for c in range(1, len(best)):
        if attach[c] + best[c] > attach[found] + best[found]:
            found = c
    return found


@numba.njit(cache=True)
def note(i: Any, j: Any, m: Any, code: Any, symbols: Any, nothing: Any) -> Any:
    """Write the symbols of one node; the place of its head, or -1."""
    if code[OPEN] < nothing:
        symbols[i] = code[OPEN]
    if code[MIDDLE] < nothing:
        symbols[m] = code[MIDDLE]
    if code[CLOSE] < nothing:
        symbols[j - 1] = code[CLOSE]
    places = (i, m, j - 1, -1)
    return places[code[PLACE]]


@numba.njit(cache=True)
def reverse(count: Any, steps: Any) -> None:
    """From roots first and right before left to postfix order."""
    for a in range(count // 2):
        b = count - 1 - a
        for k in range(2):
            steps[a, k], steps[b, k] = steps[b, k], steps[a, k]


@numba.njit(cache=True)
def turn(emissions: Any, rows: Any) -> None:
    """Emissions of one string by symbol and position; the last row stays zero."""
    for t in range(len(emissions)):
        for s in range(emissions.shape[1]):
            rows[s, t] = emissions[t, s]


@numba.njit(cache=True)
def decode(
    offset: Any, emissions: Any, rules: Any, memory: Any, steps: Any, counts: Any, symbols: Any,
    scores: Any,
) -> None:  # fmt: skip
    """Best reading of every string; string i writes its steps from 2 * offset[i] on."""
    rows, best, folds, _, _ = memory
    for i in range(len(offset) - 1):
        start, stop = offset[i], offset[i + 1]
        n = stop - start
        if n == 0:
            continue
        turn(emissions[start:stop], rows)
        inside(rows, n, rules, best, folds)
        top, scores[i] = root(n, rules, best)
        if top >= 0:
            counts[i] = _trace(
                n, top, rows, rules, best, folds, steps[2 * start :], symbols[start:stop]
            )
