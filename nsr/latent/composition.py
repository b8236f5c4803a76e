"""Searching for programs of several parts, each a program that was met in training.

A network that has learnt short programs holds on longer ones, if these are made of parts: the
output of a part is the input of the next. Which parts is searched here, one place at a time, by
how many cells come out right; where that does not fit, gradient ascent moves all parts at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nsr.errors import InputError
from nsr.latent.canvas import Cells
from nsr.latent.network import Network
from nsr.latent.search import Gradient, Support, Visited

Places = NDArray[np.int64]
"""Canvases, as places in a table."""


@dataclass(frozen=True)
class Composition:
    """Iterated local search (Lourenço et al. 2003) over the parts, then gradient ascent.

    Args:
        parts: most parts of a program.
        tries: how often in a row a program that does not fit is disturbed in vain.
        shorter: the same for one that fits, in search of one with fewer parts.
        gradient: from a program found that does not fit, and from what the encoder says. One
            that fits is left alone: it has nothing to win, and moved on for long it fits other
            inputs less well.
    """

    parts: int = 5
    tries: int = 100
    shorter: int = 10
    gradient: Gradient = field(default_factory=lambda: Gradient(10))

    def __post_init__(self) -> None:
        if self.parts < 1 or min(self.tries, self.shorter) < 0:
            raise InputError(f"expected parts from 1 and tries from 0 on, got {self}")
        if self.gradient.held_out or self.gradient.starts > 1:
            raise InputError("a composition climbs from itself alone, all pairs in view")

    def search(self, support: Support, generator: torch.Generator) -> Visited:
        """See `nsr.latent.search.Strategy`; without known programs there is one part only.

        Raises:
            InputError: if the network has not kept its programs.
        """
        known = support.known
        if known is None:
            raise InputError("composition: the network has kept no programs to make others of")
        if not len(known):
            return self.gradient.search(support, generator)
        programs = []
        for x, y in zip(support.x.numpy(), support.y.numpy(), strict=True):
            table = Table(support.network, known, support.spend)
            programs.append(self.program(table, x, y, generator))
        idle = known[:1].repeat(len(programs), self.parts - 1)
        began = torch.cat([support.start, idle], 1)[:, None]
        found = known[torch.tensor(programs)].flatten(1)[:, None]
        with torch.no_grad():
            visited = Visited(began, support.scores(began))
            visited = visited.joined(Visited(found, support.scores(found)))
        open_ = ~support.fitted(found[:, 0])
        if not open_.any():
            return visited
        starts = torch.cat([found, began], 1)[open_]
        climbed = self.gradient.path(support.among(open_), starts)
        latents = found.repeat(1, climbed.latents.shape[1], 1)
        scores = torch.full(latents.shape[:2], -math.inf)
        latents[open_], scores[open_] = climbed.latents, climbed.scores
        return visited.joined(Visited(latents, scores))

    def program(self, table: Table, x: Cells, y: Cells, generator: torch.Generator) -> list[int]:
        """The program of one task, as places among the known ones.

        Args:
            table: of the known programs; keeps what is decoded.
            x, y: uint8[pairs, height, width].
            generator: of all randomness.
        """
        return _Climb(table, x, y, self, generator).best()


class Table:
    """What known programs make of canvases; each is decoded once, when it is first asked for.

    Args:
        network: decodes.
        known: float32[b, latent].
        spend: called with the number of canvases before they are decoded; may raise.
    """

    def __init__(self, network: Network, known: Tensor, spend: Callable[[int], None] | None = None):
        self.known = known.numpy()
        self._network, self._spend = network, spend
        self._places: dict[bytes, int] = {}
        canvas = network.canvas
        self._cells = np.empty((64, canvas.height, canvas.width), np.uint8)
        self._after = np.full((64, len(known)), -1)

    def places(self, cells: Cells) -> Places:
        """int64[n] of uint8[n, height, width]; equal canvases have one place."""
        found = []
        for one in cells:
            place = self._places.setdefault(one.tobytes(), len(self._places))
            if place == len(self._cells):
                self._cells = np.concatenate([self._cells, np.empty_like(self._cells)])
                self._after = np.concatenate([self._after, np.full_like(self._after, -1)])
            self._cells[place] = one
            found.append(place)
        return np.array(found, np.int64)

    def cells(self, places: Places) -> Cells:
        """uint8[..., height, width] of int64[...]."""
        return self._cells[places]

    def after(self, places: Places, part: int | Places) -> Places:
        """Where canvases come to by a known program, or each by one of its own; shapes broadcast.

        Returns:
            int64[...].
        """
        places, part = np.broadcast_arrays(places, part)
        missing = self._after[places, part] < 0
        if missing.any():
            asked = np.unique(np.stack([places[missing], part[missing]], 1), axis=0)
            for first in range(0, len(asked), self._network.at_once):
                place, by = asked[first : first + self._network.at_once].T
                if self._spend is not None:
                    self._spend(len(place))
                reached = self.places(self._network.run(self._cells[place], self.known[by]))
                self._after[place, by] = reached
        reached_all: Places = self._after[places, part]
        return reached_all


class _Climb:
    """The search for one task. A program is a list of known ones; the first of these changes least,
    so programs of fewer parts are among those of `parts`."""

    def __init__(
        self, table: Table, x: Cells, y: Cells, plan: Composition, generator: torch.Generator
    ):
        self.table, self.x, self.y = table, table.places(x), y
        self.plan, self.generator = plan, generator
        self.all = np.arange(len(table.known))[:, None]

    def best(self) -> list[int]:
        """The program that most cells agree with, and of these one with few parts."""
        program, worth = self.climbed([0] * self.plan.parts)
        in_vain = 0
        while in_vain < (self.plan.shorter if worth[0] == self.y.size else self.plan.tries):
            other, found = self.climbed(self.disturbed(program))
            in_vain = 0 if found > worth else in_vain + 1
            if found >= worth:
                program, worth = other, found
        return program

    def climbed(self, program: list[int]) -> tuple[list[int], tuple[int, int]]:
        """A program none of whose parts can be exchanged for a better one.

        Returns:
            It, and what it is worth: cells that come out right, parts that are the first one.
        """
        worth, before = (0, 0), (-1, 0)
        while before < worth:
            before = worth
            for place in self._order(len(program)):
                states = self._run(self.x, program[:place])
                outputs = self._run(self.table.after(states, self.all), program[place + 1 :])
                agree = self.table.cells(outputs) == self.y
                right = agree.reshape(len(outputs), -1).sum(1)
                among = np.flatnonzero(right == right.max())
                program = program.copy()
                # The shorter program of equal ones; else any, so that no order is preferred.
                program[place] = int(among[self._draw(len(among)) if among[0] else 0])
                worth = int(right.max()), program.count(0)
        return program, worth

    def disturbed(self, program: list[int]) -> list[int]:
        """A program with two parts exchanged at random, or one moved, perhaps exchanged too."""
        new, count = program.copy(), len(self.all)
        one, two = (*self._order(len(program)), 0)[:2]
        kind = self._draw(3)
        if kind == 0:
            new[one], new[two] = self._draw(count), self._draw(count)
        else:
            moved = new.pop(one)
            new.insert(two, moved if kind == 1 else self._draw(count))
        return new

    def _run(self, places: Places, program: Sequence[int]) -> Places:
        for part in program:
            places = self.table.after(places, part)
        return places

    def _order(self, count: int) -> list[int]:
        order: list[int] = torch.randperm(count, generator=self.generator).tolist()
        return order

    def _draw(self, below: int) -> int:
        return int(torch.randint(below, (), generator=self.generator))
