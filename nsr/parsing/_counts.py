"""Native kernels of the value-packed chart, outside: expected counts and posteriors."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from nsr.parsing._blind import turn
from nsr.parsing._chart import SLACK, fill, matches_of, ways_of
from nsr.parsing._codes import CLASS, CLOSE, FIRST, MIDDLE, OPEN, SECOND

_FAINT = 1e-3
"""How much smaller than the beam a posterior may be to count."""


@numba.njit(cache=True, fastmath={"reassoc", "nsz"})
def _unfold(
    start: Any, stop: Any, given: Any, attach: Any, inside: Any, gains: Any, outside: Any,
    counts: Any,
) -> None:  # fmt: skip
    """Outside weights of a span's items from those of its folds; also counts attachments."""
    slots, classes = attach.shape
    for k in range(slots):
        if not given[k]:
            continue
        for c in range(classes):
            weight, total = attach[k, c], 0.0
            if weight > 0.0:
                for item in range(start, stop):
                    outside[c, item] += weight * gains[k, item]
                    total += gains[k, item] * inside[c, item]
                counts[k, c] += weight * total


@numba.njit(cache=True)
def _spread(start: Any, stop: Any, book: Any, cells: Any, most: Any) -> Any:
    """Lay a span's outside weights out densely, with the largest of each class; any at all?"""
    some = False
    for c in range(len(cells)):
        most[c] = 0.0
        for item in range(start, stop):
            # Only what the inside pass has made, so that counts match it.
            y = book.outside[c, item] if book.inside[c, item] > 0.0 else 0.0
            cells[c, book.values[item]] = y
            most[c] = max(most[c], y)
        some = some or most[c] > 0.0
    return some


@numba.njit(cache=True)
def _give(
    a0: Any, a1: Any, first: Any, base: Any, weight: Any, cut: Any, table: Any, values: Any,
    folds: Any, bounds: Any, gains: Any, around: Any,
) -> Any:  # fmt: skip
    """Hand outside weights on to the argument of a symbol; the posterior of this way."""
    total = 0.0
    for a in range(a0, a1):
        if weight * bounds[first, a] < cut:
            break
        y = weight * around[table[base + values[a]]]
        gains[first, a] += y
        total += y * folds[first, a]
    return total


@numba.njit(cache=True)
def _give_two(
    a0: Any, a1: Any, first: Any, b0: Any, b1: Any, second: Any, base: Any, size: Any,
    weight: Any, cut: Any, table: Any, values: Any, folds: Any, bounds: Any, gains: Any,
    around: Any,
) -> Any:  # fmt: skip
    """The same for two arguments."""
    total = 0.0
    stop = b1
    for a in range(a0, a1):
        if weight * bounds[first, a] * bounds[second, b0] < cut:
            break
        x = weight * folds[first, a]
        row = base + values[a] * size
        while stop > b0 and x * bounds[second, stop - 1] < cut:
            stop -= 1
        while stop < b1 and x * bounds[second, stop] >= cut:
            stop += 1
        gain = 0.0
        for b in range(b0, stop):
            y = around[table[row + values[b]]]
            gain += y * folds[second, b]
            gains[second, b] += y * x
        gains[first, a] += weight * gain
        total += x * gain
    return total


@numba.njit(cache=True)
def _give_goal(way: Any, weight: Any, goal: Any, rules: Any, book: Any, work: Any) -> Any:
    """The same at the root, where there is one value and no cut; `weight` includes its own."""
    folds, gains, matches = book.folds, book.gains, work.matches
    first, second = rules.codes[way[0], FIRST], rules.codes[way[0], SECOND]
    total = 0.0
    for k in range(matches_of(way, goal, rules, book, matches, work.spots)):
        a, b = matches[k, 0], matches[k, 1]
        if second < 0:
            gains[first, a] += weight
            total += weight * folds[first, a]
        else:
            gains[first, a] += weight * folds[second, b]
            gains[second, b] += weight * folds[first, a]
            total += weight * folds[first, a] * folds[second, b]
    return total


@numba.njit(cache=True)
def _give_way(w: Any, weight: Any, cut: Any, rules: Any, book: Any, work: Any) -> Any:
    h, _, one, two = work.ways[w]
    first, second, base = rules.codes[h, FIRST], rules.codes[h, SECOND], rules.base[rules.heads[h]]
    starts, counts, cell = book.starts, book.counts, work.cells[rules.codes[h, CLASS]]
    if second < 0:
        return _give(
            starts[one], starts[one] + counts[one], first, base, weight, cut, rules.table,
            book.values, book.folds, book.bounds, book.gains, cell,
        )  # fmt: skip
    return _give_two(
        starts[one], starts[one] + counts[one], first,
        starts[two], starts[two] + counts[two], second, base, rules.size, weight, cut,
        rules.table, book.values, book.folds, book.bounds, book.gains, cell,
    )  # fmt: skip


