"""A mixture of meanings, in which one piece keeps to one meaning.

Each string has one head, and its value comes from one of the meanings or from anywhere. Strings
whose heads are the same piece share a distribution over meanings, drawn towards the distribution
over all pieces (a hierarchical mixture; Teh et al., 2006, without the unbounded number). For words
this says that a word means one thing; for images, which hardly ever repeat, it says little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

PRIOR: Final = 1.0
"""Strings' worth of evidence that the distribution over all pieces counts for."""

STRANGE: Final = 0.05
"""First share of values that come from anywhere."""

_ROUNDS: Final = 12


@dataclass(frozen=True)
class Column:
    """How well one meaning explains N strings.

    Args:
        pattern: of the head.
        likelihood: float[N], probability of the value, times that of the pattern.
    """

    pattern: str
    likelihood: Floats


@dataclass(frozen=True)
class Fit:
    """A fitted mixture.

    Args:
        total: log-likelihood of all strings.
        left: float[N], probability that no meaning explains the string.
    """

    total: float
    left: Floats


@dataclass(frozen=True)
class Heads:
    """Which piece would be the head of each of N strings.

    Args:
        kinds: pattern -> int[N], number of the piece in 0..K-1; any where the pattern does not
            fit.
        weights: pattern -> float[N], probability of the pattern; 0 where it does not fit.
        count: K.
        strange: probability of a value that comes from anywhere.
    """

    kinds: Mapping[str, Ints]
    weights: Mapping[str, Floats]
    count: int
    strange: float

    def fit(self, columns: Sequence[Column]) -> Fit:
        """Expectation-maximisation of the shares of meanings, per piece and overall."""
        kinds = [self.kinds[column.pattern] for column in columns]
        parts = [column.likelihood for column in columns]
        for pattern, weight in self.weights.items():
            kinds.append(self.kinds[pattern])
            parts.append(weight * self.strange)
        meanings = len(columns)
        place = [*range(meanings), *[meanings] * len(self.weights)]
        overall = np.full(meanings + 1, (1 - STRANGE) / max(1, meanings))
        overall[-1] = STRANGE if meanings else 1.0
        shares = np.tile(overall, (self.count, 1))
        for turn in range(_ROUNDS + 1):
            joint = np.array(
                [shares[k, z] * p for k, z, p in zip(kinds, place, parts, strict=True)]
            )
            total = joint.sum(axis=0)
            if turn == _ROUNDS:
                break
            counts = np.zeros_like(shares)
            for k, z, part in zip(kinds, place, joint / total, strict=True):
                counts[:, z] += np.bincount(k, part, minlength=self.count)
            overall = counts.sum(axis=0) / counts.sum()
            shares = counts + PRIOR * overall
            shares /= shares.sum(axis=1, keepdims=True)
        return Fit(float(np.log(total).sum()), joint[meanings:].sum(axis=0) / total)

    def purity(self, column: Column, left: Floats) -> float:
        """How much a meaning explains of what is left of the pieces that it mostly explains, 0..1.

        What it gets right of other pieces by coincidence does not count for or against it.

        Args:
            column: of the meaning.
            left: float[N], see `Fit`.
        """
        kinds = self.kinds[column.pattern]
        weight = self.weights[column.pattern]
        explained = np.bincount(kinds, column.likelihood * left, minlength=self.count)
        there = np.bincount(kinds, weight * left, minlength=self.count)
        own = explained > 0.5 * there
        return float(explained[own].sum() / max(float(there[own].sum()), 1e-9))
