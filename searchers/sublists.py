"""One output item, or a few, for every part of a list: `map_lists`, `concat_lists`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError
from nsr.program import Lambda, Term
from nsr.search import Guide, Problem
from nsr.search.alignments import kept, peeled
from nsr.search.deduction import (
    INTS,
    Inner,
    consistent,
    functions,
    others,
    surprise,
)
from nsr.search.scheme import Posed, Scheme, View, views
from nsr.search.sublists import PRIMITIVES, Cut, cuts, item_if

BLOCKS: Final = 4
"""Up to so many output items for one part, where it is the same number for all."""

_Made = tuple[str, Inner, Callable[[Problem, Lambda], Lambda]]
"""Primitive, function wanted, and what makes the primitive's function of it."""


class Sublists(Scheme):
    """Goes through the parts of a list that is cut: groups of neighbours, beginnings, windows.

    Where outputs have as many items as there are parts, or as many for each, what the function
    inside must give can be read off. Otherwise it is peeled off: lists of one part show what that
    part makes, this is taken off the ends of other outputs, and so on.
    """

    name = "sublists"
    requires = PRIMITIVES
    unfit = "outputs do not follow from parts of lists"

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        if problem.goal != INTS:
            raise DeclinedError(f"only lists are made of parts; the goal is {problem.goal!r}")
        found = list(cuts(problem, meter, guide))
        return [
            (
                surprise(view, made[1]) + cut.bits + cut.seen,
                _programs(view, made, cut, meter, guide),
            )
            for view in views(problem)
            if view.problem.goal == INTS
            for cut in found
            for made in _inner_problems(view.problem, cut)
        ]


def _programs(
    view: View, made: _Made, cut: Cut, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    primitive, inner, finished = made
    apply = view.problem.space.apply
    for function in functions(view.problem, inner, meter=meter, guide=guide):
        if function is None:
            yield None
        else:
            whole = finished(view.problem, function)
            yield view.wrap(apply(primitive, whole, cut.term))


def _inner_problems(problem: Problem, cut: Cut) -> Iterator[_Made]:
    """What the function inside must be, if it looks at nothing else, or at the other inputs."""
    rows = [
        (n, parts, e.output)
        for n, (parts, e) in enumerate(zip(cut.parts, problem.examples, strict=True))
    ]
    for primitive, result, examples, finished in (*_regular(rows), *_kept(rows, cut)):
        for visible in dict.fromkeys([(), others(problem, cut.stream.uses)]):
            inner = Inner((INTS,), result, examples, visible)
            if consistent(inner, problem):
                yield primitive, inner, finished
                break


_Row = tuple[int, tuple[Any, ...], Any]
_Shape = tuple[str, str, list[Any], Callable[[Problem, Lambda], Lambda]]


def _regular(rows: list[_Row]) -> Iterator[_Shape]:
    """One item for each part, a block of items, or a block that is told by peeling."""
    for size in range(1, BLOCKS + 1):
        if all(len(y) == size * len(parts) for _, parts, y in rows):
            blocks: list[Any] = [
                (n, (part,), y[i] if size == 1 else y[size * i : size * (i + 1)])
                for n, parts, y in rows
                for i, part in enumerate(parts)
            ]
            if size == 1:
                yield "map_lists", "int", blocks, _as_it_is
            else:
                yield "concat_lists", INTS, blocks, _as_it_is
            return
    found = peeled([(n, (), list(parts), y) for n, parts, y in rows])
    if found:
        yield "concat_lists", INTS, [(n, (part,), y) for n, part, y in found], _as_it_is


def _kept(rows: list[_Row], cut: Cut) -> Iterator[_Shape]:
    """Some of the items: of beginnings the last, of three neighbours the one in the middle."""
    if cut.kind == "inits":
        place, finished = -1, _last_if
    elif all(len(part) == 3 for _, parts, _ in rows for part in parts):
        place, finished = 1, _second_if
    else:
        return
    examples: list[Any] = []
    for n, parts, y in rows:
        certain = kept([part[place] for part in parts], y)
        if certain is None:
            return
        told = zip(parts, certain, strict=True)
        examples += [(n, (part,), keeps) for part, keeps in told if keeps is not None]
    yield "concat_lists", "bool", examples, finished


def _as_it_is(_problem: Problem, function: Lambda) -> Lambda:
    return function


def _last_if(problem: Problem, condition: Lambda) -> Lambda:
    return item_if(problem, condition, problem.space.apply("last", condition.params[0]))


def _second_if(problem: Problem, condition: Lambda) -> Lambda:
    apply = problem.space.apply
    return item_if(problem, condition, apply("head", apply("tail", condition.params[0])))
