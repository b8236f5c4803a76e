"""Bottom-up search: all values of the space, cheapest programs first, each distinct value once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from nsr.budget import Meter
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.search.bank import Bank


class BottomUp:
    """Grows a `Bank` and yields every program that reaches the outputs.

    Subterms are the cheapest programs of their values, so of two candidates that differ only in
    equivalent subterms the cheaper one is yielded. Candidates come in order of their cost under
    the guide, rounded to half bits.
    """

    name: ClassVar[str] = "bottom-up"
    exhaustive: ClassVar[bool] = True

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates, cheapest first, until the space is exhausted.

        Raises:
            LimitReached: when the meter runs out.
        """
        bank = Bank(problem, meter=meter, guide=guide, repeats=True)
        for entry in bank.grow():
            if entry is None:
                yield PULSE
            elif bank.type(entry) == problem.goal and problem.solved_by(entry[0]):
                term = bank.term(entry)
                yield Candidate(term, problem.space.cost(term), entry[0], self.name)
