"""Learning a language of numbers from rows of pictures, stage by stage.

The soft learner does the work. Here its stages are watched: after each of them there is a model
that can read, the validation pairs say which one is the best, and a checkpoint holds all that is
needed to go on from there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nsr.abduction.corpus import Corpus
from nsr.abduction.curriculum import Learner
from nsr.abduction.number_programs import Function, NumberPrograms
from nsr.abduction.numbers import entry_meaning
from nsr.abduction.soft import Floats, SoftLexicon
from nsr.errors import NsrError
from nsr.guard import guard
from nsr.parsing.entries import Entry
from nsr.parsing.soft_reading import Pictures, SoftReader, SoftSyntax
from nsr.perception.channel import Channel, ImageChannel
from nsr.space import Space

if TYPE_CHECKING:
    from nsr.data.images import ImagePairs
    from nsr.perception.images import ImagePerception


@dataclass(frozen=True, eq=False)
class PictureModel:
    """What was learnt from pictures.

    Args:
        syntax: symbols and weights. Plain symbols are called by their values, the others "f1",
            "f2", ... as they were found, and what closes the arguments of "f5" is "f5'".
        perception: p(symbol | picture), symbols in the order of the syntax.
        complete: whether learning came to its end.
    """

    syntax: SoftSyntax
    perception: ImagePerception
    complete: bool = False

    def perceive(self, images: Pictures) -> Floats:
        """float[m, S], p(symbol | picture), of uint8[m, h, w]."""
        return np.exp(self.perception.log_probabilities(images).astype(np.float64))


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of learning between two stages.

    Args:
        stage: number of stages that are done.
        rng: state of the generator of samples.
        lexicon: with programs in the plain space.
        functions: of the library.
        prior: see `SoftSyntax`.
        perception: the network.
        best: the best model so far.
        score: share of the validation pairs that it gets right.
    """

    stage: int
    rng: Mapping[str, Any]
    lexicon: SoftLexicon
    functions: tuple[Function, ...]
    prior: Floats
    perception: ImagePerception
    best: PictureModel
    score: float


def learn_pictures(
    pairs: ImagePairs,
    space: Space,
    *,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[str], None] | None = None,
    validation: ImagePairs | None = None,
    checkpoint: Callable[[Checkpoint], None] | None = None,
    resume: Checkpoint | None = None,
) -> PictureModel:
    """Symbols, programs, syntax and perception from pictures and numbers.

    Args:
        pairs: rows of pictures and their numbers.
        space: of programs.
        seed: of all randomness.
        seconds: stop after about this long and keep what the last stage left.
        progress: called with a line of text now and then.
        validation: the stage after which most of these come out right gives the model; without
            them the last one does.
        checkpoint: called with the state after each stage.
        resume: go on from this state, of the same pairs and seed; the result is the same as
            without the interruption.

    Raises:
        InputError: if there is nothing to begin with: no input of a single picture, or too many
            distinct values of such.
        NsrError: if time ran out before anything was learnt.
    """
    say = progress or (lambda _text: None)
    rng = np.random.default_rng(seed)
    state = resume

    def after(learner: _Staged) -> None:
        nonlocal state
        state = _state(learner, rng, state, space, validation, say)
        # A run that goes on from a file starts from such a copy, too.
        learner.take(state.perception)
        if checkpoint is not None:
            checkpoint(state)

    corpus = Corpus(pairs.index, pairs.offset, pairs.values)
    channel = ImageChannel(pairs.images, seed=seed)
    complete = False
    with guard(seconds=seconds, quiet=True):
        learner = _Staged(corpus, channel, space, rng, progress)
        learner.after = after
        if resume is not None:
            learner.restore(resume)
            rng.bit_generator.state = resume.rng
        learner.run()
        complete = True
    if state is None:
        raise NsrError(f"nothing was learnt within {seconds:g} seconds")
    return replace(state.best, complete=complete)


