"""Words between plain words: which patterns and meanings explain strings with a single head.

In a string of two to four pieces one may be a head and the others its arguments. Nothing is
known of the head but that there is one: the value alone tells the meanings apart. They are found
one by one, the best first, as components of a mixture; each joins the library, so that the next
can be made from it. A description-length rule ends the search.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from nsr.abduction.corpus import Corpus
from nsr.abduction.functions import Functions, functions, joined
from nsr.abduction.mixture import Column, Fit, Heads
from nsr.abduction.number_programs import NumberPrograms
from nsr.parsing.entries import ARITY, HEAD, JUXTAPOSED, LITERAL, PATTERNS, SLOT
from nsr.program import Term

Floats: TypeAlias = npt.NDArray[np.float64]
Table: TypeAlias = npt.NDArray[np.int32]

LONGEST: Final = max(map(len, PATTERNS))

PART: Final = 0.15
"""A meaning must explain this much of what is left, or more fuel is spent first."""

ENOUGH: Final = 0.002
"""The search ends when no more than this share of strings is left."""

SHORTLIST: Final = 60
GAIN: Final = 0.02
"""Least gain of a meaning, in nats a string."""

PRICE: Final = math.log(2)
"""Nats a bit."""

IDLE: Final = 8.0
"""Bits for a program that does not look at all of its arguments."""

UNSURE: Final = 0.02
"""Least probability that a known piece is a new word, or that a strange one is not."""


@dataclass(frozen=True)
class Effort:
    """How hard to look for one meaning.

    Args:
        fuel: of the search.
        points: arguments on which candidate functions are told apart.
        pure: share of the strings of its pieces that a meaning has to explain.
        price: strings that a bit of a program must explain to be looked at.
        joined: whether learnt functions of two functions found are candidates, too.
    """

    fuel: int
    points: int
    pure: float
    price: float = 1.0
    joined: bool = False


EFFORTS: Final = (
    Effort(600_000, 36, 0.85),
    Effort(600_000, 36, 0.85, joined=True),
    Effort(3_000_000, 36, 0.85),
    Effort(12_000_000, 12, 0.5),
)
"""More where less finds nothing."""

NEXT_EFFORTS: Final = (
    Effort(600_000, 36, 0.0, price=0.1),
    Effort(600_000, 36, 0.0, price=0.1, joined=True),
)
"""For one more word, when there are meanings to make its own from; strings may be few."""

KNOWN: Final = 0.1
"""A string is clear if it is this likely, beside the likeliest of its length, to be one new word
with known arguments."""

LIKELY: Final = 2
"""Words of each pattern that are worth a trial."""


@dataclass(frozen=True)
class Operator:
    """A word with arguments that must exist somewhere.

    Args:
        pattern: how it takes its arguments.
        term: its program in the space of the library.
        table: what the program does, see `NumberPrograms.table`.
        cost: bits of the program.
    """

    pattern: str
    term: Term
    table: Table
    cost: float

    @property
    def arity(self) -> int:
        """Number of arguments."""
        return ARITY[self.pattern]


@dataclass(frozen=True)
class _Pattern:
    """Strings of one length seen as one head with plain arguments.

    Args:
        pattern: of the head.
        rows: int[n], numbers of the strings.
        weights: float[n, P], probability of this pattern with each tuple of plain arguments.
    """

    pattern: str
    rows: npt.NDArray[np.int64]
    weights: Floats


def clear(corpus: Corpus, beliefs: Floats, novelty: Floats) -> npt.NDArray[np.int64]:
    """Numbers of the strings that can be one new word with known arguments.

    The others hold a plain word that is not known yet; a meaning that makes up for it would
    explain them, too. The arguments are those of `find_operators`.
    """
    lengths = corpus.lengths
    total = _totals(_weighed(corpus, beliefs, novelty), len(corpus))
    most = np.zeros(LONGEST + 1)
    np.maximum.at(most, lengths, total)
    return np.flatnonzero((total > 0) & (total >= KNOWN * most[lengths]))


def find_operators(
    corpus: Corpus,
    beliefs: Floats,
    novelty: Floats,
    plain: Sequence[int],
    library: NumberPrograms,
    rng: np.random.Generator,
    progress: Callable[[str], None] | None = None,
) -> Iterator[tuple[list[Operator], NumberPrograms, float]]:
    """New words with arguments, the library grown by their meanings, and the share explained.

    Given after each word found, for those whose time may end, and at last without the words that
    were not needed.

    Args:
        corpus: strings of at least two and at most `LONGEST` pieces.
        beliefs: float[T, S], p(plain symbol | piece) for every position.
        novelty: float[T], how well the piece may be a word that is not known yet.
        plain: int[S], the symbols' values.
        library: of programs.
        rng: of the points on which functions are told apart.
        progress: called with each meaning found.
    """
    views = _views(corpus, beliefs, novelty)
    if not len(corpus):
        return
    values = corpus.values
    heads = _heads(corpus, views)
    found: list[Operator] = []
    columns: list[Column] = []
    fit = heads.fit(columns)
    level = 0
    while level < len(EFFORTS) and fit.left.mean() > ENOUGH:
        best: tuple[float, Operator, Column] | None = None
        effort = EFFORTS[level]
        for operator in _candidates(views, plain, values, fit.left, library, effort, rng):
            column = _explained(views, operator, plain, values)
            if heads.purity(column, fit.left) < effort.pure:
                continue
            total = heads.fit([*columns, column]).total
            gain = total - fit.total - PRICE * operator.cost
            if best is None or gain > best[0]:
                best = gain, operator, column
        # What explains little may be a piece of a meaning that costs more to find.
        last = level + 1 == len(EFFORTS)
        whole = best is not None and (last or _share(best[2], fit) >= PART)
        if best is None or best[0] < GAIN * len(values) or not whole:
            level += 1
            continue
        level = 0
        _, operator, column = best
        columns.append(column)
        found.append(replace(operator, table=library.table(operator.term, operator.arity)))
        if progress is not None:
            progress(f"{operator.pattern} := {library.space.format(operator.term)}")
        library = library.grown(operator.term, operator.arity)
        fit = heads.fit(columns)
        yield list(found), library, float(1.0 - fit.left.mean())
    for k in reversed(range(len(found))):
        # What stood in for a meaning found later goes again.
        fewer = columns[:k] + columns[k + 1 :]
        without = heads.fit(fewer)
        if fit.total - without.total < GAIN * len(values):
            columns, fit = fewer, without
            del found[k]
    yield found, library, float(1.0 - fit.left.mean())


def likely_operators(
    corpus: Corpus,
    beliefs: Floats,
    novelty: Floats,
    plain: Sequence[int],
    library: NumberPrograms,
    rng: np.random.Generator,
) -> list[Operator]:
    """The words that best explain all of these strings on their own, `LIKELY` of each pattern.

    For a library that holds the meanings of other words already. The arguments are those of
    `find_operators`.
    """
    views = _views(corpus, beliefs, novelty)
    everything = np.ones(len(corpus))
    ranked: dict[str, list[tuple[float, Operator]]] = {view.pattern: [] for view in views}
    for effort in NEXT_EFFORTS:
        found = _candidates(views, plain, corpus.values, everything, library, effort, rng)
        for operator in found:
            own = sum(v.weights.sum() for v in views if v.pattern == operator.pattern)
            column = _explained(views, operator, plain, corpus.values)
            # A longer program has to explain more.
            score = float(column.likelihood.sum() / own) - GAIN * operator.cost
            ranked[operator.pattern].append((score, operator))
    result = []
    for group in ranked.values():
        group.sort(key=lambda item: -item[0])
        distinct = {operator.term: operator for _, operator in group}
        for operator in list(distinct.values())[:LIKELY]:
            table = library.table(operator.term, operator.arity)
            result.append(replace(operator, table=table))
    return result


def _candidates(
    views: Sequence[_Pattern],
    plain: Sequence[int],
    values: npt.NDArray[np.int64],
    left: Floats,
    library: NumberPrograms,
    effort: Effort,
    rng: np.random.Generator,
) -> Iterator[Operator]:
    """Words that would explain most of what is left; their tables are for plain arguments."""
    for arity in sorted({ARITY[view.pattern] for view in views}):
        own = [view for view in views if ARITY[view.pattern] == arity]
        points = _points(own, _arguments(plain, arity), left, effort.points, rng)
        found = functions(library, points, effort.fuel)
        if effort.joined:
            found = joined(found, library)
        for pattern, k, cost in _shortlist(own, found, plain, values, left, library, effort.price):
            term = found.term(k)
            yield Operator(pattern, term, library.table(term, arity, plain), cost)


def _views(corpus: Corpus, beliefs: Floats, novelty: Floats) -> list[_Pattern]:
    views = _weighed(corpus, beliefs, novelty)
    total = _totals(views, len(corpus))
    return [replace(view, weights=view.weights / total[view.rows][:, None]) for view in views]


def _totals(views: Sequence[_Pattern], count: int) -> Floats:
    """float[count]: for each string the weight of all patterns together."""
    total = np.zeros(count)
    for view in views:
        total[view.rows] += view.weights.sum(axis=1)
    return total


def _weighed(corpus: Corpus, beliefs: Floats, novelty: Floats) -> list[_Pattern]:
    """The patterns with the probability of each for itself, not yet beside the others."""
    lengths = corpus.lengths
    fresh = np.clip(novelty, UNSURE, 1 - UNSURE)
    views = []
    for pattern in PATTERNS:
        rows = np.flatnonzero(lengths == len(pattern))
        if pattern == JUXTAPOSED or not ARITY[pattern] or not len(rows):
            continue
        begin = corpus.offset[rows]
        weights = np.ones((len(rows), 1))
        for k, letter in enumerate(pattern):
            if letter == SLOT:
                own = beliefs[begin + k] * (1 - fresh[begin + k])[:, None]
                weights = (weights[:, :, None] * own[:, None, :]).reshape(len(rows), -1)
            else:
                weights *= fresh[begin + k][:, None]
        views.append(_Pattern(pattern, rows, weights))
    return views


def _arguments(plain: Sequence[int], arity: int) -> npt.NDArray[np.int64]:
    return np.array(list(itertools.product(plain, repeat=arity)), np.int64)


def _explained(
    views: Sequence[_Pattern],
    operator: Operator,
    plain: Sequence[int],
    values: npt.NDArray[np.int64],
) -> Column:
    """Probability of each string's value if this word is its head."""
    column = np.zeros(len(values))
    for view in views:
        if view.pattern == operator.pattern:
            results = operator.table[tuple(_arguments(plain, operator.arity).T)]
            hits = results[None, :] == values[view.rows][:, None]
            column[view.rows] = (view.weights * hits).sum(axis=1)
    return Column(operator.pattern, column)


