"""Closed forms: found by nsr's own search in the space of arithmetic, from values at points."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from nsr.budget import Budget, Meter
from nsr.columns import term_body
from nsr.domain import Domain
from nsr.errors import UndefinedError
from nsr.program import Term
from nsr.search import Problem, Uniform, get_searcher
from nsr.space import Space, load_space
from nsr.task import Example
from nsr.values import Value, function_signature

Point: TypeAlias = tuple[int, ...]
"""Natural numbers for all variables in scope."""

Run: TypeAlias = Callable[[Point], Any]
"""A term as a function of its scope; raises `UndefinedError` where it has no value."""

TYPE: Final = "int"
BOOL: Final = "bool"

SHOWN: Final = 12
"""Points that the search sees; the others check what it finds."""

_SMALL: Final = 4
_LARGE: Final = 24
_POINTS: Final = 64


def arithmetic(domain: Domain) -> Space:
    """The space of a domain's own name, without loops and without what z3 does not know."""
    space = load_space(domain.name, domain)
    return space.restrict(
        name
        for name, production in space.applications.items()
        if name in domain.symbolic and not any(map(function_signature, production.args))
    )


@functools.lru_cache(maxsize=64)
def points(variables: int) -> tuple[Point, ...]:
    """Small and some larger arguments, without repeats."""
    small = itertools.islice(itertools.product(range(_SMALL), repeat=variables), _POINTS)
    rng = np.random.default_rng(0)
    larger = rng.integers(0, _LARGE, (_POINTS, variables)).tolist()
    return tuple(dict.fromkeys([*small, *map(tuple, larger)]))


def candidates(
    space: Space,
    goal: str,
    wanted: Mapping[Point, Value],
    *,
    fuel: int,
    limit: float | None = None,
) -> Iterator[Term]:
    """Distinct terms that give the wanted value at every point, cheapest first.

    Args:
        space: of the terms.
        goal: their type.
        wanted: point -> value; without any there are no candidates.
        fuel: of the whole search.
        limit: only terms that cost less.
    """
    order = np.random.default_rng(0).permutation(len(wanted))
    grid = list(wanted)
    shown = [grid[i] for i in sorted(order[:SHOWN])]
    meter = Budget(fuel=fuel).meter()
    seen: set[Term] = set()
    again = bool(wanted)
    with meter.ending():
        while again:
            again = False
            for term, cost in _search(space, goal, {p: wanted[p] for p in shown}, meter):
                if limit is not None and cost >= limit:
                    return
                run = number_function(space.domain, term)
                wrong = next((p for p in grid if value_at(run, p) != wanted[p]), None)
                if wrong is not None:
                    shown.append(wrong)
                    again = True
                    break
                if term not in seen:
                    seen.add(term)
                    yield term


def _search(
    space: Space, goal: str, wanted: Mapping[Point, Value], meter: Meter
) -> Iterator[tuple[Term, float]]:
    examples = tuple(Example(point, value) for point, value in wanted.items())
    problem = Problem(space, goal, (TYPE,) * len(examples[0].inputs), examples)
    searcher = get_searcher("bottom-up")()
    rng = np.random.default_rng(0)
    for found in searcher.search(problem, meter=meter, guide=Uniform(), rng=rng):
        if found is not None:
            yield found.program, found.cost


@functools.lru_cache(maxsize=1024)
def number_function(domain: Domain, term: Term) -> Run:
    """A term of arithmetic as a function of its scope, without limits on size."""
    return term_body(term, domain)


def value_at(run: Run, point: Point) -> Value | None:
    """The value at a point, or `None` where there is none."""
    try:
        return run(point)
    except UndefinedError:
        return None


def holds_at(conditions: Sequence[Run], point: Point) -> bool:
    """Whether all conditions have a value and hold."""
    return all(value_at(condition, point) is True for condition in conditions)
