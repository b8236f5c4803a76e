"""The bank: distinct, ordered, complete up to equivalence, within its limits."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from typing import Any

import pytest

from nsr.budget import Budget
from nsr.errors import LimitReached
from nsr.executor import Executor
from nsr.program import Apply, Lambda, Literal, walk
from nsr.search import Fitted, Problem
from nsr.search.bank import QUANTUM, Bank
from nsr.search.probes import probes
from nsr.space import load_space
from nsr.testing import Case, brute_force
from nsr.values import Undefined

ARITHMETIC = Case(
    "integers",
    (((3,), 1), ((0,), 1), ((7,), 1)),
    primitives=("add", "mul", "dec", "div", "lt", "if"),
    queries=((2,),),
)
RECURSION = Case("integers", (((3,), 6), ((0,), 0)), primitives=("add", "lt", "if", "recur"))
LISTS = Case(
    "sequences",
    ((([3, 1, 2],), [1]), (([5, 4],), [1])),
    primitives=("map", "filter", "fold", "head", "tail", "add", "lt", "empty"),
)
GRIDS = Case(
    "grids",
    ((([[1, 0], [0, 2]],), [[1]]), (([[3, 3, 0]],), [[1]])),
    primitives=("flip_lr", "transpose", "beside", "paint", "pieces", "view", "commonest"),
)
CASES = [ARITHMETIC, RECURSION, LISTS, GRIDS]


def grown(problem: Problem, **options: Any) -> tuple[Bank, list[Any]]:
    """A bank grown to its end, or to the end of a budget, and what it yielded."""
    budget = options.pop("budget", Budget())
    bank = Bank(problem, meter=budget.meter(), **options)
    entries = []
    with contextlib.suppress(LimitReached):
        for entry in bank.grow():
            if entry is not None:
                entries.append(entry)
    return bank, entries


@pytest.mark.parametrize("case", CASES, ids=str)
def test_entries_are_distinct_and_ordered(case: Case) -> None:
    problem = case.problem()
    bank, entries = grown(problem, max_cost=5.0)
    assert len(entries) > 10
    costs = [bank.cost(entry) for entry in entries]
    assert costs == sorted(costs)
    keys = [(bank.type(e), problem.domain.type(bank.type(e)).column_key(e[0])) for e in entries]
    assert len(set(keys)) == len(keys)
    for entry in entries:
        assert bank.find(bank.type(entry), bank.column(entry)) is entry


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terms_give_their_columns(case: Case) -> None:
    problem = case.problem()
    bank, entries = grown(problem, budget=Budget(fuel=100_000), max_cost=6.0)
    executor = Executor(problem.domain)
    for entry in entries[:: max(1, len(entries) // 300)]:
        value_type = problem.domain.type(bank.type(entry))
        outputs = executor.run(bank.term(entry), problem.inputs)
        assert len(outputs) == len(problem.inputs)
        assert all(map(value_type.equal, outputs, bank.column(entry)))


@pytest.mark.parametrize("case", [ARITHMETIC, LISTS, GRIDS], ids=str)
def test_every_small_program_has_its_value_in_the_bank(case: Case) -> None:
    problem = case.problem()
    bank, _ = grown(problem, max_cost=4.0)
    executor = Executor(problem.domain)
    compared = 0
    for term in brute_force(problem, 4):
        cost = problem.space.cost(term)
        outputs = executor.run(term, problem.inputs)
        if cost > 4.0 or any(isinstance(value, Undefined) for value in outputs):
            continue
        entry = bank.find(problem.goal, outputs)
        assert entry is not None, problem.space.format(term)
        assert bank.cost(entry) <= cost
        compared += 1
    assert compared > 5


def test_a_finite_space_is_exhausted() -> None:
    problem = Case("integers", (((3,), 1),), primitives=("lt", "even")).problem()
    bank, entries = grown(Problem(problem.space, "bool", ("int",), problem.examples))
    assert 0 < len(entries) < 20
    assert bank.size == len(entries)


def test_a_space_whose_functions_are_never_called_is_exhausted() -> None:
    space = load_space("sequences").restrict(["map"])
    examples = Case("sequences", (((3,), [1]),)).problem().examples
    _, entries = grown(Problem(space, "ints", ("int",), examples))
    assert not entries


def test_functions_of_distant_costs_are_found() -> None:
    problem = Case("sequences", ((([3, 4],), [99, 99]),), primitives=("map",)).problem()
    literal = replace(problem.domain.literals["INT"], candidates=(0, 99))
    domain = replace(problem.domain, literals={**problem.domain.literals, "INT": literal})
    problem = replace(problem, space=replace(problem.space, domain=domain))
    bank, _ = grown(problem)
    entry = bank.find("ints", ((99, 99),))
    assert entry is not None
    assert problem.space.format(bank.term(entry)) == "map(x1 => 99, x0)"


def test_caps_and_limits() -> None:
    problem = ARITHMETIC.problem()
    assert max(e[1] for e in grown(problem, max_cost=4.0)[1]) == 4.0 / QUANTUM
    bank, _ = grown(problem, max_cost=5.0, caps={"bool": 3.0})
    assert max(map(bank.cost, bank.entries("bool"))) == 3.0
    assert max(map(bank.cost, bank.entries("int"))) == 5.0
    assert len(grown(problem, max_entries=17)[1]) == 17
    bank, _ = grown(problem, max_cost=5.0, only=("int",))
    assert not bank.entries("bool")
    assert len(bank.entries("int")) > 5


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fuel_cuts_exactly_and_changes_nothing_else(case: Case) -> None:
    problem = case.problem()
    _, whole = grown(problem, max_cost=4.5)
    shapes = [entry[1:3] for entry in whole]
    for fuel in (1, 3, 10, 101, 1000, 2222):
        meter = Budget(fuel=fuel).meter()
        bank = Bank(problem, meter=meter, max_cost=4.5)
        entries = []
        with contextlib.suppress(LimitReached):
            for entry in bank.grow():
                if entry is not None:
                    entries.append(entry)
        assert meter.fuel <= fuel
        assert meter.stopped_by in {None, "fuel"}
        assert meter.fuel == fuel or meter.stopped_by is None
        assert [entry[1:3] for entry in entries] == shapes[: len(entries)]


def test_entries_found_before_a_limit_are_yielded() -> None:
    problem = ARITHMETIC.problem()
    bank, entries = grown(problem, budget=Budget(fuel=1003))
    assert bank.meter.stopped_by == "fuel"
    assert len(entries) == bank.size > 0


def test_memory_is_held_and_given_back() -> None:
    bank, _ = grown(LISTS.problem(), budget=Budget(memory=100_000))
    meter = bank.meter
    assert meter.stopped_by == "memory"
    assert 100_000 < meter.peak < 200_000
    bank.close()
    assert meter.held == 0


def test_repeats_are_programs_for_the_goal_only() -> None:
    problem = Case("integers", (((3,), 6), ((2,), 4)), primitives=("add", "mul", "neg")).problem()
    bank, entries = grown(problem, max_cost=6.0, repeats=True)
    found = [problem.space.format(bank.term(e)) for e in entries if problem.solved_by(e[0])]
    assert len(set(found)) == len(found)
    assert {"add(x0, x0)", "mul(x0, 2)", "mul(2, x0)", "neg(neg(add(x0, x0)))"} <= set(found)
    assert bank.size == len(entries) - len(found) + 1


def test_a_guide_changes_the_order() -> None:
    problem = ARITHMETIC.problem()
    text = "mul(dec(x0), dec(x0))"
    likes = Fitted({"mul": 60.0, "dec": 60.0})
    places = []
    for guide in (None, likes):
        bank, entries = grown(problem, guide=guide, budget=Budget(fuel=100_000))
        texts = [problem.space.format(bank.term(entry)) for entry in entries]
        places.append(texts.index(text))
    assert places[1] < places[0]


def test_functions_are_found_and_run_for_real() -> None:
    problem = Case(
        "sequences",
        ((([3, 1, 2],), [6, 2, 4]), (([5, 40],), [10, 80])),
        primitives=("map", "add", "mul", "len"),
    ).problem()
    bank, entries = grown(problem, max_cost=6.0)
    entry = bank.find("ints", problem.target)
    assert entry is not None
    assert problem.space.format(bank.term(entry)) == "map(x1 => add(x1, x1), x0)"
    assert all(bank.type(e) != "int_to_int" for e in entries)
    functions = bank.entries("int_to_int")
    assert all(isinstance(bank.term(e), Lambda) for e in functions)
    assert (
        functions[0][0][0](20)
        == Executor(problem.domain).run(
            bank.term(functions[0]).body,
            [((3, 1, 2), 20)],
        )[0]
    )


def test_functions_inside_functions() -> None:
    problem = Case(
        "sequences",
        ((([3, 1],), [8, 8]), (([5],), [10])),
        primitives=("map", "last", "add"),
    ).problem()
    bank, _ = grown(problem, max_cost=9.0, budget=Budget(fuel=300_000))
    terms = [bank.term(entry) for entry in bank.entries("ints")]
    depths = [sum(isinstance(node, Lambda) for node in walk(term)) for term in terms]
    assert max(depths) >= 2


def test_probes_are_what_functions_meet() -> None:
    problem = LISTS.problem()
    productions = list(problem.space.applications.values())
    columns = {"ints": [tuple(row[0] for row in problem.inputs)], "int": [(0, 0)]}
    scopes = probes(
        problem, "int_to_int", productions, lambda t: columns.get(t, []), Budget().meter()
    )
    assert all(len(scope) == 2 for scope in scopes)
    met = {(scope[0], scope[1]) for scope in scopes}
    assert {((3, 1, 2), 3), ((3, 1, 2), 1), ((3, 1, 2), 2), ((5, 4), 5), ((5, 4), 4)} <= met


def test_literals_of_terminals_are_arguments() -> None:
    problem = Case("sequences", ((("a b",), ["a", "b"]),), primitives=("split", "upper")).problem()
    bank, _ = grown(problem, max_cost=6.0)
    entry = bank.find("strs", (("a", "b"),))
    assert entry is not None
    term = bank.term(entry)
    assert isinstance(term, Apply)
    assert term.args[1] == Literal(" ", "STR", "STR")


def test_growth_is_the_same_every_time() -> None:
    problem = RECURSION.problem()
    runs = []
    for _ in range(2):
        bank, entries = grown(problem, budget=Budget(fuel=50_000))
        runs.append([problem.space.format(bank.term(e)) for e in itertools.islice(entries, 500)])
    assert runs[0] == runs[1]
