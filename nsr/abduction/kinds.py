"""The kinds of outputs that a machine can learn: what the engine asks of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np

from nsr.abduction.extend import extend_pictures
from nsr.abduction.learn import learn
from nsr.abduction.number_programs import number_term
from nsr.abduction.numbers import NumberPair, entry_meaning, learn_numbers
from nsr.abduction.pictures import PictureModel, learn_pictures
from nsr.abduction.sources import Pair, Phrase
from nsr.errors import InputError
from nsr.parsing.entries import Entry, Syntax
from nsr.program import Term
from nsr.semantics import phrase_function, phrase_term
from nsr.space import Space
from nsr.values import Value

DIGITS: Final = 18
"""Numbers of so many are certain to fit 64 bits."""

Progress: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of outputs.

    Args:
        space: where entries' programs are written.
        type: of all values.
        learn: `learn(pairs, space, seed=, seconds=, noise=, progress=)` gives the syntax and the
            share of the pairs that it gets right.
        meaning: an entry as a function of its arguments' values.
        term: the program of a plain word.
        read: an output from outside, or `InputError` with the place.
        show: text of a value.
        itself: value of a word that stands for itself, if there is such a thing.
        noise: whether `learn` looks at the share of wrong outputs that it is given.
        pictures: `learn_pictures`, if such outputs can be learnt from pictures.
        more_pictures: `extend_pictures`, if learning can go on from a model of pictures.
    """

    space: str
    type: str
    learn: Callable[..., tuple[Syntax, float]]
    meaning: Callable[[Space, Entry], Callable[..., Value]]
    term: Callable[[Any], Term]
    read: Callable[[object, str], Value]
    show: Callable[[Value], str]
    itself: Callable[[str], Value] | None = None
    noise: bool = False
    pictures: Callable[..., PictureModel] | None = None
    more_pictures: Callable[..., PictureModel] | None = None


def tokens_of(x: object, place: str) -> Phrase:
    """The tokens of an input or output.

    Raises:
        InputError: if it is neither text nor a sequence of texts.

    >>> tokens_of("a b", "input")
    ('a', 'b')
    """
    if isinstance(x, str):
        return tuple(x.split())
    if isinstance(x, (tuple, list)) and all(isinstance(token, str) for token in x):
        return tuple(x)
    raise InputError(f"expected tokens or text, got {type(x).__name__}", place=place)


def number_of(x: object, place: str) -> int:
    """A natural number, given as such or as decimal text.

    Raises:
        InputError: if it is none, or has more than 18 digits.

    >>> number_of("12", "output"), number_of(3, "output")
    (12, 3)
    """
    want = "of at least 0"
    if isinstance(x, str) and x.strip().isdecimal():
        if len(x.strip()) <= DIGITS:
            return int(x)
        want = f"of at most {DIGITS} digits"
    if isinstance(x, (int, np.integer)) and not isinstance(x, bool):
        if 0 <= x < 10**DIGITS:
            return int(x)
        want = want if x < 0 else f"below 10^{DIGITS}"
    shown = repr(x) if len(repr(x)) <= 40 else repr(x)[:37] + "..."
    raise InputError(f"expected an integer {want}, got {shown}", place=place)


def _phrases(
    pairs: Sequence[Pair],
    _space: Space,
    *,
    seed: int,
    seconds: float | None,
    noise: float | None,
    progress: Progress | None,
) -> tuple[Syntax, float]:
    found = learn(pairs, seed=seed, seconds=seconds, noise=noise, progress=progress)
    return found.syntax, found.exact


def _numbers(
    pairs: Sequence[NumberPair],
    space: Space,
    *,
    seed: int,
    seconds: float | None,
    noise: float | None,
    progress: Progress | None,
) -> tuple[Syntax, float]:
    # The soft learner estimates the share of wrong words itself.
    return learn_numbers(pairs, space, seed=seed, seconds=seconds, progress=progress)


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "sequences": Kind(
            space="phrases",
            type="strs",
            learn=_phrases,
            meaning=lambda space, entry: phrase_function(entry.program, space.domain),
            term=phrase_term,
            read=tokens_of,
            show=" ".join,
            itself=lambda word: (word,),
            noise=True,
        ),
        "integers": Kind(
            space="peano",
            type="int",
            learn=_numbers,
            meaning=entry_meaning,
            term=number_term,
            read=number_of,
            show=str,
            pictures=learn_pictures,
            more_pictures=extend_pictures,
        ),
    }
)
"""Domain -> kind."""
