"""Soft abduction: all unknown words of all pairs at once, by expectation-maximisation (Dempster,
Laird & Rubin 1977).

Every word without a source may have any pattern with any candidate program, all alike. The
posterior over the right readings of the training pairs says which (in the reference one symbol,
tree or program of one pair at a time is revised, by local priorities; Li et al., 2024, section
3.2). The prior is sparse: small expected counts are cut off.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from nsr.abduction.sources import Pair, Phrase
from nsr.abduction.universe import Codes, factors, universe
from nsr.parsing.entries import ARITY, HIDDEN, JUXTAPOSED, LITERAL, PATTERNS, SLOT, Entry
from nsr.parsing.forest import SKIPS, Floats, Forest, Scratch, Statistics, Words, build, places
from nsr.program import Apply, Term
from nsr.semantics import TYPE, PhrasePrograms

_CUT: Final = 0.02
_HIDDEN_FACTOR: Final = 0.3
_BITS: Final = 0.5


class Model:
    """Weights of every (word, pattern, program), and the pairs' forests.

    Args:
        words: those without a source.
        constants: word -> output token.
        partners: head word -> literal word.
        library: candidate programs.
        drop: whether programs may ignore an argument.
        joined: what two neighbours are: joined by the hidden word, or else both arguments of the
            word before or after them.
        noise: spread of the random factors on the first weights, in nats.
        rng: of that noise.
    """

    def __init__(
        self,
        words: Sequence[str],
        constants: Mapping[str, str],
        partners: Mapping[str, str],
        library: PhrasePrograms,
        *,
        drop: bool,
        joined: bool,
        noise: float,
        rng: np.random.Generator,
    ):
        self.words = [*words, HIDDEN]
        self.constants, self.partners, self.library, self.drop = constants, partners, library, drop
        self.joined = joined
        self.number = {word: i for i, word in enumerate(self.words)}
        self._codes: dict[str, int] = {}
        self._scratch, self._places = Scratch(), places()
        literals = set(partners.values())
        self.base = np.full((len(self.words), len(PATTERNS)), -1, np.int32)
        self.literals = np.full(len(self.words), -1, np.int32)
        costs: list[float] = []
        self._slices: list[slice] = []
        for i, word in enumerate(self.words):
            begin = len(costs)
            if word in partners:
                self.literals[i] = self.number[partners[word]]
            for p, pattern in enumerate(PATTERNS):
                if word not in literals and self._fits(word, pattern):
                    self.base[i, p] = len(costs)
                    costs += self._costs(pattern)
            self._slices.append(slice(begin, len(costs)))
        self.theta = np.zeros(len(costs) + SKIPS)
        self.theta[: len(costs)] = np.exp(
            noise * rng.standard_normal(len(costs)) - _BITS * np.array(costs)
        )
        self.theta[len(costs) :] = 0.5 ** np.arange(SKIPS)
        for i, part in enumerate(self._slices):
            total = self.theta[part].sum()
            if total > 0:
                self.theta[part] *= self._share(i) / total

    def patterns(self) -> dict[str, list[str]]:
        """For each word the patterns with arguments that it may have."""
        return {
            word: [p for k, p in enumerate(PATTERNS) if self.base[i, k] >= 0 and ARITY[p]]
            for i, word in enumerate(self.words)
        }

    def _share(self, word: int) -> float:
        return _HIDDEN_FACTOR if word == len(self.words) - 1 else 1.0

    def _fits(self, word: str, pattern: str) -> bool:
        if word == HIDDEN or pattern == JUXTAPOSED:
            return self.joined and word == HIDDEN and pattern == JUXTAPOSED
        if self.joined and SLOT * 2 in pattern:
            return False
        return (LITERAL in pattern) == (word in self.partners)

    def _costs(self, pattern: str) -> list[float]:
        arity = ARITY[pattern]
        if arity == 0:
            return [1.0]
        whole = (1 << arity) - 1
        return [
            1.0 + arity + p.cost if self.drop or p.uses == whole else math.inf
            for p in self.library.programs[arity]
        ]

    def forest(self, pair: Pair, values: Sequence[Codes] = ()) -> Forest | None:
        """The right readings of a pair by features of positive weight."""
        x, y = pair
        goal = self.encode(y)
        everything = [*factors(goal), *values]
        found = universe(goal, everything, self.library)
        index = {v: i for i, v in enumerate(dict.fromkeys(everything))}
        symbols = np.array([self.number.get(w, -1) for w in x], np.int32)
        constants = np.array(
            [index.get(self.encode((self.constants[w],)), -1) if w in self.constants else -1
             for w in x],
            np.int32,
        )  # fmt: skip
        return build(
            Words(symbols, constants, self.literals, self.base, self._places),
            self.theta,
            found,
            self.library.tries,
            drop=self.drop,
            scratch=self._scratch,
        )

    def encode(self, phrase: Phrase) -> Codes:
        """The phrase with its words numbered."""
        return tuple(self._codes.setdefault(w, len(self._codes) + 1) for w in phrase)

    def improve(self, statistics: Statistics, rounds: int) -> Floats:
        """Rounds of expectation-maximisation; gives the log-likelihoods of the pairs."""
        logs = np.zeros(0)
        for _ in range(rounds):
            counts, logs = statistics.expect(self.theta)
            for i, part in enumerate(self._slices):
                kept = np.maximum(0.0, counts[part] - _CUT)
                total = kept.sum()
                if total > 0:
                    self.theta[part] = kept * (self._share(i) / total)
        return logs

    def candidates(self, most: int = 3, least: float = 0.005) -> dict[str, list[Entry]]:
        """For each word its most probable entries."""
        found: dict[str, list[Entry]] = {}
        for i, word in enumerate(self.words):
            part = self._slices[i]
            weights = self.theta[part] / self._share(i)
            best = np.argsort(-weights, kind="stable")[:most]
            entries = [self._entry(i, part.start + int(k)) for k in best if weights[k] >= least]
            if entries:
                found[word] = entries
        return found

    def _entry(self, i: int, feature: int) -> Entry:
        p = max(p for p in range(len(PATTERNS)) if 0 <= self.base[i, p] <= feature)
        pattern = PATTERNS[p]
        program: Term = Apply("nothing", (), TYPE)
        if ARITY[pattern]:
            program = self.library.programs[ARITY[pattern]][feature - self.base[i, p]].term
        word = self.words[i]
        weight = float(self.theta[feature] / self._share(i))
        return Entry(word, pattern, program, self.partners.get(word), weight)
