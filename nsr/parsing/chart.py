"""The soft chart: all readings of strings whose symbols are uncertain, weighted and value-packed.

A reading chooses a symbol for every position and a tree over the symbols. Its weight is

    top[class of the root] x product over nodes of share[s] x emission[position, s]
    x product over literals of emission[position, literal]
    x product over arguments of attach[s, slot, class of the child].

Given the value of the whole string, `expect` tells what every position is likely to be and how
often every attachment is used: this is abduction, for images (emissions from a network) and noisy
tokens (emissions from a table) alike. Inside-outside as in Baker, "Trainable grammars for speech
recognition" (1979), over items (span, head class, value). `decode` finds the best reading whatever
its value, and `abduce` the best one with a given value: the cheapest revision of symbols and tree
(Li et al., "Closed loop neural-symbolic learning via integrating neural perception, grammar
parsing, and symbolic reasoning", 2020, search for it step by step).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nsr.errors import InputError
from nsr.parsing._codes import FIRST, SECOND, WIDTH, code
from nsr.parsing.entries import ARITY, LITERAL, PATTERNS

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Emissions = npt.NDArray[np.float32]

BEAMS: Final = (np.log(1e-3), np.log(1e-8), -np.inf)
"""How much lighter than the best reading, values aside, `abduce` looks for one; then wider."""

_ITEMS: Final = 1 << 14


@dataclass(frozen=True)
class Grammar:
    """S symbols, C head classes, values 0..V-1.

    Args:
        patterns: (S) one of `PATTERNS`, or "" for a symbol that is only a literal.
        literals: (S) symbol number of the literal, for patterns that have one, else -1.
        classes: (S) head class of a node made by the symbol; -1 for those only literal.
        tables: (S) without arguments the value; with one, int32[V]; with two, int32[V, V]; -1
            where undefined. Not looked at for those only literal.
        attach: (S, 2, C) weight of a child of a class in a slot (slots from left to right).
        top: (C) weight of a class at the root.
        share: (S) weight of a symbol within its class.
    """

    patterns: Sequence[str]
    literals: Sequence[int]
    classes: Sequence[int]
    tables: Sequence[int | Ints]
    attach: Floats
    top: Floats
    share: Floats


@dataclass(frozen=True)
class Strings:
    """Strings lie one after the other: string i is the positions offset[i]:offset[i + 1]."""

    offset: Longs

    def __len__(self) -> int:
        return len(self.offset) - 1


@dataclass(frozen=True)
class Expectation:
    """Expected counts, summed over the strings that have a right reading.

    Args:
        attach: (S, 2, C) uses of each attachment.
        top: (C) uses of each class at the root.
        share: (S) nodes made by each symbol.
        posterior: (T, S) of each position's symbol, given the value; zeros where no reading of
            the string is right.
        log_right: (N) logarithm of the total weight of the right readings; -inf if there is none.
        log_all: (N) the same for all readings with a value.
    """

    attach: Floats
    top: Floats
    share: Floats
    posterior: Emissions
    log_right: Floats
    log_all: Floats


@dataclass(frozen=True)
class Reading:
    """One reading of a string.

    Args:
        score: log weight; -inf if there is no reading.
        steps: the tree in postfix order, (symbol, position); -1 for juxtaposition.
        symbols: (n) the symbol of every position, literals too; -1 if there is no reading.
    """

    score: float
    steps: list[tuple[int, int]]
    symbols: Ints


def expect(
    strings: Strings,
    emissions: Emissions,
    values: npt.NDArray[Any],
    grammar: Grammar,
    *,
    beam: float = 1e-6,
) -> Expectation:
    """What the right readings use, by expectation.

    Args:
        strings: N strings over T positions.
        emissions: (T, S) weight of each symbol at each position, at least 0.
        values: (N) the value of each string. One outside of 0..V-1 has no right reading.
        grammar: its programs and weights.
        beam: in a span, values lighter than this times the heaviest are dropped, and so are
            single ways to make a value that are ten times lighter still. At the root no way to
            make the right value is dropped. With 0 everything is exact.

    Raises:
        InputError: if shapes do not fit, or a weight is negative or not finite.
    """
    rules = _rules(grammar)
    logs = _logs(strings, emissions, grammar)
    wanted = _wanted(strings, values, rules.size)
    count = len(strings)
    attach, top = np.zeros_like(rules.attach), np.zeros_like(rules.top)
    share = np.zeros(len(rules.share))
    posterior = np.zeros(emissions.shape, np.float32)
    right, everything = np.full(count, -np.inf), np.full(count, -np.inf)
    book, work, done = _book(strings, rules), _work(strings, rules), 0
    rows = _memory(strings, rules)[0]
    from nsr.parsing import _counts

    while done < count:
        done = _counts.expect(
            done, strings.offset, logs, wanted, rules, beam, rows, book, work,
            attach, top, share, posterior, right, everything,
        )  # fmt: skip
        if done < count:
            book = _book(strings, rules, 2 * len(book.values))
    used = np.zeros(grammar.attach.shape)
    for s, row in zip(rules.heads, rules.codes, strict=True):
        used[s, 0] = attach[row[FIRST]]
        if row[SECOND] >= 0:
            used[s, 1] = attach[row[SECOND]]
    return Expectation(used, top, share, posterior, right, everything)


def decode(strings: Strings, emissions: Emissions, grammar: Grammar) -> list[Reading]:
    """The heaviest reading of each string, whatever its value and even if it has none.

    Raises:
        InputError: if shapes do not fit, or a weight is negative or not finite.
    """
    rules = _blind_rules(_rules(grammar))
    logs = _logs(strings, emissions, grammar)
    found = _Found(strings)
    from nsr.parsing import _blind

    _blind.decode(
        strings.offset, logs, rules, _memory(strings, rules),
        found.steps, found.counts, found.symbols, found.scores,
    )  # fmt: skip
    return found.readings()


def abduce(
    strings: Strings, emissions: Emissions, values: npt.NDArray[Any], grammar: Grammar
) -> list[Reading]:
    """The heaviest reading of each string among those with its value.

    Raises:
        InputError: if shapes do not fit, or a weight is negative or not finite.
    """
    rules = _rules(grammar)
    blind = _blind_rules(rules)
    logs = _logs(strings, emissions, grammar)
    wanted = _wanted(strings, values, rules.size)
    found = _Found(strings)
    book, work, done = _book(strings, rules), _work(strings, rules), 0
    from nsr.parsing import _revise

    while done < len(strings):
        done = _revise.abduce(
            done, strings.offset, logs, wanted, rules, blind, np.array(BEAMS),
            _memory(strings, rules), book, work,
            found.steps, found.counts, found.symbols, found.scores,
        )  # fmt: skip
        if done < len(strings):
            book = _book(strings, rules, 2 * len(book.values))
    return found.readings()


class _Rules(NamedTuple):
    """A grammar as the kernels want it; rows of `attach` are slots of symbols."""

    plain: Ints
    """Symbols without arguments that have a value; `nullary` are all."""
    nullary: Ints
    heads: Ints
    cls: Ints
    codes: Longs
    """A row of `_codes` for each head."""
    later: npt.NDArray[np.bool_]
    """Whether a slot is a second one."""
    attach: Floats
    top: Floats
    share: Floats
    """Logarithms."""
    base: Longs
    """The value of a plain symbol, or where a symbol's table begins."""
    table: Ints
    inverse_start: Longs
    """(S, V + 1) where the pairs of arguments that make a value begin."""
    inverse: Ints
    size: int


