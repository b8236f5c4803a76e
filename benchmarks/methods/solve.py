"""`nsr.solve` as a method: the training pairs are a task, its best program is applied."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import nsr
from benchmarks.methods import Predictor
from nsr.budget import MEBIBYTE, Budget, Meter
from nsr.errors import InputError, LimitReached
from nsr.solver import Hypothesis

NAMES: Final = ("nsr-solve",)
SUITES: Final = ("algorithms",)
FUEL: Final = 30_000_000
MEMORY: Final = 1024
SECONDS: Final = 60.0
CHECK_FUEL: Final = 2_000_000
"""Fuel of a program on one input."""
GIVEN: Final = (
    "primitives on lists and integers, recursion schemes, costs (grammars/sequences.lark)",
    "an input is a tuple of typed arguments",
)


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


class SolveMethod:
    """See the module.

    Args:
        domain: of the values.
        seed, budget: see `benchmarks.methods.make`.
    """

    name = NAMES[0]
    given = GIVEN

    def __init__(self, domain: str = "sequences", *, seed: int = 0, budget: float | None = None):
        self.settings: dict[str, Any] = {
            "domain": domain,
            "fuel": FUEL,
            "mebibytes": MEMORY,
            "seconds": SECONDS if budget is None else budget,
        }
        self._seed = seed

    def fit(
        self, train: Sequence[tuple[Any, Any]], validation: Sequence[tuple[Any, Any]] = ()
    ) -> Program:
        """See `Method.fit`; inputs are tuples of arguments, validation pairs are not used."""
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


def make(
    name: str,
    suite: str,
    *,
    seed: int,
    budget: float | None,
    steps: int | None,
    checkpoint: Path | None,
) -> SolveMethod:
    """See `benchmarks.methods.make`."""
    if suite not in SUITES:
        raise InputError(f"{name} takes tuples of arguments: {', '.join(SUITES)}; not {suite}")
    return SolveMethod(seed=seed, budget=budget)
