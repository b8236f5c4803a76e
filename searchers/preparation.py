"""Something is made of the inputs first, and the rest is a problem with one more input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError, UndefinedError
from nsr.executor import Executor
from nsr.library import inlined
from nsr.program import Lambda, Term, Variable
from nsr.search import Guide, Problem, get_searcher
from nsr.search.deduction import INTS, in_order, literal, operation
from nsr.search.scheme import Posed, Scheme
from nsr.values import Column, Undefined

MEMBERS: Final = ("two-sided", "elementwise", "fold")
"""Who searches for the rest."""
STEPS: Final = ("add", "max", "min")
"""Loops whose step is one of these alone are worth doing first."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What is made of the inputs: terms, their values on all inputs, and what speaks against."""

    terms: tuple[Term, ...]
    values: tuple[Column, ...]
    bits: float


class Preparation(Scheme):
    """Sums, largest and smallest items of a list, the list in order, differences and runs of equal
    neighbours are inputs of the rest.

    So the rest is as easy to find as if they had been given.
    """

    name = "preparation"
    requires = ("fold", "scan", "zipwith", "tail", "sub", *STEPS)
    unfit = "no input is a list"
    deduces = False

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        return [
            (made.bits + 0.5 * place, _programs(problem, made, name, meter, guide, rng))
            for made in _prepared(problem, meter)
            for place, name in enumerate(MEMBERS)
        ]


def _prepared(problem: Problem, meter: Meter) -> Iterator[_Made]:
    """What is made of each list, and of all lists alike if there are several."""
    lists = [Variable(i, name) for i, name in enumerate(problem.input_types) if name == INTS]
    choices = [[items] for items in lists] + ([[*lists]] if len(lists) > 1 else [])
    run = Executor(problem.domain).run
    for chosen in choices:
        for made in zip(*(_ways(problem, items) for items in chosen), strict=True):
            bits, terms = made[0][0], tuple(term for _, terms in made for term in terms)
            values = tuple(run(term, problem.inputs, meter=meter) for term in terms)
            if not any(isinstance(v, Undefined) for column in values for v in column):
                yield _Made(terms, values, bits)


def _ways(problem: Problem, items: Term) -> Iterator[tuple[float, list[Term]]]:
    """Bits against it, and what is made of a list."""
    yield 0.0, _summaries(problem, items)
    yield from _lists(problem, items)


def _summaries(problem: Problem, items: Term) -> list[Term]:
    space = problem.space
    head = space.apply("head", items)
    start: list[Term] = [literal(0), head, head]
    return [
        space.apply("fold", operation(problem, name), first, items)
        for name, first in zip(STEPS, start, strict=True)
    ]


def _lists(problem: Problem, items: Term) -> Iterator[tuple[float, list[Term]]]:
    space = problem.space
    if "sort_by" in space.applications:
        ordered = in_order(problem, items)
        yield 0.5, [ordered]
        if "map_lists" in space.applications:
            yield 1.0, _runs(problem, ordered)
    yield 1.0, [space.apply("scan", operation(problem, STEPS[0]), items)]
    yield 1.0, [_differences(problem, items)]
    if "map_lists" in space.applications:
        yield 1.5, _runs(problem, items)


def _differences(problem: Problem, items: Term) -> Term:
    """Of each two neighbours, the second less the first."""
    space, first = problem.space, len(problem.input_types)
    params = (Variable(first, "int"), Variable(first + 1, "int"))
    less = Lambda(params, space.apply("sub", params[1], params[0]), "int_int_to_int")
    return space.apply("zipwith", less, items, space.apply("tail", items))


def _runs(problem: Problem, items: Term) -> list[Term]:
    """Items and lengths of the runs of equal neighbours."""
    space, first = problem.space, len(problem.input_types)
    same = operation(problem, "eq")
    group = Variable(first, INTS)
    groups = space.apply("groups", same, items)
    return [
        space.apply("map_lists", Lambda((group,), space.apply(name, group), "ints_to_int"), groups)
        for name in ("head", "len")
    ]


def _programs(
    problem: Problem,
    made: _Made,
    member: str,
    meter: Meter,
    guide: Guide,
    rng: np.random.Generator,
) -> Iterator[Term | None]:
    count = len(problem.examples)
    extended = replace(
        problem,
        input_types=problem.input_types + tuple(term.type for term in made.terms),
        examples=tuple(
            replace(e, inputs=e.inputs + tuple(column[i] for column in made.values))
            for i, e in enumerate(problem.examples)
        ),
        queries=tuple(
            q + tuple(column[count + i] for column in made.values)
            for i, q in enumerate(problem.queries)
        ),
    )
    inputs = tuple(Variable(i, name) for i, name in enumerate(problem.input_types))
    try:
        for found in get_searcher(member)().search(extended, meter=meter, guide=guide, rng=rng):
            if found is None:
                yield None
            else:
                yield inlined(found.program, inputs + made.terms, len(inputs), 0)
    except (DeclinedError, UndefinedError):
        return
