"""Native kernels of the value-packed chart: the best reading with a given value."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from nsr.parsing import _blind
from nsr.parsing._chart import fill, matches_of, product_of, ways_of
from nsr.parsing._codes import CLASS, FIRST, SECOND


@numba.njit(cache=True)
def _best(weights: Any, inside: Any, item: Any) -> Any:
    """The class of an item that is heaviest, after weighting."""
    found = 0
    for c in range(1, len(weights)):
        if weights[c] * inside[c, item] > weights[found] * inside[found, item]:
            found = c
    return found


@numba.njit(cache=True)
def _choose(i: Any, j: Any, c: Any, v: Any, rows: Any, rules: Any, book: Any, work: Any) -> Any:
    """The heaviest way to make a value: its number, and the items that are its arguments."""
    found, one, two = -1, -1, -1
    heaviest = -np.inf
    for w in range(ways_of(i, j, rows, rules, book, work)):
        way = work.ways[w]
        if rules.codes[way[0], CLASS] != c:
            continue
        for k in range(matches_of(way, v, rules, book, work.matches, work.spots)):
            product = product_of(way, work.matches[k], rules, book)
            if product > 0.0 and work.logs[w] + np.log(product) > heaviest:
                heaviest, found = work.logs[w] + np.log(product), w
                one, two = work.matches[k]
    return found, one, two


@numba.njit(cache=True)
def _choose_plain(i: Any, c: Any, v: Any, rows: Any, rules: Any) -> Any:
    found, heaviest = -1, -np.inf
    for s in rules.plain:
        weight = rows[s, i] + rules.share[s]
        if rules.cls[s] == c and rules.base[s] == v and weight > heaviest:
            found, heaviest = s, weight
    return found


@numba.njit(cache=True)
def _trace(
    n: Any, rows: Any, rules: Any, book: Any, work: Any, steps: Any, symbols: Any
) -> Any:  # fmt: skip
    """Write the best reading of the goal as steps in postfix order; their number."""
    stack = np.empty((n + 1, 3), np.int64)
    stack[0, 0], stack[0, 1] = n, book.starts[n]
    stack[0, 2] = _best(rules.top, book.inside, book.starts[n])
    depth, count = 1, 0
    while depth:
        depth -= 1
        cell, item, c = stack[depth]
        i, j = cell // book.side, cell % book.side
        if j - i == 1:
            s = _choose_plain(i, c, book.values[item], rows, rules)
            symbols[i] = s
            steps[count, 0], steps[count, 1] = s, i
            count += 1
            continue
        w, one, two = _choose(i, j, c, book.values[item], rows, rules, book, work)
        h, m, left, right = work.ways[w]
        steps[count, 0] = rules.heads[h]
        steps[count, 1] = _blind.note(i, j, m, rules.codes[h], symbols, len(rules.share))
        count += 1
        stack[depth, 0], stack[depth, 1] = left, one
        stack[depth, 2] = _best(rules.attach[rules.codes[h, FIRST]], book.inside, one)
        depth += 1
        if rules.codes[h, SECOND] >= 0:
            stack[depth, 0], stack[depth, 1] = right, two
            stack[depth, 2] = _best(rules.attach[rules.codes[h, SECOND]], book.inside, two)
            depth += 1
    _blind.reverse(count, steps)
    return count


@numba.njit(cache=True)
def abduce(
    first: Any, offset: Any, emissions: Any, goals: Any, rules: Any, logs: Any, beams: Any,
    memory: Any, book: Any, work: Any, steps: Any, counts: Any, symbols: Any, scores: Any,
) -> Any:  # fmt: skip
    """Best readings with the given values; the first string that the book was too small for.

    `logs` are the rules with logarithmic weights, for the chart that is blind to values. Its
    best whole readings bound what an item can lead to, so a beam drops nothing that is needed by a
    reading inside it; only where there is no such reading a wider one is tried.
    """
    rows, best, folds, out, around = memory
    for i in range(first, len(offset) - 1):
        start, stop = offset[i], offset[i + 1]
        goal, n = goals[i], stop - start
        if n == 0 or goal < 0:
            continue
        _blind.turn(emissions[start:stop], rows)
        _blind.inside(rows, n, logs, best, folds)
        _blind.outside(rows, n, logs, best, folds, out, around)
        top, bound = _blind.root(n, logs, best)
        if top < 0:
            continue
        for beam in beams:
            limit = bound + beam
            _, used = fill(goal, rows, n, rules, 0.0, True, limit, out, book, work)
            if used < 0:
                return i
            if book.counts[n] == 0:
                continue
            c = _best(rules.top, book.inside, book.starts[n])
            weight = rules.top[c] * book.inside[c, book.starts[n]]
            if weight > 0.0 and np.log(weight) + book.scale[n] >= limit:
                scores[i] = np.log(weight) + book.scale[n]
                counts[i] = _trace(
                    n, rows, rules, book, work, steps[2 * start :], symbols[start:stop]
                )
                break
    return len(offset) - 1
