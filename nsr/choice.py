"""Honest choice among programs that explain the same examples.

Programs that give the same values are one hypothesis. With queries their answers tell programs
apart; without, their values on fresh inputs do, shorter and longer than those seen. A hypothesis
costs the bits of its shortest program, equal subterms written once (Rissanen, "Modeling by
shortest data description", Automatica 1978), and more if it leaves the range to which the outputs
keep or has no value where it should. When hypotheses of nearly the same cost disagree there is no
answer, but the smallest input on which they do, for a user to label.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from nsr.budget import Budget, Meter
from nsr.evidence import exception_bits, learnt_bits, listing_bits, shared_cost, told_bits
from nsr.executor import Executor
from nsr.inputs import InputModel, Row
from nsr.program import Term
from nsr.search import Candidate, Problem
from nsr.values import Column, Undefined, Value

ODDS: Final = 10.0
"""The best hypothesis must be so many times as likely as all that disagree with it together, each
bit of length quartering the odds: a bit of cost is one node, a choice among several."""
EVIDENCE: Final = 4.0
"""Bits of outputs that stand behind each bit of a program with good evidence. A program may fit
fewer by chance: every bit that lacks evidence doubles the odds of its rivals."""
KEEP: Final = 6.0
"""Programs dearer than the best by more bits than these are not looked at."""
LEAVING: Final = 8.0
"""Bits against a program that leaves the range of the outputs on fresh inputs."""
GAPS: Final = 8.0
"""Bits against a program without a value on all fresh inputs that are no larger than those seen;
a part of them if it has some. Larger ones may have values that grow too large."""
FRESH: Final = 32
"""Fresh inputs on which programs are compared."""
CHECK_FUEL: Final = 150_000
"""Fuel of one comparison; inputs that it does not reach count as undefined."""
MAX_CHECKS: Final = 200
MAX_CHECK_FUEL: Final = 20 * CHECK_FUEL
"""After so many programs or so much fuel only a program shorter than all others is looked at."""
SHOWN: Final = 5
"""Hypotheses that a disagreement tells of."""
SHRINK_STEPS: Final = 500
"""Inputs tried to make a disagreement smaller."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The smallest input found on which equally good programs differ.

    Args:
        inputs: the arguments; their right output would decide.
        programs: the shortest program for each answer, best first.
        answers: what each of them gives.
    """

    inputs: Row
    programs: tuple[str, ...]
    answers: tuple[Value | Undefined, ...]


def closed_range(problem: Problem) -> tuple[int, int] | None:
    """The range of integers that the outputs keep to, or `None` if they may grow.

    It is closed if it lies within the inputs' items, every number of it occurs twice, and the
    outputs of the smaller half of the examples show its ends and are as large as the others on
    average; so a sum or a length is not bounded.
    """
    rows = sorted(problem.examples, key=lambda e: sum(len(_items(v)) for v in e.inputs))
    outputs = [_items(e.output) for e in rows]
    flat = sorted(itertools.chain.from_iterable(outputs))
    given = [x for e in rows for v in e.inputs for x in _items(v)]
    if not flat or not given or not all(type(x) is int for x in (*flat, *given)):
        return None
    low, high = flat[0], flat[-1]
    if low < min(given) or high > max(given) or high - low >= len(flat) / 2:
        return None
    if any(flat.count(x) < 2 for x in range(low, high + 1)):
        return None
    early, late = (
        list(itertools.chain.from_iterable(half))
        for half in (outputs[: len(rows) // 2], outputs[len(rows) // 2 :])
    )
    if not {low, high} <= set(early) or not late:
        return None
    spread = statistics.pstdev(flat) * math.sqrt(1 / len(early) + 1 / len(late))
    grows = statistics.fmean(late) - statistics.fmean(early) > spread / 4
    return None if grows else (low, high)


def _items(value: Value) -> Sequence[Value]:
    return value if isinstance(value, tuple) else (value,)


@dataclass(frozen=True, slots=True)
class Rated:
    """A candidate, its bits (some of them for exceptions, some for learnt literals), and its values
    on the fresh inputs."""

    candidate: Candidate
    bits: float
    values: Column
    exceptions: float = 0.0
    learnt: float = 0.0

    @property
    def gaps(self) -> int:
        """Fresh inputs without a value."""
        return sum(isinstance(value, Undefined) for value in self.values)


@dataclass(slots=True)
class Group:
    """Candidates that nothing tells apart."""

    members: list[Rated] = field(default_factory=list)

    @property
    def best(self) -> Rated:
        """The shortest; a gap counts half a bit, because a program with more values is better."""
        return min(self.members, key=lambda m: m.bits + m.gaps / 2)

    @property
    def bits(self) -> float:
        """Bits of the shortest."""
        return min(m.bits for m in self.members)


class Choice:
    """Collects candidates, groups them by what they do, and weighs them.

    Args:
        problem: what they explain.
        seed: of the fresh inputs.

    Attributes:
        groups: hypotheses; with queries those that answer alike.
        least: bits of the cheapest program taken in.
        lengthy: whether a program was left out because it is longer than the outputs themselves.
    """

    def __init__(self, problem: Problem, *, seed: int = 0):
        self.problem, self.lengthy = problem, False
        self.groups: list[Group] = []
        self.least = math.inf
        self.model: InputModel | None = None
        self.fresh: tuple[Row, ...] = ()
        if not problem.queries:
            self.model = InputModel.learn([e.inputs for e in problem.examples], seed)
        if self.model is not None:
            self.fresh = self.model.sample(FRESH, seed)
        self._near = [not self.model.is_larger(row) for row in self.fresh] if self.model else []
        self._range = closed_range(problem) if self.fresh else None
        self._by_key: dict[Hashable, Group] = {}
        self._checks = self._spent = 0
        self._slack = KEEP
        self.listing, self._evidence = listing_bits(problem), told_bits(problem)
        self._type, self._executor = problem.domain.type(problem.goal), Executor(problem.domain)

    def add(self, candidate: Candidate) -> int:
        """Take a candidate in and give the fuel spent on it.

        Those much dearer than the best are left out, and without queries those that are longer
        than the outputs themselves, learnt literals apart: they explain nothing.
        """
        outputs = candidate.outputs
        exceptions = exception_bits(self.problem, outputs)
        if self.problem.queries:
            answers = outputs[len(self.problem.examples) :]
            self._keep(Rated(candidate, candidate.cost + exceptions, ()),
                       self._type.column_key(answers))  # fmt: skip
            return 0
        bits = shared_cost(self.problem.space, candidate.program) + exceptions
        if not self.fresh:
            self._keep(Rated(candidate, bits, ()), candidate.program)
            return 0
        tired = self._checks >= MAX_CHECKS or self._spent >= MAX_CHECK_FUEL
        if bits > self.least + self._slack or (tired and bits >= self.least):
            return 0
        learnt = learnt_bits(self.problem.space, candidate.program)
        if bits - learnt > self.listing:
            self.lengthy = True
            return 0
        values, fuel = self._run(candidate.program)
        self._checks += 1
        self._spent += fuel
        rated = Rated(candidate, bits + self._penalty(values), values, exceptions, learnt)
        for group in self.groups:
            if self._agree(group.members[0].values, values):
                self._join(group, rated)
                return fuel
        self.groups.append(Group())
        self._join(self.groups[-1], rated)
        return fuel

    def ranked(self) -> list[Group]:
        """The groups, best first."""
        return sorted(self.groups, key=lambda g: g.bits)

    def disagreement(self) -> Disagreement | None:
        """Where the best hypothesis and its rivals differ, if they are likely enough."""
        if not self.fresh or self.doubt() <= 1 / ODDS:
            return None
        near = [g.best for g in self.ranked()[:SHOWN]]
        first = near[0]
        for rival in near[1:]:
            for row, mine, other in zip(self.fresh, first.values, rival.values, strict=True):
                if self._differ(mine, other):
                    return self._told(self._shrunk(row, first, rival), near)
        return None

    @property
    def thin(self) -> float:
        """Bits of the best hypothesis behind which there are no outputs; 0 with queries."""
        if self.problem.queries or not self.groups:
            return 0.0
        return self._thin(min((g.best for g in self.groups), key=lambda rated: rated.bits))

    def doubt(self) -> float:
        """How likely the rivals of the best hypothesis are together, in parts of its likelihood."""
        ranked = self.ranked()
        if not ranked:
            return 0.0
        best = ranked[0].best
        thin = self._thin(best)
        return math.fsum(2.0**thin * 4.0 ** (best.bits - g.bits) for g in ranked[1:])

    def _thin(self, best: Rated) -> float:
        """Bits of a program behind which there are no outputs."""
        evidence = max(0.0, self._evidence - best.exceptions)
        return max(0.0, best.bits - best.exceptions - best.learnt - evidence / EVIDENCE)

    # -- comparing -----------------------------------------------------------------------------
    def _keep(self, rated: Rated, key: Hashable) -> None:
        group = self._by_key.get(key)
        if group is None:
            group = self._by_key[key] = Group()
            self.groups.append(group)
        self._join(group, rated)

    def _join(self, group: Group, rated: Rated) -> None:
        """The first member is the one with most values: others are compared with it."""
        place = 0 if group.members and rated.gaps < group.members[0].gaps else len(group.members)
        group.members.insert(place, rated)
        if rated.bits < self.least:
            self.least = rated.bits
            self._slack = KEEP + self._thin(rated)

    def _run(self, program: Term) -> tuple[Column, int]:
        meter = Budget(fuel=CHECK_FUEL).meter()
        value = self._executor.value
        return tuple([value(program, row, meter=meter) for row in self.fresh]), meter.fuel

    def _agree(self, left: Column, right: Column) -> bool:
        return not any(map(self._differ, left, right))

    def _differ(self, left: Value, right: Value) -> bool:
        """Whether both are values and not the same."""
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return False
        return not self._type.equal(left, right)

    def _penalty(self, values: Column) -> float:
        gaps = [
            isinstance(v, Undefined) for v, near in zip(values, self._near, strict=True) if near
        ]
        bits = GAPS * sum(gaps) / len(gaps) if gaps else 0.0
        if self._range is not None:
            low, high = self._range
            items = (x for v in values if not isinstance(v, Undefined) for x in _items(v))
            bits += LEAVING * any(not low <= x <= high for x in items)
        return bits

    # -- the smallest disagreement -------------------------------------------------------------
    def _shrunk(self, row: Row, first: Rated, rival: Rated) -> Row:
        assert self.model is not None
        meter = Budget(fuel=10 * CHECK_FUEL).meter()
        steps = iter(range(SHRINK_STEPS))
        found: Row | None = row
        while found is not None:
            row, found = found, None
            for smaller, _ in zip(self.model.smaller(row), steps, strict=False):
                mine, other = (
                    self._executor.value(rated.candidate.program, smaller, meter=meter)
                    for rated in (first, rival)
                )
                if self._differ(mine, other):
                    found = smaller
                    break
        return row

    def _told(self, row: Row, near: Sequence[Rated]) -> Disagreement:
        programs: list[str] = []
        answers: list[Value | Undefined] = []
        meter = Budget(fuel=10 * CHECK_FUEL).meter()
        for text, answer in self._answers(row, near, meter):
            if not any(self._type.equal(answer, other) for other in answers):
                programs.append(text)
                answers.append(answer)
        return Disagreement(row, tuple(programs), tuple(answers))

    def _answers(
        self, row: Row, near: Sequence[Rated], meter: Meter
    ) -> Iterator[tuple[str, Value]]:
        for rated in near:
            answer = self._executor.value(rated.candidate.program, row, meter=meter)
            if not isinstance(answer, Undefined):
                yield self.problem.space.format(rated.candidate.program), answer
