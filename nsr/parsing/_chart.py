"""Native kernels of the value-packed chart: inside, outside, and the best reading of a value.

An item is a value of a span, with one weight per head class. For each slot of each symbol the span
makes one *argument list*: values with the sum (or best) over classes of weight times attachment,
heaviest first, so that loops over pairs of arguments end at the first pair that is too light.
Weights are relative to the heaviest single way to make the span; its logarithm is the span's scale.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from nsr.parsing import _blind
from nsr.parsing._places import bounds, place

_SLACK = 0.1


@numba.njit(cache=True)
def _cell(i: Any, j: Any, book: Any) -> Any:
    return i * book.side + j


@numba.njit(cache=True)
def _ways(i: Any, j: Any, emissions: Any, rules: Any, book: Any, work: Any) -> Any:
    """List every way to cover a span: rows (symbol, head, literal, first list, second list)."""
    count = 0
    slots = len(rules.attach)
    for s in rules.heads:
        pattern = rules.pattern[s]
        low, high = bounds(pattern, i, j)
        for m in range(low, high):
            head, close, a0, a1, b0, b1 = place(pattern, i, j, m)
            cell = _cell(a0, a1, book)
            first = cell * slots + rules.slot[s, 0]
            if book.list_count[first] == 0:
                continue
            log = rules.share[s] + book.scale[cell]
            second = -1
            if b0 >= 0:
                cell = _cell(b0, b1, book)
                second = cell * slots + rules.slot[s, 1]
                if book.list_count[second] == 0:
                    continue
                log += book.scale[cell]
            if head >= 0:
                log += emissions[head, s]
            if close >= 0:
                log += emissions[close, rules.literal[s]]
            if log > -np.inf:
                way = work.ways[count]
                way[0], way[1], way[2], way[3], way[4] = s, head, close, first, second
                work.logs[count] = log
                count += 1
    return count


@numba.njit(cache=True)
def _peak(way: Any, rules: Any, book: Any) -> Any:
    """The heaviest defined pair of arguments of one way."""
    first, second = way[3], way[4]
    a0, base = book.list_start[first], rules.base[way[0]]
    found = 0.0
    if second < 0:
        for a in range(a0, a0 + book.list_count[first]):
            if rules.table[base + book.list_value[a]] >= 0:
                return book.list_weight[a]
        return found
    b0 = book.list_start[second]
    for a in range(a0, a0 + book.list_count[first]):
        x = book.list_weight[a]
        if x * book.list_weight[b0] <= found:
            break
        row = base + book.list_value[a] * rules.size
        for b in range(b0, b0 + book.list_count[second]):
            y = x * book.list_weight[b]
            if y <= found:
                break
            if rules.table[row + book.list_value[b]] >= 0:
                found = y
                break
    return found


@numba.njit(cache=True)
def _reference(count: Any, rules: Any, book: Any, work: Any) -> Any:
    """Log weight of the heaviest single way to make the span."""
    found = -np.inf
    for w in range(count):
        peak = _peak(work.ways[w], rules, book)
        if peak > 0.0:
            found = max(found, work.logs[w] + np.log(peak))
    return found


@numba.njit(cache=True)
def _combine(
    way: Any, weight: Any, cut: Any, maximal: Any, rules: Any, book: Any, cell: Any
) -> None:
    """Add one way's weights to the dense values of its class."""
    first, second = way[3], way[4]
    a0, base = book.list_start[first], rules.base[way[0]]
    if second < 0:
        for a in range(a0, a0 + book.list_count[first]):
            y = weight * book.list_weight[a]
            if y < cut:
                break
            v = rules.table[base + book.list_value[a]]
            if v >= 0:
                cell[v] = max(cell[v], y) if maximal else cell[v] + y
        return
    b0 = book.list_start[second]
    b1 = b0 + book.list_count[second]
    for a in range(a0, a0 + book.list_count[first]):
        x = weight * book.list_weight[a]
        if x * book.list_weight[b0] < cut:
            break
        row = base + book.list_value[a] * rules.size
        for b in range(b0, b1):
            y = x * book.list_weight[b]
            if y < cut:
                break
            v = rules.table[row + book.list_value[b]]
            if v >= 0:
                cell[v] = max(cell[v], y) if maximal else cell[v] + y


