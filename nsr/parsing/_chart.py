"""Native kernels of the value-packed chart, inside: every value of every span.

An item is a value of a span, with a weight for each head class. `folds` hold, for each slot of
each symbol, an item's weight as an argument: the sum (or best) over classes of weight times
attachment. Items of a span lie about heaviest first, and `bounds` hold the heaviest fold from an
item on, so that loops over pairs of arguments end where all that follow are too light. Weights are
relative to the heaviest single way to make the span; its logarithm is the span's scale.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from nsr.parsing._codes import (  # fmt: skip
    CLASS,
    CLOSE,
    FIRST,
    FROM,
    GAP,
    HIGH,
    LOW,
    MIDDLE,
    OPEN,
    SECOND,
    TO,
)

SLACK = 0.1
"""How much lighter than the beam a single way to make a value may be."""


@numba.njit(cache=True)
def ways_of(i: Any, j: Any, rows: Any, rules: Any, book: Any, work: Any) -> Any:
    """List every way to cover a span: (head, cut, cells of the arguments), its log weight.

    The weight is without that of the arguments; `work.limits` bound it with them.
    """
    ways, logs, limits, peaks, scale = work.ways, work.logs, work.limits, book.peaks, book.scale
    heads, codes, share = rules.heads, rules.codes, rules.share
    slots, side = len(rules.attach), book.side
    count = 0
    for h in range(len(codes)):
        still = share[heads[h]] + rows[codes[h, OPEN], i] + rows[codes[h, CLOSE], j - 1]
        left, right = i + codes[h, FROM], j + codes[h, TO]
        if still == -np.inf or left >= right:
            continue
        first, second = codes[h, FIRST], codes[h, SECOND]
        if second < 0:
            one = left * side + right
            if peaks[one * slots + first] > -np.inf:
                ways[count, 0], ways[count, 1], ways[count, 2] = h, right, one
                logs[count] = still + scale[one]
                limits[count] = logs[count] + peaks[one * slots + first]
                count += 1
            continue
        middle, gap = codes[h, MIDDLE], codes[h, GAP]
        for m in range(i + codes[h, LOW], j + codes[h, HIGH]):
            one, two = left * side + m, (m + gap) * side + right
            peak = peaks[one * slots + first] + peaks[two * slots + second] + rows[middle, m]
            if peak > -np.inf:
                ways[count, 0], ways[count, 1] = h, m
                ways[count, 2], ways[count, 3] = one, two
                logs[count] = still + rows[middle, m] + scale[one] + scale[two]
                limits[count] = still + scale[one] + scale[two] + peak
                count += 1
    return count


@numba.njit(cache=True)
def _reference(count: Any, rules: Any, book: Any, work: Any) -> Any:
    """Log weight of the heaviest single way to make a value of the span."""
    codes, heads, base, starts, counts = (
        rules.codes, rules.heads, rules.base, book.starts, book.counts,
    )  # fmt: skip
    found = -np.inf
    for w in range(count):
        if work.limits[w] <= found:
            continue
        h, _, one, two = work.ways[w]
        if codes[h, SECOND] < 0:
            peak = _peak(
                starts[one], starts[one] + counts[one], codes[h, FIRST], base[heads[h]],
                rules.size, rules.table, book.values, book.folds,
            )  # fmt: skip
        else:
            peak = _peak_of_two(
                starts[one], starts[one] + counts[one], codes[h, FIRST],
                starts[two], starts[two] + counts[two], codes[h, SECOND], base[heads[h]],
                rules.size, rules.table, book.values, book.folds, book.bounds,
                np.exp(found - work.logs[w]),
            )  # fmt: skip
        if peak > 0.0:
            found = max(found, work.logs[w] + np.log(peak))
    return found


@numba.njit(cache=True)
def _peak(
    a0: Any, a1: Any, first: Any, base: Any, size: Any, table: Any, values: Any, folds: Any
) -> Any:
    """The heaviest argument that the program is defined on."""
    found = 0.0
    for a in range(a0, a1):
        if folds[first, a] > found and table[base + values[a]] < size:
            found = folds[first, a]
    return found


@numba.njit(cache=True)
def _peak_of_two(
    a0: Any, a1: Any, first: Any, b0: Any, b1: Any, second: Any, base: Any, size: Any,
    table: Any, values: Any, folds: Any, bounds: Any, found: Any,
) -> Any:  # fmt: skip
    """The heaviest pair of arguments that the program is defined on, if above `found`, else 0."""
    start = found
    for a in range(a0, a1):
        if bounds[first, a] * bounds[second, b0] <= found:
            break
        x = folds[first, a]
        row = base + values[a] * size
        for b in range(b0, b1):
            if x * bounds[second, b] <= found:
                break
            y = x * folds[second, b]
            if y > found and table[row + values[b]] < size:
                found = y
    return found if found > start else 0.0


@numba.njit(cache=True)
def _combine(
    a0: Any, a1: Any, first: Any, base: Any, weight: Any, cut: Any, maximal: Any,
    table: Any, values: Any, folds: Any, bounds: Any, cell: Any,
) -> None:  # fmt: skip
    """Add what a symbol with one argument makes."""
    for a in range(a0, a1):
        if weight * bounds[first, a] < cut:
            break
        y = weight * folds[first, a]
        v = table[base + values[a]]
        cell[v] = max(cell[v], y) if maximal else cell[v] + y


@numba.njit(cache=True)
def _combine_two(
    a0: Any, a1: Any, first: Any, b0: Any, b1: Any, second: Any, base: Any, size: Any,
    weight: Any, cut: Any, maximal: Any, table: Any, values: Any, folds: Any, bounds: Any,
    cell: Any,
) -> None:  # fmt: skip
    """Add what a symbol with two arguments makes; what is undefined goes to the last place."""
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
        if maximal:
            for b in range(b0, stop):
                v = table[row + values[b]]
                cell[v] = max(cell[v], x * folds[second, b])
        else:
            for b in range(b0, stop):
                cell[table[row + values[b]]] += x * folds[second, b]


@numba.njit(cache=True)
def _plain(i: Any, rows: Any, rules: Any, maximal: Any, cells: Any) -> Any:
    """The dense values of a single position; returns the scale."""
    scale = -np.inf
    for s in rules.plain:
        scale = max(scale, rows[s, i] + rules.share[s])
    if scale > -np.inf:
        for s in rules.plain:
            c, v = rules.cls[s], rules.base[s]
            y = np.exp(rows[s, i] + rules.share[s] - scale)
            cells[c, v] = max(cells[c, v], y) if maximal else cells[c, v] + y
    return scale


@numba.njit(cache=True)
def _cover(
    i: Any, j: Any, rows: Any, rules: Any, beam: Any, maximal: Any, limit: Any, out: Any,
    book: Any, work: Any,
) -> Any:  # fmt: skip
    """Dense values of a span, without ways lighter than the beam or a bound; the scale."""
    starts, counts, codes = book.starts, book.counts, rules.codes
    count = ways_of(i, j, rows, rules, book, work)
    scale = _reference(count, rules, book, work)
    if scale == -np.inf:
        return scale
    floor = np.log(beam * SLACK) if beam > 0.0 else -np.inf
    for w in range(count):
        h, _, one, two = work.ways[w]
        c = codes[h, CLASS]
        if maximal:
            floor = limit - out[i, j, c] - scale if limit > -np.inf else limit
        if work.limits[w] - scale < floor:
            continue
        weight, cut = np.exp(work.logs[w] - scale), np.exp(floor)
        if codes[h, SECOND] < 0:
            _combine(
                starts[one], starts[one] + counts[one], codes[h, FIRST],
                rules.base[rules.heads[h]], weight, cut, maximal, rules.table,
                book.values, book.folds, book.bounds, work.cells[c],
            )  # fmt: skip
        else:
            _combine_two(
                starts[one], starts[one] + counts[one], codes[h, FIRST],
                starts[two], starts[two] + counts[two], codes[h, SECOND],
                rules.base[rules.heads[h]], rules.size, weight, cut, maximal, rules.table,
                book.values, book.folds, book.bounds, work.cells[c],
            )  # fmt: skip
    return scale


@numba.njit(cache=True)
def matches_of(way: Any, value: Any, rules: Any, book: Any, matches: Any, spots: Any) -> Any:
    """List the items (first, second) with which a way makes a value."""
    h, _, one, two = way
    base = rules.base[rules.heads[h]]
    count = 0
    start, stop = book.starts[one], book.starts[one] + book.counts[one]
    if rules.codes[h, SECOND] < 0:
        for a in range(start, stop):
            if rules.table[base + book.values[a]] == value:
                matches[count, 0] = a
                count += 1
        return count
    other, last = book.starts[two], book.starts[two] + book.counts[two]
    for a in range(start, stop):
        spots[0, book.values[a]] = a
    for b in range(other, last):
        spots[1, book.values[b]] = b
    inverse, s = rules.inverse, rules.heads[h]
    for p in range(rules.inverse_start[s, value], rules.inverse_start[s, value + 1]):
        a, b = spots[0, inverse[p, 0]], spots[1, inverse[p, 1]]
        if a >= 0 and b >= 0:
            matches[count, 0], matches[count, 1] = a, b
            count += 1
    for a in range(start, stop):
        spots[0, book.values[a]] = -1
    for b in range(other, last):
        spots[1, book.values[b]] = -1
    return count


@numba.njit(cache=True)
def product_of(way: Any, match: Any, rules: Any, book: Any) -> Any:
    """Weight of the arguments of one match."""
    weight = book.folds[rules.codes[way[0], FIRST], match[0]]
    second = rules.codes[way[0], SECOND]
    return weight * book.folds[second, match[1]] if second >= 0 else weight


@numba.njit(cache=True)
def _goal(n: Any, goal: Any, rows: Any, rules: Any, maximal: Any, book: Any, work: Any) -> None:
    """Leave only the goal among the dense values of the root, with every way to make it."""
    cells = work.cells
    if n == 1 or goal < 0:
        for c in range(len(cells)):
            weight = cells[c, goal] if goal >= 0 else 0.0
            cells[c] = 0.0
            cells[c, goal] = weight
        return
    for c in range(len(cells)):
        cells[c] = 0.0
    for w in range(ways_of(0, n, rows, rules, book, work)):
        way = work.ways[w]
        c = rules.codes[way[0], CLASS]
        weight = np.exp(work.logs[w] - book.scale[n])
        for k in range(matches_of(way, goal, rules, book, work.matches, work.spots)):
            y = weight * product_of(way, work.matches[k], rules, book)
            cells[c, goal] = max(cells[c, goal], y) if maximal else cells[c, goal] + y


@numba.njit(cache=True)
def _store(cell: Any, keep: Any, book: Any, work: Any, used: Any, size: Any) -> Any:
    """Make items of the dense values that are heavy enough, and clear these; the next free one."""
    cells, order, totals, values, inside = (
        work.cells, work.order, work.totals, book.values, book.inside,
    )  # fmt: skip
    heaviest = 0.0
    for c in range(len(cells)):
        for v in range(size):
            heaviest = max(heaviest, cells[c, v])
    count = 0
    for v in range(size):
        total = 0.0
        for c in range(len(cells)):
            if cells[c, v] < keep * heaviest:
                cells[c, v] = 0.0
            total += cells[c, v]
        if total > 0.0:
            order[count], totals[count] = v, total
            count += 1
    _sort(count, order, totals)
    for k in range(count):
        v = order[k]
        values[used + k] = v
        for c in range(len(cells)):
            inside[c, used + k] = cells[c, v]
    for c in range(len(cells)):
        for v in range(size + 1):
            cells[c, v] = 0.0
    book.starts[cell] = used
    book.counts[cell] = count
    return used + count


@numba.njit(cache=True)
def _sort(count: Any, order: Any, totals: Any) -> None:
    """Heaviest first (shell sort: short lists, no memory)."""
    gap = count // 2
    while gap > 0:
        for k in range(gap, count):
            total, value = totals[k], order[k]
            at = k
            while at >= gap and totals[at - gap] < total:
                totals[at], order[at] = totals[at - gap], order[at - gap]
                at -= gap
            totals[at], order[at] = total, value
        gap //= 2


@numba.njit(cache=True)
def _fold(
    cell: Any, start: Any, stop: Any, maximal: Any, attach: Any, inside: Any, folds: Any,
    bounds: Any, peaks: Any,
) -> None:  # fmt: skip
    """Weights of a span's items as arguments, and their bounds."""
    slots, classes = attach.shape
    for k in range(slots):
        folds[k, start:stop] = 0.0
        for c in range(classes):
            weight = attach[k, c]
            if weight > 0.0:
                for item in range(start, stop):
                    y = weight * inside[c, item]
                    folds[k, item] = max(folds[k, item], y) if maximal else folds[k, item] + y
        most = 0.0
        for item in range(stop - 1, start - 1, -1):
            most = max(most, folds[k, item])
            bounds[k, item] = most
        peaks[cell * slots + k] = np.log(most) if most > 0.0 else -np.inf


