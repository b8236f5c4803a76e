"""Goals taken apart top-down until the values of a bottom-up bank meet them.

The bank grows forward from the inputs. Backward, every production that makes a goal and knows an
inverse is asked, for each way to fill its other arguments from the bank, what the missing argument
must be. A literal is then solved outright; any other argument becomes a goal of its own, a column
of values on the examples, and is met as soon as the bank holds it, now or later (Lee, "Combining
the top-down propagation and bottom-up enumeration for inductive program synthesis", POPL 2021).
Goals of narrow inverses, those that few arguments admit, are taken apart in turn. Goals that no
single term meets are covered by cases (`nsr.search.cases`).
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nsr.budget import Meter
from nsr.domain import Containers, Inverse
from nsr.errors import UndefinedError
from nsr.program import Literal, Term
from nsr.search import PULSE, Guide, Problem
from nsr.search.bank import Bank, Entry
from nsr.search.cases import BOOL, Cases, Opening
from nsr.search.comparisons import Comparisons
from nsr.search.connectives import Connectives
from nsr.space import Production
from nsr.values import Column

PARTNERS: Final = 40
"""A new value is combined with this many of the cheapest values of each other argument."""
SOLUTIONS: Final = 4
"""At most this many solutions of one inverse are taken."""
PROBES: Final = 32
"""Arguments on which functions are told apart; what is found is run for real anyway."""
BODY: Final = 3.5
"""Bits of the bodies of functions inside; dearer ones are deduced, or not found."""
DEPTH: Final = 3
"""Goals are taken apart this often."""
ACTIVE: Final = 32
"""At most this many goals are taken apart or covered by cases; the others only wait to be met."""
CUTS: Final = 1
"""So many conditions in a program have a side of their own search."""
OPENED: Final = 3
SIDES: Final = 6
"""Sides whose search begins at a time, and those that go on."""
SAME: Final = 4
"""Terms with the same values on the examples that are kept for goals to come."""
LOOSE: Final = 48
"""Goals that several values meet, and how many terms are taken for each of them."""
MET: Final = 4
LOOKS_PER_FUEL: Final = 16
"""Values compared with such a goal for one unit of fuel."""


@dataclass(slots=True)
class _Step:
    """A production of a goal's type that can be solved for one argument.

    `partners` holds the cheapest values admitted at each place of the known arguments.
    """

    production: Production
    position: int
    inverse: Inverse
    partners: dict[int, list[Entry]] = field(default_factory=dict)


@dataclass(slots=True)
class _Goal:
    """A column wanted, and what to make of a term that has it.

    `uses` holds the goals that wait for this one, with the term that it completes; `places`
    says for each type where in which steps its values can stand.
    """

    type_name: str
    column: Column
    depth: int
    uses: list[tuple[_Goal, Callable[[Term], Term]]] = field(default_factory=list)
    steps: list[_Step] = field(default_factory=list)
    places: dict[str, list[tuple[_Step, int]]] = field(default_factory=dict)
    cases: Cases | None = None
    comparisons: Comparisons | None = None
    connectives: Connectives | None = None

    @property
    def covers(self) -> Iterator[Cases | Comparisons | Connectives]:
        """What puts the goal together from terms that do not meet it alone."""
        for part in (self.cases, self.comparisons, self.connectives):
            if part is not None:
                yield part

    def met(self, term: Term) -> Iterator[Term]:
        """The terms for the goal at the top that a term for this goal completes."""
        if not self.depth:
            yield term
        for goal, complete in self.uses:
            yield from goal.met(complete(term))


@dataclass(slots=True)
class _Loose:
    """Containers that values must be in, and what a term with such values completes."""

    wanted: Containers
    goal: _Goal
    complete: Callable[[Term], Term]
    left: int = MET

    def met(self, column: Column, term: Callable[[], Term]) -> Iterator[Term]:
        """The terms for the goal at the top if the values will do."""
        if self.left and all(map(operator.contains, self.wanted, column)):
            self.left -= 1
            yield from self.goal.met(self.complete(term()))


@dataclass(frozen=True, slots=True)
class _Side:
    """A search for the examples that a condition leaves open."""

    opening: Opening
    goals: Goals
    terms: Iterator[Term | None]


class Goals:
    """One search from both sides.

    Args:
        problem: its target is the goal at the top.
        meter: pays for the bank and for every use of an inverse.
        guide: of the bank.
        inverses: whether goals are taken apart at all; without, this is bottom-up search.
        cuts: how often the examples may be cut in two, and one side be searched on its own.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        meter: Meter,
        guide: Guide,
        inverses: bool = True,
        cuts: int = CUTS,
    ):
        self.problem = problem
        self.meter = meter
        self.inverses = inverses and bool(problem.examples)
        caps = problem.domain.caps
        self.bank = Bank(
            problem,
            meter=meter,
            guide=guide,
            caps=caps,
            max_cost=max(caps.values()) if caps else None,
            max_probes=PROBES,
            max_body=BODY,
            # Without examples everything reaches the goal.
            repeats=bool(problem.examples),
        )
        self.last_cost = math.inf
        """The search ends when the bank reaches this cost."""
        self._count = len(problem.examples)
        self._made: dict[tuple[str, Any], list[Entry]] = {}
        self._goals: dict[tuple[str, Any], _Goal] = {}
        self._active: list[_Goal] = []
        self._loose: dict[str, list[_Loose]] = {}
        self._guide = guide
        self._cuts = cuts if self.inverses else 0
        self._sides: list[_Side] = []
        self._opened: set[Opening] = set()
        self._shown = meter.fuel

    @staticmethod
    def worthwhile(problem: Problem) -> bool:
        """Whether a goal of the problem could be taken apart, or covered by cases."""
        domain = problem.domain
        space = problem.space.applications
        if problem.goal == BOOL and any(name in space for name in domain.comparisons):
            return True
        return any(choice in space for choice in domain.choices.values()) or any(
            production.kind == "apply" and domain.primitives[production.name].inverses
            for production in problem.space.productions(problem.goal)
        )

    def close(self) -> None:
        """Forget all values and give the memory back to the meter."""
        self.bank.close()
        for side in self._sides:
            side.goals.close()

    def terms(self) -> Iterator[Term | None]:
        """Terms that may solve the problem; `PULSE` now and then.

        Raises:
            LimitReached: when the meter runs out.
        """
        top = _Goal(self.problem.goal, self.problem.target, 0)
        self._goals[self._key(top.type_name, top.column)] = top
        yield from self._activate(top)
        level = 0
        for entry in self.bank.grow():
            if self.bank.level != level:
                level = self.bank.level
                yield from self._cover()
            if entry is None:
                yield PULSE
                continue
            if self.bank.cost(entry) > self.last_cost:
                return
            type_name = self.bank.type(entry)
            if type_name not in self.problem.domain.types:
                continue
            key = self._key(type_name, entry[0][: self._count])
            goal = self._goals.get(key)
            if goal is not None:
                yield from goal.met(self.bank.term(entry))
            for loose in self._loose.get(type_name, ()):
                yield from loose.met(entry[0], functools.partial(self.bank.term, entry))
            same = self._made.setdefault(key, [])
            if len(same) < SAME:
                same.append(entry)
            for active in list(self._active):
                # What meets a goal leaves nothing of it to be solved.
                if active is not goal:
                    yield from self._offer(active, type_name, entry)
        yield from self._cover()

    def _key(self, type_name: str, column: Column) -> tuple[str, Any]:
        return type_name, self.problem.domain.type(type_name).column_key(column)

    # -- goals -------------------------------------------------------------------------------
    def _activate(self, goal: _Goal) -> Iterator[Term | None]:
        """Take a goal apart from now on, also by the values that are there already."""
        domain = self.problem.domain
        if not self.inverses or len(self._active) >= ACTIVE:
            return
        goal.steps = [
            _Step(production, position, inverse)
            for production in self.problem.space.productions(goal.type_name)
            if production.kind == "apply"
            for position, inverse in domain.primitives[production.name].inverses.items()
            if not goal.depth or inverse.narrow
        ]
        goal.cases = Cases.of(self.problem, goal.type_name, goal.column)
        goal.comparisons = Comparisons.of(self.problem, goal.type_name, goal.column)
        goal.connectives = Connectives.of(self.problem, goal.type_name, goal.column)
        if not goal.steps and not any(goal.covers):
            return
        for step in goal.steps:
            for place, name in enumerate(step.production.args):
                if place != step.position:
                    goal.places.setdefault(name, []).append((step, place))
        self._active.append(goal)
        for step in goal.steps:
            if len(step.production.args) == 1:
                yield from self._invert(goal, step, (None,))
        own = self._key(goal.type_name, goal.column)
        for key, same in list(self._made.items()):
            if key != own:
                yield from self._offer(goal, key[0], same[0])

    def _offer(self, goal: _Goal, type_name: str, entry: Entry) -> Iterator[Term | None]:
        """A new value for the cases and steps of a goal."""
        for part in goal.covers:
            part.add(type_name, entry, self.bank.cost(entry))
        filled: _Step | None = None
        for step, place in goal.places.get(type_name, ()):
            # With a symmetric inverse one place stands for all.
            if step is not filled and step.inverse.admits(place, entry[0], goal.column):
                yield from self._fill(goal, step, place, entry)
                if step.inverse.symmetric:
                    filled = step

    def _cover(self) -> Iterator[Term | None]:
        """Goals put together from terms that are right on some of the examples, or compared."""
        for goal in list(self._active):
            for part in goal.covers:
                for term in part.terms(self.bank.term, self.meter):
                    yield from goal.met(term)
            yield PULSE
        if self._cuts and self._active and not self._active[0].depth:
            yield from self._search_sides(self._active[0])

    def _search_sides(self, goal: _Goal) -> Iterator[Term | None]:
        """Search what conditions leave open, for half the fuel that the bank took for its level."""
        if goal.cases is None:
            return
        fresh = (o for o in goal.cases.openings(self.meter) if o not in self._opened)
        for opening in itertools.islice(fresh, OPENED):
            self._opened.add(opening)
            goals = self._side(opening.rest)
            self._sides.append(_Side(opening, goals, goals.terms()))
        self._sides.sort(key=lambda side: side.opening.bits)
        while len(self._sides) > SIDES:
            self._sides.pop().goals.close()
        spent = (self.meter.fuel - self._shown) // 2
        for side in list(self._sides):
            end = self.meter.fuel + spent // len(self._sides)
            for rest in side.terms:
                if rest is None:
                    yield PULSE
                else:
                    yield goal.cases.completed(side.opening, rest, self.bank.term)
                if self.meter.fuel >= end:
                    break
            else:
                self._sides.remove(side)
                side.goals.close()
        self._shown = self.meter.fuel

    def _side(self, rest: int) -> Goals:
        """The search for the examples of a mask alone."""
        examples = [e for i, e in enumerate(self.problem.examples) if rest >> i & 1]
        part = replace(self.problem, examples=tuple(examples))
        return Goals(part, meter=self.meter, guide=self._guide, cuts=self._cuts - 1)

    # -- steps -------------------------------------------------------------------------------
    def _fill(self, goal: _Goal, step: _Step, place: int, entry: Entry) -> Iterator[Term | None]:
        """Every way in which a new value can stand at a place, solved for what is missing."""
        places = range(len(step.production.args))
        # The value joins its own pool before other places are filled, so that it is also
        # paired with itself, and no pair comes twice.
        pools = [
            [None] if i == step.position else [entry] if i == place else step.partners.get(i, [])
            for i in places
        ]
        pool = step.partners.setdefault(place, [])
        if len(pool) < PARTNERS:
            pool.append(entry)
        for filling in itertools.product(*pools):
            yield from self._invert(goal, step, filling)
        if step.inverse.symmetric:
            for i in places:
                if i != step.position:
                    step.partners[i] = pool

    def _invert(
        self, goal: _Goal, step: _Step, filling: tuple[Entry | None, ...]
    ) -> Iterator[Term | None]:
        self.meter.spend(self._count)
        known = [None if entry is None else entry[0] for entry in filling]
        missing = step.production.args[step.position]
        try:
            solutions = list(itertools.islice(step.inverse.solve(known, goal.column), SOLUTIONS))
        except UndefinedError:
            return
        if not solutions and step.inverse.loose is None:
            return
        complete = self._completion(step, filling)
        for solution in solutions:
            if missing in self.problem.domain.literals:
                yield from goal.met(complete(Literal(solution, missing, missing)))
            else:
                yield from self._want(missing, solution, goal, complete, step.inverse.narrow)
        if step.inverse.loose is not None and missing not in self.problem.domain.literals:
            for wanted in step.inverse.loose(known, goal.column):
                yield from self._want_any(missing, wanted, goal, complete)

    def _want_any(
        self, type_name: str, wanted: Containers, goal: _Goal, complete: Callable[[Term], Term]
    ) -> Iterator[Term | None]:
        """Values in containers that would complete a goal: those there are, and those to come."""
        waiting = self._loose.setdefault(type_name, [])
        if len(waiting) == LOOSE:
            return
        loose = _Loose(wanted, goal, complete)
        self.meter.spend(1 + len(self._made) // LOOKS_PER_FUEL)
        for key, same in list(self._made.items()):
            if key[0] == type_name:
                yield from loose.met(same[0][0], functools.partial(self.bank.term, same[0]))
        waiting.append(loose)

    def _want(
        self,
        type_name: str,
        column: Column,
        goal: _Goal,
        complete: Callable[[Term], Term],
        narrow: bool,
    ) -> Iterator[Term | None]:
        """A column that would complete a goal: met now, later, or taken apart in turn."""
        key = self._key(type_name, column)
        for entry in self._made.get(key, ()):
            yield from goal.met(complete(self.bank.term(entry)))
        wanted = self._goals.get(key)
        if wanted is None:
            wanted = self._goals[key] = _Goal(type_name, column, goal.depth + 1)
            wanted.uses.append((goal, complete))
            if narrow and wanted.depth < DEPTH:
                yield from self._activate(wanted)
        elif wanted.depth > goal.depth:
            # Only downwards, so that no goal ever waits for itself.
            wanted.uses.append((goal, complete))

    def _completion(self, step: _Step, filling: tuple[Entry | None, ...]) -> Callable[[Term], Term]:
        def complete(argument: Term) -> Term:
            args = [argument if e is None else self.bank.term(e) for e in filling]
            return self.problem.space.apply(step.production.name, *args)

        return complete
