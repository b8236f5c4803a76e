"""Loops that carry a value through a list: folds and scans, from either end."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from nsr.budget import Meter
from nsr.program import Term
from nsr.search import Guide, Problem
from nsr.search.deduction import (
    INTS,
    Inner,
    Stream,
    consistent,
    functions,
    literal,
    operation,
    others,
    rng_of,
    streams,
    surprise,
)
from nsr.search.guesses import Loop, loop_steps
from nsr.search.prefixes import FOLDS, PAIR_FOLDS, rows, starts, steps
from nsr.search.scheme import Posed, Scheme, View, views, with_outputs

PROBES: Final = 64
"""Made-up steps from which those that tell functions apart are taken."""
STREAMS: Final = 10
INITS: Final = 2.0
"""Bits against looking at all items so far."""
PAIRED: Final = 6
"""Lists that are gone through alone, and those in pairs."""


class Fold(Scheme):
    """An output is what is left of going through a list with a value.

    Two inputs of which one is the other with one more item at the end show a step: from one
    output and the item to the other output. Inputs of one item show the step from the start. An
    output list as long as the input may hold the value after every item (a scan): then all its
    neighbours are steps. Truth values are carried as 0 and 1.
    """

    name = "fold"
    requires = (*FOLDS.values(), *PAIR_FOLDS.values(), "scan", "init")
    unfit = "the outputs are not those of a loop over a list"

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        lists = streams(problem, meter)
        posed: list[Posed] = []
        for view in (*views(problem), *_counted(problem)):
            if view.problem.goal in FOLDS:
                for stream in lists[:STREAMS]:
                    posed += _scans(view, stream, meter, guide)
                    posed += _folds(view, stream, meter, guide, rng)
                    posed += _added(view, stream, meter, guide)
                posed += _zipped(view, lists[:PAIRED], meter, guide, rng)
        return posed


class _Truth(View):
    """Truth values carried as numbers."""

    def wrap(self, program: Term) -> Term:
        space = self.problem.space
        return space.apply("eq", program, literal(1))


def _counted(problem: Problem) -> Iterator[View]:
    if problem.goal == "bool" and "eq" in problem.space.applications:
        yield _Truth(with_outputs(problem, "int", [int(e.output) for e in problem.examples]))


# -- folds -----------------------------------------------------------------------------------
def _folds(
    view: View,
    stream: Stream,
    meter: Meter,
    guide: Guide,
    rng: np.random.Generator,
) -> Iterator[Posed]:
    """Searches for steps of folds over one list, from each start."""
    problem = view.problem
    visible = others(problem, stream.uses)
    known = steps(problem, stream, visible)
    if known is None:
        return
    for start, value in starts(problem, stream):
        examples = [*known]
        if value is not None:
            examples += [
                (n, (value, x[0]), e.output) for n, x, e in rows(problem, stream) if len(x) == 1
            ]
        inner = Inner(
            (problem.goal, "int"),
            problem.goal,
            examples,
            visible,
            _probes(problem, stream, rng),
        )
        if consistent(inner, problem):
            yield (
                surprise(view, inner, stream),
                _folded(view, stream, start, inner, meter, guide),
            )


def _probes(problem: Problem, stream: Stream, rng: np.random.Generator) -> list[Any]:
    """Made-up steps: outputs and items that occur."""
    numbers = rng_of(range(len(problem.examples)), PROBES, rng)
    outputs = [e.output for e in problem.examples]
    items = [item for x in stream.values for item in x]
    values, last = rng_of(outputs, PROBES, rng), rng_of(items, PROBES, rng)
    return [(n, (v, i)) for n, v, i in zip(numbers, values, last, strict=False)]


def _folded(
    view: View, stream: Stream, start: Term, inner: Inner, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    space, primitive = view.problem.space, FOLDS[view.problem.goal]
    values = stream.values[: len(view.problem.examples)]
    loop = Loop(
        view.problem,
        lambda step: space.apply(primitive, step, start, stream.term),
        lambda step: space.apply(primitive, step, start, space.apply("init", stream.term)),
        [x[-1:] or None for x in values],
        [len(x) for x in values],
    )
    for step in loop_steps(loop, inner, meter=meter, guide=guide):
        yield step and view.wrap(loop.whole(step))


# -- sums ------------------------------------------------------------------------------------
def _added(view: View, stream: Stream, meter: Meter, guide: Guide) -> Iterator[Posed]:
    """Sums over all beginnings of a list: what a last item adds follows from all items so far."""
    problem = view.problem
    visible = others(problem, stream.uses)
    known = steps(problem, stream, visible)
    if problem.goal != "int" or not known or "inits" not in problem.space.applications:
        return
    examples = [(n, (stream.values[n],), after - before) for n, (before, _), after in known]
    examples += [(n, (x,), e.output) for n, x, e in rows(problem, stream) if len(x) == 1]
    inner = Inner((INTS,), "int", examples, visible)
    if consistent(inner, problem):
        yield INITS + surprise(view, inner, stream), _summed(view, stream, inner, meter, guide)


def _summed(
    view: View, stream: Stream, inner: Inner, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    space, add = view.problem.space, operation(view.problem, "add")
    for function in functions(view.problem, inner, meter=meter, guide=guide):
        if function is None:
            yield None
        else:
            each = space.apply("map_lists", function, space.apply("inits", stream.term))
            yield view.wrap(space.apply("fold", add, literal(0), each))


# -- folds of two lists ------------------------------------------------------------------------
def _zipped(
    view: View, lists: Sequence[Stream], meter: Meter, guide: Guide, rng: np.random.Generator
) -> Iterator[Posed]:
    """Searches for steps of folds over two lists at once; the pairs of items are one list."""
    problem = view.problem
    for left, right in itertools.combinations(lists, 2):
        pairs = tuple(
            tuple(zip(a, b, strict=False)) for a, b in zip(left.values, right.values, strict=True)
        )
        both = Stream(left.term, pairs, left.uses | right.uses, left.cost + right.cost)
        visible = others(problem, both.uses)
        known = steps(problem, both, visible)
        if not known:
            continue
        examples = [(n, (value, *pair), wanted) for n, (value, pair), wanted in known]
        made_up = [(n, (value, *pair)) for n, (value, pair) in _probes(problem, both, rng)]
        params = (problem.goal, "int", "int")
        for start, value in starts(problem, both):
            if value is None:
                continue
            first = [
                (n, (value, *x[0]), e.output) for n, x, e in rows(problem, both) if len(x) == 1
            ]
            inner = Inner(params, problem.goal, examples + first, visible, made_up)
            if consistent(inner, problem):
                search = _folded_pairs(view, (left, right), start, inner, meter, guide)
                yield surprise(view, inner, left, right), search


def _folded_pairs(
    view: View,
    lists: tuple[Stream, Stream],
    start: Term,
    inner: Inner,
    meter: Meter,
    guide: Guide,
) -> Iterator[Term | None]:
    space, primitive = view.problem.space, PAIR_FOLDS[view.problem.goal]
    left, right = (stream.values[: len(view.problem.examples)] for stream in lists)
    terms = [stream.term for stream in lists]
    sizes = [min(len(a), len(b)) for a, b in zip(left, right, strict=True)]
    # The last pair is left out where neither list goes on behind it.
    even = [len(a) == len(b) for a, b in zip(left, right, strict=True)]
    loop = Loop(
        view.problem,
        lambda step: space.apply(primitive, step, start, *terms),
        lambda step: space.apply(
            primitive, step, start, *(space.apply("init", term) for term in terms)
        ),
        [
            (a[-1], b[-1]) if size and same else None
            for a, b, size, same in zip(left, right, sizes, even, strict=True)
        ],
        sizes,
    )
    for step in loop_steps(loop, inner, meter=meter, guide=guide):
        yield step and view.wrap(loop.whole(step))


# -- scans -----------------------------------------------------------------------------------
def _scans(view: View, stream: Stream, meter: Meter, guide: Guide) -> Iterator[Posed]:
    problem = view.problem
    all_rows = list(rows(problem, stream))
    if problem.goal != "ints" or any(len(x) != len(e.output) for _, x, e in all_rows):
        return
    later = [
        (n, (e.output[i - 1], x[i]), e.output[i]) for n, x, e in all_rows for i in range(1, len(x))
    ]
    visible = others(problem, stream.uses)
    firsts = [(n, x[0], e.output[0]) for n, x, e in all_rows if x]
    starts = [None, 0, 1] if all(a == b for _, a, b in firsts) else [0, 1]
    for start in starts:
        examples = later + [
            (n, (start, item), value) for n, item, value in firsts if start is not None
        ]
        for seen in (visible, others(problem)):
            inner = Inner(("int", "int"), "int", examples, seen)
            if consistent(inner, problem):
                yield (
                    surprise(view, inner, stream),
                    _scanned(view, stream, start, inner, meter, guide),
                )
                break


def _scanned(
    view: View, stream: Stream, start: int | None, inner: Inner, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    space = view.problem.space
    for function in functions(view.problem, inner, meter=meter, guide=guide):
        if function is None:
            yield None
        elif start is None:
            yield view.wrap(space.apply("scan", function, stream.term))
        else:
            begun = space.apply("cons", literal(start), stream.term)
            yield view.wrap(space.apply("tail", space.apply("scan", function, begun)))