class _Staged(Learner):
    """A learner whose stages are watched, and which passes over those that are done."""

    done = 0
    _stage = 0
    after: Callable[[_Staged], None]

    def restore(self, state: Checkpoint) -> None:
        """Start from this state."""
        self.lexicon, self.prior, self.done = state.lexicon, state.prior, state.stage
        for function in state.functions:
            self.library = self.library.grown(function.term, function.arity)
        self.take(state.perception)

    def take(self, perception: ImagePerception) -> None:
        """Perceive with a copy of a network."""
        assert isinstance(self.channel, ImageChannel)
        self.channel.take(copied(perception))

    def _plain(self) -> None:
        self._watched(super()._plain)

    def _operators(self) -> None:
        self._watched(super()._operators)

    def _grow(self, longest: int, most: int, rounds: int) -> None:
        self._watched(functools.partial(super()._grow, longest, most, rounds))

    def _finish(self) -> None:
        self._watched(super()._finish)

    def _watched(self, stage: Callable[[], None]) -> None:
        self._stage += 1
        if self._stage > self.done:
            stage()
            self.done = self._stage
            self.after(self)


def _state(
    learner: _Staged,
    rng: np.random.Generator,
    before: Checkpoint | None,
    space: Space,
    validation: ImagePairs | None,
    say: Callable[[str], None],
) -> Checkpoint:
    """What there is after a stage, and whether it is the best so far."""
    lexicon, library = learner.lexicon, learner.library
    assert lexicon is not None
    model, score = model_of(learner), 0.0
    if validation is not None and learner.done > 1:  # at first there are only plain symbols
        score = share_right(model, space, validation)
        say(f"stage {learner.done}: {score:.1%} of the validation pairs")
    if before is not None and before.score > score:
        model, score = before.best, before.score
    symbols = tuple(
        replace(s, term=library.plain(s.term, s.arity)) if s.term is not None else s
        for s in lexicon.symbols
    )
    return Checkpoint(
        stage=learner.done,
        rng=dict(rng.bit_generator.state),
        lexicon=replace(lexicon, symbols=symbols),
        functions=library.functions,
        prior=learner.prior,
        perception=_copied(learner.channel),
        best=model,
        score=score,
    )


def model_of(learner: Learner) -> PictureModel:
    """What a learner knows now; it may learn on, the model stays."""
    lexicon, prior = learner.lexicon, learner.prior
    assert lexicon is not None
    if not len(prior):
        prior = np.full(len(lexicon.symbols), 1 / len(lexicon.symbols))
    syntax = _syntax(lexicon, learner.library, prior)
    perception = _copied(learner.channel)
    perception.grow(len(syntax.symbols), names=list(syntax.symbols))
    return PictureModel(syntax, perception)


def share_right(model: PictureModel, space: Space, pairs: ImagePairs) -> float:
    """Share of the pairs whose values come out right."""
    reader = SoftReader(model.syntax, model.perceive, functools.partial(entry_meaning, space))
    values = reader.values_of(pairs.images, pairs.index, pairs.offset)
    hits = sum(v == y for v, y in zip(values, pairs.values.tolist(), strict=True))
    return int(hits) / len(pairs)


def _copied(channel: Channel) -> ImagePerception:
    assert isinstance(channel, ImageChannel)
    assert channel.perception is not None
    return copied(channel.perception)


def copied(perception: ImagePerception) -> ImagePerception:
    """A network of the same weights."""
    return type(perception).from_state(*perception.state())


def _syntax(lexicon: SoftLexicon, library: NumberPrograms, prior: Floats) -> SoftSyntax:
    """The symbols with names and plain programs."""
    names = [""] * len(lexicon.symbols)
    heads = 0
    for s, symbol in enumerate(lexicon.symbols):
        if symbol.arity:
            heads += 1
            names[s] = f"f{heads}"
        elif symbol.pattern:
            names[s] = str(symbol.table)
        if symbol.literal >= 0:
            names[symbol.literal] = f"{names[s]}'"
    entries: dict[str, Entry | None] = {}
    for s, symbol in enumerate(lexicon.symbols):
        if symbol.term is None:
            entries[names[s]] = None
            continue
        program = library.plain(symbol.term, symbol.arity)
        literal = names[symbol.literal] if symbol.literal >= 0 else None
        entries[names[s]] = Entry(names[s], symbol.pattern, program, literal)
    return SoftSyntax(entries, lexicon.classes, lexicon.attach, lexicon.top, lexicon.share, prior)