@numba.njit(cache=True)
def _spot(which: Any, book: Any, spots: Any) -> None:
    """Where in an argument list each value stands."""
    start = book.list_start[which]
    for a in range(start, start + book.list_count[which]):
        spots[book.list_value[a]] = a


@numba.njit(cache=True)
def _unspot(which: Any, book: Any, spots: Any) -> None:
    start = book.list_start[which]
    for a in range(start, start + book.list_count[which]):
        spots[book.list_value[a]] = -1


@numba.njit(cache=True)
def _matches(way: Any, value: Any, rules: Any, book: Any, work: Any) -> Any:
    """List the places (first, second) in a way's argument lists that make one value."""
    s, first, second = way[0], way[3], way[4]
    count = 0
    if second < 0:
        start, base = book.list_start[first], rules.base[s]
        for a in range(start, start + book.list_count[first]):
            if rules.table[base + book.list_value[a]] == value:
                work.matches[count, 0] = a
                count += 1
        return count
    _spot(first, book, work.left)
    _spot(second, book, work.right)
    for p in range(rules.inverse_start[s, value], rules.inverse_start[s, value + 1]):
        a, b = work.left[rules.inverse[p, 0]], work.right[rules.inverse[p, 1]]
        if a >= 0 and b >= 0:
            work.matches[count, 0] = a
            work.matches[count, 1] = b
            count += 1
    _unspot(first, book, work.left)
    _unspot(second, book, work.right)
    return count


@numba.njit(cache=True)
def _product(way: Any, match: Any, book: Any) -> Any:
    weight = book.list_weight[match[0]]
    return weight * book.list_weight[match[1]] if way[4] >= 0 else weight


@numba.njit(cache=True)
def _plain(i: Any, emissions: Any, rules: Any, maximal: Any, cells: Any) -> Any:
    """The dense values of a single position; returns the scale."""
    scale = -np.inf
    for s in rules.plain:
        scale = max(scale, emissions[i, s] + rules.share[s])
    if scale > -np.inf:
        for s in rules.plain:
            c, v = rules.cls[s], rules.base[s]
            y = np.exp(emissions[i, s] + rules.share[s] - scale)
            cells[c, v] = max(cells[c, v], y) if maximal else cells[c, v] + y
    return scale


@numba.njit(cache=True)
def _store(cell: Any, keep: Any, rules: Any, book: Any, work: Any, used: Any) -> Any:
    """Make items of the dense values that are heavy enough, and clear these; the next free row."""
    cells = work.cells
    heaviest = 0.0
    for c in range(cells.shape[0]):
        for v in range(cells.shape[1]):
            heaviest = max(heaviest, cells[c, v])
    keep *= heaviest
    start = used
    for v in range(cells.shape[1]):
        some = False
        for c in range(cells.shape[0]):
            weight = cells[c, v]
            if weight > 0.0:
                cells[c, v] = 0.0
                if weight >= keep:
                    if not some:
                        book.inside[used] = 0.0
                        some = True
                    book.inside[used, c] = weight
        if some:
            book.value[used] = v
            used += 1
    book.item_start[cell] = start
    book.item_count[cell] = used - start
    return used


@numba.njit(cache=True)
def _sort(start: Any, stop: Any, book: Any) -> None:
    """Heaviest first (shell sort: short lists, no memory)."""
    gap = (stop - start) // 2
    while gap > 0:
        for k in range(start + gap, stop):
            weight, value, item = book.list_weight[k], book.list_value[k], book.list_item[k]
            at = k
            while at - gap >= start and book.list_weight[at - gap] < weight:
                book.list_weight[at] = book.list_weight[at - gap]
                book.list_value[at] = book.list_value[at - gap]
                book.list_item[at] = book.list_item[at - gap]
                at -= gap
            book.list_weight[at], book.list_value[at], book.list_item[at] = weight, value, item
        gap //= 2


