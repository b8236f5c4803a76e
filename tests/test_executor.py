"""The executor: meaning, fuel, caps, reasons."""

from __future__ import annotations

import pytest

from nsr.budget import Budget, Meter
from nsr.domains.integers import MAX_ABS
from nsr.errors import LimitReached, ProgramError
from nsr.executor import Executor
from nsr.program import MAX_DEPTH, Apply, Hole, Literal, Term, Variable
from nsr.space import load_space
from nsr.values import Undefined

INTS = load_space("integers")
LISTS = load_space("sequences")


def run(text: str, *rows: tuple[object, ...], goal: str = "int", types: str = "int") -> object:
    space = INTS if goal == "int" and types == "int" else LISTS
    term = space.parse(text, goal=goal, inputs=types.split())
    return Executor(space.domain).run(term, list(rows))


def test_all_examples_at_once() -> None:
    assert run("mul(add(x0, 1), x0)", (1,), (2,), (-3,)) == (2, 6, 6)


def test_recursion_and_closures() -> None:
    assert run("recur(x0, 1, x1, x2 => mul(x2, add(x1, 1)))", (5,), (0,)) == (120, 1)
    text = "map(x1 => add(x1, len(x0)), filter(x1 => lt(1, x1), x0))"
    assert run(text, ((1, 2, 3),), goal="ints", types="ints") == ((5, 6),)
    nested = "map(x1 => fold(x2, x3 => add(x2, mul(x1, x3)), 0, x0), x0)"
    assert run(nested, ((1, 2),), goal="ints", types="ints") == ((3, 6),)


def test_undefined_values_carry_the_reason() -> None:
    values = run("div(1, x0)", (0,), (1,))
    assert isinstance(values, tuple)
    assert values[0] == Undefined("division by zero")
    assert values[1] == 1
    assert not values[0]


def test_undefined_stays_within_its_example() -> None:
    assert run("add(1, if(lt(x0, 1), div(1, x0), 7))", (0,), (2,))[1] == 8


def test_values_beyond_the_caps_are_undefined() -> None:
    (value,) = run("mul(x0, x0)", (MAX_ABS,))
    assert value == Undefined("mul: value too large")


def test_fuel_is_one_unit_per_application_and_example() -> None:
    term = INTS.parse("add(mul(x0, x0), neg(x0))", goal="int", inputs=["int"])
    meter = Budget(fuel=6).meter()
    assert Executor(INTS.domain).run(term, [(2,), (3,)], meter=meter) == (2, 6)
    assert meter.fuel == 6
    meter = Budget(fuel=5).meter()
    with pytest.raises(LimitReached, match="fuel"):
        Executor(INTS.domain).run(term, [(2,), (3,)], meter=meter)


@pytest.mark.parametrize(
    "text",
    [
        "recur(1000000, 1, x1, x2 => x2)",
        "recur(1000000, 1, x1, x2 => recur(1000000, 1, x3, x4 => x4))",
    ],
)
def test_loops_without_applications_still_burn_fuel(text: str) -> None:
    term = INTS.parse(text, goal="int", inputs=["int"])
    with pytest.raises(LimitReached, match="fuel"):
        Executor(INTS.domain).run(term, [(0,)], meter=Budget(fuel=10_000).meter())


def test_endless_loops_end() -> None:
    term = LISTS.parse(
        "len(iterate(x1 => last(iterate(x2 => x2, x1, 1000)), 0, 1000))",
        goal="int",
        inputs=["ints"],
    )
    with pytest.raises(LimitReached, match="fuel"):
        Executor(LISTS.domain).run(term, [((1, 2),)], meter=Budget(fuel=5000).meter())


def test_only_the_meters_own_limits_leave_a_value_undefined() -> None:
    term = INTS.parse("mul(add(x0, 1), 2)", goal="int", inputs=["int"])
    executor = Executor(INTS.domain)
    assert executor.value(term, (3,), meter=Budget(fuel=2).meter()) == 8
    short = executor.value(term, (3,), meter=Budget(fuel=1).meter())
    assert isinstance(short, Undefined)

    class Interrupted(Meter):
        def spend(self, units: int = 1) -> None:
            raise LimitReached("seconds")

    with pytest.raises(LimitReached, match="seconds"):
        executor.value(term, (3,), meter=Interrupted(Budget()))


def test_deep_terms_are_refused_and_deep_enough_ones_run() -> None:
    term: Term = Variable(0, "int")
    for _ in range(MAX_DEPTH - 1):
        term = Apply("inc", (term,), "int")
    assert Executor(INTS.domain).run(term, [(0,)]) == (MAX_DEPTH - 1,)
    with pytest.raises(ProgramError, match="deeper"):
        Executor(INTS.domain).run(Apply("inc", (term,), "int"), [(0,)])


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (Apply("inc", (Hole(0, "INT", "int"),), "int"), "hole"),
        (Apply("fly", (Literal(1, "INT", "int"),), "int"), "no primitive"),
        (Apply("inc", (Variable(3, "int"),), "int"), "x3"),
    ],
)
def test_what_cannot_run_is_refused(term: Term, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        Executor(INTS.domain).run(term, [(0,)])
