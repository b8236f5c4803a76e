"""Proofs of recursions: what is proven is true, and what is not true is not proven."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsr.budget import Budget
from nsr.errors import LimitReached, UndefinedError
from nsr.executor import Executor
from nsr.program import Apply, Lambda, Literal, Term, Variable
from nsr.proofs import native, prove, run_proven
from nsr.proofs.forms import arithmetic, holds_at, number_function, value_at
from nsr.proofs.induction import GUARDS, Form, Logic, Loop, holds_by_induction
from nsr.space import load_space
from nsr.values import Undefined

PEANO = load_space("peano", "integers")
ARITHMETIC = arithmetic(PEANO.domain)
GRID = [*itertools.product(range(7), repeat=2), (12, 5), (5, 12), (9, 9), (17, 3), (3, 17)]

SUM = "recur(x1, x0, x2, x3 => inc(x3))"
MINUS = "recur(x1, x0, x2, x3 => dec(x3))"
TIMES = "recur(x0, 0, x2, x3 => recur(x3, x1, x4, x5 => inc(x5)))"
OVER = "steps(x0, x2 => recur(x1, x2, x3, x4 => dec(x4)))"
MORE = "recur(recur(x1, x0, x2, x3 => dec(x3)), x1, x2, x3 => inc(x3))"
LESS = "recur(recur(x1, x0, x2, x3 => dec(x3)), x0, x2, x3 => dec(x3))"
MIDDLE = "steps(recur(x0, x1, x2, x3 => inc(x3)), x2 => dec(dec(x2)))"
HARMONIC = (
    "steps(recur(recur(x0, x0, x2, x3 => inc(x3)), 0, x2, x3 => "
    "recur(x3, x1, x4, x5 => inc(x5))), "
    "x2 => recur(recur(x0, x1, x3, x4 => inc(x4)), x2, x3, x4 => dec(x4)))"
)
TRIANGLE = "recur(x0, 0, x2, x3 => recur(x2, x3, x4, x5 => inc(x5)))"
PARITY = "recur(x0, 0, x2, x3 => recur(x3, inc(0), x4, x5 => 0))"
POWER = "recur(x0, inc(0), x2, x3 => recur(x3, x3, x4, x5 => inc(x5)))"
ENDLESS = "steps(x0, x2 => inc(x2))"


def a_program(text: str) -> Term:
    return PEANO.parse(text, goal="int", inputs=["int", "int"])


def a_form(text: str) -> Term:
    return ARITHMETIC.parse(text, goal="int", inputs=["int"] * 4)


def never(*values: int) -> int:
    raise AssertionError(f"run under fuel: {values}")


def under_fuel(term: Term) -> Callable[..., int]:
    """What the program gives, by running it."""

    def run(*values: int) -> int:
        (found,) = Executor(PEANO.domain).run(term, [values], meter=Budget(fuel=200_000).meter())
        if isinstance(found, Undefined):
            raise UndefinedError(found.reason)
        assert isinstance(found, int)
        return found

    return run


@pytest.mark.parametrize(
    ("text", "function", "defined"),
    [
        (SUM, lambda a, b: a + b, lambda a, b: True),
        (MINUS, lambda a, b: max(0, a - b), lambda a, b: True),
        (TIMES, lambda a, b: a * b, lambda a, b: True),
        (OVER, lambda a, b: -(-a // b), lambda a, b: b > 0),
        (MORE, max, lambda a, b: True),
        (LESS, min, lambda a, b: True),
        (MIDDLE, lambda a, b: -(-(a + b) // 2), lambda a, b: True),
        (HARMONIC, lambda a, b: -(-2 * a * b // (a + b)), lambda a, b: a + b > 0),
        (TRIANGLE, lambda a, b: a * (a - 1) // 2, lambda a, b: True),
        (PARITY, lambda a, b: a % 2, lambda a, b: True),
    ],
)
def test_recursions_are_proven(
    text: str, function: Callable[..., int], defined: Callable[..., bool]
) -> None:
    proof = prove(PEANO, a_program(text))
    assert proof is not None
    fast = run_proven(PEANO, proof, never)
    large = [(10_000, 9_999), (1, 10_000), (10_000, 1), (4_321, 87)]
    for values in filter(lambda v: defined(*v), [*GRID, *large]):
        assert fast(*values) == function(*values)
    for values in itertools.filterfalse(lambda v: defined(*v), GRID):
        with pytest.raises(AssertionError, match="under fuel"):
            fast(*values)
    assert proof.statement.startswith(f"{text} = {ARITHMETIC.format(proof.closed)} for all natural")
    assert proof.lemmas


def test_the_condition_is_part_of_the_statement() -> None:
    proof = prove(PEANO, a_program(OVER))
    assert proof is not None
    assert proof.where is not None
    assert proof.statement.endswith("for all natural numbers x0, x1 where lt(0, x1)")
    inner, outer = proof.lemmas
    assert inner.startswith("recur(x0, x1, x2, x3 => dec(x3)) = ")
    assert outer.startswith("steps(x0, x2 => ")


@pytest.mark.parametrize("text", [POWER, ENDLESS, f"recur({ENDLESS}, x1, x2, x3 => inc(x3))"])
def test_without_a_proof_the_program_itself_is_run(text: str) -> None:
    term = a_program(text)
    assert prove(PEANO, term) is None
    slow = under_fuel(term)
    assert native(PEANO, term, slow) is slow


def test_only_programs_that_keep_numbers_natural_are_looked_at() -> None:
    space = load_space("integers")
    assert prove(space, space.parse("sub(x0, x1)", goal="int", inputs=["int"] * 2)) is None
    assert (
        prove(space, space.parse("recur(x0, -1, x1, x2 => inc(x2))", goal="int", inputs=["int"]))
        is None
    )
    proof = prove(space, space.parse("recur(x0, 3, x1, x2 => inc(x2))", goal="int", inputs=["int"]))
    assert proof is not None
    assert run_proven(space, proof, never)(4) == 7


def test_constants_and_inputs_need_no_loop() -> None:
    proof = prove(PEANO, PEANO.parse("inc(inc(0))", goal="int"))
    assert proof is not None
    assert run_proven(PEANO, proof, never)() == 2
    proof = prove(PEANO, PEANO.parse("dec(inc(x0))", goal="int", inputs=["int"]))
    assert proof is not None
    assert proof.statement == "dec(inc(x0)) = x0 for all natural numbers x0"
    assert proof.lemmas == ()


def test_the_size_of_numbers_is_still_limited() -> None:
    fast = native(PEANO, a_program(TIMES), never)
    assert fast(10_000, 10_000) == 10**8
    with pytest.raises(UndefinedError, match="too large"):
        fast(2**600, 2**600)


def test_a_proof_depends_on_nothing_but_the_program() -> None:
    from nsr.proofs import _prover

    first = [prove(PEANO, a_program(text)) for text in (HARMONIC, OVER, MIDDLE)]
    _prover.cache_clear()
    again = [prove(PEANO, a_program(text)) for text in (MIDDLE, OVER, HARMONIC)]
    assert first == again[::-1]


# -- what is not true is not proven ----------------------------------------------------------------
def a_loop(text: str) -> Loop:
    """The outermost loop of a program on its own; what is in it must be proven."""
    from nsr.proofs import _prover

    prover = _prover(PEANO, 4_000_000, 2_000_000)
    proof = prove(PEANO, a_program(text))
    assert proof is not None
    loops = [loop for loop, found in prover._known.items() if found and found[1] in proof.lemmas]
    (loop,) = (one for one in loops if prover._known[one][1] == proof.lemmas[-1])  # type: ignore[index]
    return loop


def is_true(loop: Loop, form: Form) -> bool:
    """Whether a form agrees with its loop on a grid, by running both."""
    from nsr.proofs import _prover

    prover = _prover(PEANO, 4_000_000, 2_000_000)
    value = number_function(PEANO.domain, form.value)
    where = [number_function(PEANO.domain, w) for w in form.where]
    for point in itertools.product(range(9), repeat=1 + loop.parameters):
        if holds_at(where, point):
            wanted = value_at(lambda p: prover._run(loop, p), point)
            if wanted is None or value_at(value, point) != wanted:
                return False
    return True


def is_proven(loop: Loop, form: Form) -> bool:
    return holds_by_induction(Logic(PEANO.domain, 200_000), loop, form)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (SUM, ["add(x1, x0)", "sub(x0, neg(x1))"], ["x1", "max(x0, x1)", "add(x0, inc(x1))"]),
        (MINUS, ["max(0, sub(x1, x0))"], ["sub(x1, x0)", "abs(sub(x1, x0))", "dec(sub(x1, x0))"]),
        (TIMES, ["mul(x0, x1)"], ["mul(x0, x0)", "mul(min(x0, 30), x1)", "add(x0, x1)"]),
        (
            OVER,
            [],
            ["div(x0, x1)", "inc(div(x0, x1))", "div(add(x0, dec(x1)), x1)", "div(x0, max(x1, 1))"],
        ),
        (MIDDLE, ["div(inc(x0), 2)", "sub(x0, div(x0, 2))"], ["div(x0, 2)", "dec(x0)"]),
        (TRIANGLE, ["div(mul(x0, dec(x0)), 2)"], ["div(mul(x0, inc(x0)), 2)", "mul(x0, dec(x0))"]),
    ],
)
def test_only_right_forms_are_proven(text: str, right: list[str], wrong: list[str]) -> None:
    loop = a_loop(text)
    for form in (Form(a_form(t)) for t in right):
        assert is_true(loop, form)
        assert is_proven(loop, form)
    for form in (Form(a_form(t)) for t in wrong):
        assert not is_true(loop, form) or "30" in str(form)
        assert not is_proven(loop, form)


@pytest.mark.parametrize(
    ("value", "where", "proven"),
    [
        ("div(add(x0, dec(x1)), x1)", "lt(0, x1)", True),
        ("div(add(x0, dec(x1)), max(x1, 1))", "lt(0, x1)", True),
        ("div(x0, x1)", "lt(0, x1)", False),
        ("div(x0, x1)", "eq(x1, 1)", True),
        ("div(x0, x1)", "lt(0, mod(x0, x1))", False),
        ("div(add(x0, dec(x1)), x1)", "not(lt(x1, 0))", False),
        ("add(x0, x1)", "eq(x0, inc(x0))", True),
    ],
)
def test_conditions_are_believed_just_as_far(value: str, where: str, proven: bool) -> None:
    condition = ARITHMETIC.parse(where, goal="bool", inputs=["int", "int"])
    form = Form(a_form(value), (condition,))
    assert is_proven(a_loop(OVER), form) is proven
    assert is_true(a_loop(OVER), form) >= proven


def terms(space: Any, variables: int, size: int) -> st.SearchStrategy[Term]:
    """Random terms of a space without loops."""
    numbers: st.SearchStrategy[Term] = st.sampled_from(
        [
            *(Variable(i, "int") for i in range(variables)),
            *(Literal(i, "INT", "int") for i in (0, 1, 2)),
        ]
    )
    names = [p for p in space.applications.values() if p.type == "int" and "bool" not in p.args]
    return st.recursive(
        numbers,
        lambda inner: st.sampled_from(names).flatmap(
            lambda p: st.tuples(*[inner] * len(p.args)).map(lambda args: Apply(p.name, args, "int"))
        ),
        max_leaves=size,
    )


LOOPS = [a_loop(text) for text in (SUM, MINUS, TIMES, OVER, MIDDLE, TRIANGLE, PARITY)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LOOPS), terms(ARITHMETIC, 2, 4))
def test_no_wrong_form_is_ever_proven(loop: Loop, value: Term) -> None:
    used = {0} if loop.parameters == 0 else {0, 1}
    if {n.index for n in _variables(value)} <= used:
        form = Form(value)
        assert is_true(loop, form) or not is_proven(loop, form)


def _variables(term: Term) -> list[Variable]:
    from nsr.program import walk

    return [node for node in walk(term) if isinstance(node, Variable)]


def a_random_program(rng: random.Random, scope: int, depth: int) -> Term:
    """A program over zero, successor, predecessor and loops."""
    kind = rng.choice(["leaf", "inc", "dec", "recur", "steps"] if depth else ["leaf"])
    if kind == "leaf":
        return (
            Variable(rng.randrange(scope), "int")
            if rng.random() < 0.85
            else Apply("zero", (), "int")
        )
    part = a_random_program(rng, scope, depth - 1)
    if kind in ("inc", "dec"):
        return Apply(kind, (part,), "int")
    count = 2 if kind == "recur" else 1
    own = tuple(Variable(scope + i, "int") for i in range(count))
    body = a_random_program(rng, scope + count, depth - 1)
    step = Lambda(own, body, "int_int_to_int" if kind == "recur" else "int_to_int")
    heads = (part, a_random_program(rng, scope, depth - 1)) if kind == "recur" else (part,)
    return Apply(kind, (*heads, step), "int")


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_native_speed_changes_no_value(rng: random.Random, depth: int) -> None:
    term = a_random_program(rng, 2, depth)
    slow = under_fuel(term)
    fast = native(PEANO, term, slow, fuel=100_000, rlimit=200_000)
    for values in [*itertools.product(range(5), repeat=2), (9, 4), (4, 9)]:
        try:
            wanted = slow(*values)
        except LimitReached:
            continue
        except UndefinedError:
            with pytest.raises(UndefinedError):
                fast(*values)
            continue
        assert fast(*values) == wanted


@pytest.mark.parametrize("name", sorted(ARITHMETIC.applications))
@given(data=st.data())
def test_what_z3_is_told_of_a_primitive_is_true(name: str, data: st.DataObject) -> None:
    import z3

    args = ARITHMETIC.applications[name].args
    values = [data.draw(st.booleans() if a == "bool" else st.integers(-9, 9)) for a in args]
    told = [z3.BoolVal(v) if isinstance(v, bool) else z3.IntVal(v) for v in values]
    guard = z3.simplify(GUARDS[name](*told)) if name in GUARDS else z3.BoolVal(True)
    try:
        wanted = PEANO.domain.primitives[name].function(*values)
    except UndefinedError:
        assert z3.is_false(guard)
        return
    assert z3.is_true(guard)
    assert str(z3.simplify(PEANO.domain.symbolic[name](*told))) == str(wanted)