@numba.njit(cache=True)
def _lists(cell: Any, maximal: Any, rules: Any, book: Any, used: Any) -> Any:
    """Make the argument lists of a span; the next free row."""
    slots, classes = rules.attach.shape
    for k in range(slots):
        which = cell * slots + k
        start = used
        for item in range(book.item_start[cell], book.item_start[cell] + book.item_count[cell]):
            weight = 0.0
            for c in range(classes):
                y = rules.attach[k, c] * book.inside[item, c]
                weight = max(weight, y) if maximal else weight + y
            if weight > 0.0:
                book.list_weight[used] = weight
                book.list_value[used] = book.value[item]
                book.list_item[used] = item
                used += 1
        book.list_start[which] = start
        book.list_count[which] = used - start
        _sort(start, used, book)
    return used


@numba.njit(cache=True)
def _span(
    i: Any, j: Any, emissions: Any, rules: Any, beam: Any, maximal: Any, limit: Any, out: Any,
    book: Any, work: Any,
) -> None:  # fmt: skip
    """Dense values of a span, without those lighter than the beam, or than a bound allows."""
    cell = _cell(i, j, book)
    if j - i == 1:
        book.scale[cell] = _plain(i, emissions, rules, maximal, work.cells)
        return
    count = _ways(i, j, emissions, rules, book, work)
    scale = _reference(count, rules, book, work)
    book.scale[cell] = scale
    if scale == -np.inf:
        return
    for w in range(count):
        way = work.ways[w]
        c = rules.cls[way[0]]
        cut = beam * _SLACK
        if maximal:
            cut = np.exp(limit - out[i, j, c] - scale)
        _combine(way, np.exp(work.logs[w] - scale), cut, maximal, rules, book, work.cells[c])


@numba.njit(cache=True)
def _goal(
    n: Any, goal: Any, emissions: Any, rules: Any, maximal: Any, book: Any, work: Any
) -> None:
    """Leave only the goal among the dense values of the root, with every way to make it."""
    cells = work.cells
    if n == 1:
        for c in range(len(rules.top)):
            weight = cells[c, goal] if goal >= 0 else 0.0
            cells[c] = 0.0
            if goal >= 0:
                cells[c, goal] = weight
        return
    cells[:] = 0.0
    if goal < 0:
        return
    for w in range(_ways(0, n, emissions, rules, book, work)):
        way = work.ways[w]
        c = rules.cls[way[0]]
        weight = np.exp(work.logs[w] - book.scale[_cell(0, n, book)])
        for k in range(_matches(way, goal, rules, book, work)):
            y = weight * _product(way, work.matches[k], book)
            cells[c, goal] = max(cells[c, goal], y) if maximal else cells[c, goal] + y


@numba.njit(cache=True)
def _inside(
    goal: Any, emissions: Any, rules: Any, beam: Any, maximal: Any, limit: Any, out: Any,
    book: Any, work: Any,
) -> Any:  # fmt: skip
    """All items of one string, at the root only the goal; (log weight of the other values, ok).

    Not ok means that the book is full.
    """
    n = len(emissions)
    slots = len(rules.attach)
    items, rows = 0, 0
    others = 0.0
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            cell = _cell(i, i + length, book)
            if items + rules.size > len(book.value):
                return 0.0, False
            if rows + rules.size * slots > len(book.list_value):
                return 0.0, False
            _span(i, i + length, emissions, rules, beam, maximal, limit, out, book, work)
            if length == n:
                for c in range(len(rules.top)):
                    others += rules.top[c] * work.cells[c].sum()
                    if goal >= 0:
                        others -= rules.top[c] * work.cells[c, goal]
                _goal(n, goal, emissions, rules, maximal, book, work)
            if book.scale[cell] == -np.inf:
                book.item_count[cell] = 0
                book.list_count[cell * slots : (cell + 1) * slots] = 0
                continue
            items = _store(cell, 0.0 if maximal else beam, rules, book, work, items)
            rows = _lists(cell, maximal, rules, book, rows)
    book.outside[:items] = 0.0
    book.list_gain[:rows] = 0.0
    return max(others, 0.0), True


