"""Many tasks: `nsr.solve` on each, in worker processes, and a plain report of each."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nsr.budget import MEBIBYTE, Budget
from nsr.errors import ContradictionError, LimitReached
from nsr.guard import guard, peak_bytes
from nsr.parallel import Crashed, each
from nsr.program import Apply, walk
from nsr.solver import DEFAULT_BUDGET, Hypothesis, Solution, solve
from nsr.space import load_space
from nsr.task import Task

LATE = 0.5
"""Seconds past the limit until the guard steps in; the meter should have done so before."""

FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a faulty primitive or searcher raises. In a batch it costs its task and is reported."""

SLACK = 768 * MEBIBYTE
"""Bytes that a process may grow beyond the limit for values kept: scratch arrays, caches, what
the allocator holds on to. With the default limit a worker stays below 2 GB."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is left of a `Solution` when it leaves the process: plain values, JSON-ready.

    Args:
        task: the task's name.
        solved: whether a program explains every example.
        programs: texts, best first.
        explanation: for each primitive of the best program, its name and what it does.
        sources: names of the methods that found the best answers.
        answers: for each query, distinct answers in their JSON form, best first.
        fuel, seconds, cpu_seconds, memory: spent; memory in bytes of values kept.
        peak_rss: most bytes the process ever had in RAM.
        stopped_by: the limit that ended the search, "enough", "contradiction", "error", "crash",
            "hang", or `None` if the space was exhausted.
        error: with "error", what was raised and where.
        declined: searcher -> why it could not work on the task.
    """

    task: str
    solved: bool = False
    programs: tuple[str, ...] = ()
    explanation: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    answers: tuple[tuple[Any, ...], ...] = field(default=(), repr=False)
    fuel: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    peak_rss: int = 0
    stopped_by: str | None = None
    declined: dict[str, str] = field(default_factory=dict)
    error: str | None = None


def explain(hypothesis: Hypothesis) -> tuple[tuple[str, str], ...]:
    """Name and first line of the docstring of each primitive, outermost first, each once."""
    names = dict.fromkeys(n.primitive for n in walk(hypothesis.program) if isinstance(n, Apply))
    primitives = hypothesis.space.domain.primitives
    return tuple((name, primitives[name].doc) for name in names)


def report(solution: Solution, attempts: int = 2) -> Report:
    """The report of a solution, with up to `attempts` answers for each query."""
    best = solution.best
    answers: tuple[tuple[Any, ...], ...] = ()
    if best is not None:
        encode = best.space.domain.type(best.program.type).encode
        queries = range(len(solution.task.queries))
        answers = tuple(tuple(map(encode, solution.attempts(q, attempts))) for q in queries)
    spent = solution.spent
    return Report(
        task=solution.task.name,
        solved=best is not None and all(best.holds),
        programs=tuple(h.text for h in solution.hypotheses),
        explanation=() if best is None else explain(best),
        sources=() if best is None else best.sources,
        answers=answers or ((),) * len(solution.task.queries),
        fuel=spent.fuel,
        seconds=spent.seconds,
        cpu_seconds=spent.cpu_seconds,
        memory=spent.memory,
        peak_rss=peak_bytes(),
        stopped_by=solution.stopped_by,
        declined=dict(solution.declined),
    )


def solve_one(
    task: Task,
    *,
    domain: str,
    searcher: str = "portfolio",
    budget: Budget = DEFAULT_BUDGET,
    seed: int = 0,
    attempts: int = 2,
) -> Report:
    """Solve one task within hard limits and report.

    The search honours its budget itself. Should one step of it run on, the guard ends it a
    moment later and what was found until then counts. A fault in a primitive or searcher ends up
    in the report.

    Raises:
        UnknownNameError: if there is no such domain or searcher.
        InputError: if a value of the task belongs to no type of the domain.
    """
    # Loading a domain may compile its kernels, once. That is not part of the task.
    space = load_space(domain)
    meter = budget.meter()
    try:
        with hard_limits(budget):
            solution = solve(task, space=space, searcher=searcher, budget=budget, seed=seed)
            return report(solution, attempts)
    except ContradictionError as error:
        return replace(_nothing(task, "contradiction"), declined={"examples": str(error)})
    except LimitReached as reached:
        # The guard struck outside the search itself, so there is nothing to show.
        nothing = _nothing(task, reached.limit)
    except FAULTS as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        text = f"{type(error).__name__}: {error} ({place})"
        nothing = replace(_nothing(task, "error"), error=text)
    spent = meter.spent
    return replace(nothing, seconds=spent.seconds, cpu_seconds=spent.cpu_seconds)


def solve_many(
    tasks: Sequence[Task],
    *,
    domain: str,
    searcher: str = "portfolio",
    budget: Budget = DEFAULT_BUDGET,
    seed: int = 0,
    attempts: int = 2,
    jobs: int = 1,
) -> Generator[tuple[int, Report]]:
    """`(i, report of tasks[i])` for every task, as they are finished.

    Under a limit of fuel alone the reports (but for the seconds in them) do not depend on `jobs`.

    Raises:
        UnknownNameError: if there is no such domain or searcher.
        InputError: if a value of a task belongs to no type of the domain, or if `jobs` is not
            positive.
    """
    work = functools.partial(
        solve_one, domain=domain, searcher=searcher, budget=budget, seed=seed, attempts=attempts
    )
    patience = None if budget.seconds is None else 3 * budget.seconds + 60.0
    for i, found in each(work, tasks, jobs=jobs, patience=patience):
        yield i, _nothing(tasks[i], found.reason) if isinstance(found, Crashed) else found


def hard_limits(budget: Budget) -> AbstractContextManager[None]:
    """A guard around a search that has this budget, for steps that run on past its limits.

    Raises:
        LimitReached: inside the body, see `guard`.
    """
    return guard(
        seconds=None if budget.seconds is None else budget.seconds + LATE,
        memory=None if budget.memory is None else budget.memory + SLACK,
    )


def _nothing(task: Task, stopped_by: str) -> Report:
    answers: tuple[tuple[Any, ...], ...] = ((),) * len(task.queries)
    return Report(task.name, answers=answers, stopped_by=stopped_by)
