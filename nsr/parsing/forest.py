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
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nsr.parsing import _kernel
from nsr.parsing.entries import HEAD, JUXTAPOSED, LITERAL, PATTERNS, SLOT

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

MAX_EDGES: Final = 400_000
"""A pair with more edges is left out of the statistics."""

SKIPS: Final = 64
"""Features that stand for a span whose value does not matter, one per length."""

_RESULTS: Final = 1_000_000


class Universe(NamedTuple):
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


class Tries(NamedTuple):
    """Candidate programs with one and with two arguments as paths of atoms.

    Node 0 is the root for one argument, node 1 for two. `uses` is a bit set of arguments.
    """

    child: Ints
    sibling: Ints
    atom: Ints
    argument: Ints
    program: Ints
    uses: Ints


class Words(NamedTuple):
    """The words of one pair, and what they may do.

    Args:
        symbols: for each token its word, or -1 if it is a constant.
        constants: for each token its value in the universe, or -1.
        literals: for each word the word that closes or parts its arguments, or -1.
        base: (words, patterns), where the features of a word's pattern begin, or -1. The last
            word is the hidden one of juxtaposition; after the last feature come `SKIPS`.
        places: (patterns, columns of `_kernel`).
    """

    symbols: Ints
    constants: Ints
    literals: Ints
    base: Ints
    places: Ints


class Chart(NamedTuple):
    """Working memory for one pair.

    Args:
        items: (spans, values + 1), the item's number, or -1.
        spans: for each span its first item and the one after its last.
        values: of each item.
        single, double: for each value, or pair of values, where the results of programs begin
            and end, or -1.
        results: rows (program, value).
        edges: see `Forest`.
        counts: number of items, edges and results so far.
    """

    items: Ints
    spans: Ints
    values: Ints
    single: Ints
    double: Ints
    results: Ints
    edges: Ints
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Forest:
    """The right readings of one pair: `edges` has rows (item, left, right, feature, ways).

    An edge's weight is that of its feature over `ways`, which grows with the number of places where
    the border of two neighbouring arguments might have been.
    """

    edges: Ints
    items: int
    root: int


def places() -> Ints:
    """Where head, literal and arguments of each pattern are: int[patterns, 9], see `_kernel`."""
    rows = []
    for pattern in PATTERNS:
        opening, _, rest = pattern.partition(SLOT)
        middle, second, closing = rest.partition(SLOT) if SLOT in rest else ("", "", rest)
        parts = (opening, middle, closing)
        head = parts.index(HEAD) if HEAD in parts else 3
        literal = parts.index(LITERAL) if LITERAL in parts else 3
        first, gap, last = len(opening), len(middle), -len(closing)
        unmarked = bool(second) and not middle and pattern != JUXTAPOSED
        two = int(bool(second))
        rows.append((two, head, literal, first, first + 1, last - gap, gap, last, int(unmarked)))
    return np.array(rows, np.int32)


def build(
    words: Words,
    theta: Floats,
    universe: Universe,
    tries: Tries,
    *,
    drop: bool,
    scratch: Scratch,
) -> Forest | None:
    """All right readings of one pair; `None` if there are none or too many.

    Args:
        words: the pair's input.
        theta: weight of each feature; those of weight 0 are not used.
        universe: the pair's values.
        tries: the candidate programs.
        drop: whether a program may ignore an argument.
        scratch: working memory, used again from pair to pair.
    """
    chart = scratch.chart(len(words.symbols), len(universe.lengths))
    root = int(_kernel.build(words, theta, universe, tries, drop, chart))
    if root < 0:
        return None
    items, count = int(chart.counts[_kernel.ITEMS]), int(chart.counts[_kernel.EDGES])
    edges = _kernel.reachable(chart.edges[:count], items, root)
    return Forest(edges, items, root) if len(edges) else None


class Scratch:
    """Working memory of `build`."""

    def __init__(self) -> None:
        self._edges = np.empty((MAX_EDGES, 5), np.int32)
        self._results = np.empty((_RESULTS, 2), np.int32)
        self._values = np.empty(MAX_EDGES, np.int32)

    def chart(self, tokens: int, values: int) -> Chart:
        """An empty chart."""
        spans, wide = (tokens + 1) ** 2, values + 1
        return Chart(
            np.full((spans, wide), -1, np.int32),
            np.zeros((spans, 2), np.int32),
            self._values,
            np.full((wide, 2), -1, np.int32),
            np.full((wide * wide, 2), -1, np.int32),
            self._results,
            self._edges,
            np.zeros(3, np.int64),
        )


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
        """Expected number of uses of each feature, and the log-likelihood of each pair.

        Args:
            theta: float64[features], their weights.

        Returns:
            float64[features], summed over the pairs, and float64[pairs] in nats.
        """
        counts = np.zeros_like(theta)
        logs = np.empty(len(self._items))
        if len(self._items):
            _kernel.expect(self._edges, self._starts, self._items, self._roots, theta, counts, logs)
        return counts, logs
