"""Integers: arithmetic, undefinedness, literals, symbolic meanings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.domains.integers import INT, INTEGERS, MAX_ABS, int_distance
from nsr.errors import InputError, UndefinedError
from nsr.solver import solve

RUN = {name: primitive.function for name, primitive in INTEGERS.primitives.items()}
numbers = st.integers(-1000, 1000)


@given(numbers, numbers)
def test_division_and_remainder_fit_together(left: int, right: int) -> None:
    if right == 0:
        for name in ("div", "mod"):
            with pytest.raises(UndefinedError):
                RUN[name](left, right)
        return
    assert RUN["div"](left, right) * right + RUN["mod"](left, right) == left
    assert 0 <= RUN["mod"](left, right) * (1 if right > 0 else -1) < abs(right)


@given(numbers, numbers)
def test_order(left: int, right: int) -> None:
    assert sorted((left, right)) == [RUN["min"](left, right), RUN["max"](left, right)]
    assert RUN["lt"](left, right) == (RUN["max"](left, right) > left)


@given(st.integers(0, 30), numbers)
def test_recursion_counts_up(times: int, start: int) -> None:
    assert RUN["recur"](times, start, lambda k, value: value + k) == start + sum(range(times))


def test_recursion_is_bounded() -> None:
    with pytest.raises(UndefinedError):
        RUN["recur"](-1, 0, lambda k, value: value)
    with pytest.raises(UndefinedError, match="too large"):
        RUN["recur"](100, 2, lambda k, value: value * value)


@pytest.mark.parametrize("raw", [True, 1.0, "1", None, [1]])
def test_only_integers_are_integers(raw: object) -> None:
    assert not INT.contains(raw)
    with pytest.raises(InputError, match="expected an integer"):
        INT.decode(raw)


def test_caps() -> None:
    assert INT.fits(MAX_ABS)
    assert not INT.fits(MAX_ABS + 1)


@given(numbers, numbers)
def test_distance(one: int, two: int) -> None:
    assert int_distance(one, two) == int_distance(two, one)
    assert 0 <= int_distance(one, two) < 1
    assert (int_distance(one, two) == 0) == (one == two)


@pytest.mark.parametrize("name", sorted(set(INTEGERS.symbolic) - {"recur"}))
@given(data=st.data())
def test_symbolic_meaning_agrees(name: str, data: st.DataObject) -> None:
    """A meaning on z3 constants, simplified, is the primitive's value."""
    import z3

    kinds = {"not": "b", "and": "bb", "or": "bb", "if": "bii"}
    unary = {"neg", "abs", "inc", "dec", "even"}
    kind = kinds.get(name, "i" if name in unary else "ii")
    values: list[Any] = [
        data.draw(st.booleans() if k == "b" else st.integers(-20, 20)) for k in kind
    ]
    try:
        wanted = RUN[name](*values)
    except UndefinedError:
        return
    terms = [z3.BoolVal(v) if k == "b" else z3.IntVal(v) for v, k in zip(values, kind, strict=True)]
    for arguments in (values, terms):
        result = INTEGERS.symbolic[name](*arguments)
        assert str(z3.simplify(result) if hasattr(result, "as_ast") else result) == str(wanted)


@pytest.mark.parametrize(
    ("pairs", "unseen"),
    [
        ([(1, 3), (2, 5), (7, 15)], (10, 21)),
        ([((2, 3), 8), ((4, 1), 8), ((0, 5), 0)], ((5, 5), 30)),
        ([(0, 0), (1, 0), (3, 3), (6, 15)], (9, 36)),
    ],
)
def test_small_functions_are_learnt(pairs: Any, unseen: tuple[Any, int]) -> None:
    best = solve(pairs, domain="integers", enough=1).best
    assert best is not None
    asked, answer = unseen
    assert best.apply(*(asked if isinstance(asked, tuple) else (asked,))) == answer
