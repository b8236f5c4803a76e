"""What tasks a network was trained on: so that others are declined with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nsr.errors import DeclinedError, InputError
from nsr.latent.canvas import Canvas, Cells, Drawn


@dataclass(frozen=True)
class Seen:
    """Sizes and symbols of one side of the pairs.

    Args:
        heights, widths: least and most.
        symbols: all that occurred, in order.
    """

    heights: tuple[int, int]
    widths: tuple[int, int]
    symbols: tuple[int, ...]

    @classmethod
    def of(cls, canvas: Canvas, cells: Cells) -> Seen:
        """What is in uint8[..., height, width]."""
        flat = cells.reshape(-1, canvas.height, canvas.width)
        inside = flat != canvas.void
        high, wide = inside.any(2).sum(1), inside.any(1).sum(1)
        symbols = np.flatnonzero(np.bincount(flat[inside].ravel(), minlength=1))
        return cls(
            (int(high.min()), int(high.max())),
            (int(wide.min()), int(wide.max())),
            tuple(symbols.tolist()),
        )

    def joined(self, other: Seen) -> Seen:
        """What is in either."""
        (a, b), (c, d) = (
            (min(one[0], two[0]), max(one[1], two[1]))
            for one, two in ((self.heights, other.heights), (self.widths, other.widths))
        )
        return Seen((a, b), (c, d), tuple(sorted({*self.symbols, *other.symbols})))

    def lacks(self, other: Seen) -> str | None:
        """In which way the other goes beyond this, in words; `None` if it does not."""
        for name in ("heights", "widths"):
            (low, high), (least, most) = getattr(self, name), getattr(other, name)
            if least < low or most > high:
                return f"{name} from {low} to {high}, got {least} to {most}"
        more = sorted(set(other.symbols) - set(self.symbols))
        return f"symbols {self.symbols}, got {more}" if more else None


@dataclass(frozen=True)
class Family:
    """The kind of tasks a network knows.

    Args:
        canvas: that holds them.
        inputs, outputs: what occurred in training.
    """

    canvas: Canvas
    inputs: Seen
    outputs: Seen

    @classmethod
    def of(cls, canvas: Canvas, parts: Iterable[Drawn]) -> Family:
        """What is in some pairs, at least one."""
        found: Family | None = None
        for drawn in parts:
            one = cls(canvas, Seen.of(canvas, drawn.x), Seen.of(canvas, drawn.y))
            found = one if found is None else found.joined(one)
        if found is None:
            raise InputError("expected at least one task, got none")
        return found

    def joined(self, other: Family) -> Family:
        """What is in either; both have one canvas."""
        inputs, outputs = self.inputs.joined(other.inputs), self.outputs.joined(other.outputs)
        return Family(self.canvas, inputs, outputs)

    def check(self, drawn: Drawn, queries: Sequence[Cells] = ()) -> None:
        """Accept pairs, and inputs of others, that look like those of training.

        Raises:
            DeclinedError: with the reason, if they do not.
        """
        for side, known, cells in (
            ("inputs", self.inputs, drawn.x),
            ("outputs", self.outputs, drawn.y),
            *(("inputs", self.inputs, query) for query in queries),
        ):
            missing = known.lacks(Seen.of(self.canvas, cells))
            if missing:
                raise DeclinedError(f"{side} are not like those of training: expected {missing}")

    def as_json(self) -> dict[str, Any]:
        """Plain values for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Family:
        """The family whose `as_json` this is.

        Raises:
            InputError, KeyError, TypeError: if it is not.
        """
        inputs, outputs = (
            Seen(
                (int(side["heights"][0]), int(side["heights"][1])),
                (int(side["widths"][0]), int(side["widths"][1])),
                tuple(int(s) for s in side["symbols"]),
            )
            for side in (data["inputs"], data["outputs"])
        )
        return cls(Canvas(**data["canvas"]), inputs, outputs)
