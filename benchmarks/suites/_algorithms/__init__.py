"""What a list algorithm of the suite is, and how a family of them is written down."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

Ints: TypeAlias = tuple[int, ...]
"""A list of integers."""

Draw: TypeAlias = Callable[[np.random.Generator, int], tuple[Any, ...]]
"""The arguments of one example, of about the given length: `draw(rng, length)`."""

TYPE_NAMES: Final[dict[object, str]] = {int: "int", bool: "bool", Ints: "ints"}
"""Annotation -> name of the type in the domain of sequences."""

F = typing.TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Algorithm:
    """A deterministic function of lists and numbers, with a generator of its arguments.

    Args:
        family: name of the family.
        name: unique in the suite.
        says: what the function gives, in one sentence.
        source: where the task comes from.
        input_types, output_type: type names of the domain of sequences.
        draw: arguments of about a given length; trees and bracketed terms have as many nodes.
        truth: the function.
    """

    family: str
    name: str
    says: str
    source: str
    input_types: tuple[str, ...]
    output_type: str
    draw: Draw
    truth: Callable[..., Any]

    @property
    def split(self) -> str:
        """The name of its split."""
        return f"{self.family}/{self.name}"


@dataclass
class Family:
    """A named list of algorithms, filled by the decorator `task`."""

    name: str
    members: list[Algorithm] = field(default_factory=list)

    def task(self, draw: Draw, source: str) -> Callable[[F], F]:
        """Add the decorated function; its name, docstring and annotations tell the rest."""

        def add(truth: F) -> F:
            hints = typing.get_type_hints(truth)
            output = TYPE_NAMES[hints.pop("return")]
            says = (truth.__doc__ or "").strip().split("\n")[0]
            inputs = tuple(TYPE_NAMES[hint] for hint in hints.values())
            self.members.append(
                Algorithm(self.name, truth.__name__, says, source, inputs, output, draw, truth)
            )
            return truth

        return add