@numba.njit(cache=True)
def _others(goal: Any, top: Any, size: Any, cells: Any) -> Any:
    """Weight of the values at the root that are not the goal."""
    total = 0.0
    for c in range(len(top)):
        for v in range(size):
            if v != goal:
                total += top[c] * cells[c, v]
    return total


@numba.njit(cache=True)
def fill(
    goal: Any, rows: Any, n: Any, rules: Any, beam: Any, maximal: Any, limit: Any, out: Any,
    book: Any, work: Any,
) -> Any:  # fmt: skip
    """All items of one string, at the root only the goal.

    Returns the weight of the other values at the root, and the number of items, or -1 if the book
    is full.
    """
    slots = len(rules.attach)
    used = 0
    others = 0.0
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            cell = i * book.side + i + length
            if used + rules.size > len(book.values):
                return 0.0, -1
            if length == 1:
                scale = _plain(i, rows, rules, maximal, work.cells)
            else:
                scale = _cover(
                    i, i + length, rows, rules, beam, maximal, limit, out, book, work
                )  # fmt: skip
            book.scale[cell] = scale
            if scale == -np.inf:
                book.starts[cell], book.counts[cell] = used, 0
                book.peaks[cell * slots : (cell + 1) * slots] = -np.inf
                continue
            if length == n:
                others = _others(goal, rules.top, rules.size, work.cells)
                _goal(n, goal, rows, rules, maximal, book, work)
            start = used
            used = _store(cell, 0.0 if maximal else beam, book, work, used, rules.size)
            _fold(
                cell, start, used, maximal, rules.attach, book.inside, book.folds, book.bounds,
                book.peaks,
            )  # fmt: skip
    return others, used
