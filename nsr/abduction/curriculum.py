"""The learner of numbers from uncertain pieces: short strings first, one kind of unknown a stage.

Li et al. (2024, section 3.3) grow the lengths of the training strings in the same way. Here each
stage brings in one kind of unknown: strings of one piece name the plain symbols, strings of two
or three the words with arguments and their programs, longer ones who takes whose value, and what
else must be there. One operation serves them all: new symbols have flat emission, and the exact
posterior over readings with the right value says which pieces they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from nsr.abduction.corpus import Corpus
from nsr.abduction.number_programs import NumberPrograms, number_term
from nsr.abduction.operators import LONGEST, Operator, clear, find_operators
from nsr.abduction.soft import Floats, SoftLexicon, Symbol
from nsr.abduction.words import evidence, find_words, unexplained
from nsr.errors import InputError
from nsr.parsing.chart import Expectation, expect
from nsr.parsing.entries import LITERAL
from nsr.perception.channel import Channel
from nsr.space import Space

STAGES: Final = ((5, 4000, 4), (7, 8500, 3), (9, 8000, 2), (13, 12000, 2))
"""Longest string, most strings and rounds of expectation-maximisation of each stage."""

ONES: Final = 2000
SETTLED: Final = 1000
THREES: Final = 3000
TRIED: Final = 300
"""Strings on which hypotheses are tried."""

MOST_SYMBOLS: Final = 64
CAP: Final = 400
"""Largest number that a node may be worth while learning."""

UNEXPLAINED: Final = 0.03


@dataclass(frozen=True)
class SoftModel:
    """What was learnt, before anything is decided.

    Args:
        lexicon: symbols and weights.
        library: where their programs are written.
        prior: float[S], how frequent each symbol is among the pieces.
    """

    lexicon: SoftLexicon
    library: NumberPrograms
    prior: Floats


def emissions_of(beliefs: Floats, prior: Floats, novelty: Floats, symbols: int) -> Floats:
    """p(s | piece) / p(s), and the novelty for symbols not known yet: float[n, symbols].

    Args:
        beliefs: float[n, known], p(s | piece) of the known symbols.
        prior: float[>= known], p(s).
        novelty: float[n], the same ratio for a symbol never seen.
        symbols: known and unknown ones together.
    """
    flat = np.repeat(novelty[:, None], symbols, axis=1)
    known = beliefs.shape[1]
    flat[:, :known] = beliefs / np.maximum(prior[:known], 1e-9)
    return flat


class Learner:
    """Learns from one corpus through one channel.

    Args:
        corpus: strings and values.
        channel: knows nothing, or what an earlier corpus taught it.
        space: of programs.
        rng: of samples.
        progress: called with a line of text now and then.
    """

    def __init__(
        self,
        corpus: Corpus,
        channel: Channel,
        space: Space,
        rng: np.random.Generator,
        progress: Callable[[str], None] | None = None,
    ):
        self.corpus, self.channel, self._rng = corpus, channel, rng
        self._say = progress or (lambda _text: None)
        cap = min(CAP, int(corpus.values.max(initial=1)))
        self.library = NumberPrograms.over(space, cap)
        self.lexicon: SoftLexicon | None = None
        self.prior = np.zeros(0)

    def run(self) -> SoftModel:
        """All stages."""
        self._plain()
        self._operators()
        for longest, most, rounds in STAGES:
            self._grow(longest, most, rounds)
        self._finish()
        assert self.lexicon is not None
        return SoftModel(self.lexicon, self.library, self.prior)

    def sample(self, longest: int, most: int) -> Corpus:
        """Some training strings."""
        return self.corpus.sample(1, longest, most, self._rng)

    def emissions(self, corpus: Corpus) -> Floats:
        """float[T, S] for strings over the same kinds of pieces."""
        assert self.lexicon is not None
        return self._emissions(corpus, len(self.lexicon.symbols))

    def settle(self) -> None:
        """Make channel and weights fit the symbols found, after an end in the midst of a stage."""
        if self.lexicon is not None:
            self._learn(self.sample(STAGES[1][0], SETTLED), rounds=1, effort=0)

    # -- stages ------------------------------------------------------------------------------
    def _plain(self) -> None:
        ones = self.corpus.sample(1, 1, ONES, self._rng)
        if not len(ones):
            raise InputError("no input of a single piece: nothing to begin with")
        values, which = np.unique(ones.values, return_inverse=True)
        if len(values) > MOST_SYMBOLS:
            raise InputError(f"inputs of a single piece have {len(values)} distinct values")
        terms = [number_term(int(v)) for v in values]
        self.lexicon = SoftLexicon.of_plain([int(v) for v in values], terms)
        self.channel.learn(ones.pieces, np.eye(len(values))[which], effort=0)
        self._say(f"{len(values)} plain symbols")

    def _operators(self) -> None:
        assert self.lexicon is not None
        short = self.corpus.sample(2, LONGEST, THREES, self._rng)
        plain = [int(s.table) for s in self.lexicon.symbols]
        short = short.select(clear(short, *self._beliefs(short)))
        beliefs, novelty = self._beliefs(short)
        begun, found, explained = self.lexicon, list[Operator](), 0.0
        for so_far in find_operators(
            short, beliefs, novelty, plain, self.library, self._rng, self._say
        ):
            found, self.library, explained = so_far
            grown = begun
            for operator in found:
                place = len(grown.symbols)
                literal = place + 1 if LITERAL in operator.pattern else -1
                head = Symbol(operator.pattern, operator.term, operator.table, literal)
                grown = grown.grown([head] if literal < 0 else [head, Symbol("", None, -1)])
            self.lexicon = grown
        self._say(f"{len(found)} words with arguments explain {explained:.1%}")
        if found:
            short = self.corpus.sample(1, LONGEST, ONES + THREES, self._rng)
            self._learn(short, rounds=2, effort=0)

    def _grow(self, longest: int, most: int, rounds: int) -> None:
        assert self.lexicon is not None
        seen = self.corpus.sample(1, longest, most, self._rng)
        new = self.corpus.sample(longest - 1, longest, TRIED, self._rng)
        if not len(new):
            return
        while True:
            found = self._expect(new)
            left = unexplained(evidence(found, self.library.cap + 1))
            self._say(f"length {longest}: {left:.1%} unexplained")
            if left < UNEXPLAINED:
                break
            words = find_words(new, self._emissions, self.lexicon, self.library)
            if not words:
                break
            self._say(f"new words: {[w.pattern for w in words]}")
            self.lexicon = self.lexicon.grown(words)
            self._learn(seen, rounds=rounds, effort=1)
        self._learn(seen, rounds=rounds, effort=1)

    def _finish(self) -> None:
        """The channel's last and best effort on what is known now."""
        longest, most, rounds = STAGES[-1]
        self._learn(self.sample(longest, most), rounds=rounds, effort=2)

    # -- steps -------------------------------------------------------------------------------
    def _beliefs(self, corpus: Corpus) -> tuple[Floats, Floats]:
        kinds, place = np.unique(corpus.pieces, return_inverse=True)
        return self.channel.beliefs(kinds)[place], self.channel.novelty(kinds)[place]

    def _emissions(self, corpus: Corpus, symbols: int) -> Floats:
        beliefs, novelty = self._beliefs(corpus)
        return emissions_of(beliefs, beliefs.mean(axis=0), novelty, symbols)

    def _expect(self, corpus: Corpus) -> Expectation:
        assert self.lexicon is not None
        flat = self._emissions(corpus, len(self.lexicon.symbols)).astype(np.float32)
        return expect(corpus.strings, flat, corpus.values, self.lexicon.grammar())

    def _learn(self, corpus: Corpus, *, rounds: int, effort: int) -> None:
        assert self.lexicon is not None
        seen = self._expect(corpus)
        for _ in range(rounds - 1):
            self.lexicon = self.lexicon.improved(seen)
            seen = self._expect(corpus)
        self.channel.learn(corpus.pieces, seen.posterior.astype(float), effort=effort)
        self.lexicon = self.lexicon.improved(self._expect(corpus))
        self.prior = self._beliefs(corpus)[0].mean(axis=0)
