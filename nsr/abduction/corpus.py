"""Strings of pieces with their values, whatever the pieces are: tokens or images.

The learner sees a piece only through its number; which symbols a number may stand for is the
business of a channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nsr.parsing.chart import Strings

Ints: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Corpus:
    """N strings over K kinds of pieces.

    Args:
        pieces: int64[T], for every position of every string the number of its piece.
        offset: int64[N + 1], string i has the positions offset[i] to offset[i + 1].
        values: int64[N].
    """

    pieces: Ints
    offset: Ints
    values: Ints

    @classmethod
    def of(cls, strings: Sequence[Sequence[int]], values: Sequence[int]) -> Corpus:
        """The corpus of these strings."""
        offset = np.concatenate(([0], np.cumsum([len(s) for s in strings], dtype=np.int64)))
        pieces = np.array([p for s in strings for p in s], np.int64)
        return cls(pieces, offset.astype(np.int64), np.array(values, np.int64))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def lengths(self) -> Ints:
        """int64[N]."""
        return np.diff(self.offset)

    @property
    def strings(self) -> Strings:
        """The strings' bounds for the chart."""
        return Strings(self.offset)

    def select(self, rows: Ints) -> Corpus:
        """The strings of these numbers, int[k], in that order; a number may come twice."""
        lengths = self.lengths[rows]
        offset = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        # Position t of the new corpus lies (t - its string's begin) into the old string.
        inside = np.arange(offset[-1]) - np.repeat(offset[:-1], lengths)
        return Corpus(
            self.pieces[np.repeat(self.offset[:-1][rows], lengths) + inside],
            offset,
            self.values[rows],
        )

    def joined(self, other: Corpus) -> Corpus:
        """These strings and then those of another corpus over the same pieces."""
        return Corpus(
            np.concatenate((self.pieces, other.pieces)),
            np.concatenate((self.offset, self.offset[-1] + other.offset[1:])),
            np.concatenate((self.values, other.values)),
        )

    def sample(self, shortest: int, longest: int, most: int, rng: np.random.Generator) -> Corpus:
        """At most `most` strings of these lengths, drawn evenly, rare pieces first.

        Half of them are drawn so that every piece is seen equally often, as far as there are
        fewer pieces than strings.
        """
        lengths = self.lengths
        rows = np.flatnonzero((shortest <= lengths) & (lengths <= longest))
        if len(rows) > most:
            rows = rng.permutation(rows)
            first = self._covering(rows, most // 2)
            rest = rows[~np.isin(rows, first)]
            rows = np.sort(np.concatenate((first, rest[: most - len(first)])))
        return self.select(rows)

    def _covering(self, rows: Ints, most: int) -> Ints:
        """Strings that show every piece `most` / K times, or as often as it occurs."""
        some = self.select(rows)
        kinds, number = np.unique(some.pieces, return_inverse=True)
        each = most // max(1, len(kinds))
        if not each:
            return rows[:0]
        string = np.repeat(np.arange(len(rows)), some.lengths)
        # The first strings, in the order of `rows`, that hold a piece.
        order = np.lexsort((string, number))
        number, string = number[order], string[order]
        rank = np.arange(len(number)) - np.searchsorted(number, number)
        return rows[np.unique(string[rank < each])]