@numba.njit(cache=True)
def _unfold(cell: Any, rules: Any, book: Any, work: Any, attach: Any) -> Any:
    """Outside weights of a span's items from those of its lists; whether there are any.

    Also counts attachments, and spreads the weights out into `work.cells`.
    """
    slots, classes = rules.attach.shape
    for k in range(slots):
        which = cell * slots + k
        start = book.list_start[which]
        for row in range(start, start + book.list_count[which]):
            gain = book.list_gain[row]
            if gain > 0.0:
                item = book.list_item[row]
                for c in range(classes):
                    part = rules.attach[k, c] * gain
                    book.outside[item, c] += part
                    attach[k, c] += part * book.inside[item, c]
    some = False
    work.most[:] = 0.0
    for item in range(book.item_start[cell], book.item_start[cell] + book.item_count[cell]):
        for c in range(classes):
            # Only what the inside pass has made, so that counts match it.
            y = book.outside[item, c] if book.inside[item, c] > 0.0 else 0.0
            work.cells[c, book.value[item]] = y
            if y > 0.0:
                some = True
                work.most[c] = max(work.most[c], y)
    return some


@numba.njit(cache=True)
def _clear(cell: Any, book: Any, work: Any) -> None:
    for item in range(book.item_start[cell], book.item_start[cell] + book.item_count[cell]):
        work.cells[:, book.value[item]] = 0.0


@numba.njit(cache=True)
def _give(way: Any, weight: Any, cut: Any, rules: Any, book: Any, around: Any) -> Any:
    """Hand a span's outside weights on to the arguments of one way; the way's posterior."""
    first, second = way[3], way[4]
    a0, base = book.list_start[first], rules.base[way[0]]
    total = 0.0
    if second < 0:
        for a in range(a0, a0 + book.list_count[first]):
            if weight * book.list_weight[a] < cut:
                break
            v = rules.table[base + book.list_value[a]]
            if v >= 0 and around[v] > 0.0:
                book.list_gain[a] += weight * around[v]
                total += weight * around[v] * book.list_weight[a]
        return total
    b0 = book.list_start[second]
    b1 = b0 + book.list_count[second]
    for a in range(a0, a0 + book.list_count[first]):
        x = weight * book.list_weight[a]
        if x * book.list_weight[b0] < cut:
            break
        row = base + book.list_value[a] * rules.size
        gain = 0.0
        for b in range(b0, b1):
            y = x * book.list_weight[b]
            if y < cut:
                break
            v = rules.table[row + book.list_value[b]]
            if v >= 0 and around[v] > 0.0:
                gain += around[v] * book.list_weight[b]
                book.list_gain[b] += around[v] * x
        book.list_gain[a] += weight * gain
        total += x * gain
    return total


@numba.njit(cache=True)
def _give_goal(way: Any, weight: Any, goal: Any, rules: Any, book: Any, work: Any) -> Any:
    """The same at the root, where there is one value and no cut; `weight` includes its own."""
    total = 0.0
    for k in range(_matches(way, goal, rules, book, work)):
        a, b = work.matches[k]
        if way[4] < 0:
            book.list_gain[a] += weight
            total += weight * book.list_weight[a]
        else:
            book.list_gain[a] += weight * book.list_weight[b]
            book.list_gain[b] += weight * book.list_weight[a]
            total += weight * book.list_weight[a] * book.list_weight[b]
    return total


@numba.njit(cache=True)
def _outside(
    goal: Any, emissions: Any, rules: Any, beam: Any, right: Any, book: Any, work: Any,
    attach: Any, share: Any, posterior: Any,
) -> None:  # fmt: skip
    """Expected counts and posteriors of one string; `right` is the goal's weight at the root."""
    n = len(emissions)
    book.outside[book.item_start[_cell(0, n, book)]] = rules.top / right
    for length in range(n, 0, -1):
        for i in range(n - length + 1):
            j = i + length
            cell = _cell(i, j, book)
            if book.item_count[cell] == 0:
                continue
            if _unfold(cell, rules, book, work, attach):
                if length == 1:
                    _count_plain(i, emissions, rules, book.scale[cell], work, share, posterior)
                else:
                    _count(i, j, goal, emissions, rules, beam, book, work, share, posterior)
            _clear(cell, book, work)


