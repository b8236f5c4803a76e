"""The output is one of the items: the one for which some function is largest, `argmax`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.deduction import Inner, Stream, checked, functions, in_turns, needs, others, streams
from nsr.errors import DeclinedError
from nsr.program import Term
from nsr.search import Candidate, Guide, Problem

STREAMS: Final = 4


class Selection:
    """Enumerates what could be largest, such as how often an item occurs.

    Nothing can be deduced of the function but that the output has its largest value; so every
    function that differs on some items is tried.
    """

    name: ClassVar[str] = "selection"
    exhaustive: ClassVar[bool] = False

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates, those of cheap functions first.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if outputs are not among the items of a list.
        """
        needs(problem, "argmax")
        if problem.goal != "int":
            raise DeclinedError(f"items are integers; the goal is {problem.goal!r}")
        lists = [
            stream
            for stream in streams(problem, meter)
            if all(e.output in x for e, x in zip(problem.examples, stream.values, strict=False))
        ]
        if not lists:
            raise DeclinedError("the output is not always an item of a list")
        posed = [(s.cost, _largest(problem, s, meter, guide)) for s in lists[:STREAMS]]
        yield from checked(problem, in_turns(posed, meter), meter, self.name)


def _largest(problem: Problem, stream: Stream, meter: Meter, guide: Guide) -> Iterator[Term | None]:
    items = [(n, (x[n % len(x)],)) for n, x in enumerate(stream.values) if x]
    inner = Inner(("int",), "int", [], others(problem), items)
    for function in functions(problem, inner, meter=meter, guide=guide):
        yield function and problem.space.apply("argmax", function, stream.term)
