"""`nsr.solve`: one task, one budget, ranked hypotheses or an honest "no answer"."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nsr.budget import MEBIBYTE, Budget, Meter, Spent
from nsr.choice import Choice, Disagreement, Group
from nsr.errors import ContradictionError, DeclinedError, InputError, LimitReached
from nsr.executor import Executor
from nsr.garbage import seldom
from nsr.library import Library, expand
from nsr.noise import most_wrong, tolerant
from nsr.program import Term
from nsr.search import Candidate, Guide, Problem, Searcher, Uniform, get_searcher
from nsr.seeds import check_seed
from nsr.space import Space, load_space
from nsr.task import Task, members
from nsr.values import Column, Undefined, Value

DEFAULT_BUDGET = Budget(fuel=20_000_000, seconds=10.0, memory=512 * MEBIBYTE)
AGAIN = 1.5
GRACE = 150_000
"""A search ends at so many times the fuel that led to its best program, and so much more,"""
DOUBT = 3.0
"""and so many times later for each bit of that program without outputs behind it: one that the
examples hardly support may not be the shortest."""
THIN = 3.0
"""With so many such bits a search that is cut off by a limit has no answer."""
ENOUGH = "enough"
LONGER = 2.0
"""In place of `AGAIN` on tasks with queries, where other methods may vouch for an answer."""
VOTE_BITS = 3.0
"""Bits that one more independent method with the same answers to queries is worth."""


@dataclass(frozen=True)
class Hypothesis:
    """A program that explains the examples, ready to be applied.

    Args:
        program: the term.
        space: the space it is written in.
        cost: description length in bits, as `nsr.choice` weighs it.
        score: cost less the bits for agreement; hypotheses are ranked by it.
        sources: names of the searchers that found the same answers.
        holds: for each example, whether the program gives its output.
        answers: values on the task's queries.
        input_types: of the task's inputs.
    """

    program: Term
    space: Space
    cost: float
    score: float
    sources: tuple[str, ...]
    holds: tuple[bool, ...]
    answers: Column = field(repr=False)
    input_types: tuple[str, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The program as text; `space.parse` reads it back."""
        return self.space.format(self.program)

    def apply(self, *inputs: Value, budget: Budget | None = None) -> Value | Undefined:
        """The value on new inputs, or `Undefined` with the reason; never raises for a limit.

        Raises:
            InputError: if the inputs are not of the task's types.
        """
        given = members(self.space.domain, self.input_types, inputs)
        meter = None if budget is None else budget.meter()
        try:
            return Executor(self.space.domain).run(self.program, [given], meter=meter)[0]
        except LimitReached as reached:
            return Undefined(str(reached))

    def python(self, name: str = "f") -> str:
        """The source of a plain Python function that does the same without nsr.

        Raises:
            ProgramError: as `nsr.python_code.python_function` does.
        """
        from nsr.python_code import python_function

        program = expand(self.space, self.program, len(self.input_types))
        return python_function(self.space, program, inputs=self.input_types, name=name)