class _Book(NamedTuple):
    """Items of one string; those of the span i..j are found at i * side + j."""

    side: int
    scale: Floats
    starts: Longs
    counts: Longs
    peaks: Floats
    """By span and slot, the logarithm of the heaviest argument."""
    given: npt.NDArray[np.bool_]
    """By span and slot, whether there are gains."""
    values: Ints
    inside: Floats
    """By class and item, as `outside`; `folds`, `bounds` and `gains` are by slot and item."""
    outside: Floats
    folds: Floats
    bounds: Floats
    gains: Floats


class _Work(NamedTuple):
    """Working memory for one span."""

    cells: Floats
    most: Floats
    order: Longs
    totals: Floats
    ways: Longs
    logs: Floats
    limits: Floats
    spots: Longs
    matches: Longs


class _Found:
    """Readings as the kernels write them."""

    def __init__(self, strings: Strings):
        total = int(strings.offset[-1])
        self.offset = strings.offset.tolist()
        self.steps = np.empty((2 * total, 2), np.int32)
        self.counts = np.zeros(len(strings), np.int64)
        self.symbols = np.full(total, -1, np.int32)
        self.scores = np.full(len(strings), -np.inf)

    def readings(self) -> list[Reading]:
        counts, scores = self.counts.tolist(), self.scores.tolist()
        found = []
        for i, (count, score) in enumerate(zip(counts, scores, strict=True)):
            start, stop = self.offset[i], self.offset[i + 1]
            rows = self.steps[2 * start : 2 * start + count].tolist()
            found.append(Reading(score, [(s, p) for s, p in rows], self.symbols[start:stop]))
        return found


