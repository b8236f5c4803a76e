"""Loops that carry a value through a list: folds and scans, from either end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.deduction import (
    Inner,
    Stream,
    View,
    checked,
    consistent,
    derived_streams,
    functions,
    in_turns,
    needs,
    others,
    rng_of,
    streams,
    views,
)
from nsr.executor import Executor
from nsr.program import Literal, Term
from nsr.search import Candidate, Guide, Problem
from nsr.task import Example
from nsr.values import Undefined

FOLDS: Final = {"int": "fold", "ints": "fold_ints"}
"""Type of the value carried -> primitive."""
PROBES: Final = 64
"""Made-up steps from which those that tell functions apart are taken."""
STREAMS: Final = 10
EXAMPLES: Final = 24
"""Examples on which lists made by loops of their own are told apart,"""
LEAST: Final = 4
"""and the steps that must follow from the examples to look for a fold over one."""
POSED: Final = 24
"""So many of these are searched at most."""


class Fold:
    """An output is what is left of going through a list with a value.

    Two inputs of which one is the other with one more item at the end show a step: from one
    output and the item to the other output. Inputs of one item show the step from the start. An
    output list as long as the input may hold the value after every item (a scan): then all its
    neighbours are steps. Truth values are carried as 0 and 1.
    """

    name: ClassVar[str] = "fold"
    exhaustive: ClassVar[bool] = False

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates, those of cheap steps first.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the space lacks a scheme, or no list can be made of the inputs.
        """
        needs(problem, "fold", "fold_ints", "scan")
        lists = streams(problem, meter)
        posed: list[Iterator[Term | None]] = []
        for view in (*views(problem), *_counted(problem)):
            if view.problem.goal in FOLDS:
                for stream in lists[:STREAMS]:
                    posed += _scans(view, stream, meter, guide)
                    posed += _folds(view, stream, meter, guide, rng)
        posed.append(_over_loops(problem, meter, guide, rng))
        yield from checked(problem, in_turns(posed, meter), meter, self.name)


def _over_loops(
    problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
) -> Iterator[Term | None]:
    """Folds over lists that are made by loops of their own: sums of maps, maxima of scans."""
    if problem.goal not in FOLDS:
        return
    # Short inputs come first: these are the beginnings of others.
    short = sorted(problem.examples, key=lambda e: len(repr(e.inputs)))[:EXAMPLES]
    part = replace(problem, examples=tuple(short), queries=())
    posed: list[Iterator[Term | None]] = []
    for stream in derived_streams(part, meter, guide):
        meter.spend(len(short))
        yield None
        if _steps(part, stream, others(problem, stream.uses)) is None:
            continue
        whole = _extended(problem, stream, meter)
        if whole is not None:
            posed += _folds(View(problem), whole, meter, guide, rng, least=LEAST)
        if len(posed) >= POSED:
            break
    yield from in_turns(posed, meter)


class _Truth(View):
    """Truth values carried as numbers."""

    def wrap(self, program: Term) -> Term:
        space = self.problem.space
        return space.apply("eq", program, Literal(1, "INT", "int"))


def _counted(problem: Problem) -> Iterator[View]:
    if problem.goal == "bool" and "eq" in problem.space.applications:
        examples = tuple(replace(e, output=int(e.output)) for e in problem.examples)
        yield _Truth(replace(problem, goal="int", examples=examples))


# -- folds -----------------------------------------------------------------------------------
def _folds(
    view: View,
    stream: Stream,
    meter: Meter,
    guide: Guide,
    rng: np.random.Generator,
    least: int = 0,
) -> Iterator[Iterator[Term | None]]:
    """Searches for steps of folds over one list, from each start; none with few examples."""
    problem = view.problem
    visible = others(problem, stream.uses)
    steps = _steps(problem, stream, visible)
    if steps is None or len(steps) < least:
        return
    for start in _starts(problem, stream):
        examples = [*steps]
        if isinstance(start, Literal) or start.primitive == "empty":
            value = start.value if isinstance(start, Literal) else ()
            examples += [
                (n, (value, x[0]), e.output) for n, x, e in _rows(problem, stream) if len(x) == 1
            ]
        inner = Inner(
            (problem.goal, "int"),
            problem.goal,
            examples,
            visible,
            _probes(problem, stream, rng),
        )
        if consistent(inner, problem):
            yield _folded(view, stream, start, inner, meter, guide)


