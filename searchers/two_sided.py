"""Bottom-up values meet goals taken apart top-down (`nsr.search.goals`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError
from nsr.executor import Executor
from nsr.program import Term
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.search.deduction import tiers
from nsr.search.goals import Goals
from nsr.search.refine import refined
from nsr.search.scheme import in_turns
from nsr.values import Undefined

PATIENCE: Final = 0.5
"""The search ends when the bank has grown this many bits beyond the cheapest program found."""


class TwoSided:
    """Bottom-up search whose last steps are solved backward, or by cases."""

    name: ClassVar[str] = "two-sided"
    exhaustive: ClassVar[bool] = True

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates in the order in which the bank reaches what they are made of.

        Schemes whose functions are deduced (`Domain.schemes`) are left to their own searchers.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if no goal of the problem could be taken apart.
        """
        problem = replace(problem, space=problem.space.without(problem.domain.schemes))
        if not Goals.worthwhile(problem):
            raise DeclinedError(f"nothing that makes {problem.goal!r} has an inverse")
        searches = (
            (0.0, refined(part, lambda piece: self._search(piece, meter, guide), meter=meter))
            for part in tiers(problem)
        )
        seen: set[Term] = set()
        for candidate in in_turns(searches, meter):
            if candidate is None or candidate.program in seen:
                yield PULSE
            else:
                seen.add(candidate.program)
                yield candidate

    def _search(self, problem: Problem, meter: Meter, guide: Guide) -> Iterator[Candidate | None]:
        space = problem.space
        seen: set[Term] = set()
        with closing(Goals(problem, meter=meter, guide=guide)) as goals:
            for term in goals.terms():
                if term is None:
                    yield PULSE
                elif term not in seen:
                    seen.add(term)
                    outputs = Executor(problem.domain).run(term, problem.inputs, meter=meter)
                    defined = not any(isinstance(value, Undefined) for value in outputs)
                    if defined and problem.solved_by(outputs):
                        cost = space.cost(term)
                        goals.last_cost = min(goals.last_cost, cost + PATIENCE)
                        yield Candidate(term, cost, outputs, self.name)
