"""Families of tasks for latent programs: each module has one or more, found by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nsr.errors import UnknownNameError
from nsr.latent.blocks import Size
from nsr.latent.canvas import Canvas, Drawn

Draw = Callable[[np.random.Generator, int, int], Drawn]
"""Called with a generator, a number of tasks and of pairs: uint8[tasks, pairs, height, width]."""


@dataclass(frozen=True)
class Family:
    """Tasks of one kind.

    Args:
        name: of the family.
        canvas: of its values.
        draw: makes tasks for training.
        tests: name -> makes tasks for a test, perhaps with more pairs than it was asked for; the
            first is like training.
        source: where the rules are from.
        symmetries: views under which the family stays the same.
        size: of a network for it.
        support: pairs that are shown of a task; one more is asked.
        parts: most programs like those of training that a program of a test is made of.
    """

    name: str
    canvas: Canvas
    draw: Draw
    tests: Mapping[str, Draw]
    source: str
    symmetries: str = "none"
    size: Size = field(default_factory=Size)
    support: int = 3
    parts: int = 1


def names() -> list[str]:
    """Names of all families."""
    return sorted(_all())


def get_family(name: str) -> Family:
    """The family of that name.

    Raises:
        UnknownNameError: if there is none.
    """
    found = _all()
    if name not in found:
        raise UnknownNameError("family", name, list(found))
    return found[name]


def _all() -> dict[str, Family]:
    modules = [
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    ]
    values = [value for module in modules for value in vars(module).values()]
    return {value.name: value for value in values if isinstance(value, Family)}
