"""One start: soft abduction, a decided syntax, one word at a time, and a look at all pairs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nsr.abduction.ascent import Ascent
from nsr.abduction.em import Model
from nsr.abduction.reach import decided, reach
from nsr.abduction.sources import Pair
from nsr.parsing.entries import Entry, Syntax
from nsr.parsing.forest import Statistics
from nsr.parsing.levels import Climber, decide
from nsr.parsing.reading import Reader
from nsr.semantics import phrase_function, phrase_programs, phrase_term
from nsr.values import Value

SAMPLE: Final = 400
CORE: Final = 60
MORE: Final = 200
LONGEST: Final = 24
LONGEST_INPUT: Final = 14
ROUNDS: Final = 6
AT_ONCE: Final = 2
BATCH: Final = 150
SURE: Final = 0.9
HOPELESS: Final = 0.5
STEADY: Final = 0.1
BAG: Final = 0.7
REVISIONS: Final = 3
FRESH: Final = 40
AMPLE: Final = 5
"""Pairs for each word without a source; with fewer the plainest of several solutions is taken."""

Meaning = Callable[[Entry], Callable[..., Value]]


@dataclass(frozen=True)
class Given:
    """What stays the same from start to start.

    Args:
        pairs: distinct pairs.
        words: those without a source.
        constants: plain word -> output token.
        partners: head word -> literal word.
        open_class: whether plain words stand for themselves.
        noise: share of wrong outputs that is reckoned with.
    """

    pairs: Sequence[Pair]
    words: Sequence[str]
    constants: Mapping[str, str]
    partners: Mapping[str, str]
    open_class: bool
    noise: float

    @property
    def scarce(self) -> bool:
        """Whether the pairs are so few that several solutions must be reckoned with."""
        return len(self.pairs) < AMPLE * len(self.words)


def attempt(
    given: Given, *, rich: bool, joined: bool, jitter: float, rng: np.random.Generator
) -> tuple[Syntax, list[Pair]] | None:
    """One start: the syntax and the pairs it gets wrong.

    `None` if these assumptions cannot explain the pairs at all.

    Args:
        given: the pairs and what is known of words.
        rich: with programs that take arguments apart or drop them.
        joined: whether neighbours are joined by a hidden word.
        jitter: spread of the first weights; above `STEADY` the start sees a part of the pairs.
        rng: of samples and weights.
    """
    pairs = given.pairs
    candidates = phrase_programs(rich)
    model = Model(
        given.words,
        given.constants,
        given.partners,
        candidates,
        drop=rich,
        joined=joined,
        noise=jitter,
        rng=rng,
    )
    chosen = [pairs[i] for i in rng.permutation(len(pairs))[:SAMPLE]]
    domain = candidates.space.domain

    def meaning(entry: Entry) -> Callable[..., Value]:
        return phrase_function(entry.program, domain)

    seen = pairs if rich else chosen
    if jitter > STEADY:
        seen = [seen[i] for i in rng.permutation(len(seen))[: math.ceil(BAG * len(seen))]]
    if not (_rich if rich else _plain)(model, seen, given, meaning, rng):
        return None
    silent = set(given.partners.values())
    options: Mapping[str, Sequence[Entry]] = {w: () for w in given.words if w not in silent}
    options = {**options, **model.candidates()}
    plain = {w: Entry(w, "w", phrase_term([t])) for w, t in given.constants.items()}
    values = {w: (t,) for w, t in given.constants.items()}
    best: tuple[Syntax, list[Pair]] | None = None
    for _ in range(REVISIONS):
        climber = Climber(options, sorted(silent), values, chosen, meaning, rng)
        found = decide(climber, plain, open_class=given.open_class)
        if found.wrong:
            climber.active = list(range(len(chosen)))
            ascent = Ascent(climber, candidates, model.patterns(), given.partners, drop=rich)
            state = ascent.improve(found.state)
            found = decide(climber, plain, open_class=given.open_class, begin=state)
            options = climber.candidates()
        if given.scarce and not found.wrong:
            climber.active = list(range(len(chosen)))
            ascent = Ascent(climber, candidates, model.patterns(), given.partners, drop=rich)
            state = ascent.plainer(found.state)
            found = decide(climber, plain, open_class=given.open_class, begin=state)
        reader = Reader(found.syntax, meaning, lambda word: (word,))
        wrong = [pair for pair in pairs if reader.value(pair[0]) != pair[1]]
        better = best is None or len(wrong) < len(best[1])
        if best is None or better:
            best = found.syntax, wrong
        # Counterexamples come first, so that the next climb starts from them.
        known = set(chosen)
        fresh = [pair for pair in wrong if pair not in known][:FRESH]
        stuck = given.noise > 0 and not better
        if not fresh or stuck or len(wrong) > (1.0 - HOPELESS) * len(pairs):
            break
        chosen = fresh + chosen
    return best


def _plain(
    model: Model, pairs: Sequence[Pair], given: Given, _meaning: Meaning, rng: np.random.Generator
) -> bool:
    """All unknown words at once, on the shortest pairs and then on more."""
    short = sorted((p for p in pairs if len(p[1]) <= LONGEST), key=lambda p: len(p[0] + p[1]))
    core = _core(short, given.words)
    first = set(core)
    rest = [p for p in short if p not in first]
    more = [rest[i] for i in rng.permutation(len(rest))[:MORE]]
    for batch, rounds in ((core, 12), (core + more, 8)):
        forests = [model.forest(pair) for pair in batch]
        known = [f for f in forests if f is not None]
        if len(known) < 0.5 * len(batch):
            return False
        model.improve(Statistics(known), rounds)
    return True


def _rich(
    model: Model, pairs: Sequence[Pair], given: Given, meaning: Meaning, rng: np.random.Generator
) -> bool:
    """From pairs with few undecided words to all words."""
    literals = set(given.partners.values())
    pool = [p for p in pairs if len(p[1]) <= LONGEST and len(p[0]) <= LONGEST_INPUT]
    pool = [pool[i] for i in rng.permutation(len(pool))[: 10 * SAMPLE]]
    constants = {w: model.encode((t,)) for w, t in given.constants.items()}
    least = SURE * (1.0 - 2.0 * given.noise)
    open_words: set[str] = set()
    for _ in range(ROUNDS):
        sure = model.candidates(most=1, least=least)
        before, open_words = (
            open_words,
            {w for w in given.words if w not in sure and w not in literals},
        )
        if not open_words or open_words == before:
            break
        known = decided({w: found[0] for w, found in sure.items()}, meaning)

        def undecided(pair: Pair, unknown: set[str] = open_words) -> int:
            return sum(w in unknown for w in pair[0])

        ready = [p for p in pool if 1 <= undecided(p) <= AT_ONCE]
        # In random order otherwise: the shortest pairs show only what short phrases allow.
        ready.sort(key=undecided)
        forests = []
        for x, y in _core(ready, sorted(open_words), often=25)[:BATCH]:
            values = reach(x, model.encode(y), constants, undecided((x, y)), known, model.library)
            forest = model.forest((x, y), values)
            if forest is not None:
                forests.append(forest)
        model.improve(Statistics(forests), 12)
    return True


def _core(pairs: Sequence[Pair], words: Sequence[str], often: int = 20) -> list[Pair]:
    """The shortest pairs that show every word often enough."""
    seen: Counter[str] = Counter()
    core: list[Pair] = []
    for pair in pairs:
        own = set(pair[0]) & set(words)
        if len(core) < CORE or any(seen[w] < often for w in own):
            core.append(pair)
            seen.update(own)
    return core
