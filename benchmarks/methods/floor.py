"""Floors: what can be reached without learning anything."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from benchmarks.baselines.tokens import input_tokens
from benchmarks.methods import Options, Predictor
from benchmarks.suites import Pair
from benchmarks.suites.arc import Question
from nsr.errors import InputError
from nsr.rows import Rows

NAMES: Final = ("nearest", "identity")


class Nearest(Predictor):
    """The output of the training input that shares most tokens, counted with their repeats.

    Of several the first; only inputs that have one of the rarest words in common are compared, so
    that large training sets stay cheap.
    """

    CANDIDATES: Final = 500

    def __init__(self, train: Sequence[Pair]):
        super().__init__()
        if train and isinstance(train[0][0], Question):
            train = ()  # a question is compared with its own pairs
        self._train = [(Counter(input_tokens(x)), y) for x, y in dict(train).items()]
        self._places: dict[str, list[int]] = {}
        for i, (tokens, _) in enumerate(self._train):
            for token in tokens:
                self._places.setdefault(token, []).append(i)

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`."""
        return [nearest_pair(x)[1] if isinstance(x, Question) else self._answer(x) for x in inputs]

    def _answer(self, x: Any) -> Any:
        tokens = Counter(input_tokens(x))
        places = (self._places[token] for token in tokens if token in self._places)
        rows = min(places, key=len, default=range(len(self._train)))[: self.CANDIDATES]
        size = tokens.total()

        def far(i: int) -> int:
            other = self._train[i][0]
            return size + other.total() - 2 * (tokens & other).total()

        return self._train[min(rows, key=far)][1]


def nearest_pair(question: Question) -> tuple[Rows, Rows]:
    """The pair whose input agrees with the test input in most cells; other sizes come last."""

    def far(pair: tuple[Rows, Rows]) -> float:
        rows, query = pair[0], question.query
        if (len(rows), len(rows[0])) != (len(query), len(query[0])):
            return 1.0
        cells = list(zip(itertools.chain(*rows), itertools.chain(*query), strict=True))
        return sum(a != b for a, b in cells) / (len(cells) + 1)

    return min(question.pairs, key=far)


class Identity(Predictor):
    """The input itself: of several arguments the first, of a question the test input."""

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`."""
        return [_itself(x) for x in inputs]


def _itself(x: Any) -> Any:
    if isinstance(x, Question):
        return x.query
    return x if not x or isinstance(x[0], str) else x[0]


class Floor:
    """A floor as a method.

    Args:
        name: one of `NAMES`.
    """

    given = ("nothing",)

    def __init__(self, name: str):
        self.name = name
        self.settings: dict[str, Any] = {}

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair] = ()) -> Predictor:
        """See `Method.fit`; questions bring their own examples, so there may be no pair."""
        if train and isinstance(train[0][0][0], np.ndarray):
            raise InputError(f"{self.name} compares words and numbers, not pictures")
        return Nearest(train) if self.name == "nearest" else Identity()


def make(name: str, suite: str, options: Options) -> Floor:
    """See `benchmarks.methods.make`."""
    return Floor(name)
