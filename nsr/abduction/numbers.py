"""Learning a language of numbers from words: the soft learner, and what is decided from it.

The curriculum leaves a soft lexicon and a table of what each word is. Training strings are then
revised, each by its cheapest change that makes the value right, and the binding levels are found
on the revised strings, as for phrases. So wrong words in the data cost nothing but evidence.
Strings that still come out wrong, though they need no change, are counterexamples to the levels.
Words that are found to be numbers though they never stand alone are given to a second learner.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np

from nsr.abduction.corpus import Corpus
from nsr.abduction.curriculum import Learner
from nsr.abduction.number_programs import number_meaning, number_term
from nsr.abduction.sources import Phrase
from nsr.errors import InputError, NsrError
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
LOOKS: Final = 3
"""How often levels are looked for, with the counterexamples found before."""

TOLD: Final = 40
"""At most so many counterexamples at a time, the shortest."""

SURE: Final = 0.5
"""A word is a symbol if it is one more often than not."""

LEARNING: Final = 0.7
"""Share of the time for the learner; in the rest is decided what it has learnt."""


def learn_numbers(
    pairs: Sequence[NumberPair],
    space: Space,
    *,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Syntax, float]:
    """A lexicon and its syntax from inputs and numbers, and the share of pairs it gets right.

    Args:
        pairs: words, and the number they are worth.
        space: of programs of numbers.
        seed: of all randomness.
        seconds: wall-clock limit; the best found by then is given.
        progress: called with a line of text now and then.

    Raises:
        NsrError: if time ran out before anything was learnt.
    """
    words = sorted({w for x, _ in pairs for w in x})
    number = {w: k for k, w in enumerate(words)}
    corpus = Corpus.of([[number[w] for w in x] for x, _ in pairs], [y for _, y in pairs])
    rng = np.random.default_rng(seed)
    say = progress or (lambda _text: None)
    best: tuple[Syntax, float] | None = None
    start = time.monotonic()
    limit = None if seconds is None else LEARNING * seconds
    with guard(seconds=seconds, quiet=True):
        for learner in _learners(corpus, words, space, rng, limit, say):
            for syntax, exact in _decisions(learner, words, pairs, space, rng):
                say(f"{exact:.1%} of the training pairs")
                if best is None or exact > best[1]:
                    best = syntax, exact
            if best is not None and best[1] == 1.0:
                break
    if best is None and limit is not None and time.monotonic() - start >= limit:
        raise NsrError(f"nothing was learnt within {seconds:g} seconds")
    return best or (Syntax({}), 0.0)


def entry_meaning(space: Space, entry: Entry) -> Callable[..., int]:
    """An entry as a function of numbers: at native speed if its closed form is proven."""
    return native(space, entry.program, number_meaning(space, entry.program))


def _learners(
    corpus: Corpus,
    words: Sequence[str],
    space: Space,
    rng: np.random.Generator,
    seconds: float | None,
    say: Callable[[str], None],
) -> Iterator[Learner]:
    """What has learnt something from the corpus; a later one is for when the first is not right.

    Args:
        corpus: strings of numbers of words.
        words: all there are.
        space: of programs.
        rng: of samples.
        seconds: when these are over, what has been learnt is made ready for use.
        say: called with a line of text now and then.
    """
    start = time.monotonic()
    first = Learner(corpus, TokenChannel(len(words)), space, rng, say)
    ready = False
    try:
        with guard(seconds=seconds, quiet=True):
            first.run()
            ready = True
    except InputError as error:
        # The pairs are sound; there is just nothing in them to begin with.
        say(str(error))
        return
    if not ready:
        say("time is nearly over: the rest is for what has been learnt")
        first.settle()
    if first.lexicon is not None:
        yield first
    left = None if seconds is None else seconds - (time.monotonic() - start)
    alone = _plain_words(first, len(words))
    if not ready or not len(alone) or (left is not None and left <= 0):
        return
    # The first meanings were found without these words. With them as arguments, too, fewer
    # meanings are possible.
    say(f"again, as if {' '.join(words[k] for k in alone.pieces)} stood alone")
    second = Learner(corpus.joined(alone), TokenChannel(len(words)), space, rng, say)
    ready = False
    with guard(seconds=left, quiet=True):
        second.run()
        ready = True
    if ready:
        yield second


def _plain_words(learner: Learner, count: int) -> Corpus:
    """The words, out of so many, that are numbers for sure but never stand alone, as strings."""
    if learner.lexicon is None:
        return Corpus.of([], [])
    table = learner.channel.beliefs(np.arange(count))
    corpus = learner.corpus
    alone = corpus.pieces[corpus.offset[:-1][corpus.lengths == 1]]
    values = {
        k: learner.lexicon.symbols[s].table
        for k, s in enumerate(table.argmax(axis=1).tolist())
        if table[k, s] >= SURE and k not in alone
    }
    plain = {k: value for k, value in values.items() if isinstance(value, int) and value >= 0}
    return Corpus.of([[k] for k in plain], list(plain.values()))


def _decisions(
    learner: Learner,
    words: Sequence[str],
    pairs: Sequence[NumberPair],
    space: Space,
    rng: np.random.Generator,
) -> Iterator[tuple[Syntax, float]]:
    """A syntax and the share of pairs it gets right, until counterexamples bring nothing new."""
    told: list[NumberPair] = []
    for _ in range(LOOKS):
        syntax = _decided(learner, words, told, space, rng)
        reader = Reader(syntax, functools.partial(entry_meaning, space))
        right = np.array([reader.value(x) == y for x, y in pairs])
        yield syntax, float(right.mean())
        missed = np.flatnonzero(~right)
        wrong = _unchanged(learner, words, learner.corpus.select(missed))
        if not wrong:
            break
        told += wrong


def _decided(
    learner: Learner,
    words: Sequence[str],
    told: Sequence[NumberPair],
    space: Space,
    rng: np.random.Generator,
) -> Syntax:
    """One entry for every word that is sure, and the levels at which they bind.

    Args:
        learner: that has learnt.
        words: all there are.
        told: pairs that must be looked at when levels are found.
        space: of programs.
        rng: of samples and of the climb.
    """
    lexicon, library = learner.lexicon, learner.library
    assert lexicon is not None
    table = learner.channel.beliefs(np.arange(len(words)))
    spoken = _spoken(learner, words)
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
    seen = [*told, *_revised(learner, spoken, learner.sample(LONGEST, SAMPLE))]
    revised = [(x, y) for x, y in seen if understood.issuperset(x)]
    climber = Climber(options, literals, constants, revised, meaning, rng)
    return decide(climber, plain, open_class=False).syntax


def _revised(learner: Learner, spoken: Sequence[str], corpus: Corpus) -> list[NumberPair]:
    """Strings changed as little as makes their values right; those that cannot be are left out."""
    assert learner.lexicon is not None
    flat = learner.emissions(corpus).astype(np.float32)
    readings = abduce(corpus.strings, flat, corpus.values, learner.lexicon.grammar())
    return [
        (tuple(spoken[s] for s in reading.symbols), int(value))
        for reading, value in zip(readings, corpus.values, strict=True)
        if reading.steps
    ]


def _unchanged(learner: Learner, words: Sequence[str], wrong: Corpus) -> list[NumberPair]:
    """The shortest of these strings that have a right reading as they are, without repeats."""
    corpus = wrong.select(np.argsort(wrong.lengths, kind="stable")[:TOLD])
    if not len(corpus):
        return []
    spoken = _spoken(learner, words)
    given = {
        tuple(words[k] for k in corpus.pieces[start:stop])
        for start, stop in itertools.pairwise(corpus.offset.tolist())
    }
    return [pair for pair in dict.fromkeys(_revised(learner, spoken, corpus)) if pair[0] in given]


def _spoken(learner: Learner, words: Sequence[str]) -> list[str]:
    """The word that each symbol most probably is."""
    table = learner.channel.beliefs(np.arange(len(words)))
    return [words[k] for k in table.argmax(axis=0)]
