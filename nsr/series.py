"""Many tasks of one kind: what is solved becomes a library function for the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from nsr.budget import Budget
from nsr.errors import InputError
from nsr.library import Library
from nsr.program import size
from nsr.solver import DEFAULT_BUDGET, Solution, solve
from nsr.task import Task

FIRST_FUEL: Final = 500_000
"""Fuel for each task in the first round."""
GROWTH: Final = 4
"""Each round has so many times the fuel of the one before it."""


def solve_all(
    tasks: Sequence[Task],
    *,
    library: Library | None = None,
    domain: str = "sequences",
    budget: Budget = DEFAULT_BUDGET,
    first_fuel: int = FIRST_FUEL,
    **options: Any,
) -> Iterator[Solution]:
    """Solve tasks in the order of their difficulty; each solved one helps with the others.

    All tasks are tried with little fuel, then those left with more, up to the budget. The program
    of a solved task joins the library under the task's name.

    Args:
        tasks: the tasks; their names become names of functions.
        library: what is known already; it grows. By default an empty one over `domain`.
        domain: name of the domain; ignored with `library`.
        budget: limits of one task in the last round.
        first_fuel: fuel of one task in the first round.
        options: as for `nsr.solve`: searcher, seed, wrong, ...

    Yields:
        A `Solution` for every task: the solved ones first, as they are solved, then the others.

    Raises:
        InputError: if the budget has no limit of fuel, or as `nsr.solve` does.
    """
    if budget.fuel is None:
        raise InputError("a series of tasks needs a limit of fuel")
    library = Library(domain) if library is None else library
    fuel = min(first_fuel, budget.fuel)
    left = list(tasks)
    failed: dict[int, Solution] = {}
    while left:
        limits = Budget(fuel=fuel, seconds=budget.seconds, memory=budget.memory)
        tried, left = left, []
        for task in tried:
            solution = solve(task, library=library, budget=limits, **options)
            best = solution.best
            if best is None:
                left.append(task)
                failed[id(task)] = solution
                continue
            if size(best.program) > 1:
                library.add(task.name, best.program, best.input_types)
            yield solution
        if fuel >= budget.fuel:
            break
        fuel = min(GROWTH * fuel, budget.fuel)
    for task in left:
        yield failed[id(task)]
