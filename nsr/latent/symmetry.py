"""Other views of a task: poses of its grids and exchanges of its colours.

A network trained on all views can be asked about several, and the answers, seen back in the first
view, vote. In a family whose rule is not the same in every view (a pattern that hangs down from
its mark) there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nsr.errors import InputError
from nsr.latent.canvas import Canvas, Cells, Drawn
from nsr.latent.family import Family, Seen

KINDS = ("none", "poses", "colours", "poses+colours")
TRIES = 20
"""Draws for each further view that is to differ from those before."""


@dataclass(frozen=True)
class View:
    """One way to look at the grids of a canvas.

    Args:
        canvas: of the grids; square if the view turns them.
        pose: 0 to 7, turns by right angles, and from 4 on a transposition first.
        colours: uint8[symbols + 1], a permutation that keeps 0 and void.
    """

    canvas: Canvas
    pose: int
    colours: NDArray[np.uint8]

    def see(self, cells: Cells) -> Cells:
        """uint8[..., height, width] in this view."""
        return self._posed(self.colours[cells], lambda value: _pose(value, self.pose))

    def undo(self, cells: Cells) -> Cells:
        """What `see` would have been given: `undo(see(cells))` is `cells`."""
        back = np.argsort(self.colours).astype(np.uint8)
        return self._posed(back[cells], lambda value: _unpose(value, self.pose))

    def same(self, other: View) -> bool:
        """Whether both look at values of the canvas alike."""
        return self.pose == other.pose and bool((self.colours == other.colours).all())

    def _posed(self, cells: Cells, turn: Callable[[Cells], Cells]) -> Cells:
        if not self.pose:
            return cells
        found = np.full_like(cells, self.canvas.void)
        flat, out = (a.reshape(-1, *cells.shape[-2:]) for a in (cells, found))
        for grid, target in zip(flat, out, strict=True):
            high, wide = self.canvas.size(grid)
            value = turn(grid[:high, :wide])
            target[: value.shape[0], : value.shape[1]] = value
        return found


@dataclass(frozen=True)
class Symmetries:
    """All views of a family.

    Args:
        canvas: of its values.
        kind: one of `KINDS`.

    Raises:
        InputError: if there is no such kind, or poses are asked for on a canvas that is not square.
    """

    canvas: Canvas
    kind: str = "none"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"expected symmetries {' or '.join(KINDS)}, got {self.kind!r}")
        if "poses" in self.kind and self.canvas.height != self.canvas.width:
            raise InputError("poses need a canvas that is square")

    def widened(self, family: Family) -> Family:
        """What is in all views of pairs like those of a family."""
        coloured = {s for side in (family.inputs, family.outputs) for s in side.symbols} - {0}
        return Family(
            family.canvas,
            *(self._widened(side, bool(coloured)) for side in (family.inputs, family.outputs)),
        )

    def _widened(self, side: Seen, coloured: bool) -> Seen:
        heights, widths, symbols = side.heights, side.widths, side.symbols
        if "poses" in self.kind:
            both = heights + widths
            heights = widths = (min(both), max(both))
        if "colours" in self.kind and coloured:
            symbols = tuple(sorted({*symbols, *range(1, self.canvas.symbols)}))
        return Seen(heights, widths, symbols)

    def first(self) -> View:
        """The view that changes nothing."""
        return View(self.canvas, 0, np.arange(self.canvas.symbols + 1, dtype=np.uint8))

    def draw(self, rng: np.random.Generator) -> View:
        """A view at random."""
        pose = int(rng.integers(8)) if "poses" in self.kind else 0
        colours = self.first().colours.copy()
        if "colours" in self.kind:
            colours[1:-1] = rng.permutation(colours[1:-1])
        return View(self.canvas, pose, colours)

    def views(self, count: int, rng: np.random.Generator) -> list[View]:
        """So many distinct views, the plain one first; fewer if there are no others."""
        found = [self.first()]
        for _ in range(0 if self.kind == "none" else TRIES * (count - 1)):
            view = self.draw(rng)
            if not any(view.same(other) for other in found):
                found.append(view)
            if len(found) == count:
                break
        return found

    def shuffle(self, drawn: Drawn, rng: np.random.Generator) -> Drawn:
        """Every task in a view of its own; arrays uint8[tasks, k, height, width]."""
        if self.kind == "none":
            return drawn
        views = [self.draw(rng) for _ in range(len(drawn))]
        x, y = (
            np.stack([v.see(task) for v, task in zip(views, side, strict=True)])
            for side in (drawn.x, drawn.y)
        )
        return Drawn(x, y)


def _pose(value: Cells, pose: int) -> Cells:
    return np.rot90(value.T if pose >= 4 else value, pose % 4)


def _unpose(value: Cells, pose: int) -> Cells:
    turned = np.rot90(value, -(pose % 4))
    return turned.T if pose >= 4 else turned
