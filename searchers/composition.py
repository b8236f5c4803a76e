"""What is made of lists that are made by loops of their own: sums of maps, maxima of scans."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.columns import Body, term_body
from nsr.errors import DeclinedError, UndefinedError
from nsr.executor import Executor
from nsr.program import Lambda, Term, Variable, children, rebuild, walk
from nsr.search import Candidate, Guide, Problem
from nsr.search.bank import Bank
from nsr.search.deduction import (
    INTS,
    Stream,
    derived_streams,
    moved,
    others,
    rng_of,
    without_functions,
)
from nsr.search.prefixes import FOLDS, starts, steps
from nsr.search.scheme import checked, in_turns, needs
from nsr.search.sublists import summaries
from nsr.task import Example
from nsr.values import Undefined

EXAMPLES: Final = 24
"""Examples on which lists made by loops of their own are told apart."""
READER_COST: Final = 4.0
"""Bits of the terms tried on such lists,"""
STEP_COST: Final = 5.0
"""of the steps of folds over them,"""
SCOPES: Final = 24
"""and made-up values on which both are told apart."""
READ: Final = ("int", "bool")
"""Types that are read off lists; lists of lists are lists made by loops themselves."""


class Composition:
    """A cheap term, or a fold with a cheap step, over any list that a loop makes of the inputs.

    There are many such lists. Most are ruled out at once, because equal lists have different
    outputs. On the others terms are tried against the outputs, and steps of folds against the
    steps that inputs show which are beginnings of others.
    """

    name: ClassVar[str] = "composition"
    exhaustive: ClassVar[bool] = False

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates, those over cheap lists first.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the goal is of no type that is made of lists.
        """
        needs(problem, *FOLDS.values())
        if problem.goal not in (*FOLDS, *READ):
            raise DeclinedError(f"lists are not made into {problem.goal!r}")
        programs = _programs(problem, meter, guide, rng)
        yield from checked(problem, programs, meter, self.name)


def _programs(
    problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
) -> Iterator[Term | None]:
    # Short inputs come first: these are the beginnings of others.
    examples = sorted(problem.examples, key=lambda e: len(repr(e.inputs)))
    whole = replace(problem, examples=tuple(examples), queries=())
    part = replace(whole, examples=whole.examples[:EXAMPLES])
    readers: list[tuple[Term, Body]] = []
    for reader in _readers(problem, meter, guide, rng):
        yield None
        if reader is not None:
            readers.append(reader)
    bodies: list[tuple[Lambda, Body]] = []
    for step in _cheap_steps(problem, meter, guide, rng):
        yield None
        if step is not None:
            bodies.append(step)
    sources = [derived_streams(part, meter, guide)]
    if "map_lists" in problem.space.applications:
        sources.append(summaries(whole, meter, guide))

    def over(lists: Iterator[Stream]) -> Iterator[Term | None]:
        for stream in lists:
            meter.spend(len(part.examples))
            yield None
            known = steps(part, stream, others(problem, stream.uses))
            if known is None:
                continue
            yield from _read(part, stream, readers, meter)
            if bodies:
                yield from _folded(problem, stream, bodies, meter)

    yield from in_turns([(0.0, over(lists)) for lists in sources], meter)


# -- terms -----------------------------------------------------------------------------------
def _readers(
    problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
) -> Iterator[tuple[Term, Body] | None]:
    """Terms over one list, cheapest first, also as Python functions."""
    if problem.goal not in READ:
        return
    numbers = [n for e in problem.examples for n in _numbers(e)] or [0]
    samples = [tuple(rng_of(numbers, k // 2, rng)) for k in range(SCOPES)]
    examples = tuple(Example((sample,), None) for sample in samples)
    space = without_functions(problem.space)
    part = Problem(space, problem.goal, (INTS,), examples)
    for entry in (bank := Bank(part, meter=meter, guide=guide, max_cost=READER_COST)).grow():
        if entry is None or bank.type(entry) != problem.goal:
            yield None
            continue
        term = bank.term(entry)
        if any(isinstance(node, Variable) for node in walk(term)):
            yield term, term_body(term, space.domain)
    bank.close()


def _read(
    problem: Problem, stream: Stream, readers: list[tuple[Term, Body]], meter: Meter
) -> Iterator[Term | None]:
    outputs = [e.output for e in problem.examples]
    for term, run in readers:
        meter.spend(1)
        if all(map(functools.partial(_reads, run), stream.values, outputs)):
            yield _over(term, stream.term)


def _reads(run: Body, value: Any, output: Any) -> bool:
    return _gives(run, (value,), output)


def _over(term: Term, argument: Term) -> Term:
    """A term over one variable with an argument for it."""
    if isinstance(term, Variable):
        return argument
    parts = tuple(_over(part, argument) for part in children(term))
    return rebuild(term, parts) if parts else term


# -- folds -----------------------------------------------------------------------------------
def _cheap_steps(
    problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
) -> Iterator[tuple[Lambda, Body] | None]:
    """Functions of value and item alone, cheapest first, also as Python functions."""
    if problem.goal not in FOLDS:
        return
    outputs = rng_of([e.output for e in problem.examples], SCOPES, rng)
    numbers = rng_of([n for e in problem.examples for n in _numbers(e)] or [0], SCOPES, rng)
    examples = tuple(Example(scope, None) for scope in zip(outputs, numbers, strict=True))
    space = without_functions(problem.space)
    goal, upper = problem.goal, len(problem.input_types)
    params = (Variable(upper, goal), Variable(upper + 1, "int"))
    part = Problem(space, goal, (goal, "int"), examples)
    for entry in (bank := Bank(part, meter=meter, guide=guide, max_cost=STEP_COST)).grow():
        if entry is None or bank.type(entry) != goal:
            yield None
            continue
        term = bank.term(entry)
        body = moved(term, [], 0, upper)
        yield Lambda(params, body, f"{goal}_int_to_{goal}"), term_body(term, space.domain)
    bank.close()


def _folded(
    problem: Problem, stream: Stream, bodies: list[tuple[Lambda, Body]], meter: Meter
) -> Iterator[Term | None]:
    space, primitive = problem.space, FOLDS[problem.goal]
    whole = _extended(problem, stream, meter)
    known = None if whole is None else steps(problem, whole, others(problem, stream.uses))
    for function, run in bodies if known else ():
        meter.spend(1)
        if known and all(_gives(run, arguments, value) for _, arguments, value in known):
            for start, _ in starts(problem, stream):
                yield space.apply(primitive, function, start, stream.term)


def _numbers(example: Example) -> Iterator[int]:
    for value in example.inputs:
        items = value if isinstance(value, tuple) else ()
        yield from (item for item in items if isinstance(item, int))


def _gives(run: Body, arguments: tuple[Any, ...], value: Any) -> bool:
    try:
        return bool(run(arguments) == value)
    except UndefinedError:
        return False


def _extended(problem: Problem, stream: Stream, meter: Meter) -> Stream | None:
    """A list known on some examples, on all of them; `None` if it is undefined somewhere."""
    values = Executor(problem.domain).run(stream.term, problem.inputs, meter=meter)
    if any(isinstance(value, Undefined) for value in values):
        return None
    return replace(stream, values=values)
