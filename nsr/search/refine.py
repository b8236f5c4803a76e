"""Search on a few representative examples, with counterexamples added when they prove too few.

Counterexample-guided inductive synthesis (Solar-Lezama, "Program sketching", STTT 2013): what is
found on some of the examples is checked on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from nsr.budget import Meter
from nsr.executor import Executor
from nsr.program import Term, size
from nsr.search import PULSE, Candidate, Problem
from nsr.task import Example
from nsr.values import Column, Undefined

WIDTH: Final = 16
"""Examples to start with; problems of no more than this are searched as they are."""
FAILURES: Final = 3
"""Examples on which programs fail that hold on those chosen, before some are added,"""
FAILED: Final = 12
"""and such programs, even if all fail on the same."""
ADDED: Final = 4
"""Examples added at once, at most."""
PREPARING: Final = 20
"""Fuel for each node of a program that is made ready to be checked."""
ROUNDS: Final = 4
"""Examples are added this often; after that failing programs are only dropped."""


def refined(
    problem: Problem,
    search: Callable[[Problem], Iterator[Candidate | None]],
    *,
    meter: Meter,
    width: int = WIDTH,
) -> Iterator[Candidate | None]:
    """Candidates for all examples from searches on some of them.

    Args:
        problem: with any number of examples.
        search: one search for a problem; begun anew when examples are added.
        meter: pays for the checks.
        width: examples to start with.

    Raises:
        LimitReached: when the meter runs out.
    """
    if len(problem.examples) <= width:
        yield from search(problem)
        return
    chosen = _spread(problem.examples, width)
    seen: set[Term] = set()
    for number in range(ROUNDS + 1):
        part = replace(problem, examples=tuple(problem.examples[i] for i in sorted(chosen)))
        failing: list[int] = []
        failed = 0
        for candidate in search(part):
            if candidate is None:
                yield PULSE
                continue
            if candidate.program in seen:
                continue
            seen.add(candidate.program)
            fails = first_failure(problem, candidate.program, meter)
            if fails is None:
                yield replace(candidate, outputs=_outputs(problem, candidate.program, meter))
                continue
            failed += 1
            if fails not in failing:
                failing.append(fails)
            if (len(failing) >= FAILURES or failed >= FAILED) and number < ROUNDS:
                break
        else:
            if not failing:
                return
        chosen.update(failing[:ADDED])


def first_failure(problem: Problem, program: Term, meter: Meter) -> int | None:
    """The first example that a program does not explain, or `None`."""
    meter.spend(PREPARING * size(program))
    run = Executor(problem.domain).prepare(program)
    equal = problem.domain.type(problem.goal).equal
    for number, example in enumerate(problem.examples):
        value = run(example.inputs, meter)
        if isinstance(value, Undefined) or not equal(value, example.output):
            return number
    return None


def _outputs(problem: Problem, program: Term, meter: Meter) -> Column:
    return Executor(problem.domain).run(program, problem.inputs, meter=meter)


def _spread(examples: tuple[Example, ...], width: int) -> set[int]:
    """Numbers of `width` examples of all sizes: those in the order of their text's length."""
    order = sorted(range(len(examples)), key=lambda i: (len(repr(examples[i])), i))
    return {order[round(k * (len(order) - 1) / (width - 1))] for k in range(width)}
