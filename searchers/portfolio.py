"""Portfolio: several searchers share one budget, turn by turn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError, LimitReached
from nsr.program import Term
from nsr.search import PULSE, Candidate, Guide, Problem, get_searcher

TURN: Final = 10_000
"""Least fuel of one turn."""
SLOPE: Final = 0.15
"""Member number k, from 0 on, gets 1 / (1 + k * SLOPE) of what the first gets."""
MOST: Final = 8.0
"""What a member gets at most times more because of what it has read off the examples."""


class Portfolio:
    """Runs the domain's searchers in turns until all are done, those named first with more fuel.

    No member holds more than half of the memory; one that does leaves, and what it held is free
    again. A program is yielded once, with the name of the member that found it first.
    """

    name: ClassVar[str] = "portfolio"
    exhaustive: ClassVar[bool] = True

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates in the order in which the members find them.

        Raises:
            LimitReached: when the shared meter runs out.
            DeclinedError: if every member declines, with the reasons.
        """
        names = problem.domain.portfolio
        memory = meter.budget.memory and max(1, meter.budget.memory // 2)
        members: list[_Member] = []
        for place, (name, own_rng) in enumerate(zip(names, rng.spawn(len(names)), strict=True)):
            share = meter.share(memory=memory)
            weight = 1 / (1 + place * SLOPE)
            members.append(_Member(name, share, weight, problem, guide, own_rng))
        declined: dict[str, str] = {}
        seen: set[Term] = set()
        while members:
            # The one that has spent least in proportion to its weight is next.
            member = min(members, key=lambda m: m.meter.fuel / m.share)
            done = False
            try:
                for candidate in member.turn():
                    if candidate is None:
                        yield PULSE
                    elif candidate.program not in seen:
                        seen.add(candidate.program)
                        yield candidate
                done = member.exhausted
            except DeclinedError as error:
                declined[member.name] = str(error)
                done = True
            except LimitReached:
                if meter.stopped_by is not None:
                    raise
                done = True
            if done:
                members.remove(member)
                member.close()
        if len(declined) == len(names):
            reasons = "; ".join(f"{name}: {reason}" for name, reason in declined.items())
            raise DeclinedError(reasons)


class _Member:
    """One searcher with its share of the budget."""

    def __init__(
        self,
        name: str,
        meter: Meter,
        weight: float,
        problem: Problem,
        guide: Guide,
        rng: np.random.Generator,
    ):
        self.name = name
        self.meter = meter
        self.weight = weight
        self.exhausted = False
        searcher = get_searcher(name)()
        self._searcher = searcher
        self._stream = searcher.search(problem, meter=meter, guide=guide, rng=rng)

    @property
    def share(self) -> float:
        """Its weight, and a half more of it for each bit that speaks for what it searches."""
        bits: float = getattr(self._searcher, "surprise", 0.0)
        return self.weight * min(MOST, math.exp2(max(0.0, -bits / 2)))

    def turn(self) -> Iterator[Candidate | None]:
        """What the member yields during one turn."""
        end = self.meter.fuel + TURN
        while self.meter.fuel < end:
            try:
                found = next(self._stream)
            except StopIteration:
                self.exhausted = True
                return
            if found is not None and not found.source:
                found = Candidate(found.program, found.cost, found.outputs, self.name)
            yield found

    def close(self) -> None:
        """Drop the searcher and give back what it held."""
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()
        self.meter.hold(-self.meter.held)
