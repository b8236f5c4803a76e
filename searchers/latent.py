"""Latent programs: trained networks that know tasks of this kind, searched by gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError, InputError
from nsr.executor import Executor
from nsr.latent.program import LATENT, LatentProgram
from nsr.latent.store import family_of, load_network, network_files
from nsr.program import Literal, Term, Variable
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.task import Task

FUEL: Final = 20
"""Fuel for decoding one pair; about as dear as so many primitives."""
TRIED: Final = 8
"""Latents of a search that are written down and run, those of the highest likelihood."""


class Latent:
    """Asks every network whose family holds the task; yields the latent programs that explain it.

    A latent program is rounded to 16 bits a number before it is run, so what is yielded is what
    its text says.
    """

    name: ClassVar[str] = "latent"

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates, most likely first, network by network.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the space has no latent programs, or no network knows such tasks.
            InputError: if the file of a network is damaged: it is told, not passed over.
        """
        primitive = _primitive(problem)
        reasons = {}
        seed = int(rng.integers(2**63))
        for name in network_files():
            try:
                yield from self._asked(problem, name, primitive, meter, seed)
            except DeclinedError as error:
                reasons[name] = str(error)
        if len(reasons) == len(network_files()):
            detail = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
            raise DeclinedError(detail or "there are no trained networks; see `nsr train --latent`")

    def _asked(
        self, problem: Problem, name: str, primitive: str, meter: Meter, seed: int
    ) -> Iterator[Candidate | None]:
        task = Task(problem.examples, problem.queries, name)
        family = family_of(name)
        try:
            # Before torch is loaded.
            family.check(family.canvas.examples(task), family.canvas.queries(task))
        except InputError as error:
            raise DeclinedError(str(error)) from None
        yield PULSE
        from nsr.latent.search import Mean

        solver = load_network(name)
        executor = Executor(problem.domain)
        seen: set[Term] = set()
        # What the encoder says is often right, and asked before a search that may find no end.
        for strategy in (Mean(), None):
            solution = solver.solve(
                task,
                strategy=strategy,
                seed=seed,
                spend=lambda pairs: meter.spend(FUEL * pairs),
            )
            for latent in solution.latents(TRIED):
                yield PULSE
                literal = Literal(LatentProgram.of(name, latent), LATENT.name, LATENT.name)
                term = problem.space.apply(primitive, Variable(0, problem.goal), literal)
                if term in seen:
                    continue
                seen.add(term)
                meter.spend(FUEL * len(problem.inputs))
                outputs = executor.run(term, problem.inputs)
                if problem.solved_by(outputs):
                    yield Candidate(term, problem.space.cost(term), tuple(outputs), self.name)


def _primitive(problem: Problem) -> str:
    """The primitive of the space that runs latent programs from the input to the goal's type.

    Raises:
        DeclinedError: if there is none.
    """
    goal = problem.goal
    for name, production in problem.space.applications.items():
        fits = production.type == goal and production.args == (goal, LATENT.name)
        if fits and problem.input_types == (goal,):
            return name
    raise DeclinedError(
        f"latent programs give one {problem.goal} for another, if the space has them; "
        f"got {', '.join(problem.input_types)}"
    )
