"""Words that the value alone cannot place: hypotheses tried on strings that are not explained.

Each hypothesis says that there are new symbols of some pattern and meaning. They enter with flat
emission, attachments are fitted for a moment, and what counts is how likely the strings' values
become (the model evidence, less the price of the hypothesis).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nsr.abduction.corpus import Corpus
from nsr.abduction.functions import functions
from nsr.abduction.number_programs import NumberPrograms, number_term
from nsr.abduction.operators import GAIN, PRICE
from nsr.abduction.soft import Floats, SoftLexicon, Symbol
from nsr.parsing.chart import Expectation, expect
from nsr.parsing.entries import LITERAL, PATTERNS

STRANGE: Final = 0.05
"""Share of values taken to come from anywhere."""

UNLIKELY: Final = 0.02
"""A string is unexplained if its value is less likely than this."""

BEYOND: Final = 3
"""A plain word is looked for among the numbers up to so many above the largest known."""

MEANINGS: Final = 5
"""Cheapest functions of one argument that are tried."""

_FUEL: Final = 3_000
_ROUNDS: Final = 2


@dataclass(frozen=True)
class Hypothesis:
    """New symbols, and what they cost in nats."""

    symbols: tuple[Symbol, ...]
    price: float


def evidence(seen: Expectation, size: int) -> Floats:
    """float[N], log p(value | string), with a share of values that come from anywhere.

    Args:
        seen: of the strings.
        size: number of possible values.
    """
    with np.errstate(invalid="ignore"):
        right = np.exp(seen.log_right - seen.log_all)
    right = np.where(np.isfinite(seen.log_right), right, 0.0)
    return np.asarray(np.log((1 - STRANGE) * right + STRANGE / size))


def unexplained(likely: Floats) -> float:
    """Share of strings whose values are unlikely, given their `evidence`."""
    return float((likely < math.log(UNLIKELY)).mean())


def plain_hypotheses(lexicon: SoftLexicon, cap: int) -> list[Hypothesis]:
    """New plain words, for those that never stand alone.

    Args:
        lexicon: the symbols so far.
        cap: the largest value.
    """
    known = {lexicon.symbols[s].table for s in lexicon.plain}
    most = min(max((v for v in known if isinstance(v, int)), default=0) + BEYOND, cap)
    values = [v for v in range(most + 1) if v not in known]
    price = PRICE * math.log2(1 + len(values))
    return [Hypothesis((Symbol("w", number_term(v), v),), price) for v in values]


def hypotheses(library: NumberPrograms, place: int) -> list[Hypothesis]:
    """New words with one argument, alone or with a closing word.

    Args:
        library: of programs.
        place: number of the first new symbol.
    """
    points = [(k,) for k in range(min(12, library.cap + 1))]
    found = functions(library, points, _FUEL)
    order = np.argsort(found.costs, kind="stable")[:MEANINGS]
    closing = Symbol("", None, -1)
    result = []
    for k in order:
        term = found.term(int(k))
        table = library.table(term, 1)
        price = PRICE * (float(found.costs[k]) + math.log2(len(PATTERNS)))
        for pattern in ("w_", "_w", "w_v"):
            literal = place + 1 if LITERAL in pattern else -1
            head = Symbol(pattern, term, table, literal)
            symbols = (head, closing) if literal >= 0 else (head,)
            result.append(Hypothesis(symbols, price * len(symbols)))
    return result


def find_words(
    corpus: Corpus,
    emissions: Callable[[Corpus, int], Floats],
    lexicon: SoftLexicon,
    library: NumberPrograms,
) -> tuple[Symbol, ...]:
    """The new symbols that explain these strings best; none if none is worth its price.

    Args:
        corpus: strings.
        emissions: `emissions(corpus, S)` gives float[T, S], flat for new symbols.
        lexicon: the symbols so far.
        library: of programs.
    """
    candidates = [
        *plain_hypotheses(lexicon, library.cap),
        *hypotheses(library, len(lexicon.symbols)),
    ]
    best = best_of(candidates, corpus, emissions, lexicon, library.cap)
    return best.symbols if best else ()


@dataclass(frozen=True)
class Trial:
    """A hypothesis tried on strings.

    Args:
        symbols: the new ones.
        gain: nats by which the values become likelier, less the price.
        unexplained: share of the strings whose values stay unlikely.
    """

    symbols: tuple[Symbol, ...]
    gain: float
    unexplained: float


def best_of(
    candidates: Sequence[Hypothesis],
    corpus: Corpus,
    emissions: Callable[[Corpus, int], Floats],
    lexicon: SoftLexicon,
    cap: int,
) -> Trial | None:
    """The hypothesis that explains these strings best; `None` if none is worth its price.

    Args:
        candidates: hypotheses.
        corpus: strings.
        emissions: see `find_words`.
        lexicon: the symbols so far.
        cap: the largest value.
    """

    def score(trial: SoftLexicon) -> Floats:
        seen = None
        for _ in range(_ROUNDS):
            flat = emissions(corpus, len(trial.symbols))
            seen = expect(
                corpus.strings, flat.astype(np.float32), corpus.values, trial.grammar(), beam=1e-4
            )
            trial = trial.improved(seen)
        assert seen is not None
        return evidence(seen, cap + 1)

    before = float(score(lexicon).sum())
    best: Trial | None = None
    for hypothesis in candidates:
        found = score(lexicon.grown(hypothesis.symbols))
        gain = float(found.sum()) - before - hypothesis.price
        if gain > (best.gain if best else GAIN * len(corpus)):
            best = Trial(hypothesis.symbols, gain, unexplained(found))
    return best
