"""A soft lexicon: symbols with meanings, and how likely each takes which kind of argument.

The attachment weights say what binding levels say, and more (that brackets are not redundant, for
instance), without deciding before the evidence is in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from nsr.parsing.chart import Expectation, Grammar
from nsr.parsing.entries import ARITY
from nsr.program import Term

Floats: TypeAlias = npt.NDArray[np.float64]
Table: TypeAlias = npt.NDArray[np.int32]

PLAIN_CLASS: Final = 0
SMOOTH: Final = 0.5
"""Added to every expected count, so that what was not seen yet stays possible."""

NEW: Final = 0.2
"""Weight of a new kind of argument, beside the old ones together."""


@dataclass(frozen=True)
class Symbol:
    """What one symbol does.

    Args:
        pattern: one of `PATTERNS`, or empty for a symbol that only belongs to another's pattern.
        term: its program, in the space of the library; `None` for such a symbol.
        table: its value (a plain symbol), or what the program does, see `Library.table`.
        literal: number of the symbol that closes or parts its arguments, or -1.
    """

    pattern: str
    term: Term | None
    table: int | Table
    literal: int = -1

    @property
    def arity(self) -> int:
        """Number of arguments."""
        return ARITY[self.pattern] if self.pattern else 0


@dataclass(frozen=True)
class SoftLexicon:
    """Symbols and the weights of a grammar over them.

    Args:
        symbols: S of them; all plain ones are of one class, every other head is its own.
        attach: float[S, 2, C], p(class of argument | symbol, slot).
        top: float[C], p(class of the whole).
        share: float[S], p(symbol | class).
    """

    symbols: tuple[Symbol, ...]
    attach: Floats
    top: Floats
    share: Floats

    @classmethod
    def of_plain(cls, values: Sequence[int], terms: Sequence[Term]) -> SoftLexicon:
        """The lexicon of symbols without arguments."""
        symbols = tuple(Symbol("w", t, v) for v, t in zip(values, terms, strict=True))
        count = len(symbols)
        return cls(symbols, np.ones((count, 2, 1)), np.ones(1), np.full(count, 1 / count))

    @property
    def classes(self) -> list[int]:
        """int[S]: the class of a node that a symbol heads, -1 for literals."""
        found, following = [], PLAIN_CLASS + 1
        for symbol in self.symbols:
            if symbol.pattern == "w":
                found.append(PLAIN_CLASS)
            elif symbol.pattern:
                found.append(following)
                following += 1
            else:
                found.append(-1)
        return found

    @property
    def plain(self) -> list[int]:
        """Numbers of the symbols without arguments."""
        return [s for s, symbol in enumerate(self.symbols) if symbol.pattern == "w"]

    def grammar(self) -> Grammar:
        """What the chart reads with."""
        return Grammar(
            patterns=[s.pattern for s in self.symbols],
            literals=[s.literal for s in self.symbols],
            classes=self.classes,
            tables=[s.table for s in self.symbols],
            attach=self.attach,
            top=self.top,
            share=self.share,
        )

    def grown(self, new: Sequence[Symbol]) -> SoftLexicon:
        """The lexicon with more symbols, whose weights are even."""
        symbols = (*self.symbols, *new)
        grown = replace(self, symbols=symbols)
        classes = np.array(grown.classes)
        fresh = int(classes.max()) + 1 - len(self.top)
        count = len(symbols)
        share = np.ones(count)
        plain = classes == PLAIN_CLASS
        share[: len(self.symbols)] = self.share
        share[len(self.symbols) :][plain[len(self.symbols) :]] = 1 / plain.sum()
        share[plain] /= share[plain].sum()
        attach = np.full((count, 2, len(self.top) + fresh), 1 / (len(self.top) + fresh))
        attach[: len(self.symbols)] = _widened(self.attach, fresh)
        return SoftLexicon(symbols, attach, _widened(self.top, fresh), share)

    def improved(self, seen: Expectation) -> SoftLexicon:
        """The lexicon with the weights that expected counts call for (one M-step)."""
        classes = np.array(self.classes)
        attach = seen.attach + SMOOTH
        top = seen.top + SMOOTH
        share = np.where(classes >= 0, seen.share + SMOOTH, 1.0)
        for c in range(len(top)):
            share[classes == c] /= share[classes == c].sum()
        return replace(
            self,
            attach=attach / attach.sum(axis=2, keepdims=True),
            top=top / top.sum(),
            share=share,
        )


def _widened(weights: Floats, fresh: int) -> Floats:
    """Distributions over classes with room for new ones."""
    if not fresh:
        return weights
    wide = np.full((*weights.shape[:-1], weights.shape[-1] + fresh), NEW / fresh)
    wide[..., : weights.shape[-1]] = weights * (1 - NEW)
    return wide