@dataclass(frozen=True)
class Solution:
    """The result of a search: hypotheses, best first; false means "no answer".

    Args:
        task: what was asked.
        hypotheses: distinct in their answers, best first.
        spent: fuel, seconds and bytes used.
        stopped_by: the limit that ended the search, "enough" when enough hypotheses were found,
            or `None` when the space was exhausted.
        declined: searcher name -> why it could not work on this task.
        disagreement: an input on which hypotheses of nearly the same cost differ; then there is
            no answer. Never on tasks with queries.
        unsure: a limit ended the search while there were hardly any outputs for the length of its
            best program, so a shorter one may have been near; then there is no answer either.
        lengthy: there is no hypothesis, because all programs found are longer than the outputs
            themselves, which such programs do not explain.
    """

    task: Task
    hypotheses: tuple[Hypothesis, ...]
    spent: Spent
    stopped_by: str | None
    declined: dict[str, str] = field(default_factory=dict)
    disagreement: Disagreement | None = None
    unsure: bool = False
    lengthy: bool = False

    def __bool__(self) -> bool:
        return self.best is not None

    @property
    def best(self) -> Hypothesis | None:
        """The first hypothesis, or `None` if there is none or if it is contested or unsure."""
        contested = self.disagreement is not None or self.unsure
        return None if contested or not self.hypotheses else self.hypotheses[0]

    def attempts(self, query: int, count: int = 2) -> list[Value]:
        """Up to `count` distinct answers to a query, best first.

        Raises:
            InputError: if the task has no such query.
        """
        if not 0 <= query < len(self.task.queries):
            raise InputError(f"expected one of {len(self.task.queries)} queries, got {query}")
        answers: list[Value] = []
        for hypothesis in self.hypotheses:
            value = hypothesis.answers[query]
            equal = hypothesis.space.domain.type(hypothesis.program.type).equal
            if not any(equal(value, other) for other in answers):
                answers.append(value)
            if len(answers) == count:
                break
        return answers

    def __str__(self) -> str:
        if self.lengthy:
            return f"{self.task.name}: no answer, {self.doubted}"
        if not self.hypotheses:
            return f"{self.task.name}: no answer (stopped by: {self.stopped_by or 'exhausted'})"
        if self.disagreement is not None:
            return f"{self.task.name}: no answer, {self._contested(self.disagreement)}"
        if self.unsure:
            return f"{self.task.name}: no answer, {self.doubted}"
        return "\n".join(f"{h.score:6.1f} bits  {h.text}" for h in self.hypotheses)

    @property
    def doubted(self) -> str:
        """Why an unsure or lengthy solution is no answer, in words."""
        if self.lengthy:
            ended = f"; the search ended at its limit of {self.stopped_by}"
            return (
                "the programs found are longer than the outputs themselves, so they explain "
                f"nothing: more examples are needed{ended if self.stopped_by else ''}"
            )
        return (
            f"the examples say too little for a program of {self.hypotheses[0].cost:.0f} bits, and"
            f" the search for shorter ones was ended by its limit of {self.stopped_by}"
        )

    def _contested(self, found: Disagreement) -> str:
        domain = self.hypotheses[0].space.domain
        types = self.task.input_types or ()
        goal = domain.type(self.hypotheses[0].program.type)
        asked = ", ".join(domain.type(t).show(v) for t, v in zip(types, found.inputs, strict=True))
        pairs = zip(found.programs, found.answers, strict=True)
        lines = [f"  {goal.show(answer)}  by  {text}" for text, answer in pairs]
        return "\n".join([f"these programs disagree on {asked}:", *lines])