@numba.njit(cache=True)
def _count_plain(
    i: Any, emissions: Any, rules: Any, scale: Any, work: Any, share: Any, posterior: Any
) -> None:
    for s in rules.plain:
        y = np.exp(emissions[i, s] + rules.share[s] - scale)
        y *= work.cells[rules.cls[s], rules.base[s]]
        share[s] += y
        posterior[i, s] += y


@numba.njit(cache=True)
def _count(
    i: Any, j: Any, goal: Any, emissions: Any, rules: Any, beam: Any, book: Any, work: Any,
    share: Any, posterior: Any,
) -> None:  # fmt: skip
    scale = book.scale[_cell(i, j, book)]
    whole = j - i == len(emissions)
    for w in range(_ways(i, j, emissions, rules, book, work)):
        way = work.ways[w]
        s = way[0]
        most = work.most[rules.cls[s]]
        if most == 0.0:
            continue
        weight = np.exp(work.logs[w] - scale)
        if whole:
            y = _give_goal(way, weight * most, goal, rules, book, work)
        else:
            # Neither what the inside pass dropped, nor what adds next to nothing.
            cut = beam * max(_SLACK, 1e-3 / most)
            y = _give(way, weight, cut, rules, book, work.cells[rules.cls[s]])
        share[s] += y
        if way[1] >= 0:
            posterior[way[1], s] += y
        if way[2] >= 0:
            posterior[way[2], rules.literal[s]] += y


@numba.njit(cache=True)
def expect(
    first: Any, offset: Any, emissions: Any, values: Any, rules: Any, beam: Any, book: Any,
    work: Any, attach: Any, top: Any, share: Any, posterior: Any, log_right: Any, log_all: Any,
) -> Any:  # fmt: skip
    """Counts of the strings from `first` on; the first one that the book was too small for."""
    nothing = np.empty((0, 0, 0))
    for i in range(first, len(offset) - 1):
        start, stop = offset[i], offset[i + 1]
        if start == stop:
            continue
        string, goal = emissions[start:stop], values[i]
        others, ok = _inside(goal, string, rules, beam, False, 0.0, nothing, book, work)
        if not ok:
            work.cells[:] = 0.0
            return i
        cell = _cell(0, stop - start, book)
        right = 0.0
        if book.item_count[cell]:
            item = book.item_start[cell]
            right = (rules.top * book.inside[item]).sum()
        if right + others > 0.0:
            log_all[i] = np.log(right + others) + book.scale[cell]
        if right > 0.0:
            log_right[i] = np.log(right) + book.scale[cell]
            top += rules.top * book.inside[item] / right
            _outside(
                goal, string, rules, beam, right, book, work, attach, share,
                posterior[start:stop],
            )  # fmt: skip
    return len(offset) - 1


@numba.njit(cache=True)
def _best(cell: Any, weights: Any, value: Any, book: Any) -> Any:
    """The class of an item that is heaviest, after weighting."""
    for item in range(book.item_start[cell], book.item_start[cell] + book.item_count[cell]):
        if book.value[item] == value:
            found = 0
            for c in range(1, len(weights)):
                if weights[c] * book.inside[item, c] > weights[found] * book.inside[item, found]:
                    found = c
            return found
    return -1


@numba.njit(cache=True)
def _choose(
    i: Any, j: Any, c: Any, v: Any, emissions: Any, rules: Any, book: Any, work: Any
) -> Any:
    """The heaviest way to make an item: its number, and the values of its arguments."""
    found, x, y = -1, -1, -1
    heaviest = -np.inf
    for w in range(_ways(i, j, emissions, rules, book, work)):
        way = work.ways[w]
        if rules.cls[way[0]] != c:
            continue
        for k in range(_matches(way, v, rules, book, work)):
            weight = work.logs[w] + np.log(_product(way, work.matches[k], book))
            if weight > heaviest:
                heaviest, found = weight, w
                x = book.list_value[work.matches[k, 0]]
                y = book.list_value[work.matches[k, 1]] if way[4] >= 0 else -1
    return found, x, y