def _rows(problem: Problem, stream: Stream) -> Iterator[tuple[int, Any, Example]]:
    for n, (x, e) in enumerate(zip(stream.values, problem.examples, strict=False)):
        yield n, x, e


def _steps(problem: Problem, stream: Stream, visible: Sequence[int]) -> list[Any] | None:
    """(example, (value, item), next value) wherever one list is another and one item more.

    `None` if the same list has different outputs, so that no loop over it gives them.
    """
    rows = [
        (n, x, tuple(e.inputs[i] for i in visible), e.output) for n, x, e in _rows(problem, stream)
    ]
    known: dict[Any, Any] = {}
    for _, x, rest, output in rows:
        if known.setdefault((x, rest), output) != output:
            return None
    steps = []
    for n, x, rest, output in rows:
        before = known.get((x[:-1], rest)) if x else None
        if before is not None:
            steps.append((n, (before, x[-1]), output))
    return steps


def _extended(problem: Problem, stream: Stream, meter: Meter) -> Stream | None:
    """A list known on some examples, on all of them; `None` if it is undefined somewhere."""
    values = Executor(problem.domain).run(stream.term, problem.inputs, meter=meter)
    if any(isinstance(value, Undefined) for value in values):
        return None
    return replace(stream, values=values)


def _starts(problem: Problem, stream: Stream) -> Iterator[Any]:
    """Terms for the value at the start: what an empty list gives, else the usual ones."""
    if problem.goal == "ints":
        yield problem.space.apply("empty")
        return
    empty = {e.output for _, x, e in _rows(problem, stream) if not x}
    for value in [empty.pop()] if len(empty) == 1 else [0, 1]:
        yield Literal(value, "INT", "int")
    if not empty:
        yield problem.space.apply("head", stream.term)


def _probes(problem: Problem, stream: Stream, rng: np.random.Generator) -> list[Any]:
    """Made-up steps: outputs and items that occur."""
    numbers = rng_of(range(len(problem.examples)), PROBES, rng)
    outputs = [e.output for e in problem.examples]
    items = [item for x in stream.values for item in x] or [0]
    values, last = rng_of(outputs, PROBES, rng), rng_of(items, PROBES, rng)
    return [(n, (v, i)) for n, v, i in zip(numbers, values, last, strict=True)]


def _folded(
    view: View, stream: Stream, start: Term, inner: Inner, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    space, primitive = view.problem.space, FOLDS[view.problem.goal]
    for function in functions(view.problem, inner, meter=meter, guide=guide):
        if function is None:
            yield None
        else:
            yield view.wrap(space.apply(primitive, function, start, stream.term))


# -- scans -----------------------------------------------------------------------------------
def _scans(
    view: View, stream: Stream, meter: Meter, guide: Guide
) -> Iterator[Iterator[Term | None]]:
    problem = view.problem
    rows = list(_rows(problem, stream))
    if problem.goal != "ints" or any(len(x) != len(e.output) for _, x, e in rows):
        return
    later = [
        (n, (e.output[i - 1], x[i]), e.output[i]) for n, x, e in rows for i in range(1, len(x))
    ]
    visible = others(problem, stream.uses)
    firsts = [(n, x[0], e.output[0]) for n, x, e in rows if x]
    starts = [None, 0, 1] if all(a == b for _, a, b in firsts) else [0, 1]
    for start in starts:
        examples = later + [
            (n, (start, item), value) for n, item, value in firsts if start is not None
        ]
        for seen in (visible, others(problem)):
            inner = Inner(("int", "int"), "int", examples, seen)
            if consistent(inner, problem):
                yield _scanned(view, stream, start, inner, meter, guide)
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
            begun = space.apply("cons", Literal(start, "INT", "int"), stream.term)
            yield view.wrap(space.apply("tail", space.apply("scan", function, begun)))
