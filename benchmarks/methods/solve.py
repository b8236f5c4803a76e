"""`nsr.solve` as a method: the training pairs are a task, its best program is applied.

Questions in context (ARC) are a task each.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import nsr
from benchmarks.methods import Options, Predictor
from benchmarks.suites.arc import Question
from nsr.budget import MEBIBYTE, Budget, Meter
from nsr.domain import get_domain
from nsr.errors import InputError, LimitReached
from nsr.solver import Hypothesis
from nsr.task import Example, Task

NAMES: Final = ("nsr-solve",)
DOMAINS: Final = {"algorithms": "sequences", "arc": "grids", "patterns": "grids"}
FUEL: Final = 30_000_000
MEMORY: Final = 1024
SECONDS: Final = 60.0
QUESTION_SECONDS: Final = 10.0
CHECK_FUEL: Final = 2_000_000
"""Fuel of a program on one input."""
GIVEN: Final = {
    "sequences": (
        "primitives on lists and integers, recursion schemes, costs (grammars/sequences.lark)",
        "an input is a tuple of typed arguments",
    ),
    "grids": (
        "primitives on grids, what an object is, inverses, costs (grammars/grids.lark); chosen "
        "with the training tasks in view",
    ),
}


class Program(Predictor):
    """The best program, if there is one."""

    def __init__(self, best: Hypothesis | None, facts: dict[str, Any]):
        super().__init__(facts)
        self.best = best

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`."""
        if self.best is None:
            return [None] * len(inputs)
        budget = Budget(fuel=CHECK_FUEL)
        return [self.best.apply(*x, budget=budget) for x in inputs]


class Asked(Predictor):
    """A search for every question; its best program's answer.

    Args:
        settings: of the method.
        seed: of the searches.
    """

    def __init__(self, settings: dict[str, Any], seed: int):
        super().__init__()
        self._settings, self._seed = settings, seed

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`."""
        return [self._answer(question) for question in inputs]

    def _answer(self, question: Question) -> Any:
        task = Task(
            train=tuple(Example((x,), y) for x, y in question.pairs),
            queries=((question.query,),),
            input_types=("grid",),
            output_type="grid",
        )
        limits = Budget(fuel=FUEL, seconds=self._settings["seconds"], memory=MEMORY * MEBIBYTE)
        solution = nsr.solve(task, domain=self._settings["domain"], budget=limits, seed=self._seed)
        grid = get_domain(self._settings["domain"]).type("grid")
        answers = solution.attempts(0, 1)
        return tuple(map(tuple, grid.encode(answers[0]))) if answers else None


class SolveMethod:
    """See the module.

    Args:
        domain: of the values.
        seed, budget: see `benchmarks.methods.make`.
    """

    name = NAMES[0]

    def __init__(self, domain: str = "sequences", *, seed: int = 0, budget: float | None = None):
        self.given = GIVEN[domain]
        self.settings: dict[str, Any] = {
            "domain": domain,
            "fuel": FUEL,
            "mebibytes": MEMORY,
            "seconds": SECONDS if budget is None else budget,
        }
        self._seed = seed

    def fit(
        self, train: Sequence[tuple[Any, Any]], validation: Sequence[tuple[Any, Any]] = ()
    ) -> Predictor:
        """See `Method.fit`; inputs are tuples of arguments, validation pairs are not used.

        Questions are answered each from the examples that it brings; other pairs are not used.
        """
        if not train or isinstance(train[0][0], Question):
            return Asked(self.settings, self._seed)
        began = time.process_time()

        def watch(_meter: Meter) -> None:
            if time.process_time() - began > self.settings["seconds"]:
                raise LimitReached("seconds")

        solution = nsr.solve(
            list(train),
            domain=self.settings["domain"],
            budget=Budget(fuel=FUEL, memory=MEMORY * MEBIBYTE),
            seed=self._seed,
            progress=watch,
        )
        best = solution.best
        facts: dict[str, Any] = {"fuel": solution.spent.fuel, "stopped": solution.stopped_by}
        if best is not None:
            facts |= {"program": best.text, "bits": round(best.cost, 2)}
        elif solution.disagreement is not None:
            facts["disagreement"] = list(solution.disagreement.programs)
        return Program(best, facts)


def make(name: str, suite: str, options: Options) -> SolveMethod:
    """See `benchmarks.methods.make`."""
    if suite not in DOMAINS:
        raise InputError(f"{name} takes tuples of arguments: {', '.join(DOMAINS)}; not {suite}")
    budget = options.budget
    if budget is None and DOMAINS[suite] == "grids":
        budget = QUESTION_SECONDS
    return SolveMethod(DOMAINS[suite], seed=options.seed, budget=budget)
