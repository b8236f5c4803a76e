"""What every perception gives: for each piece of the input, symbols with probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

Reading: TypeAlias = Sequence[Mapping[str, float]]
"""For each piece its symbols with probabilities, most probable first."""


class Perception(Protocol):
    """p(symbol | piece) for pieces that stand in a row."""

    def read(self, pieces: Sequence[Any], *, top: int | None = None) -> Reading:
        """The `top` most probable symbols of each piece; all by default."""
        ...
