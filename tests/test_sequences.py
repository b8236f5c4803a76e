"""Sequences: laws of the primitives, caps, symbolic meanings, whole tasks."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.budget import Budget
from nsr.domains.integers import MAX_ABS
from nsr.domains.sequences import SEQUENCES
from nsr.domains.sequences.values import INTS, MAX_LENGTH, STRS, sequence_distance
from nsr.errors import InputError, UndefinedError
from nsr.search import Problem, Uniform
from nsr.search.pcfg import Grammar
from nsr.solver import solve
from nsr.space import load_space
from nsr.symbolic import Choice, equals
from nsr.task import Task

RUN = {name: primitive.function for name, primitive in SEQUENCES.primitives.items()}
items = st.lists(st.integers(-9, 9), max_size=8).map(tuple)
counts = st.integers(-2, 10)


@given(items, counts)
def test_taking_and_dropping_cut_in_two(xs: tuple[int, ...], count: int) -> None:
    assert RUN["concat"](RUN["take"](count, xs), RUN["drop"](count, xs)) == xs


@given(items)
def test_ends(xs: tuple[int, ...]) -> None:
    if not xs:
        assert [RUN[name](xs) for name in ("head", "last", "tail", "init")] == [0, 0, (), ()]
        return
    assert RUN["cons"](RUN["head"](xs), RUN["tail"](xs)) == xs
    assert RUN["snoc"](RUN["init"](xs), RUN["last"](xs)) == xs
    assert RUN["index"](xs, len(xs) - 1) == RUN["last"](xs)


@given(items, counts)
def test_places_out_of_range(xs: tuple[int, ...], place: int) -> None:
    assert RUN["index"](xs, place) == (xs[place] if place in range(len(xs)) else 0)
    assert RUN["repeat"](5, place) == (5,) * max(place, 0)
    assert RUN["stride"](xs, place) == xs[:: max(place, 1)]


@pytest.mark.parametrize("name", ["head", "last", "tail", "init"])
def test_strings_have_no_item_for_none(name: str) -> None:
    words = ("b", "a")
    assert RUN[f"{name}_strs"](words) == RUN[name](words)
    with pytest.raises(UndefinedError):
        RUN[f"{name}_strs"](())
    with pytest.raises(UndefinedError):
        RUN["index_strs"](words, 2)


@given(items)
def test_order_of_items(xs: tuple[int, ...]) -> None:
    words = tuple(map(str, xs))
    assert RUN["reverse"](RUN["reverse"](xs)) == xs
    assert RUN["sort_strs"](words) == tuple(sorted(words))
    assert sorted(set(words)) == sorted(RUN["dedupe_strs"](words))
    assert RUN["stride"](xs, 1) == xs


@given(items, st.integers(-9, 9))
def test_members(xs: tuple[int, ...], item: int) -> None:
    assert RUN["member"](item, xs) == (item in xs)
    assert str(item) not in RUN["remove_strs"](str(item), tuple(map(str, xs)))
    assert RUN["same"](xs, xs)
    assert not RUN["same"](xs, (*xs, item))


@given(items)
def test_functions_over_items(xs: tuple[int, ...]) -> None:
    assert RUN["map"](lambda x: x, xs) == xs
    assert RUN["fold"](lambda value, x: value + x, 0, xs) == sum(xs)
    assert RUN["fold_ints"](lambda value, x: (x, *value), (), xs) == RUN["reverse"](xs)
    assert RUN["scan"](max, xs)[-1:] == ((max(xs),) if xs else ())
    assert RUN["zipwith"](lambda x, y: x - y, xs, xs) == (0,) * len(xs)
    assert RUN["argmax"](lambda x: -x, xs) == min(xs, default=0)
    assert RUN["sort_by"](lambda x: -x, xs) == tuple(sorted(xs, key=lambda x: -x))
    assert RUN["filter_zip"](lambda x, y: x < y, xs, xs[1:]) == tuple(
        x for x, y in itertools.pairwise(xs) if x < y
    )


@given(items, items)
def test_functions_over_two_lists(xs: tuple[int, ...], ys: tuple[int, ...]) -> None:
    added = RUN["zip_long"](lambda x, y: x + y, xs, ys)
    assert len(added) == max(len(xs), len(ys))
    assert sum(added) == sum(xs) + sum(ys)
    both = RUN["concat_zip"](lambda x, y: (x, y), xs, ys)
    assert sorted(both) == sorted(xs + ys)
    assert RUN["concat_zip"](lambda x, y: (), xs, xs) == ()


@given(items)
def test_functions_that_give_lists(xs: tuple[int, ...]) -> None:
    assert RUN["concat_map"](lambda x: (x,), xs) == xs
    assert RUN["concat_pairs"](lambda x, y: (x, y), xs) == xs
    swapped = RUN["concat_pairs"](lambda x, y: (y, x), xs)
    assert RUN["concat_pairs"](lambda x, y: (y, x), swapped) == xs


@given(items, st.integers(-1, 4), st.integers(-3, 3))
def test_parts_of_lists(xs: tuple[int, ...], size: int, mark: int) -> None:
    """What is cut makes the list again."""
    whole = RUN["concat_lists"]
    assert whole(lambda part: part, RUN["groups"](lambda x, y: x < y, xs)) == xs
    assert whole(lambda part: part, RUN["chunks"](size, xs)) == xs
    assert RUN["map_lists"](lambda part: part[-1], RUN["inits"](xs)) == xs
    windows = RUN["windows"](size, xs)
    assert all(len(part) == size for part in windows)
    assert len(windows) == (max(0, len(xs) - size + 1) if size > 0 else 0)
    parts = RUN["splits"](mark, xs)
    assert whole(lambda part: (*part, mark), parts)[:-1] == xs
    assert all(mark not in part for part in parts)


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_state_goes_along(one: int, two: int) -> None:
    """Written addition, lowest digits first."""
    digits = [tuple(int(d) for d in reversed(str(n)) if n) for n in (one, two)]
    added = RUN["zip_long"](lambda x, y: x + y, *digits)
    total = RUN["transduce_rest"](lambda s, x: (s + x) % 10, lambda s, x: (s + x) // 10, 0, added)
    assert sum(d * 10**place for place, d in enumerate(total)) == one + two
    cut = RUN["transduce"](lambda s, x: (s + x) % 10, lambda s, x: (s + x) // 10, 0, added)
    assert cut == total[: len(added)]
    assert len(total) - len(added) in {0, 1}


def test_iteration() -> None:
    assert RUN["iterate"](lambda x: 2 * x, 1, 5) == (1, 2, 4, 8, 16)
    assert RUN["iterate"](lambda x: 2 * x, 1, -1) == ()


@given(st.recursive(st.none(), lambda t: st.tuples(st.integers(0, 7), t, t), max_leaves=8))
def test_trees(tree: Any) -> None:
    def written(node: Any) -> tuple[int, ...]:
        return (8, 9) if node is None else (8, node[0], *written(node[1]), *written(node[2]), 9)

    def in_order(node: Any) -> tuple[int, ...]:
        return () if node is None else (*in_order(node[1]), node[0], *in_order(node[2]))

    def height(node: Any) -> int:
        return 0 if node is None else 1 + max(height(node[1]), height(node[2]))

    code = written(tree)
    assert RUN["fold_tree"](lambda x, a, b: 1 + max(a, b), 8, 9, code) == height(tree)
    assert RUN["fold_tree_ints"](lambda x, a, b: (*a, x, *b), 8, 9, code) == in_order(tree)


@pytest.mark.parametrize("items", [(8,), (9,), (8, 1), (1,), (8, 1, 2, 9), (8, 1, 9, 8, 2, 9)])
def test_what_is_no_tree_is_undefined(items: tuple[int, ...]) -> None:
    with pytest.raises(UndefinedError, match="tree"):
        RUN["fold_tree"](lambda x, a, b: x, 8, 9, items)


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
        ("range", (0, 10**9)),
        ("replace", ("a" * MAX_LENGTH, "a", "b" * (MAX_LENGTH + 1))),
        ("iterate", (lambda x: x, 0, 10**9)),
        ("iterate", (lambda x: x * x, 10, 400)),
        ("fold", (lambda value, x: value * x, 1, (MAX_ABS, MAX_ABS))),
        ("scan", (lambda value, x: value * x, (MAX_ABS, MAX_ABS))),
        ("transduce", (lambda s, x: s, lambda s, x: s * x, 2, (MAX_ABS, 1))),
        ("concat_map", (lambda x: (x,) * MAX_LENGTH, (1, 1))),
    ]:
        with pytest.raises(UndefinedError):
            RUN[name](*arguments)
    with pytest.raises(UndefinedError, match="too long"):
        RUN["fold_ints"](lambda value, x: value + value, (1,), tuple(range(40)))
    assert not INTS.fits((0,) * (MAX_LENGTH + 1))
    assert not INTS.fits((MAX_ABS + 1,))
    assert not STRS.fits(("a" * MAX_LENGTH, "b" * MAX_LENGTH, "c"))


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
    task = Task.from_pairs([([3, 1], [1, 3])])
    rules = Grammar(Problem.from_task(task, load_space("sequences")), Uniform()).nonterminals
    assert {made.type for made in rules} >= {"ints", "int", "bool"}
    assert not {made.type for made in rules} & {"str", "strs", "STR"}


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
    value = SEQUENCES.symbolic[name](*((unknown, first) if known else (first, unknown)))
    assert isinstance(value, Choice)
    solver = z3.Solver()
    solver.add(unknown == number, equals(value, wanted))
    assert solver.check() == z3.sat


MEANINGS: dict[str, Any] = {
    "argmax": lambda run, xs, n: run(lambda x: (x - n) * (x - n), xs),
    "transduce": lambda run, xs, n: run(lambda s, x: s + n, lambda s, x: s + x, n, xs),
    "transduce_rest": lambda run, xs, n: run(lambda s, x: s + x, lambda s, x: s - n, n, xs),
    "concat_map": lambda run, xs, n: run(lambda x: (x, x + n), xs),
    "concat_pairs": lambda run, xs, n: run(lambda x, y: (y, n, x), xs),
    "concat_zip": lambda run, xs, n: run(lambda x, y: (x + n, y), xs, xs[1:]),
    "iterate": lambda run, xs, n: run(lambda x: x + 3, len(xs), n),
    "fold_zip": lambda run, xs, n: run(lambda s, x, y: s + x * n - y, n, xs, xs[1:]),
    "zip_long": lambda run, xs, n: run(lambda x, y: x + n, xs, xs[1:]),
    "same": lambda run, xs, n: run(xs[:1], (n,)),
}


@pytest.mark.parametrize("name", MEANINGS)
@given(xs=items, number=st.integers(-1, 9), other=st.integers(-1, 9))
def test_meanings_with_unknowns(name: str, xs: tuple[int, ...], number: int, other: int) -> None:
    """An unknown may be a number if and only if the primitive gives the same value for it."""
    import z3

    unknown = z3.Int("unknown")
    value = MEANINGS[name](SEQUENCES.symbolic[name], xs, unknown)
    wanted = MEANINGS[name](RUN[name], xs, number)
    solver = z3.Solver()
    solver.add(unknown == other, equals(value, wanted))
    agrees = MEANINGS[name](RUN[name], xs, other) == wanted
    assert solver.check() == (z3.sat if agrees else z3.unsat)


@pytest.mark.parametrize("number", range(4))
def test_choices_within_functions(number: int) -> None:
    """Functions whose values have an unknown length."""
    import z3

    unknown = z3.Int("unknown")
    repeat = SEQUENCES.symbolic["repeat"]
    value = SEQUENCES.symbolic["concat_map"](lambda x: repeat(x, unknown), (7,))
    solver = z3.Solver()
    solver.add(unknown == number, equals(value, (7, 7)))
    assert solver.check() == (z3.sat if number == 2 else z3.unsat)


@pytest.mark.parametrize(
    ("pairs", "given_", "answer"),
    [
        ([([1, 2, 3], [3, 2, 1]), ([4, 5], [5, 4])], (7, 8, 9), (9, 8, 7)),
        ([([3, 1, 2], [6, 2, 4]), ([5, 4], [10, 8]), ([], [])], (8, 1), (16, 2)),
        ([([3, 1, 2], 6), ([5, 4], 20), ([7], 7), ([9, 9, 2], 162)], (2, 2), 4),
        (
            [([3, -1, 2], [3, 2]), ([-5, 4, 0], [4, 0]), ([7], [7]), ([-1, 5, -8, 1], [5, 1])],
            (-1, 9),
            (9,),
        ),
        ([("hello world", "WORLD"), ("ab cd", "CD"), ("x y z", "Z")], "one two", "TWO"),
        ([("note", "eton"), ("hello", "olleh")], "abc", "cba"),
        ([("a/b/c", "a-b-c"), ("xx/y", "xx-y")], "1/2", "1-2"),
        ([("12-34-5", "12345"), ("9-1", "91")], "7-7-7", "777"),
        ([("ab", "<ab>"), ("x", "<x>")], "hello", "<hello>"),
        ([("12:30", "12h30"), ("7:05", "7h05")], "23:59", "23h59"),
        ([("x", "Dr. x"), ("Who", "Dr. Who")], "No", "Dr. No"),
        (
            [
                ("John Smith", "Smith, John"),
                ("Ada Lovelace", "Lovelace, Ada"),
                ("M Born", "Born, M"),
            ],
            "Alan Turing",
            "Turing, Alan",
        ),
        (
            [("john smith", "John Smith"), ("ada", "Ada"), ("jan van eyck", "Jan Van Eyck")],
            "alan turing",
            "Alan Turing",
        ),
        ([("abc", "aabbcc"), ("xy", "xxyy"), ("ba", "bbaa"), ("q", "qq")], "cabc", "ccaabbcc"),
        (
            [("Max Born", "MB"), ("Ada Lovelace", "AL"), ("Jan Van Eyck", "JVE")],
            "Alan Turing",
            "AT",
        ),
        ([("banana", "bnn"), ("cat", "ct"), ("data base", "dt bse")], "llama", "llm"),
        (
            [("ab cde", ["ab!", "cde!"]), ("x", ["x!"]), ("q rs t", ["q!", "rs!", "t!"])],
            "me too",
            ("me!", "too!"),
        ),
        ([("a,b", ["a", "b"]), ("c,d,e", ["c", "d", "e"])], "x,y", ("x", "y")),
        ([([[3, 1], [2]], [2, 1]), ([[5], [], [4, 4, 4]], [1, 0, 3])], ((7, 7),), (2,)),
    ],
)
def test_tasks_are_solved(pairs: Any, given_: Any, answer: Any) -> None:
    budget = Budget(fuel=3_000_000)
    best = solve(pairs, budget=budget).best
    assert best is not None
    assert best.apply(given_) == answer
