"""A searcher small enough to know what it finds: one primitive on the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from nsr.budget import Meter
from nsr.executor import Executor
from nsr.program import Variable
from nsr.search import Candidate, Guide, Problem


class OneStep:
    """Tries every primitive of type goal -> goal once."""

    name: ClassVar[str] = "one-step"
    problems: ClassVar[list[Problem]] = []

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        self.problems.append(problem)
        start = Variable(0, problem.input_types[0])
        run = Executor(problem.domain)
        for production in problem.space.productions(problem.goal):
            if production.kind == "apply" and production.args == problem.input_types:
                term = problem.space.apply(production.name, start)
                outputs = run.run(term, problem.inputs, meter=meter)
                yield (
                    Candidate(term, problem.space.cost(term), outputs)
                    if problem.solved_by(outputs)
                    else None
                )


class Interrupted(OneStep):
    """Is interrupted at the second task."""

    def search(self, problem: Problem, **options: Any) -> Iterator[Candidate | None]:
        if self.problems:
            raise KeyboardInterrupt
        yield from super().search(problem, **options)


class Faulty(OneStep):
    """Has a fault that shows at the second task."""

    fault: ClassVar[Exception] = ZeroDivisionError("by zero")

    def search(self, problem: Problem, **options: Any) -> Iterator[Candidate | None]:
        if self.problems:
            raise self.fault
        yield from super().search(problem, **options)