def _rules(grammar: Grammar) -> _Rules:
    count, classes = len(grammar.patterns), len(grammar.top)
    _check(grammar, count, classes)
    arity = [ARITY[p] if p else -1 for p in grammar.patterns]
    sizes = {len(np.atleast_1d(t)) for t, a in zip(grammar.tables, arity, strict=True) if a > 0}
    plain = [int(t) for t, a in zip(grammar.tables, arity, strict=True) if a == 0]
    if len(sizes) > 1:
        raise InputError(f"tables are of different sizes: {sorted(sizes)}")
    size = sizes.pop() if sizes else max([*plain, 0]) + 1
    rows = [(s, k) for s in range(count) for k in range(max(arity[s], 0))]
    heads = [s for s in range(count) if arity[s] > 0]
    codes = [
        code(
            grammar.patterns[s],
            s,
            grammar.literals[s],
            count,
            grammar.classes[s],
            (rows.index((s, 0)), rows.index((s, arity[s] - 1))),
        )
        for s in heads
    ]
    tables, base, start = [np.empty(0, np.int32)], np.zeros(count, np.int64), 0
    inverse_start, inverse, pairs = np.zeros((count, size + 1), np.int64), [_no_pairs()], 0
    for s, table in enumerate(grammar.tables):
        if arity[s] == 0:
            base[s] = int(table)
        if arity[s] <= 0:
            continue
        array = np.ascontiguousarray(table, np.int32)
        if array.shape != (size,) * arity[s]:
            raise InputError(f"the table of symbol {s} has shape {array.shape}")
        base[s], start = start, start + array.size
        tables.append(np.where((array >= 0) & (array < size), array, size).astype(np.int32).ravel())
        if arity[s] == 2:
            order = np.argsort(tables[-1], kind="stable")
            inverse_start[s] = pairs + np.searchsorted(tables[-1][order], np.arange(size + 1))
            inverse.append(np.stack(np.divmod(order, size), 1).astype(np.int32))
            pairs += len(order)
    defined = [s for s in range(count) if arity[s] == 0 and 0 <= base[s] < size]
    with np.errstate(divide="ignore"):
        share = np.log(np.asarray(grammar.share, np.float64))
    return _Rules(
        plain=np.array(defined, np.int32),
        nullary=np.array([s for s in range(count) if arity[s] == 0], np.int32),
        heads=np.array(heads, np.int32),
        cls=np.array(grammar.classes, np.int32),
        codes=np.array(codes, np.int64).reshape(-1, WIDTH),
        later=np.array([k == 1 for _, k in rows], np.bool_),
        attach=np.array([grammar.attach[r] for r in rows], np.float64).reshape(-1, classes),
        top=np.asarray(grammar.top, np.float64),
        share=share,
        base=base,
        table=np.concatenate(tables),
        inverse_start=inverse_start,
        inverse=np.concatenate(inverse),
        size=size,
    )


def _no_pairs() -> Ints:
    return np.empty((0, 2), np.int32)


