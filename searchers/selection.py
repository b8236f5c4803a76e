"""The output is one of the items: the largest by some function, or the first that a condition
holds of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError
from nsr.program import Lambda, Term
from nsr.search import Guide, Problem
from nsr.search.deduction import (
    INTS,
    Inner,
    Stream,
    consistent,
    functions,
    literal,
    others,
    streams,
    surprise,
)
from nsr.search.scheme import Posed, Scheme, View
from nsr.search.sublists import item_if

STREAMS: Final = 4
SEEN: Final = 1.0
"""Bits against a condition of all items up to the one that is chosen."""
MISSING: Final = 2.0
"""Bits of a number that stands for an item that is not there."""


class Selection(Scheme):
    """Enumerates what could be largest, and deduces what holds of an item that is the first.

    Of what is largest nothing follows but that it has its largest value for the output; so every
    function that differs on some items is tried. A condition does not hold of the items before
    the output, and holds of the output; where all outputs that are no items are the same number,
    that stands for "none".
    """

    name = "selection"
    requires = ("argmax", "filter", "snoc")
    unfit = "the output is not always an item of a list"
    deduces = False

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        if problem.goal != "int":
            raise DeclinedError(f"items are integers; the goal is {problem.goal!r}")
        posed: list[Posed] = []
        largest = 0
        for stream in streams(problem, meter)[: 2 * STREAMS]:
            missing = _missing(problem, stream)
            if not missing and largest < STREAMS:
                largest += 1
                posed.append((stream.cost, _largest(problem, stream, meter, guide)))
            if len(missing) < 2:
                posed += _first(problem, stream, missing, meter, guide)
        return posed


def _missing(problem: Problem, stream: Stream) -> set[int]:
    """Outputs that are no items of the list."""
    rows = zip(problem.examples, stream.values, strict=False)
    return {e.output for e, x in rows if e.output not in x}


# -- the largest -------------------------------------------------------------------------------
def _largest(problem: Problem, stream: Stream, meter: Meter, guide: Guide) -> Iterator[Term | None]:
    items = [(n, (x[n % len(x)],)) for n, x in enumerate(stream.values) if x]
    inner = Inner(("int",), "int", [], others(problem), items)
    for function in functions(problem, inner, meter=meter, guide=guide):
        yield function and problem.space.apply("argmax", function, stream.term)


# -- the first ---------------------------------------------------------------------------------
def _first(
    problem: Problem, stream: Stream, missing: set[int], meter: Meter, guide: Guide
) -> Iterator[Posed]:
    """Conditions of the item alone, and of all items up to it, where it comes once or twice."""
    view = View(problem)
    dear = MISSING * len(missing)
    shapes = [(dear, "int", 1)]
    if "inits" in problem.space.applications:
        shapes += [(dear + SEEN, INTS, 1), (dear + SEEN, INTS, 2)]
    for bits, param, time in shapes:
        examples = _told(problem, stream, missing, param == INTS, time)
        for visible in dict.fromkeys([(), others(problem, stream.uses)]):
            inner = Inner((param,), "bool", examples, visible)
            if any(holds for _, _, holds in examples) and consistent(inner, problem):
                search = _found(problem, stream, inner, missing, meter, guide)
                yield bits + surprise(view, inner, stream), search
                break


def _told(
    problem: Problem, stream: Stream, missing: set[int], parts: bool, time: int
) -> list[tuple[int, tuple[Any], bool]]:
    """What a condition holds of, if the output is the item that comes for this time there."""
    examples: list[tuple[int, tuple[Any], bool]] = []
    for n, (e, x) in enumerate(zip(problem.examples, stream.values, strict=False)):
        places = [i for i, item in enumerate(x) if item == e.output]
        if places and e.output in missing:
            continue
        if places and len(places) < time:
            return []
        end = places[time - 1] if places else len(x) - 1
        for i in range(end + 1):
            seen = x[: i + 1] if parts else x[i]
            examples.append((n, (seen,), bool(places) and i == end))
    return examples


def _found(
    problem: Problem, stream: Stream, inner: Inner, missing: set[int], meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    apply = problem.space.apply
    for function in functions(problem, inner, meter=meter, guide=guide):
        if function is None:
            yield None
            continue
        kept = _kept(problem, function, stream)
        yield apply("head", kept if not missing else apply("snoc", kept, literal(min(missing))))


def _kept(problem: Problem, condition: Lambda, stream: Stream) -> Term:
    """The items that a condition holds of, or of what is up to them."""
    apply, (param,) = problem.space.apply, condition.params
    if param.type != INTS:
        return apply("filter", condition, stream.term)
    each = item_if(problem, condition, apply("last", param))
    return apply("concat_lists", each, apply("inits", stream.term))