@numba.njit(cache=True)
def _choose_plain(i: Any, c: Any, v: Any, emissions: Any, rules: Any) -> Any:
    found, heaviest = -1, -np.inf
    for s in rules.plain:
        weight = emissions[i, s] + rules.share[s]
        if rules.cls[s] == c and rules.base[s] == v and weight > heaviest:
            found, heaviest = s, weight
    return found


@numba.njit(cache=True)
def _trace(
    goal: Any, emissions: Any, rules: Any, book: Any, work: Any, steps: Any, symbols: Any
) -> Any:
    """Write the best reading of the goal as steps in postfix order; their number."""
    n = len(emissions)
    slots = len(rules.attach)
    stack = np.empty((n + 1, 3), np.int64)
    stack[0, 0], stack[0, 1] = _cell(0, n, book), goal
    stack[0, 2] = _best(stack[0, 0], rules.top, goal, book)
    depth, count = 1, 0
    while depth:
        depth -= 1
        cell, v, c = stack[depth]
        i, j = cell // book.side, cell % book.side
        if j - i == 1:
            s = _choose_plain(i, c, v, emissions, rules)
            _blind.note(s, i, -1, rules, steps, symbols, count)
            count += 1
            continue
        w, x, y = _choose(i, j, c, v, emissions, rules, book, work)
        s, head, close, first, second = work.ways[w]
        _blind.note(s, head, close, rules, steps, symbols, count)
        count += 1
        stack[depth, 0], stack[depth, 1] = first // slots, x
        stack[depth, 2] = _best(first // slots, rules.attach[first % slots], x, book)
        depth += 1
        if second >= 0:
            stack[depth, 0], stack[depth, 1] = second // slots, y
            stack[depth, 2] = _best(second // slots, rules.attach[second % slots], y, book)
            depth += 1
    # Roots came first and right before left.
    steps[:count] = steps[:count][::-1].copy()
    return count


@numba.njit(cache=True)
def abduce(
    first: Any, offset: Any, emissions: Any, values: Any, rules: Any, logs: Any, beams: Any,
    blind: Any, book: Any, work: Any, steps: Any, counts: Any, symbols: Any, scores: Any,
) -> Any:  # fmt: skip
    """Best readings with the given values; the first string that the book was too small for.

    `logs` are the rules with logarithmic weights, for the chart that is blind to values. Its
    best whole readings bound what an item can lead to, so a beam drops nothing that is needed by a
    reading inside it; only where there is no such reading a wider one is tried.
    """
    best, back, folds, out, out_folds = blind
    for i in range(first, len(offset) - 1):
        start, stop = offset[i], offset[i + 1]
        goal, n = values[i], stop - start
        if n == 0 or goal < 0:
            continue
        string = emissions[start:stop]
        _blind.inside(string, logs, best, back, folds)
        _blind.outside(string, logs, best, folds, out, out_folds)
        top, bound = _blind.root(n, logs, best)
        if top < 0:
            continue
        for beam in beams:
            limit = bound + beam
            _, ok = _inside(goal, string, rules, 0.0, True, limit, out, book, work)
            if not ok:
                work.cells[:] = 0.0
                return i
            cell = _cell(0, n, book)
            if book.item_count[cell] == 0:
                continue
            c = _best(cell, rules.top, goal, book)
            score = rules.top[c] * book.inside[book.item_start[cell], c]
            if score > 0.0 and np.log(score) + book.scale[cell] >= limit:
                scores[i] = np.log(score) + book.scale[cell]
                counts[i] = _trace(
                    goal, string, rules, book, work, steps[2 * start :], symbols[start:stop]
                )
                break
    return len(offset) - 1