@seldom()
def solve(
    task: Task | Iterable[tuple[Any, Any]],
    *,
    domain: str = "sequences",
    searcher: str = "portfolio",
    space: Space | None = None,
    library: Library | None = None,
    budget: Budget = DEFAULT_BUDGET,
    guide: Guide | None = None,
    seed: int = 0,
    enough: int = 16,
    wrong: int | None = 0,
    progress: Callable[[Meter], None] | None = None,
) -> Solution:
    """Find programs that explain a task.

    Args:
        task: a `Task`, or `(input, output)` pairs.
        domain: name of the domain, whose default space is searched; ignored with `space`.
        searcher: name of a searcher; "portfolio" shares the budget among several.
        space: the space to search instead.
        library: functions that programs may call; its space is searched instead.
        budget: fuel, seconds, memory.
        guide: production weights; uniform by default.
        seed: of all randomness.
        enough: stop after this many distinct hypotheses, on tasks without queries not before the
            search has spent `GRACE`. The search also stops when it has spent
            `AGAIN` times the fuel that led to its best program, and `GRACE` more.
        wrong: how many examples may have a wrong output; `None`: as few as possible, at most one
            in ten. A program that leaves examples out pays the bits of writing them down, and
            `Hypothesis.holds` says which they are.
        progress: called with the meter at every sign of life of the searcher.

    Returns:
        A `Solution`; its hypotheses reproduce every example but at most `wrong`, and are defined
        on every query. On a task without queries `nsr.choice` decides whether there is an answer.

    Raises:
        UnknownNameError: if there is no such domain or searcher.
        InputError: if a value of the task belongs to no type of the domain, if `wrong` is not
            from 0 to the number of examples less one, or if the seed is negative.
        ContradictionError: if two examples contradict each other and none may be wrong.

    >>> solution = solve([([1, 2, 3], [3, 2, 1]), ([4, 5], [5, 4])])
    >>> solution.best.text
    'reverse(x0)'
    >>> solution.best.apply((7, 8, 9))
    (9, 8, 7)
    """
    check_seed(seed)
    if not isinstance(task, Task):
        task = Task.from_pairs(task)
    if library is not None:
        space = library.space
    space = space or load_space(domain)
    task = task.typed(space.domain)
    problem = Problem.from_task(task, space)
    engine = get_searcher(searcher)
    if wrong == 0:
        _check_consistent(task, space)
    wrong = most_wrong(wrong, len(problem.examples))
    meter = budget.meter()
    choice = Choice(problem, seed=seed)
    declined: dict[str, str] = {}
    stopped_by: str | None = None
    least = last_fuel = math.inf
    patience = 1.0
    checked = 0
    try:
        for candidate in _candidates(
            engine, problem, meter, guide or Uniform(), np.random.default_rng(seed), wrong
        ):
            if progress is not None:
                progress(meter)
            if candidate is not None:
                fuel = choice.add(candidate)
                checked += fuel
                meter.spend(fuel)
                if choice.least < least:
                    least, patience = choice.least, DOUBT ** min(choice.thin, 64)
                    more = LONGER if problem.queries else AGAIN
                    last_fuel = (more * (meter.fuel - checked) + GRACE) * patience
            many = len(choice.groups) >= enough and (
                problem.queries or meter.fuel > GRACE * patience
            )
            if many or meter.fuel - checked > last_fuel:
                stopped_by = ENOUGH
                break
    except LimitReached as reached:
        stopped_by = reached.limit
    except DeclinedError as error:
        declined[searcher] = str(error)
    hypotheses = rank(problem, choice.ranked(), default_source=searcher)
    unsure = choice.thin >= THIN and stopped_by not in (None, ENOUGH)
    return Solution(
        task,
        hypotheses,
        meter.spent,
        stopped_by,
        declined,
        choice.disagreement(),
        unsure,
        lengthy=choice.lengthy and not hypotheses,
    )


def _check_consistent(task: Task, space: Space) -> None:
    found = task.contradiction(space.domain)
    if found is not None:
        raise ContradictionError(
            f"the same inputs as example {found[0]}, but another output; wrong=N allows for N "
            "wrong outputs",
            source=task.name,
            place=f"example {found[1]}",
        )


def _candidates(
    engine: type[Searcher],
    problem: Problem,
    meter: Meter,
    guide: Guide,
    rng: np.random.Generator,
    wrong: int,
) -> Iterator[Candidate | None]:
    if wrong:
        return tolerant(engine, problem, meter=meter, guide=guide, rng=rng, wrong=wrong)
    return engine().search(problem, meter=meter, guide=guide, rng=rng)


def rank(
    problem: Problem, groups: Sequence[Group], *, default_source: str
) -> tuple[Hypothesis, ...]:
    """Order hypotheses by description length and agreement.

    A hypothesis is a group of candidates that nothing tells apart, shown by its best program. On
    a task with queries its score is that program's cost less `VOTE_BITS` for every further method
    that found the same answers. Without queries methods differ in the programs they reach first,
    not in what they believe, and their agreement counts nothing.
    """
    equal = problem.domain.type(problem.goal).equal
    ranked = []
    for group in groups:
        best = group.best
        outputs = best.candidate.outputs
        sources = tuple(dict.fromkeys(m.candidate.source or default_source for m in group.members))
        holds = tuple(equal(y, e.output) for y, e in zip(outputs, problem.examples, strict=False))
        votes = VOTE_BITS * (len(sources) - 1) if problem.queries else 0.0
        ranked.append(
            Hypothesis(
                best.candidate.program,
                problem.space,
                best.bits,
                best.bits - votes,
                sources,
                holds,
                outputs[len(problem.examples) :],
                problem.input_types,
            )
        )
    return tuple(sorted(ranked, key=lambda h: h.score))