def _heads(corpus: Corpus, views: Sequence[_Pattern]) -> Heads:
    """The piece that each pattern makes the head, and how probable the pattern is."""
    _, number = np.unique(corpus.pieces, return_inverse=True)
    kinds, weights = {}, {}
    for view in views:
        own = np.zeros(len(corpus), np.int64)
        own[view.rows] = number[corpus.offset[view.rows] + view.pattern.index(HEAD)]
        share = np.zeros(len(corpus))
        share[view.rows] = view.weights.sum(axis=1)
        kinds[view.pattern], weights[view.pattern] = own, share
    strange = 1.0 / len(np.unique(corpus.values))
    return Heads(kinds, weights, int(number.max(initial=0)) + 1, strange)


def _points(
    views: Sequence[_Pattern],
    arguments: npt.NDArray[np.int64],
    left: Floats,
    most: int,
    rng: np.random.Generator,
) -> list[tuple[int, ...]]:
    """Arguments at which most is left to explain, about evenly drawn."""
    mass = sum((left[view.rows] @ view.weights for view in views), np.zeros(len(arguments)))
    order = np.argsort(-np.minimum(mass, 1.0) * rng.uniform(0.5, 1.0, len(arguments)))
    return [tuple(map(int, arguments[k])) for k in np.sort(order[:most])]


