"""Bottom-up values meet goals taken apart top-down.

The bank grows forward from the inputs. Backward, every production that makes the goal and knows
an inverse is asked, for each way to fill its other arguments from the bank, what the missing
argument must be. A literal is then solved outright; any other argument becomes a subgoal, a
column of values on the examples, and is met as soon as the bank holds it, now or later. One
inverse step replaces a whole level of forward search (Lee, "Combining the top-down propagation
and bottom-up enumeration for inductive program synthesis", POPL 2021).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from nsr.bank import Bank, Entry
from nsr.budget import Meter
from nsr.domain import Inverse
from nsr.errors import DeclinedError, UndefinedError
from nsr.executor import Executor
from nsr.program import Literal, Term
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.space import Production
from nsr.values import Column, Undefined

PARTNERS = 40
"""A new value is combined with this many of the cheapest values of each other argument."""


PATIENCE = 0.5
"""The search ends when the bank has grown this many bits beyond the cheapest program found."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A production of the goal type that can be solved for one argument.

    `partners` holds the cheapest values admitted at each place of the known arguments.
    """

    production: Production
    position: int
    inverse: Inverse
    partners: dict[int, list[Entry]] = field(default_factory=dict)


class TwoSided:
    """Bottom-up search whose last step is solved backward."""

    name: ClassVar[str] = "two-sided"
    exhaustive: ClassVar[bool] = True

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates in the order in which the bank reaches what they are made of.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if no production of the goal type has an inverse.
        """
        steps = [
            _Step(production, position, inverse)
            for production in problem.space.productions(problem.goal)
            if production.kind == "apply"
            for position, inverse in problem.domain.primitives[production.name].inverses.items()
        ]
        if not steps:
            raise DeclinedError(f"no primitive that makes {problem.goal!r} has an inverse")
        run = _Run(problem, steps, meter, guide)
        seen: set[Term] = set()
        for term in run.terms():
            if term is None:
                yield PULSE
            elif term not in seen:
                seen.add(term)
                outputs = Executor(problem.domain).run(term, problem.inputs, meter=meter)
                defined = not any(isinstance(value, Undefined) for value in outputs)
                if defined and problem.solved_by(outputs):
                    cost = problem.space.cost(term)
                    run.found(cost)
                    yield Candidate(term, cost, outputs, self.name)


class _Run:
    """One search: the bank, and the subgoals that wait for a value of it."""

    def __init__(self, problem: Problem, steps: list[_Step], meter: Meter, guide: Guide):
        self.problem = problem
        self.meter = meter
        caps = problem.domain.caps
        self.bank = Bank(
            problem,
            meter=meter,
            guide=guide,
            caps=caps,
            max_cost=max(caps.values()) if caps else None,
            repeats=True,
        )
        self.steps = steps
        self.count = len(problem.examples)
        self.target = problem.target
        self.made: dict[tuple[str, Any], Entry] = {}
        self.wanted: dict[tuple[str, Any], list[Callable[[Term], Term]]] = {}
        self.last_cost = math.inf

    def found(self, cost: float) -> None:
        """A program of this cost solves the problem: dearer ones are soon of no interest."""
        self.last_cost = min(self.last_cost, cost + PATIENCE)

    def terms(self) -> Iterator[Term | None]:
        """Terms that may solve the problem."""
        goal_key = self._key(self.problem.goal, self.target)
        for entry in self.bank.grow():
            if entry is None:
                yield PULSE
                continue
            if self.bank.cost(entry) > self.last_cost:
                return
            type_name = self.bank.type(entry)
            if type_name not in self.problem.domain.types:
                continue
            key = self._key(type_name, entry[0][: self.count])
            if key == goal_key:
                yield self.bank.term(entry)
            for complete in self.wanted.pop(key, ()):
                yield complete(self.bank.term(entry))
            self.made.setdefault(key, entry)
            for step in self.steps:
                yield from self._solve(step, type_name, entry)

    def _key(self, type_name: str, column: Column) -> tuple[str, Any]:
        return type_name, self.problem.domain.type(type_name).column_key(column)

    def _solve(self, step: _Step, type_name: str, entry: Entry) -> Iterator[Term | None]:
        """Every way in which a new value can stand in a step, solved for what is missing."""
        args = step.production.args
        for place, name in enumerate(args):
            if place == step.position or name != type_name:
                continue
            if not step.inverse.admits(place, entry[0], self.target):
                continue
            # The value joins its own pool before later places are filled, so that it is also
            # paired with itself, and no pair comes twice.
            pools = [
                [None]
                if i == step.position
                else [entry]
                if i == place
                else step.partners.get(i, [])
                for i in range(len(args))
            ]
            pool = step.partners.setdefault(place, [])
            if len(pool) < PARTNERS:
                pool.append(entry)
            for filling in itertools.product(*pools):
                yield from self._invert(step, filling)
            if step.inverse.symmetric:
                for i in range(len(args)):
                    if i != step.position:
                        step.partners[i] = pool
                return

    def _invert(self, step: _Step, filling: tuple[Entry | None, ...]) -> Iterator[Term | None]:
        self.meter.spend(self.count)
        known = [None if entry is None else entry[0] for entry in filling]
        missing = step.production.args[step.position]
        try:
            solutions = list(itertools.islice(step.inverse.solve(known, self.target), 4))
        except UndefinedError:
            return
        if not solutions:
            return
        complete = self._completion(step, filling)
        for solution in solutions:
            if missing in self.problem.domain.literals:
                yield complete(Literal(solution, missing, missing))
                continue
            key = self._key(missing, solution)
            made = self.made.get(key)
            if made is not None:
                yield complete(self.bank.term(made))
            else:
                self.wanted.setdefault(key, []).append(complete)

    def _completion(self, step: _Step, filling: tuple[Entry | None, ...]) -> Callable[[Term], Term]:
        def complete(argument: Term) -> Term:
            args = [argument if e is None else self.bank.term(e) for e in filling]
            return self.problem.space.apply(step.production.name, *args)

        return complete
