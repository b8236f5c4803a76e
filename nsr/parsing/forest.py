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
from typing import Final

import numpy as np
import numpy.typing as npt

from nsr.parsing import _kernel

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

MAX_EDGES: Final = 400_000
"""A pair with more edges is left out of the statistics."""

SKIPS: Final = 64
"""Features that stand for a span whose value does not matter, one per length."""

_RESULTS: Final = 1_000_000


@dataclass(frozen=True)
class Universe:
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


@dataclass(frozen=True)
class Tries:
    """Candidate programs with one and with two arguments as paths of atoms.

    Node 0 is the root for one argument, node 1 for two. `uses` is a bit set of arguments.
    """

    child: Ints
    sibling: Ints
    atom: Ints
    argument: Ints
    program: Ints
    uses: Ints


@dataclass(frozen=True)
class Forest:
    """The right readings of one pair: `edges` has rows (item, left, right, feature, ways).

    An edge's weight is that of its feature over `ways`, which grows with the number of places where
    the border of two neighbouring arguments might have been.
    """

    edges: Ints
    items: int
    root: int


def build(
    symbols: Ints,
    constants: Ints,
    literals: Ints,
    base: Ints,
    theta: Floats,
    universe: Universe,
    tries: Tries,
    *,
    drop: bool,
    scratch: Scratch,
) -> Forest | None:
    """All right readings of one pair; `None` if there are none or too many.

    Args:
        symbols: for each token its word, or -1 if it is a constant.
        constants: for each token its value in the universe, or -1.
        literals: for each word the word that closes or parts its arguments, or -1.
        base: (words, patterns), where the features of a word's pattern begin, or -1. The last
            word is the hidden one of juxtaposition; after the last feature come `SKIPS`.
        theta: weight of each feature; those of weight 0 are not used.
        universe: the pair's values.
        tries: the candidate programs.
        drop: whether a program may ignore an argument.
        scratch: working memory, used again from pair to pair.
    """
    count, items, root = _kernel.build(
        symbols,
        constants,
        literals,
        base,
        theta,
        universe.lengths,
        universe.atom_hashes,
        universe.atom_lengths,
        universe.keys,
        universe.slots,
        universe.powers,
        universe.goal,
        tries.child,
        tries.sibling,
        tries.atom,
        tries.argument,
        tries.program,
        tries.uses,
        drop,
        scratch.edges,
        scratch.results,
    )
    if count < 0 or root < 0:
        return None
    edges = _kernel.reachable(scratch.edges[:count], items, root)
    return Forest(edges, int(items), int(root)) if len(edges) else None


class Scratch:
    """Working memory of `build`."""

    def __init__(self) -> None:
        self.edges = np.empty((MAX_EDGES, 5), np.int32)
        self.results = np.empty((_RESULTS, 2), np.int32)


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
        """Expected number of uses of each feature, and the log-likelihood of each pair."""
        counts = np.zeros_like(theta)
        logs = np.empty(len(self._items))
        if len(self._items):
            _kernel.expect(self._edges, self._starts, self._items, self._roots, theta, counts, logs)
        return counts, logs
