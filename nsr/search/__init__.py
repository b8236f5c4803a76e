"""The contract between problems and the strategies that search them.

A searcher is a class without required arguments whose `search` is a generator of candidates. It
is found by name: a module of the package `searchers`, or an entry point of the group
`nsr.searchers`. `nsr.testing` holds the conformance suite every searcher runs against itself.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import math
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from nsr.budget import Meter
from nsr.domain import Domain, load_plugin
from nsr.errors import GrammarError, UnknownNameError
from nsr.program import Apply, Term
from nsr.space import Production, Space
from nsr.task import Example, Task
from nsr.values import Column, Value


@dataclass(frozen=True, slots=True)
class Problem:
    """Find terms of type `goal` in `space` that map every example's inputs to its output.

    Args:
        space: the programs that may be written.
        goal: the type wanted.
        input_types: types of the variables x0, x1, ...
        examples: what must hold.
        queries: inputs on which a candidate must have a value too.
    """

    space: Space
    goal: str
    input_types: tuple[str, ...]
    examples: tuple[Example, ...]
    queries: tuple[tuple[Value, ...], ...] = ()

    @classmethod
    def from_task(cls, task: Task, space: Space) -> Problem:
        """The problem that a task poses in a space.

        Raises:
            InputError: if a value of the task has no type in the space's domain.
        """
        typed = task.typed(space.domain)
        assert typed.input_types is not None
        assert typed.output_type is not None
        rows = [*(e.inputs for e in typed.train), *typed.queries]
        inputs, outputs = [v for row in rows for v in row], [e.output for e in typed.train]
        return cls(
            space.mined(inputs, outputs),
            typed.output_type,
            typed.input_types,
            typed.train,
            typed.queries,
        )

    @property
    def domain(self) -> Domain:
        """The domain of the space."""
        return self.space.domain

    @property
    def inputs(self) -> tuple[tuple[Value, ...], ...]:
        """Inputs of the examples, then of the queries."""
        return tuple(e.inputs for e in self.examples) + self.queries

    @property
    def target(self) -> Column:
        """The outputs of the examples."""
        return tuple(e.output for e in self.examples)

    def solved_by(self, outputs: Column) -> bool:
        """Whether a column of values (examples first) gives every example's output."""
        equal = self.domain.type(self.goal).equal
        return all(equal(y, e.output) for y, e in zip(outputs, self.examples, strict=False))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that reproduces every example.

    Args:
        program: the term.
        cost: its description length in bits, the lower the better.
        outputs: its values on the problem's inputs: examples first, then queries.
        source: the method that found it; agreement between methods counts in the ranking.
    """

    program: Term
    cost: float
    outputs: Column = field(repr=False)
    source: str = ""


PULSE = None
"""Yielded by a searcher that has nothing new yet, so that its caller can turn to others."""


@runtime_checkable
class Guide(Protocol):
    """Says which productions are likely; the same object steers every searcher."""

    def weights(self, problem: Problem, parent: Production | None) -> Mapping[str, float]:
        """Production name -> relative weight (> 0) below `parent`; names left out weigh 1."""
        ...


@dataclass(frozen=True, slots=True)
class Uniform:
    """No preference beyond the costs of the primitives."""

    def weights(self, problem: Problem, parent: Production | None) -> Mapping[str, float]:
        """An empty mapping: everything weighs 1."""
        return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights counted from programs: unigram frequencies with add-`alpha` smoothing."""

    counts: Mapping[str, float]
    alpha: float = 1.0

    @classmethod
    def from_programs(cls, programs: list[Term], alpha: float = 1.0) -> Fitted:
        """Count primitives in `programs`."""
        from nsr.program import walk

        counts: dict[str, float] = {}
        for program in programs:
            for node in walk(program):
                if isinstance(node, Apply):
                    counts[node.primitive] = counts.get(node.primitive, 0.0) + 1.0
        return cls(MappingProxyType(counts), alpha)

    def weights(self, problem: Problem, parent: Production | None) -> Mapping[str, float]:
        """Smoothed counts, relative to a primitive never seen."""
        return {name: (count + self.alpha) / self.alpha for name, count in self.counts.items()}


def choice_bits(
    guide: Guide, problem: Problem, parent: Production | None, options: tuple[Production, ...]
) -> tuple[float, ...]:
    """Bits of choosing each of `options` under `parent`: -log2 of its share of the weight.

    A production weighs `guide weight * 2 ** -cost`.
    """
    weights = guide.weights(problem, parent)
    masses = [weights.get(p.name, 1.0) * 2.0**-p.cost for p in options]
    total = sum(masses)
    return tuple(-math.log2(mass / total) for mass in masses)


class Searcher(Protocol):
    """One strategy.

    `search` yields distinct candidates as they are found and `PULSE` at least once every few
    thousand units of fuel. It spends fuel for every application of a primitive to an example,
    lets `LimitReached` pass through, draws randomness from `rng` only, and returns when the
    space is exhausted. A searcher may have an attribute `surprise`, the bits against the best of
    what it has read off the examples: the fewer, the more of the fuel it gets in a portfolio.
    """

    name: ClassVar[str]

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates, anytime.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the searcher cannot work on this problem.
        """
        ...


def searcher_names() -> list[str]:
    """Names of every searcher that can be loaded, sorted."""
    return sorted(set(_own_modules()) | set(_entry_points()))


@functools.cache
def get_searcher(name: str) -> type[Searcher]:
    """The searcher class of that name.

    Raises:
        UnknownNameError: if there is none.
        GrammarError: if what was found has no `search`.
        NsrError: if it is a plug-in that cannot be loaded.
    """
    points = _entry_points()
    own = _own_modules()
    if name in points:
        found = load_plugin(points[name])
    elif name in own:
        module = importlib.import_module(f"searchers.{own[name]}")
        found = getattr(module, "".join(w.title() for w in own[name].split("_")))
    else:
        raise UnknownNameError("searcher", name, searcher_names())
    if not callable(getattr(found, "search", None)):
        raise GrammarError(f"searcher {name!r} must have a method `search`, got {found!r}")
    return found  # type: ignore[no-any-return]


@functools.cache
def _own_modules() -> dict[str, str]:
    package = importlib.import_module("searchers")
    names = [m.name for m in pkgutil.iter_modules(package.__path__) if m.name[0] != "_"]
    return {name.replace("_", "-"): name for name in names}


@functools.cache
def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    return {p.name: p for p in importlib.metadata.entry_points(group="nsr.searchers")}