def _share(column: Column, fit: Fit) -> float:
    """Share of what was left that a meaning explains."""
    return float((column.likelihood * fit.left).sum() / fit.left.sum())


def _shortlist(
    views: Sequence[_Pattern],
    candidates: Functions,
    plain: Sequence[int],
    values: npt.NDArray[np.int64],
    left: Floats,
    library: NumberPrograms,
    price: float,
) -> list[tuple[str, int, float]]:
    """Pattern, number and cost of the functions that would explain most of what is left."""
    points = candidates.points
    arguments = _arguments(plain, points.shape[1])
    chosen = (arguments[None, :, :] == points[:, None, :]).all(axis=2).argmax(axis=1)
    costs = candidates.costs + IDLE * ~_looks_at_all(candidates)
    usable = (candidates.values <= library.cap) & (candidates.values >= 0)
    results = np.where(usable, candidates.values, 0)
    ranked: list[tuple[float, str, int]] = []
    for view in views:
        # How much probability lies on each tuple of arguments and value.
        mass = np.zeros((len(points), library.cap + 1))
        inside = values[view.rows] <= library.cap
        weights = (view.weights * left[view.rows][:, None])[inside][:, chosen]
        np.add.at(mass.T, values[view.rows][inside], weights)
        hits = mass[np.arange(len(points)), results] * usable
        scores = hits.sum(axis=1) * (len(arguments) / len(points)) - price * costs
        best = np.argsort(-scores, kind="stable")[:SHORTLIST]
        ranked += [(float(scores[k]), view.pattern, int(k)) for k in best if scores[k] > 0]
    ranked.sort(key=lambda item: (-item[0], PATTERNS.index(item[1]), item[2]))
    return [
        (pattern, k, float(costs[k]) + (LITERAL in pattern)) for _, pattern, k in ranked[:SHORTLIST]
    ]


def _looks_at_all(candidates: Functions) -> npt.NDArray[np.bool_]:
    """bool[F], whether a function depends on each of its arguments."""
    points, values = candidates.points, candidates.values
    depends = np.ones(len(values), bool)
    for k in range(points.shape[1]):
        others = np.delete(points, k, axis=1)
        differs = np.zeros(len(values), bool)
        for i, j in itertools.combinations(range(len(points)), 2):
            if np.array_equal(others[i], others[j]):
                differs |= values[:, i] != values[:, j]
        depends &= differs
    return depends
