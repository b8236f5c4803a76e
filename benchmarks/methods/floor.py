"""Floors: what can be reached without learning anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.baselines.tokens import input_tokens
from benchmarks.methods import Predictor
from benchmarks.suites import Pair

NAMES: Final = ("nearest", "identity")


class Nearest(Predictor):
    """The output of the training input that shares most tokens, counted with their repeats.

    Of several the first; only inputs that have one of the rarest words in common are compared, so
    that large training sets stay cheap.
    """

    CANDIDATES: Final = 500

    def __init__(self, train: Sequence[Pair]):
        super().__init__()
        self._train = [(Counter(input_tokens(x)), y) for x, y in dict(train).items()]
        self._places: dict[str, list[int]] = {}
        for i, (tokens, _) in enumerate(self._train):
            for token in tokens:
                self._places.setdefault(token, []).append(i)

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`."""
        return [self._answer(Counter(input_tokens(x))) for x in inputs]

    def _answer(self, tokens: Counter[str]) -> Any:
        places = (self._places[token] for token in tokens if token in self._places)
        rows = min(places, key=len, default=range(len(self._train)))[: self.CANDIDATES]
        size = tokens.total()

        def far(i: int) -> int:
            other = self._train[i][0]
            return size + other.total() - 2 * (tokens & other).total()

        return self._train[min(rows, key=far)][1]


class Identity(Predictor):
    """The input itself; of several arguments the first."""

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`."""
        return [x if not x or isinstance(x[0], str) else x[0] for x in inputs]


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
        """See `Method.fit`."""
        return Nearest(train) if self.name == "nearest" else Identity()


def make(
    name: str,
    suite: str,
    *,
    seed: int,
    budget: float | None,
    steps: int | None,
    checkpoint: Path | None,
) -> Floor:
    """See `benchmarks.methods.make`."""
    return Floor(name)
