"""The learner: sources, soft abduction, decided syntax, verification on the training pairs, again.

Stages go from plain to rich (Occam): first programs that only put whole arguments together, then
programs that take arguments apart or drop them. Each try is judged on training pairs that its
statistics have not seen; a perfect one ends the search.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nsr.abduction.em import Model
from nsr.abduction.reach import decided, reach
from nsr.abduction.sources import Pair, partners, sources, stands_for_itself
from nsr.errors import LimitReached
from nsr.guard import guard
from nsr.parsing.entries import Entry, Syntax
from nsr.parsing.forest import Statistics
from nsr.parsing.levels import Climber, decide
from nsr.parsing.reading import Reader
from nsr.semantics import compiled, library, phrase_term
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
NOISE: Final = (0.1, 0.5, 1.0, 1.5, 1.0, 1.5, 1.0, 1.5)
BAG: Final = 0.7
REVISIONS: Final = 3
FRESH: Final = 40


@dataclass(frozen=True)
class Learnt:
    """What a fit found.

    Args:
        syntax: the decided lexicon.
        exact: share of all training pairs that come out right.
        stage: "plain" or "rich".
        tries: how many starts were needed.
    """

    syntax: Syntax
    exact: float
    stage: str
    tries: int


def learn(
    pairs: Sequence[Pair],
    *,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Learnt:
    """Learn a lexicon and its syntax from pairs of phrases.

    Args:
        pairs: inputs and outputs.
        seed: of the samples and starts.
        seconds: stop after about this long with the best found so far.
        progress: called with a line of text after each try.
    """
    distinct = list(dict.fromkeys(pairs))
    rng = np.random.default_rng(seed)
    constants = sources(distinct)
    vocabulary = sorted({w for x, _ in distinct for w in x})
    open_class = stands_for_itself(constants)
    words = [w for w in vocabulary if w not in constants]
    closing = partners([x for x, _ in distinct[:2000]], words)
    best = Learnt(Syntax({}), 0.0, "none", 0)

    hopeless: set[tuple[bool, bool]] = set()
    count = 0
    with contextlib.suppress(LimitReached), guard(seconds=seconds):
        for rich, noise, joined in itertools.product((False, True), NOISE, (True, False)):
            if (rich, joined) in hopeless:
                continue
            count += 1
            task = _Task(distinct, words, constants, closing, open_class)
            found = task.attempt(rich=rich, joined=joined, noise=noise, rng=rng)
            if found is None:
                hopeless.add((rich, joined))
                continue
            syntax, exact = found
            if exact > best.exact or best.stage == "none":
                best = Learnt(syntax, exact, "rich" if rich else "plain", count)
            if progress is not None:
                progress(f"try {count}: {exact:.1%} of the training pairs")
            if exact == 1.0:
                break
    return best


@dataclass(frozen=True)
class _Task:
    """What stays the same from try to try."""

    pairs: Sequence[Pair]
    words: Sequence[str]
    constants: Mapping[str, str]
    closing: Mapping[str, str]
    open_class: bool

    def attempt(
        self, *, rich: bool, joined: bool, noise: float, rng: np.random.Generator
    ) -> tuple[Syntax, float] | None:
        """One start; `None` if these assumptions cannot explain the pairs at all."""
        pairs, words, constants, closing = self.pairs, self.words, self.constants, self.closing
        candidates = library(rich)
        model = Model(
            words, constants, closing, candidates, drop=rich, joined=joined, noise=noise, rng=rng
        )
        chosen = [pairs[i] for i in rng.permutation(len(pairs))[:SAMPLE]]
        domain = candidates.space.domain

        def meaning(entry: Entry) -> Callable[..., Value]:
            return compiled(entry.program, domain)

        seen = pairs if rich else chosen
        if noise > NOISE[0]:
            seen = [seen[i] for i in rng.permutation(len(seen))[: math.ceil(BAG * len(seen))]]
        if not (_rich if rich else _plain)(model, seen, words, meaning, rng):
            return None
        options = {w: () for w in words if w not in set(closing.values())} | model.candidates()
        plain = {w: _constant(w, t) for w, t in constants.items()}
        values = {w: (t,) for w, t in constants.items()}
        literals = sorted(set(closing.values()))
        best: tuple[Syntax, float] | None = None
        for _ in range(REVISIONS):
            climber = Climber(options, literals, values, chosen, meaning, rng)
            syntax = decide(climber, plain, open_class=self.open_class).syntax
            reader = Reader(syntax, meaning, lambda word: (word,))
            wrong = [pair for pair in pairs if reader.value(pair[0]) != pair[1]]
            exact = 1.0 - len(wrong) / len(pairs)
            if best is None or exact > best[1]:
                best = syntax, exact
            # Counterexamples come first, so that the next climb starts from them.
            fresh = [pair for pair in wrong if pair not in set(chosen)][:FRESH]
            if not fresh or exact < HOPELESS:
                break
            chosen = fresh + chosen
        return best


def _plain(
    model: Model,
    pairs: Sequence[Pair],
    words: Sequence[str],
    _meaning: Callable[[Entry], Callable[..., Value]],
    rng: np.random.Generator,
) -> bool:
    """All unknown words at once, on the shortest pairs and then on more."""
    short = sorted((p for p in pairs if len(p[1]) <= LONGEST), key=lambda p: len(p[0] + p[1]))
    core = _core(short, words)
    rest = [p for p in short if p not in set(core)]
    more = [rest[i] for i in rng.permutation(len(rest))[:MORE]]
    for batch, rounds in ((core, 12), (core + more, 8)):
        forests = [model.forest(pair) for pair in batch]
        known = [f for f in forests if f is not None]
        if len(known) < 0.5 * len(batch):
            return False
        model.improve(Statistics(known), rounds)
    return True


def _rich(
    model: Model,
    pairs: Sequence[Pair],
    words: Sequence[str],
    meaning: Callable[[Entry], Callable[..., Value]],
    rng: np.random.Generator,
) -> bool:
    """From pairs with few undecided words to all words."""
    literals = set(model.partners.values())
    pool = [p for p in pairs if len(p[1]) <= LONGEST and len(p[0]) <= LONGEST_INPUT]
    pool = [pool[i] for i in rng.permutation(len(pool))[: 10 * SAMPLE]]
    constants = {w: model.encode((t,)) for w, t in model.constants.items()}
    open_words: set[str] = set()
    for _ in range(ROUNDS):
        sure = model.candidates(most=1, least=SURE)
        before, open_words = open_words, {w for w in words if w not in sure and w not in literals}
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


def _constant(word: str, token: str) -> Entry:
    return Entry(word, "w", phrase_term([token]))