@numba.njit(cache=True)
def _count_plain(
    i: Any, rows: Any, rules: Any, scale: Any, work: Any, share: Any, posterior: Any
) -> None:
    for s in rules.plain:
        y = np.exp(rows[s, i] + rules.share[s] - scale)
        y *= work.cells[rules.cls[s], rules.base[s]]
        share[s] += y
        posterior[i, s] += y


@numba.njit(cache=True)
def _count(
    i: Any, j: Any, n: Any, goal: Any, rows: Any, rules: Any, beam: Any, book: Any, work: Any,
    share: Any, posterior: Any,
) -> None:  # fmt: skip
    """Posteriors of everything that makes one span."""
    codes, logs, limits, most = rules.codes, work.logs, work.limits, work.most
    scale, nothing = book.scale[i * book.side + j], len(rules.share)
    for w in range(ways_of(i, j, rows, rules, book, work)):
        h, m = work.ways[w, 0], work.ways[w, 1]
        c = codes[h, CLASS]
        if most[c] == 0.0:
            continue
        if j - i == n:
            weight = np.exp(logs[w] - scale) * most[c]
            y = _give_goal(work.ways[w], weight, goal, rules, book, work)
        else:
            # Neither what the inside pass dropped, nor what adds next to nothing.
            cut = beam * max(SLACK, _FAINT / most[c])
            if np.exp(limits[w] - scale) < cut:
                continue
            y = _give_way(w, np.exp(logs[w] - scale), cut, rules, book, work)
        if y == 0.0:
            continue
        book.given[work.ways[w, 2], codes[h, FIRST]] = True
        if codes[h, SECOND] >= 0:
            book.given[work.ways[w, 3], codes[h, SECOND]] = True
        share[rules.heads[h]] += y
        if codes[h, OPEN] < nothing:
            posterior[i, codes[h, OPEN]] += y
        if codes[h, MIDDLE] < nothing:
            posterior[m, codes[h, MIDDLE]] += y
        if codes[h, CLOSE] < nothing:
            posterior[j - 1, codes[h, CLOSE]] += y


@numba.njit(cache=True)
def _outside(
    goal: Any, rows: Any, n: Any, rules: Any, beam: Any, right: Any, book: Any, work: Any,
    attach: Any, share: Any, posterior: Any,
) -> None:  # fmt: skip
    """Expected counts and posteriors of one string; `right` is the goal's weight at the root."""
    for c in range(len(rules.top)):
        book.outside[c, book.starts[n]] = rules.top[c] / right
    for length in range(n, 0, -1):
        for i in range(n - length + 1):
            cell = i * book.side + i + length
            start, stop = book.starts[cell], book.starts[cell] + book.counts[cell]
            if start == stop:
                continue
            given = book.given[cell]
            if length < n and not given.any():
                continue
            _unfold(start, stop, given, rules.attach, book.inside, book.gains, book.outside, attach)
            if _spread(start, stop, book, work.cells, work.most):
                if length == 1:
                    _count_plain(i, rows, rules, book.scale[cell], work, share, posterior)
                else:
                    _count(
                        i, i + length, n, goal, rows, rules, beam, book, work, share, posterior
                    )  # fmt: skip
            for c in range(len(work.cells)):
                for item in range(start, stop):
                    work.cells[c, book.values[item]] = 0.0


@numba.njit(cache=True)
def expect(
    first: Any, offset: Any, emissions: Any, goals: Any, rules: Any, beam: Any, rows: Any,
    book: Any, work: Any, attach: Any, top: Any, share: Any, posterior: Any, log_right: Any,
    log_all: Any,
) -> Any:  # fmt: skip
    """Counts of the strings from `first` on; the first one that the book was too small for."""
    nothing = np.empty((0, 0, 0))
    for i in range(first, len(offset) - 1):
        start, stop = offset[i], offset[i + 1]
        n = stop - start
        if n == 0:
            continue
        turn(emissions[start:stop], rows)
        others, used = fill(goals[i], rows, n, rules, beam, False, 0.0, nothing, book, work)
        if used < 0:
            return i
        right = 0.0
        for c in range(len(top) if book.counts[n] else 0):
            right += rules.top[c] * book.inside[c, book.starts[n]]
        if right + others > 0.0:
            log_all[i] = np.log(right + others) + book.scale[n]
        if right > 0.0:
            log_right[i] = np.log(right) + book.scale[n]
            for c in range(len(top)):
                top[c] += rules.top[c] * book.inside[c, book.starts[n]] / right
                book.outside[c, :used] = 0.0
            for k in range(len(book.gains)):
                book.gains[k, :used] = 0.0
            for cell in range(len(book.given)):
                for k in range(len(book.gains)):
                    book.given[cell, k] = False
            _outside(
                goals[i], rows, n, rules, beam, right, book, work, attach, share,
                posterior[start:stop],
            )  # fmt: skip
    return len(offset) - 1
