"""Learning on from a model of pictures: pairs that hold symbols which it does not know.

Nothing is learnt anew. What is missing is a hypothesis like any other: a plain symbol, a word with
one argument, brackets, or a word between plain symbols whose meaning the bank makes from those
learnt before. The new symbol enters with flat emission, and the hypothesis under which the values
are likeliest is taken. Then the posterior given the value labels the pictures, as before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from nsr.abduction.corpus import Corpus
from nsr.abduction.curriculum import TRIED, UNEXPLAINED, Learner
from nsr.abduction.number_programs import NumberPrograms, number_term
from nsr.abduction.operators import LONGEST, PRICE, likely_operators
from nsr.abduction.pictures import PictureModel, copied, model_of, share_right
from nsr.abduction.soft import SoftLexicon, Symbol
from nsr.abduction.words import (
    UNLIKELY,
    Hypothesis,
    best_of,
    evidence,
    hypotheses,
    unexplained,
)
from nsr.errors import InputError, NsrError
from nsr.guard import guard
from nsr.parsing.entries import LITERAL, PATTERNS
from nsr.parsing.soft_reading import SoftSyntax
from nsr.perception.channel import ImageChannel
from nsr.program import Literal, Term, Variable
from nsr.space import Space

if TYPE_CHECKING:
    from nsr.data.images import ImagePairs

SHORT: Final = 5
"""Hypotheses are tried on strings of at most so many pieces, if there are any."""

STAGES: Final = ((7, 3, 1), (13, 2, 1))
"""Longest string, rounds of expectation-maximisation and effort of each stage."""

RATE: Final = 0.2
"""Factor of the network's learning rate: it knows most already."""

MOST: Final = 6_000
"""Strings of each stage, of the new ones and of those known before."""


def extend_pictures(
    pairs: ImagePairs,
    model: PictureModel,
    space: Space,
    *,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[str], None] | None = None,
    rehearsal: ImagePairs | None = None,
    validation: ImagePairs | None = None,
) -> PictureModel:
    """The model that these pairs make of a model; what it knew keeps its name and its program.

    Args:
        pairs: rows of pictures, with symbols that are not known yet, and their numbers.
        model: to start from.
        space: of programs.
        seed: of all randomness.
        seconds: stop after about this long and keep what the last stage left.
        progress: called with a line of text now and then.
        rehearsal: pairs of known symbols, so that these are not forgotten.
        validation: the stage after which most of these come out right gives the model; without
            them the last one does.

    Raises:
        NsrError: if time ran out before anything was learnt.
    """
    say = progress or (lambda _text: None)
    rng = np.random.default_rng(seed)
    both = pairs if rehearsal is None else pairs.joined(rehearsal)
    corpus = Corpus(both.index, both.offset, both.values)
    channel = ImageChannel(both.images, seed=seed, rate=RATE)
    network = copied(model.perception)
    network.names = None  # the learner's symbols have none yet
    channel.take(network)
    best: tuple[float, PictureModel] | None = None
    complete = False
    with guard(seconds=seconds, quiet=True):
        learner = _Extended(corpus, len(pairs), channel, space, rng, progress)
        learner.start(model)
        learner.look()
        for stage, (longest, rounds, effort) in enumerate(STAGES, 1):
            learner.train(longest, rounds, effort)
            found, score = model_of(learner), float(stage)
            if validation is not None:
                score = share_right(found, space, validation)
                say(f"stage {stage}: {score:.1%} of the validation pairs")
            if best is None or score >= best[0]:
                best = score, found
        complete = True
    if best is None:
        raise NsrError(f"nothing was learnt within {seconds:g} seconds")
    return replace(best[1], complete=complete)


