"""Sequences: laws of the primitives, caps, symbolic meanings, whole tasks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.budget import Budget
from nsr.domains.integers import MAX_ABS
from nsr.domains.sequences import SEQUENCES
from nsr.domains.sequences.values import INTS, MAX_LENGTH, STRS, sequence_distance
from nsr.errors import InputError, UndefinedError
from nsr.solver import solve
from nsr.space import load_space
from nsr.symbolic import Choice, equals

RUN = {name: primitive.function for name, primitive in SEQUENCES.primitives.items()}
items = st.lists(st.integers(-9, 9), max_size=8).map(tuple)
counts = st.integers(-2, 10)


@given(items, counts)
def test_taking_and_dropping_cut_in_two(xs: tuple[int, ...], count: int) -> None:
    assert RUN["concat"](RUN["take"](count, xs), RUN["drop"](count, xs)) == xs


@given(items)
def test_ends(xs: tuple[int, ...]) -> None:
    if not xs:
        for name in ("head", "last", "tail", "init", "maximum", "minimum"):
            with pytest.raises(UndefinedError):
                RUN[name](xs)
        return
    assert RUN["cons"](RUN["head"](xs), RUN["tail"](xs)) == xs
    assert RUN["snoc"](RUN["init"](xs), RUN["last"](xs)) == xs
    assert RUN["index"](xs, len(xs) - 1) == RUN["last"](xs)
    assert RUN["maximum"](xs) == RUN["last"](RUN["sort"](xs))


@given(items)
def test_order_of_items(xs: tuple[int, ...]) -> None:
    assert RUN["reverse"](RUN["reverse"](xs)) == xs
    assert RUN["sort"](xs) == tuple(sorted(xs))
    assert sorted(set(xs)) == sorted(RUN["dedupe"](xs))
    assert RUN["stride"](xs, 1) == xs


@given(items, st.integers(-9, 9))
def test_members(xs: tuple[int, ...], item: int) -> None:
    assert RUN["member"](item, xs) == (RUN["occurrences"](item, xs) > 0)
    assert item not in RUN["remove"](item, xs)
    assert len(RUN["remove"](item, xs)) == len(xs) - RUN["occurrences"](item, xs)


@given(items)
def test_functions_over_items(xs: tuple[int, ...]) -> None:
    assert RUN["map"](lambda x: x, xs) == xs
    assert RUN["fold"](lambda value, x: value + x, 0, xs) == RUN["sum"](xs)
    assert RUN["fold_ints"](lambda value, x: (x, *value), (), xs) == RUN["reverse"](xs)
    assert len(RUN["filter"](lambda x: x > 0, xs)) == RUN["count"](lambda x: x > 0, xs)
    assert RUN["scan"](max, xs)[-1:] == ((RUN["maximum"](xs),) if xs else ())
    assert RUN["zipwith"](lambda x, y: x - y, xs, xs) == (0,) * len(xs)


@given(st.text(max_size=10), st.text(max_size=2))
def test_strings(text: str, part: str) -> None:
    if part:
        assert RUN["join"](RUN["split"](text, part), part) == text
        assert RUN["contains"](text, part) == (part in text)
    else:
        with pytest.raises(UndefinedError):
            RUN["split"](text, part)
    assert RUN["join"](RUN["chars"](text), "") == text
    assert RUN["length"](text) == len(RUN["chars"](text))


@given(st.text(max_size=12))
def test_numbers_are_read_or_undefined(text: str) -> None:
    try:
        number = RUN["number"](text)
    except UndefinedError:
        return
    assert number == int(text)


def test_growth_is_capped() -> None:
    for name, arguments in [
        ("repeat", (1, 10**9)),
        ("repeat", (1, -1)),
        ("range", (0, 10**9)),
        ("replace", ("a" * 1024, "a", "b" * 5000)),
        ("product", ((MAX_ABS, MAX_ABS),)),
    ]:
        with pytest.raises(UndefinedError):
            RUN[name](*arguments)
    with pytest.raises(UndefinedError, match="too long"):
        RUN["fold_ints"](lambda value, x: value + value, (1,), tuple(range(40)))
    assert not INTS.fits((0,) * (MAX_LENGTH + 1))
    assert not INTS.fits((MAX_ABS + 1,))
    assert not STRS.fits(("a" * MAX_LENGTH, "b" * MAX_LENGTH, "c"))


def test_until_stops_or_is_undefined() -> None:
    assert RUN["until"](lambda xs: not xs, lambda xs: xs[1:], (1, 2)) == ()
    with pytest.raises(UndefinedError, match="never stops"):
        RUN["until"](lambda xs: False, lambda xs: xs[:1], (1, 2))


@pytest.mark.parametrize("raw", [None, "ab", [1, "a"], [True], [1.5], {"a": 1}])
def test_odd_lists_are_refused(raw: object) -> None:
    with pytest.raises(InputError):
        INTS.decode(raw)


@given(items, items)
def test_distance(one: tuple[int, ...], two: tuple[int, ...]) -> None:
    assert INTS.distance is not None
    assert 0 <= INTS.distance(one, two) <= 1
    assert (INTS.distance(one, two) == 0) == (one == two)
    assert 0 <= sequence_distance(one, two) <= 1
    assert sequence_distance(one, one) == 0


def test_strings_cost_list_tasks_nothing() -> None:
    space = load_space("sequences")
    for production in (*space.productions("str"), *space.productions("strs")):
        assert production.kind == "variable" or {"str", "strs"} & set(production.args)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("take", 1),
        ("drop", 1),
        ("index", 0),
        ("repeat", 0),
        ("stride", 0),
        ("range", 0),
    ],
)
@given(xs=items, number=st.integers(-1, 9))
def test_unknown_counts_mean_what_known_ones_do(
    name: str, known: int, xs: tuple[int, ...], number: int
) -> None:
    """With an unknown that z3 sets to `number`, the meaning is the primitive's value."""
    import z3

    first: Any = 3 if name in {"repeat", "range"} else xs
    concrete = (number, first) if known else (first, number)
    try:
        wanted = RUN[name](*concrete)
    except UndefinedError:
        return
    unknown = z3.Int("unknown")
    try:
        value = SEQUENCES.symbolic[name](*((unknown, first) if known else (first, unknown)))
    except UndefinedError:
        assert not xs
        return
    assert isinstance(value, Choice)
    solver = z3.Solver()
    solver.add(unknown == number, equals(value, wanted))
    assert solver.check() == z3.sat


@pytest.mark.parametrize(
    ("pairs", "given_", "answer"),
    [
        ([([1, 2, 3], [3, 2, 1]), ([4, 5], [5, 4])], (7, 8, 9), (9, 8, 7)),
        ([([3, 1, 2], [6, 2, 4]), ([5, 4], [10, 8]), ([], [])], (8, 1), (16, 2)),
        ([([3, 1, 2], 6), ([5, 4], 20), ([7], 7), ([9, 9, 2], 162)], (2, 2), 4),
        ([([3, -1, 2], [3, 2]), ([-5, 4, 0], [4, 0]), ([7], [7])], (-1, 9), (9,)),
        ([("hello world", "WORLD"), ("ab cd", "CD"), ("x y z", "Z")], "one two", "TWO"),
        ([("a,b", ["a", "b"]), ("c,d,e", ["c", "d", "e"])], "x,y", ("x", "y")),
    ],
)
def test_tasks_are_solved(pairs: Any, given_: Any, answer: Any) -> None:
    budget = Budget(fuel=3_000_000)
    best = solve(pairs, budget=budget, enough=1).best
    assert best is not None
    assert best.apply(given_) == answer
