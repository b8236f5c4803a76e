"""Schemes of recursion: the function inside is found from examples that are deduced."""

from __future__ import annotations

import contextlib
import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.budget import Budget, Meter
from nsr.domains.integers import COMPARISONS
from nsr.domains.sequences.sublists import groups, windows
from nsr.errors import LimitReached
from nsr.executor import Executor
from nsr.program import Variable
from nsr.search import Candidate, Problem, Uniform, get_searcher
from nsr.search.cases import Cases
from nsr.search.comparisons import Comparisons
from nsr.search.connectives import Connectives
from nsr.search.deduction import Inner, Stream, consistent, surprise, without_functions
from nsr.search.goals import Goals
from nsr.search.refine import FAILURES, first_failure, refined
from nsr.search.scheme import TURN, View, in_turns
from nsr.space import load_space
from nsr.task import Example, Task

SPACE = load_space("sequences")


def problem_of(function: Callable[..., Any], rows: list[tuple[Any, ...]]) -> Problem:
    return Problem.from_task(Task.from_pairs([(row, function(*row)) for row in rows]), SPACE)


def draws(seed: int, count: int, *, lists: int = 1, high: int = 5, number: bool = False) -> Any:
    """Random rows: perhaps a number, then lists of equal lengths from 1 to 6."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        length = int(rng.integers(1, 7))
        row: list[Any] = [int(rng.integers(0, high + 1))] if number else []
        row += [tuple(rng.integers(0, high + 1, length).tolist()) for _ in range(lists)]
        rows.append(tuple(row))
    return rows


def runs(xs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(len(list(group)) for _, group in itertools.groupby(xs))


def encoded(xs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for x, group in itertools.groupby(xs) for n in (x, len(list(group))))


def cancelled(xs: tuple[int, ...]) -> tuple[int, ...]:
    kept: list[int] = []
    for x in xs:
        if kept[-1:] == [x]:
            kept.pop()
        else:
            kept.append(x)
    return tuple(kept)


def negated(bits: tuple[int, ...]) -> tuple[int, ...]:
    """The two's complement, lowest digit first."""
    one = bits.index(1) if 1 in bits else len(bits)
    return bits[: one + 1] + tuple(1 - b for b in bits[one + 1 :])


CASES: list[tuple[str, Any, dict[str, Any]]] = [
    ("fold", lambda xs: sum(x * x for x in xs), {}),
    ("fold", lambda xs: tuple(sorted(xs)), {"high": 9}),
    ("fold", lambda xs, ys: sum(x * y for x, y in zip(xs, ys, strict=True)), {"lists": 2}),
    ("fold", lambda xs, ys: sum(x != y for x, y in zip(xs, ys, strict=True)), {"lists": 2}),
    ("fold", runs, {"high": 1}),
    ("fold", encoded, {"high": 1}),
    ("fold", cancelled, {"high": 1}),
    ("elementwise", lambda k, xs: tuple(itertools.takewhile(lambda x: x < k, xs)),
     {"number": True}),
    ("elementwise", lambda k, xs: tuple(itertools.dropwhile(lambda x: x < k, xs)),
     {"number": True}),
    ("elementwise", lambda k, xs: tuple(i for i, x in enumerate(xs) if x == k), {"number": True}),
    ("elementwise", lambda xs: tuple(x for x in xs if xs.count(x) == 1), {}),
    ("elementwise", lambda xs: tuple(x for x in xs for _ in range(x)), {}),
    ("elementwise", lambda xs: tuple(x for i, x in enumerate(xs) if x == i), {}),
    ("elementwise", lambda xs, ys: tuple(x for x, y in zip(xs, ys, strict=True) if y > 1),
     {"lists": 2}),
    ("elementwise", lambda xs: tuple(b for a, b in itertools.pairwise(xs) if b > a), {}),
    ("ordering", lambda xs: tuple(sorted(xs, key=lambda x: x % 2)), {"high": 9}),
    ("preparation", lambda xs: tuple(x - min(xs, default=0) for x in xs), {}),
    ("preparation", lambda xs: sum(xs) - max(xs, default=0), {}),
    ("selection", lambda xs: xs.index(max(xs)), {}),
    ("selection", lambda k, xs: next((x for x in xs if x > k), 9), {"number": True}),
    ("selection", lambda xs: next((x for i, x in enumerate(xs) if x in xs[:i]), -1), {}),
    ("transducer", negated, {"high": 1}),
    ("composition", lambda xs: xs.count(3), {}),
    ("composition", lambda xs: max(map(len, groups(operator.lt, xs)), default=0), {"high": 9}),
    ("preparation", lambda xs: len(set(xs)) < len(xs), {"high": 9}),
    ("fold", lambda xs: sum(x * i for i, x in enumerate(xs)), {}),
    ("sublists", lambda xs: tuple(map(len, groups(operator.eq, xs))), {"high": 1}),
    ("sublists", lambda xs: tuple(g[0] for g in groups(operator.eq, xs) if len(g) == 1),
     {"high": 1}),
    ("sublists", lambda k, xs: tuple(sum(xs[i : i + k]) for i in range(len(xs) - k + 1) if k),
     {"number": True}),
    ("sublists", lambda xs: tuple(max(xs[: i + 1]) for i in range(len(xs))), {"high": 9}),
    ("sublists", lambda xs: tuple(w[1] for w in windows(3, xs) if w[0] < w[1] > w[2]),
     {"high": 9}),
]  # fmt: skip


