"""Learning a language of numbers from words: the soft learner, and what is decided from it.

The curriculum leaves a soft lexicon and a table of what each word is. Training strings are then
revised, each by its cheapest change that makes the value right, and the binding levels are found
on the revised strings, as for phrases. So wrong words in the data cost nothing but evidence.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np

from nsr.abduction.corpus import Corpus
from nsr.abduction.curriculum import Learner
from nsr.abduction.library import number_meaning, number_term
from nsr.abduction.sources import Phrase
from nsr.errors import InputError, LimitReached
from nsr.guard import guard
from nsr.parsing.chart import abduce
from nsr.parsing.entries import Entry, Syntax
from nsr.parsing.levels import Climber, decide
from nsr.parsing.reading import Reader
from nsr.perception.channel import TokenChannel
from nsr.proofs import native
from nsr.space import Space

NumberPair: TypeAlias = tuple[Phrase, int]

SAMPLE: Final = 400
LONGEST: Final = 13
SURE: Final = 0.5
"""A word is a symbol if it is one more often than not."""


def learn_numbers(
    pairs: Sequence[NumberPair],
    space: Space,
    *,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Syntax, float]:
    """A lexicon and its syntax from inputs and numbers, and the share of pairs it gets right."""
    words = sorted({w for x, _ in pairs for w in x})
    number = {w: k for k, w in enumerate(words)}
    corpus = Corpus.of([[number[w] for w in x] for x, _ in pairs], [y for _, y in pairs])
    rng = np.random.default_rng(seed)
    learner = Learner(corpus, TokenChannel(len(words)), space, rng, progress)
    best = Syntax({}), 0.0
    with contextlib.suppress(LimitReached), guard(seconds=seconds):
        try:
            learner.run()
        except InputError as error:
            # The pairs are sound; there is just nothing in them to begin with.
            if progress is not None:
                progress(str(error))
            return best
        syntax = _decided(learner, words, space, rng)
        reader = Reader(syntax, functools.partial(entry_meaning, space))
        exact = sum(reader.value(x) == y for x, y in pairs) / len(pairs)
        best = syntax, exact
        if progress is not None:
            progress(f"{exact:.1%} of the training pairs")
    return best


def entry_meaning(space: Space, entry: Entry) -> Callable[..., int]:
    """An entry as a function of numbers: at native speed if its closed form is proven."""
    return native(space, entry.program, number_meaning(space, entry.program))


def _decided(
    learner: Learner, words: Sequence[str], space: Space, rng: np.random.Generator
) -> Syntax:
    """One entry for every word that is sure, and the levels at which they bind."""
    lexicon, library = learner.lexicon, learner.library
    assert lexicon is not None
    table = learner.channel.beliefs(np.arange(len(words)))
    spoken = [words[k] for k in table.argmax(axis=0)]
    constants: dict[str, int] = {}
    options: dict[str, Sequence[Entry]] = {}
    literals: list[str] = []
    for k, word in enumerate(words):
        s = int(table[k].argmax())
        symbol = lexicon.symbols[s]
        if table[k, s] < SURE:
            continue
        if symbol.term is None:
            literals.append(word)
        elif symbol.arity:
            literal = spoken[symbol.literal] if symbol.literal >= 0 else None
            program = library.plain(symbol.term, symbol.arity)
            entry = Entry(word, symbol.pattern, program, literal, float(table[k, s]))
            options[word] = [entry]
        elif isinstance(symbol.table, int):
            constants[word] = symbol.table
    plain = {w: Entry(w, "w", number_term(v)) for w, v in constants.items()}
    meaning = functools.partial(entry_meaning, space)
    understood = {*constants, *options, *literals}
    revised = [(x, y) for x, y in _revised(learner, spoken) if understood.issuperset(x)]
    climber = Climber(options, literals, constants, revised, meaning, rng)
    return decide(climber, plain, open_class=False).syntax


def _revised(learner: Learner, spoken: Sequence[str]) -> list[NumberPair]:
    """Training strings changed as little as makes their values right."""
    assert learner.lexicon is not None
    corpus = learner.sample(LONGEST, SAMPLE)
    flat = learner.emissions(corpus).astype(np.float32)
    readings = abduce(corpus.strings, flat, corpus.values, learner.lexicon.grammar())
    return [
        (tuple(spoken[s] for s in reading.symbols), int(value))
        for reading, value in zip(readings, corpus.values, strict=True)
        if reading.steps
    ]
