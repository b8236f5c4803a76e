"""One output item, or a few, for every group of neighbours: `map_groups`, `concat_groups`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

import numpy as np

from nsr.alignments import peeled
from nsr.budget import Meter
from nsr.deduction import (
    LISTS,
    Inner,
    View,
    checked,
    consistent,
    functions,
    in_turns,
    needs,
    streams,
    surprise,
    views,
)
from nsr.errors import DeclinedError
from nsr.groups import Cut, cuts
from nsr.program import Term
from nsr.search import Candidate, Guide, Problem

STREAMS: Final = 6
BLOCKS: Final = 4
"""Up to so many output items for one group, where it is the same number for all."""


class Grouping:
    """Goes through the groups of neighbours that a relation holds together, such as equal ones.

    Where outputs have as many items as there are groups, or as many for each, what the function
    inside must give can be read off. Otherwise it is peeled off: lists of one group show what that
    group makes, this is taken off the ends of other outputs, and so on.
    """

    name: ClassVar[str] = "grouping"
    exhaustive: ClassVar[bool] = False

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates, those of cheap functions first.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the goal is no list, or nothing fits.
        """
        needs(problem, "map_groups", "concat_groups")
        if problem.goal != LISTS:
            raise DeclinedError(f"only lists are made of groups; the goal is {problem.goal!r}")
        lists = streams(problem, meter)[:STREAMS]
        found = list(cuts(problem, lists, meter, guide))
        posed = [
            (
                surprise(view, inner) + cut.bits,
                _programs(view, primitive, inner, cut, meter, guide),
            )
            for view in views(problem)
            if view.problem.goal == LISTS
            for cut in found
            for primitive, inner in _inner_problems(view.problem, cut)
            if consistent(inner, view.problem)
        ]
        if not posed:
            raise DeclinedError("outputs do not follow from groups of neighbours")
        yield from checked(problem, in_turns(posed, meter), meter, self.name)


def _inner_problems(problem: Problem, cut: Cut) -> Iterator[tuple[str, Inner]]:
    rows = [
        (n, groups, e.output)
        for n, (groups, e) in enumerate(zip(cut.groups, problem.examples, strict=True))
    ]
    for size in range(1, BLOCKS + 1):
        if all(len(y) == size * len(groups) for _, groups, y in rows):
            parts: list[tuple[int, tuple[Any, ...], Any]] = [
                (n, (group,), y[size * i : size * (i + 1)])
                for n, groups, y in rows
                for i, group in enumerate(groups)
            ]
            if size > 1:
                yield "concat_groups", Inner((LISTS,), LISTS, parts)
            else:
                items = [(n, group, item) for n, group, (item,) in parts]
                yield "map_groups", Inner((LISTS,), "int", items)
            return
    blocks = peeled([(n, (), list(groups), y) for n, groups, y in rows])
    if blocks:
        yield "concat_groups", Inner((LISTS,), LISTS, [(n, (g,), y) for n, g, y in blocks])


def _programs(
    view: View, primitive: str, inner: Inner, cut: Cut, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    apply = view.problem.space.apply
    for function in functions(view.problem, inner, meter=meter, guide=guide):
        yield function and view.wrap(apply(primitive, cut.relation, function, cut.stream.term))