@pytest.mark.parametrize(("searcher", "function", "kind"), CASES)
def test_a_scheme_finds_what_holds_on_longer_inputs(
    searcher: str, function: Any, kind: dict[str, Any]
) -> None:
    problem = problem_of(function, draws(0, 100, **kind))
    fresh = problem_of(function, [tuple(a * 3 if isinstance(a, tuple) else a for a in row)
                                  for row in draws(1, 30, **kind)])  # fmt: skip
    rng = np.random.default_rng(0)
    meter = Budget(fuel=3_000_000).meter()
    search = get_searcher(searcher)().search(problem, meter=meter, guide=Uniform(), rng=rng)
    assert any(holds(fresh, c) for c in itertools.islice(filter(None, search), 40))


@pytest.mark.parametrize("guesses", [True, False])
def test_guesses_make_up_for_few_examples(guesses: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve lists show hardly a step at which an item comes again."""
    if not guesses:
        monkeypatch.setattr("nsr.search.guesses.CHILDREN", 0)

    def distinct(xs: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(xs))

    problem, fresh = problem_of(distinct, draws(5, 12)), problem_of(distinct, draws(6, 30))
    meter = Budget(fuel=300_000).meter()
    rng = np.random.default_rng(0)
    search = get_searcher("fold")().search(problem, meter=meter, guide=Uniform(), rng=rng)
    found = False
    with contextlib.suppress(LimitReached):
        found = any(holds(fresh, candidate) for candidate in search if candidate is not None)
    assert found == guesses


def holds(problem: Problem, candidate: Candidate) -> bool:
    return first_failure(problem, candidate.program, Budget().meter()) is None


# -- taking turns ----------------------------------------------------------------------------
def test_a_bit_quarters_the_share() -> None:
    meter = Budget().meter()
    spent = {"plain": 0, "dear": 0}

    def search(name: str) -> Iterator[str]:
        while True:
            meter.spend(TURN // 10)
            spent[name] += TURN // 10
            yield name

    posed = [(1.0, search("dear")), (0.0, search("plain"))]
    for _ in itertools.takewhile(lambda _: meter.fuel < 200 * TURN, in_turns(posed, meter)):
        pass
    assert 3.5 < spent["plain"] / spent["dear"] < 4.5


def test_a_search_that_ends_leaves_its_share_to_the_others() -> None:
    meter = Budget().meter()
    posed = [(0.0, iter("ab")), (5.0, iter("cd"))]
    assert list(in_turns(posed, meter)) == ["a", "b", "c", "d"]


def test_evidence_speaks_for_an_inner_problem() -> None:
    problem = problem_of(lambda xs: xs, draws(0, 20))
    view = View(problem)
    stream = Stream(Variable(0, "ints"), (), frozenset((0,)), 1.0)
    varied = [(0, (a % 3,), a % 3 + 1) for a in range(12)]
    constant = [(0, (a % 3,), 1) for a in range(12)]
    few, many, same = (
        surprise(view, Inner(("int",), "int", e), stream) for e in (varied[:3], varied, constant)
    )
    assert many < few < same
    assert surprise(view, Inner(("int",), "int", varied, (0,)), stream) > many
    assert not consistent(Inner(("int",), "int", [*varied, (0, (0,), 9)]), problem)


# -- goals -----------------------------------------------------------------------------------
def test_one_side_of_a_condition_is_searched_alone() -> None:
    """Neither side is cheap enough for the bank alone at the level where the condition is."""
    rows = [(xs, x) for (xs,) in draws(3, 12, high=2) for x in range(3)]

    def step(xs: tuple[int, ...], x: int) -> tuple[int, ...]:
        return (*xs[:-1], xs[-1] + 1) if xs[-1] == x else (*xs, x, 0)

    part = problem_of(step, rows)
    plain = without_functions(part.space.without(part.domain.schemes))
    found = {}
    for cuts in (0, 1):
        meter = Budget(fuel=600_000).meter()
        problem = Problem(plain, part.goal, part.input_types, part.examples)
        found[cuts] = first_right(Goals(problem, meter=meter, guide=Uniform(), cuts=cuts), part)
    assert found[0] is None
    assert found[1] is not None


def first_right(goals: Goals, problem: Problem) -> int | None:
    """Fuel at the first right term; `None` if the limit comes first."""
    try:
        for term in goals.terms():
            if term is not None and first_failure(problem, term, Budget().meter()) is None:
                return goals.meter.fuel
    except LimitReached:
        pass
    return None


def test_openings_leave_what_no_part_explains() -> None:
    problem = problem_of(lambda x, y: x if x < 3 else y * y + 7, [(a, a + 1) for a in range(8)])
    cases = Cases.of(problem, "int", problem.target)
    assert cases is not None
    inputs = [e.inputs[0] for e in problem.examples]
    cases.add("int", (tuple(inputs), 2, 0), 1.0)
    cases.add("bool", (tuple(x < 3 for x in inputs), 4, 0), 2.0)
    opening = cases.openings(Budget().meter())[0]
    assert [opening.rest >> i & 1 for i in range(8)] == [x >= 3 for x in inputs]


@given(
    st.lists(st.tuples(*[st.integers(0, 3)] * 6), min_size=2, max_size=6, unique=True),
    st.tuples(*[st.booleans()] * 6),
)
def test_comparisons_are_all_pairs(rows: list[tuple[int, ...]], target: tuple[bool, ...]) -> None:
    """Against every pair and operator tried one by one, offered one at a time."""
    examples = tuple(Example((0,), wanted) for wanted in target)
    problem = Problem(SPACE, "bool", ("int",), examples)
    comparisons = Comparisons.of(problem, "bool", target)
    if len(set(target)) < 2:
        assert comparisons is None
        return
    assert comparisons is not None
    term_of = {row: Variable(i, "int") for i, row in enumerate(rows)}
    got = set()
    for row in rows:
        comparisons.add("int", (row, 2, 0), 1.0)
        for term in comparisons.terms(lambda entry: term_of[entry[0]], Budget().meter()):
            got.add(SPACE.format(term))
    wanted = set()
    for (i, a), (j, b) in itertools.product(enumerate(rows), repeat=2):
        for name, holds_of in COMPARISONS.items():
            if all(holds_of(x, y) == t for x, y, t in zip(a, b, target, strict=True)):
                wanted.add(f"{name}(x{i}, x{j})")
    assert got == wanted


def test_lists_are_compared_too() -> None:
    problem = problem_of(lambda xs: xs == xs[::-1], draws(0, 40, high=1))
    comparisons = Comparisons.of(problem, "bool", problem.target)
    assert comparisons is not None
    lists = [tuple(e.inputs[0] for e in problem.examples)]
    lists.append(tuple(xs[::-1] for xs in lists[0]))
    for row in lists:
        comparisons.add("ints", (row, 2, 0), 1.0)
    terms = {row: Variable(i, "ints") for i, row in enumerate(lists)}
    found = comparisons.terms(lambda entry: terms[entry[0]], Budget().meter())
    assert "same(x0, x1)" in map(SPACE.format, found)


ROW = st.tuples(*[st.booleans()] * 5)


@given(st.lists(ROW, min_size=2, max_size=6, unique=True), ROW)
def test_connectives_are_all_pairs(rows: list[Any], target: Any) -> None:
    """Against every pair of conditions and their opposites, joined in both ways."""
    examples = tuple(Example((0,), wanted) for wanted in target)
    problem = Problem(SPACE, "bool", ("bool",), examples)
    connectives = Connectives.of(problem, "bool", target)
    if len(set(target)) < 2:
        assert connectives is None
        return
    assert connectives is not None
    term_of = {row: Variable(i, "bool") for i, row in enumerate(rows)}
    got = []
    for row in rows:
        connectives.add("bool", (row, 2, 0), 1.0)
        got += list(connectives.terms(lambda entry: term_of[entry[0]], Budget().meter()))
    sides = {*rows, *(tuple(not x for x in row) for row in rows)} - {target}
    possible = any(
        tuple(map(join, a, b)) == target
        for a, b in itertools.combinations(sides, 2)
        for join in (operator.and_, operator.or_)
    )
    assert bool(got) == possible
    for term in got:
        values = Executor(SPACE.domain).run(term, list(zip(*rows, strict=True)))
        assert values == target


@pytest.mark.parametrize(
    "function",
    [
        lambda k, xs: xs[k // 2 :],
        lambda k, xs: xs[: k + k],
        lambda k, xs: sorted(xs)[len(xs) // 2] if xs else 0,
    ],
)
def test_a_count_that_is_told_loosely(function: Any) -> None:
    """Where a list ends early, or an item comes twice, several counts would do."""
    problem = problem_of(function, draws(7, 16, number=True))
    space = without_functions(problem.space)
    given_ = (*problem.input_types, "ints")
    examples = tuple(
        Example((*e.inputs, tuple(sorted(e.inputs[1]))), e.output) for e in problem.examples
    )
    part = Problem(space, problem.goal, given_, examples)
    goals = Goals(part, meter=Budget(fuel=400_000).meter(), guide=Uniform())
    assert first_right(goals, part) is not None


# -- counterexamples -------------------------------------------------------------------------
def test_a_search_that_ends_with_failures_begins_anew() -> None:
    """Fewer failures than would end a round still bring their examples in."""
    problem = problem_of(len, [((0,) * (k % 9),) for k in range(40)])
    wrong, right = (
        SPACE.parse("head(x0)", goal="int", inputs=["ints"]),
        SPACE.parse("len(x0)", goal="int", inputs=["ints"]),
    )
    sizes = []

    def search(part: Problem) -> Iterator[Candidate | None]:
        sizes.append(len(part.examples))
        yield Candidate(wrong if len(sizes) == 1 else right, 0.0, ())

    assert FAILURES > 1
    found = list(refined(problem, search, meter=Meter(Budget()), width=4))
    assert [c.program for c in found if c is not None] == [right]
    assert sizes == [4, 5]


def test_unseen_items_must_lead_to_known_states() -> None:
    """Nines never meet in the examples; a carry of two is wrong all the same."""
    from searchers.transducer import _closed

    inner = Inner(("int", "int"), "int", [(0, (0, 3), 0), (0, (0, 12), 1), (0, (1, 9), 1)])
    problem = problem_of(lambda xs: xs, draws(0, 5))
    for body, closed in (("div(add(x1, x2), 10)", True), ("div(x2, sub(10, x1))", False)):
        program = f"scan(x1, x2 => {body}, x0)"
        step = SPACE.parse(program, goal="ints", inputs=["ints"]).args[0]  # type: ignore[union-attr]
        assert _closed(problem, step, inner, tuple(range(19))) == closed  # type: ignore[arg-type]
