"""Methods behind one interface: `fit(train, validation)` gives a function from inputs to outputs.

A method is a class with a `name`, what it is `given` by hand, its `settings`, and `fit`. What `fit`
returns is called with inputs; it also knows which of some pairs it gets right, its `facts` for the
record, and perhaps how it read an input.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from benchmarks.suites import Pair
from nsr.errors import UnknownNameError

FAMILIES: Final = ("machine", "solve", "floor", "neural")
"""Modules with a tuple `NAMES` and a function `make(name, suite, options)`."""


class Predictor(ABC):
    """What has been learnt.

    Args:
        facts: for the record, e.g. `parameters`, `flops`, `cpu_seconds`.
    """

    def __init__(self, facts: dict[str, Any] | None = None):
        self.facts = facts or {}

    @abstractmethod
    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """An output for each input, in order; `None` or `Undefined` where there is none."""

    def right(self, pairs: Sequence[tuple[Any, Any]]) -> list[bool]:
        """Whether the output is the right one, for each pair."""
        answers = self([x for x, _ in pairs])
        return [bool(answer == y) for answer, (_, y) in zip(answers, pairs, strict=True)]

    def shown(self, value: Any) -> str:
        """An output as text."""
        return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def tree(self, x: Any) -> str | None:
        """How an input was read, as SVG, if the method reads."""
        return None


@dataclass(frozen=True, slots=True)
class Options:
    """What may be said of any method.

    Args:
        seed: of all that is random in the method.
        budget: CPU seconds that `fit` may take.
        steps: of gradient descent, instead of those set for the suite.
        checkpoint: file that long training goes on from.
    """

    seed: int = 0
    budget: float | None = None
    steps: int | None = None
    checkpoint: Path | None = None


class Method(Protocol):
    """How to learn.

    Args:
        name: of the method.
        given: what was put in by hand, in words.
        settings: all that decides the result beside data and seed, as plain values.
    """

    name: str
    given: tuple[str, ...]
    settings: dict[str, Any]

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair] = ()) -> Predictor:
        """Learn from pairs; choices, if any, are made on the validation pairs.

        Raises:
            InputError: if the method cannot learn from such pairs.
        """
        ...


def names() -> list[str]:
    """Names of all methods."""
    return [name for family in FAMILIES for name in _module(family).NAMES]


def make(name: str, suite: str, **options: Any) -> Method:
    """The method of that name with its settings for a suite.

    Args:
        name: one of `names()`.
        suite: name of a suite; for others there are settings of medium size.
        options: see `Options`.

    Raises:
        UnknownNameError: if there is none.
        InputError: if the method is not made for the suite.
    """
    for family in FAMILIES:
        module = _module(family)
        if name in module.NAMES:
            method: Method = module.make(name, suite, Options(**options))
            return method
    raise UnknownNameError("method", name, names())


def _module(family: str) -> Any:
    return importlib.import_module(f"benchmarks.methods.{family}")
