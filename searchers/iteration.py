"""Lists in which every item follows from the one before: `iterate`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from nsr.budget import Meter
from nsr.program import Lambda, Term
from nsr.search import Candidate, Guide, Problem, get_searcher
from nsr.search.deduction import (
    Inner,
    consistent,
    functions,
    others,
    surprise,
)
from nsr.search.scheme import Posed, Scheme, View, in_turns, views, with_outputs

PARTS: Final = 6
"""So many of the cheapest terms for each part are combined."""


class Iteration(Scheme):
    """Neighbours in the output show the step; first items and lengths are problems of their own."""

    name = "iteration"
    requires = ("iterate",)
    unfit = "items do not follow from the items before them"

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        return [
            (surprise(view, inner), _iterated(view, inner, meter, guide, rng))
            for view in views(problem)
            if view.problem.goal == "ints"
            for inner in _steps(view.problem)
        ]


def _steps(problem: Problem) -> Iterator[Inner]:
    examples = [
        (n, (a,), b)
        for n, e in enumerate(problem.examples)
        for a, b in itertools.pairwise(e.output)
    ]
    if not examples or not all(e.output for e in problem.examples):
        return
    for visible in ((), others(problem)):
        inner = Inner(("int",), "int", examples, visible)
        if consistent(inner, problem):
            yield inner
            return


def _iterated(
    view: View, inner: Inner, meter: Meter, guide: Guide, rng: np.random.Generator
) -> Iterator[Term | None]:
    """Step, start and count are searched in turns; every new one is joined with all others."""
    problem = view.problem
    outputs = [e.output for e in problem.examples]
    wholes = [
        with_outputs(problem, "int", [y[0] for y in outputs]),
        with_outputs(problem, "int", map(len, outputs)),
    ]
    direct = get_searcher("two-sided")
    found: tuple[list[Term], list[Term], list[Term]] = ([], [], [])
    searches: list[Iterator[Candidate | Lambda | None]] = [
        functions(problem, inner, meter=meter, guide=guide),
        *(direct().search(whole, meter=meter, guide=guide, rng=rng) for whole in wholes),
    ]
    tagged = [(0.0, _tagged(i, search)) for i, search in enumerate(searches)]
    for part, term in in_turns(tagged, meter):
        if term is None or len(found[part]) >= PARTS:
            yield None
            continue
        found[part].append(term)
        pools = [[term] if i == part else found[i] for i in range(3)]
        for terms in itertools.product(*pools):
            yield view.wrap(problem.space.apply("iterate", *terms))


def _tagged(
    part: int, search: Iterator[Candidate | Lambda | None]
) -> Iterator[tuple[int, Term | None]]:
    for found in search:
        yield part, found.program if isinstance(found, Candidate) else found
