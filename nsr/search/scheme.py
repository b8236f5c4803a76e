"""Searchers that pose other problems, pursue them in turns, and check what comes back.

A scheme such as a fold turns a problem into searches for what stands inside it. All of them are
told by their bits how much of the fuel they may have, none is cut off.
"""

from __future__ import annotations

import heapq
import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError, UndefinedError
from nsr.executor import Executor
from nsr.program import Term
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.search.refine import first_failure
from nsr.values import Undefined, Value

TURN: Final = 5_000
"""Least fuel of one turn of one search."""

Posed: TypeAlias = tuple[float, Iterator[Any]]
"""Bits against a problem, and the search for it."""


class Scheme(ABC):
    """A searcher that poses searches for what stands inside a program.

    A subclass says its `name`, what it `requires`, what it poses, and why there may be nothing
    (`unfit`).
    """

    name: ClassVar[str]
    exhaustive: ClassVar[bool] = False
    requires: ClassVar[tuple[str, ...]]
    """Primitives without which the scheme declines."""
    unfit: ClassVar[str]
    """The reason for declining if nothing is posed."""
    deduces: ClassVar[bool] = True
    """Whether bits tell how well the examples fit, and not only how dear the programs are."""
    surprise: float = 0.0

    @abstractmethod
    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """Searches for programs of the whole, with the bits against them.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if a better reason than `unfit` is at hand.
        """

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates; more of the fuel goes to what has fewer bits against it.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the space lacks a primitive, or nothing fits.
        """
        needs(problem, *self.requires)
        posed = list(self.posed(problem, meter, guide, rng))
        if not posed:
            raise DeclinedError(self.unfit)
        if self.deduces:
            self.surprise = min(bits for bits, _ in posed)
        yield from checked(problem, in_turns(posed, meter), meter, self.name)


def needs(problem: Problem, *primitives: str) -> None:
    """Decline unless the space has these primitives.

    Raises:
        DeclinedError: naming the first that it lacks.
    """
    for name in primitives:
        if name not in problem.space.applications:
            raise DeclinedError(f"space {problem.space.name!r} has no {name!r}")


def in_turns(posed: Iterable[Posed], meter: Meter) -> Iterator[Any]:
    """What several searches yield, in turns: a bit against a search quarters its share of the fuel.

    Stride scheduling (Waldspurger and Weihl, 1995): next comes the search that has spent least in
    proportion to its share, so a turn that takes longer than it should is made up for.

    Raises:
        LimitReached: when the meter runs out.
    """
    ordered = sorted(posed, key=lambda item: item[0])
    waiting = [
        (TURN * 4.0 ** (bits - ordered[0][0]), place, bits, search)
        for place, (bits, search) in enumerate(ordered)
    ]
    while waiting:
        spent, place, bits, search = heapq.heappop(waiting)
        begin = meter.fuel
        for found in search:
            yield found
            if meter.fuel >= begin + TURN:
                break
        else:
            continue
        share = 4.0 ** (ordered[0][0] - bits)
        heapq.heappush(waiting, (spent + (meter.fuel - begin) / share, place, bits, search))


def checked(
    problem: Problem, programs: Iterator[Term | None], meter: Meter, source: str
) -> Iterator[Candidate | None]:
    """Those programs that explain every example and are defined on every query, each once.

    Raises:
        LimitReached: when the meter runs out.
    """
    seen: set[Term] = set()
    for program in programs:
        if program is None or program in seen:
            yield PULSE
            continue
        seen.add(program)
        if first_failure(problem, program, meter) is not None:
            yield PULSE
            continue
        outputs = Executor(problem.domain).run(program, problem.inputs, meter=meter)
        if not any(isinstance(value, Undefined) for value in outputs):
            yield Candidate(program, problem.space.cost(program), outputs, source)


@dataclass(frozen=True, slots=True)
class View:
    """The problem as it is, or one whose outputs an invertible last step makes into those wanted.

    `wrap` puts that step around a program; `bits` is what the step costs.
    """

    problem: Problem
    step: str | None = None
    bits: float = 0.0

    def wrap(self, program: Term) -> Term:
        """The program for the problem as it is."""
        return program if self.step is None else self.problem.space.apply(self.step, program)


def views(problem: Problem) -> Iterator[View]:
    """The problem, then as seen through every step of one argument that has an inverse."""
    yield View(problem)
    for production in problem.space.productions(problem.goal):
        if production.kind != "apply" or len(production.args) != 1:
            continue
        inverse = problem.domain.primitives[production.name].inverses.get(0)
        if inverse is None:
            continue
        try:
            columns = list(itertools.islice(inverse.solve([None], problem.target), 1))
        except UndefinedError:
            continue
        for column in columns:
            seen = with_outputs(problem, production.args[0], column)
            yield View(seen, production.name, production.cost)


def with_outputs(problem: Problem, goal: str, outputs: Iterable[Value]) -> Problem:
    """The problem with another goal and the outputs that go with it."""
    pairs = zip(problem.examples, outputs, strict=True)
    return replace(problem, goal=goal, examples=tuple(replace(e, output=y) for e, y in pairs))
