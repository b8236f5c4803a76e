"""The output has the items of a list in another order: `sort_by`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError
from nsr.program import Term
from nsr.search import Guide, Problem
from nsr.search.deduction import (
    Inner,
    Stream,
    functions,
    others,
    streams,
    surprise,
)
from nsr.search.scheme import Posed, Scheme, View, views

INTS: Final = "ints"
STREAMS: Final = 4


class Ordering(Scheme):
    """Enumerates what the items could be sorted by.

    No value of that function is known, only which items come first; so every function that
    differs on some items is tried. Functions of the item alone come before those that look at
    all inputs, such as how often an item occurs.
    """

    name = "ordering"
    requires = ("sort_by",)
    unfit = "the outputs have other items than the lists"
    deduces = False

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        if problem.goal != INTS:
            raise DeclinedError(f"only lists have an order; the goal is {problem.goal!r}")
        outputs = [sorted(e.output) for e in problem.examples]
        lists = [
            stream
            for stream in streams(problem, meter)
            if all(sorted(x) == y for x, y in zip(stream.values, outputs, strict=False))
        ]
        return [
            (surprise(view, inner, stream), _sorted(view, inner, stream, meter, guide))
            for view in views(problem)
            if view.problem.goal == INTS
            for stream in lists[:STREAMS]
            for inner in _keys(view.problem, stream)
        ]


def _keys(problem: Problem, stream: Stream) -> Iterator[Inner]:
    items = [(n, (x[n % len(x)],)) for n, x in enumerate(stream.values) if x]
    for visible in ((), others(problem)):
        yield Inner(("int",), "int", [], visible, items)


def _sorted(
    view: View, inner: Inner, stream: Stream, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    for key in functions(view.problem, inner, meter=meter, guide=guide):
        yield key and view.wrap(view.problem.space.apply("sort_by", key, stream.term))