class _Extended(Learner):
    """A learner that begins with a model; the first `count` strings are those to be explained."""

    def __init__(
        self,
        corpus: Corpus,
        count: int,
        channel: ImageChannel,
        space: Space,
        rng: np.random.Generator,
        progress: Callable[[str], None] | None,
    ):
        super().__init__(corpus, channel, space, rng, progress)
        self._new = corpus.select(np.arange(count))
        self._old = corpus.select(np.arange(count, len(corpus)))

    def start(self, model: PictureModel) -> None:
        """Know what a model knows."""
        for entry in model.syntax.entries.values():
            if entry.arity and not _same(entry.program):
                self.library = self.library.grown(entry.program, entry.arity)
        self.lexicon = lexicon_of(model.syntax, self.library)
        self.prior = model.syntax.prior

    def look(self) -> None:
        """Find the symbols that are missing, one hypothesis after the other."""
        few, cap = self._few(), self.library.cap
        while (left := unexplained(evidence(self._expect(few), cap + 1))) > UNEXPLAINED:
            self._say(f"{left:.1%} unexplained")
            assert self.lexicon is not None
            tried = [
                *self._plain_ones(),
                *hypotheses(self.library, len(self.lexicon.symbols)),
                *self._operators_of(few),
            ]
            best = best_of(tried, few, self._emissions, self.lexicon, cap)
            if best is None:
                break
            self._say(f"new symbols: {[symbol.pattern for symbol in best.symbols]}")
            self._add(best.symbols)
            self._learn(few, rounds=2, effort=1)

    def train(self, longest: int, rounds: int, effort: int) -> None:
        """One stage on strings of at most so many pieces, as many old ones as new ones."""
        new = self._new.sample(1, longest, MOST, self._rng)
        old = self._old.sample(1, longest, MOST, self._rng)
        self._learn(new.joined(old), rounds=rounds, effort=effort)

    def _few(self) -> Corpus:
        short = self._new.sample(1, SHORT, TRIED, self._rng)
        if len(short) < TRIED // 4:
            order = np.argsort(self._new.lengths, kind="stable")
            short = self._new.select(np.sort(order[:TRIED]))
        return short

    def _plain_ones(self) -> list[Hypothesis]:
        """A plain symbol of any value that no other has."""
        assert self.lexicon is not None
        known = {self.lexicon.symbols[s].table for s in self.lexicon.plain}
        price = PRICE * math.log2((self.library.cap + 1) * len(PATTERNS))
        return [
            Hypothesis((Symbol("w", number_term(value), value),), price)
            for value in range(self.library.cap + 1)
            if value not in known
        ]

    def _operators_of(self, corpus: Corpus) -> list[Hypothesis]:
        """Words with arguments that strings of one head show."""
        assert self.lexicon is not None
        likely = evidence(self._expect(corpus), self.library.cap + 1)
        lengths = corpus.lengths
        rows = (likely < math.log(UNLIKELY)) & (lengths >= 2) & (lengths <= LONGEST)
        corpus = corpus.select(np.flatnonzero(rows))
        plain = self.lexicon.plain
        beliefs, novelty = self._beliefs(corpus)
        values = [int(self.lexicon.symbols[s].table) for s in plain]
        found = likely_operators(
            corpus, beliefs[:, plain], novelty, values, self.library, self._rng
        )
        place = len(self.lexicon.symbols)
        result = []
        for operator in found:
            term = self.library.plain(operator.term, operator.arity)
            literal = place + 1 if LITERAL in operator.pattern else -1
            head = Symbol(operator.pattern, term, operator.table, literal)
            symbols = (head,) if literal < 0 else (head, Symbol("", None, -1))
            result.append(Hypothesis(symbols, PRICE * operator.cost))
        return result

    def _add(self, symbols: tuple[Symbol, ...]) -> None:
        assert self.lexicon is not None
        self.lexicon = self.lexicon.grown(symbols)
        for symbol in symbols:
            if symbol.term is not None and symbol.arity and not _same(symbol.term):
                self.library = self.library.grown(symbol.term, symbol.arity)


def lexicon_of(syntax: SoftSyntax, library: NumberPrograms) -> SoftLexicon:
    """The soft lexicon that a model's syntax was made of.

    Args:
        syntax: of a learnt model.
        library: runs its programs on all small numbers; `UndefinedError` of a program is a gap in
            its table, not raised.
    """
    number = {name: s for s, name in enumerate(syntax.symbols)}
    symbols = []
    for entry in syntax.symbols.values():
        if entry is None:
            symbols.append(Symbol("", None, -1))
            continue
        program, literal = entry.program, number[entry.literal] if entry.literal else -1
        if isinstance(program, Literal):
            value = program.value
            assert isinstance(value, int)
            symbols.append(Symbol(entry.pattern, program, value))
        else:
            table = library.table(program, entry.arity)
            symbols.append(Symbol(entry.pattern, program, table, literal))
    lexicon = SoftLexicon(tuple(symbols), syntax.attach, syntax.top, syntax.share)
    if lexicon.classes != list(syntax.classes):
        raise InputError("the classes of this syntax are not in the order of its symbols")
    return lexicon


def _same(program: Term) -> bool:
    """Whether a program only hands on an argument, so that nothing can be made from it."""
    return isinstance(program, Variable)
