"""The learner: sources, then starts from plain to rich, verified on the training pairs.

Stages go from plain to rich (Occam): first programs that only put whole arguments together, then
programs that take arguments apart or drop them. A start that explains every pair ends the search.
Where outputs may be wrong, one ends it whose wrong pairs look like chance.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nsr.abduction.attempt import Given, attempt
from nsr.abduction.sources import Pair, copies, noisy, partners, sources
from nsr.errors import NsrError
from nsr.guard import guard
from nsr.parsing.entries import Syntax
from nsr.program import size

JITTER: Final = (0.1, 0.5, 1.0, 1.5, 1.0, 1.5, 1.0, 1.5)
"""Spread of the first weights, start by start, in nats."""

SUSPECTED: Final = 0.1
"""Share of wrong outputs that is reckoned with where some are suspected, and none is told."""

SEVERAL: Final = 3
FURTHER: Final = 6
"""Solutions that are compared where pairs are scarce, and starts after the first of them."""

CHANCE: Final = 4.0
"""Standard deviations within which wrong pairs are spread by chance."""

_UNDERSTOOD: Final = 0.5


@dataclass(frozen=True)
class Learnt:
    """What a fit found.

    Args:
        syntax: the decided lexicon.
        exact: share of the distinct training pairs that come out right.
        stage: "plain" or "rich".
        tries: how many starts were needed.
        noise: share of wrong outputs that was reckoned with.
    """

    syntax: Syntax
    exact: float
    stage: str
    tries: int
    noise: float = 0.0


def learn(
    pairs: Sequence[Pair],
    *,
    seed: int = 0,
    seconds: float | None = None,
    noise: float | None = None,
    progress: Callable[[str], None] | None = None,
    found: Callable[[Learnt], None] | None = None,
) -> Learnt:
    """Learn a lexicon and its syntax from pairs of phrases.

    Args:
        pairs: inputs and outputs.
        seed: of the samples and starts.
        seconds: stop after about this long with the best found so far.
        noise: share of pairs with a wrong output, from 0 to below 0.5. `None`: none at first, and
            some if an output token is without a source or not all pairs can be explained.
        progress: called with a line of text after each try.
        found: called with the best so far, each time that it gets better.

    Raises:
        NsrError: if time ran out before anything was learnt.
    """
    distinct = list(dict.fromkeys(pairs))
    rng = np.random.default_rng(seed)
    best = Learnt(Syntax({}), 0.0, "none", 0)
    count = 0
    with guard(seconds=seconds, quiet=True):
        for rate in _rates(distinct, noise):
            for new in _starts(_given(distinct, rate), count, rng):
                count = new.tries
                if progress is not None:
                    progress(f"try {count}: {new.exact:.1%} of the training pairs")
                if best.stage == "none" or _rank(new) > _rank(best):
                    best = new
                    if found is not None:
                        found(best)
            if best.exact == 1.0 or (best.exact > _UNDERSTOOD and rate > 0):
                break
    if best.stage == "none" and seconds is not None:
        raise NsrError(f"nothing was learnt within {seconds:g} seconds")
    return best


def _rank(learnt: Learnt) -> tuple[float, int, int]:
    """More pairs, then fewer (pattern, level), then shorter programs."""
    syntax = learnt.syntax
    heads = [(w, e) for w, e in syntax.entries.items() if e.arity]
    classes = {(e.pattern, syntax.bindings[w].level) for w, e in heads}
    return learnt.exact, -len(classes), -sum(size(e.program) for _, e in heads)


def _rates(pairs: Sequence[Pair], noise: float | None) -> list[float]:
    if noise is not None:
        return [noise]
    return [SUSPECTED] if noisy(pairs) else [0.0, SUSPECTED]


def _given(pairs: Sequence[Pair], noise: float) -> Given:
    """What counts alone say."""
    constants = sources(pairs, noise)
    itself = copies(pairs, constants, noise)
    if itself:
        constants = {w: w for w in itself}
    words = [w for w in sorted({w for x, _ in pairs for w in x}) if w not in constants]
    closing = partners([x for x, _ in pairs], words)
    return Given(pairs, words, constants, closing, bool(itself), noise)


def _starts(given: Given, count: int, rng: np.random.Generator) -> Iterator[Learnt]:
    """The results of starts until one is good enough."""
    hopeless: set[tuple[bool, bool]] = set()
    perfect: list[int] = []
    stage = False
    enough = SEVERAL if given.scarce else 1
    for rich, jitter, joined in itertools.product((False, True), JITTER, (True, False)):
        if perfect and (rich != stage or count >= perfect[0] + FURTHER):
            return
        if (rich, joined) in hopeless:
            continue
        count += 1
        tried = attempt(given, rich=rich, joined=joined, jitter=jitter, rng=rng)
        if tried is None:
            hopeless.add((rich, joined))
            continue
        syntax, wrong = tried
        exact = 1.0 - len(wrong) / len(given.pairs)
        yield Learnt(syntax, exact, "rich" if rich else "plain", count, given.noise)
        stage = rich
        if not wrong:
            perfect.append(count)
        elif _plausible(given, wrong):
            return
        if len(perfect) >= enough:
            return


def _plausible(given: Given, wrong: Sequence[Pair]) -> bool:
    """Whether wrong pairs are as few, and spread as evenly, as wrong outputs would be."""
    mean = given.noise * len(given.pairs)
    few = len(wrong) <= mean + CHANCE * math.sqrt(mean * (1.0 - given.noise))
    return bool(given.noise) and few and by_chance(given.pairs, wrong)


def by_chance(pairs: Sequence[Pair], wrong: Sequence[Pair]) -> bool:
    """Whether wrong pairs have neither words in common nor lengths.

    A word or a level that is not understood makes pairs wrong that have the word, and long ones.
    """
    share = len(wrong) / len(pairs)
    seen = Counter(w for x, _ in pairs for w in set(x))
    bad = Counter(w for x, _ in wrong for w in set(x))
    for w, k in bad.items():
        if k - share * seen[w] > CHANCE * math.sqrt(share * (1.0 - share) * seen[w]) + 1.0:
            return False
    lengths = np.array([len(x) for x, _ in pairs], float)
    longer = np.mean([len(x) for x, _ in wrong]) - lengths.mean()
    return bool(longer <= CHANCE * lengths.std() / math.sqrt(len(wrong)))