def _blind_rules(rules: _Rules) -> _Rules:
    """The same in logarithms, with plain symbols of undefined value too."""
    with np.errstate(divide="ignore"):
        return rules._replace(
            plain=rules.nullary, attach=np.log(rules.attach), top=np.log(rules.top)
        )


def _check(grammar: Grammar, count: int, classes: int) -> None:
    for name in ("literals", "classes", "tables", "share"):
        if len(getattr(grammar, name)) != count:
            raise InputError(f"{name}: expected {count}, one for each symbol")
    if np.shape(grammar.attach) != (count, 2, classes):
        raise InputError(f"attach: expected shape {(count, 2, classes)}")
    for name in ("attach", "top", "share"):
        weights = np.asarray(getattr(grammar, name))
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise InputError(f"{name}: a weight is negative or not finite")
    for s, pattern in enumerate(grammar.patterns):
        if pattern and pattern not in PATTERNS:
            raise InputError(f"symbol {s}: unknown pattern {pattern!r}")
        if pattern and not 0 <= grammar.classes[s] < classes:
            raise InputError(f"symbol {s}: there is no class {grammar.classes[s]}")
        if LITERAL in pattern and not 0 <= grammar.literals[s] < count:
            raise InputError(f"symbol {s}: pattern {pattern!r} needs a literal")


def _logs(strings: Strings, emissions: Emissions, grammar: Grammar) -> Floats:
    total = int(strings.offset[-1])
    if emissions.shape != (total, len(grammar.patterns)):
        raise InputError(f"emissions: expected shape {(total, len(grammar.patterns))}")
    if not (np.isfinite(emissions).all() and (emissions >= 0).all()):
        raise InputError("emissions: a weight is negative or not finite")
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(emissions, np.float64))


def _wanted(strings: Strings, values: npt.NDArray[Any], size: int) -> Longs:
    wanted = np.asarray(values).astype(np.int64)
    if wanted.shape != (len(strings),):
        raise InputError(f"values: expected {len(strings)}, one for each string")
    return np.where((wanted >= 0) & (wanted < size), wanted, -1)


def _longest(strings: Strings) -> int:
    return int(np.diff(strings.offset).max(initial=0))


def _memory(strings: Strings, rules: _Rules) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Emissions by symbol, cells and folds from inside, the same from outside."""
    side, slots, classes = _longest(strings) + 1, len(rules.attach), len(rules.top)
    return (
        np.zeros((len(rules.share) + 1, side)),
        np.empty((side, side, classes)),
        np.empty((slots, side, side)),
        np.empty((side, side, classes)),
        np.empty((slots, side, side)),
    )


def _book(strings: Strings, rules: _Rules, items: int = _ITEMS) -> _Book:
    side, slots, classes = _longest(strings) + 1, len(rules.attach), len(rules.top)
    items = max(items, 2 * rules.size)
    return _Book(
        side=side,
        scale=np.empty(side * side),
        starts=np.zeros(side * side, np.int64),
        counts=np.zeros(side * side, np.int64),
        peaks=np.empty(side * side * slots),
        given=np.zeros((side * side, slots), np.bool_),
        values=np.empty(items, np.int32),
        inside=np.empty((classes, items)),
        outside=np.empty((classes, items)),
        folds=np.empty((slots, items)),
        bounds=np.empty((slots, items)),
        gains=np.empty((slots, items)),
    )


def _work(strings: Strings, rules: _Rules) -> _Work:
    pairs = int(np.diff(rules.inverse_start, axis=1).max(initial=0))
    ways = len(rules.heads) * (_longest(strings) + 1) + 1
    return _Work(
        # The last place takes what is undefined.
        cells=np.zeros((len(rules.top), rules.size + 1)),
        most=np.zeros(len(rules.top)),
        order=np.empty(rules.size, np.int64),
        totals=np.empty(rules.size),
        ways=np.empty((ways, 4), np.int64),
        logs=np.empty(ways),
        limits=np.empty(ways),
        spots=np.full((2, rules.size), -1, np.int64),
        matches=np.empty((max(pairs, rules.size), 2), np.int64),
    )
