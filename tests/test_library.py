"""Libraries: functions in text, search, execution and files; inlining; series of tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nsr
from nsr.errors import InputError, ProgramError, UndefinedError
from nsr.program import Apply, Term, walk
from nsr.space import Space, load_space

LISTS = [[1, 2, 3], [4, 5], [7], [2, 9, 4, 1], [0, 0, 5], [8, 3, 3, 1, 6]]


def term_of(space: Space, text: str, *inputs: str, goal: str = "ints") -> Term:
    return space.parse(text, goal=goal, inputs=inputs or ("ints",))


@pytest.fixture
def library() -> nsr.Library:
    found = nsr.Library("sequences")
    scale = term_of(found.space, "map(x2 => mul(x0, x2), x1)", "int", "ints")
    found.add("scale", scale, ["int", "ints"])
    found.add("edge", term_of(found.space, "add(head(x0), last(x0))", goal="int"), ["ints"])
    twice = term_of(found.space, "scale(2, scale(edge(x0), x0))")
    found.add("stretch", twice, ["ints"])
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("scale(3, x0)", (3, 6, 9)),
        ("scale(edge(x0), tail(x0))", (8, 12)),
        ("stretch(x0)", (8, 16, 24)),
        ("map(x1 => edge(scale(x1, x0)), x0)", (4, 8, 12)),
        ("scale(fold(x1, x2 => add(x1, x2), 0, scale(2, x0)), x0)", (12, 24, 36)),
    ],
)
def test_calls_are_read_run_and_inlined(library: nsr.Library, text: str, value: Any) -> None:
    space = library.space
    term = term_of(space, text)
    assert space.format(term) == text
    run = nsr.Executor(space.domain).run
    assert run(term, [((1, 2, 3),)]) == (value,)
    plain = library.expand(term, 1)
    assert not {n.primitive for n in walk(plain) if isinstance(n, Apply)} & set(library.definitions)
    assert run(plain, [((1, 2, 3),)]) == (value,)
    base = library.base
    assert base.parse(base.format(plain), goal="ints", inputs=["ints"]) == plain


def test_parameters_are_renumbered(library: nsr.Library) -> None:
    space = library.space
    text = "map(x1 => fold(x2, x3 => add(x2, x3), x1, scale(x1, map(x2 => add(x1, x2), x0))), x0)"
    plain = library.expand(term_of(space, text), 1)
    assert library.base.format(plain) == (
        "map(x1 => fold(x2, x3 => add(x2, x3), x1, "
        "map(x2 => mul(x1, x2), map(x2 => add(x1, x2), x0))), x0)"
    )
    nested = nsr.Library("sequences")
    nested.add(
        "weigh",
        term_of(nested.space, "map(x2 => add(x2, len(x1)), x0)", "ints", "ints"),
        ["ints", "ints"],
    )
    term = term_of(nested.space, "weigh(x0, map(x1 => add(x1, 1), x0))")
    plain = nested.expand(term, 1)
    assert nested.base.format(plain) == "map(x1 => add(x1, len(map(x2 => add(x2, 1), x0))), x0)"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-9, 9), max_size=8).map(tuple), st.integers(-5, 5))
def test_a_call_means_its_definition(items: tuple[int, ...], number: int) -> None:
    found = nsr.Library("sequences")
    found.add("scale", term_of(found.space, "map(x2 => mul(x0, x2), x1)", "int", "ints"),
              ["int", "ints"])  # fmt: skip
    term = term_of(found.space, "concat(scale(x1, x0), scale(len(x0), x0))", "ints", "int")
    run = nsr.Executor(found.space.domain).run
    assert run(term, [(items, number)]) == run(found.expand(term, 2), [(items, number)])


def test_calls_pay_fuel_for_what_they_do(library: nsr.Library) -> None:
    domain = library.space.domain
    term = term_of(library.space, "scale(3, x0)")

    def fuel(of: Term) -> int:
        meter = nsr.Budget().meter()
        nsr.Executor(domain).run(of, [(tuple(range(20)),)], meter=meter)
        return meter.fuel

    assert fuel(term) == fuel(library.expand(term, 1)) + 1, "a call itself is one unit"


def test_a_call_within_a_search_is_bounded() -> None:
    found = nsr.Library("integers")
    loop = "recur(x0, 0, x1, x2 => recur(x0, x2, x3, x4 => add(x3, x4)))"
    found.add("loop", term_of(found.space, loop, "int", goal="int"), ["int"])
    function = found.space.domain.primitives["loop"].function
    assert function(3) >= 0
    with pytest.raises(UndefinedError, match="fuel"):
        function(5000)


def test_the_space_before_is_unchanged(library: nsr.Library) -> None:
    before = load_space("sequences")
    assert "scale" not in before.applications
    with pytest.raises(ProgramError):
        term_of(before, "scale(2, x0)")


def test_names(library: nsr.Library) -> None:
    term = term_of(library.space, "reverse(x0)")
    assert library.add("Turn it round!", term, ["ints"]) == "turn_it_round"
    assert library.add("reverse", term, ["ints"]) == "reverse_2"
    assert library.add("ints", term, ["ints"]) == "ints_2"
    assert library.add("x7", term, ["ints"]) == "x7_2"
    assert library.add("if_ints", term, ["ints"]) == "if_ints_2"
    for name in ("", "???"):
        with pytest.raises(InputError, match="named"):
            library.add(name, term, ["ints"])
    with pytest.raises(ProgramError):
        library.add("open", term_of(library.space, "take(x1, x0)", "ints", "int"), ["ints"])


def test_files(library: nsr.Library, tmp_path: Path) -> None:
    path = tmp_path / "functions.txt"
    library.save(path)
    assert path.read_text().splitlines() == [
        "scale(int, ints) -> ints = map(x2 => mul(x0, x2), x1)",
        "edge(ints) -> int = add(head(x0), last(x0))",
        "stretch(ints) -> ints = scale(2, scale(edge(x0), x0))",
    ]
    again = nsr.Library.load(path)
    assert str(again) == str(library)
    assert len(again) == 3
    assert "edge" in again
    assert again.space.grammar == library.space.grammar


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "f(ints) -> ints = none(x0)",
        "f(things) -> ints = x0",
        "reverse(ints) -> ints = tail(x0)",
        "f(ints) -> ints = tail(x1)",
    ],
)
def test_bad_files(tmp_path: Path, line: str) -> None:
    path = tmp_path / "functions.txt"
    path.write_text(f"# functions\n{line}\n")
    with pytest.raises(InputError, match=r"functions\.txt.*line 2"):
        nsr.Library.load(path)
    with pytest.raises(InputError, match="cannot read"):
        nsr.Library.load(tmp_path / "none.txt")


def test_a_search_uses_the_library(library: nsr.Library) -> None:
    pairs = [(xs, [2 * (xs[0] + xs[-1]) * x for x in xs]) for xs in LISTS]
    budget = nsr.Budget(fuel=300_000)
    for searcher in ("bottom-up", "top-down", "portfolio"):
        best = nsr.solve(pairs, library=library, searcher=searcher, budget=budget).best
        assert best is not None
        assert best.text == "stretch(x0)"
    assert "stretch" not in best.python()


def test_a_series_of_tasks_learns() -> None:
    def task(name: str, function: Any) -> nsr.Task:
        return nsr.Task.from_pairs([(xs, function(xs)) for xs in LISTS], name=name)

    tasks = [
        task("there and back", lambda xs: [*xs[1:-1], *xs[-2:0:-1]]),
        task("core", lambda xs: xs[1:-1]),
        task("hopeless", lambda xs: [17 * xs[0] % 7]),
    ]
    names = ["tail", "init", "concat", "reverse", "cons", "head", "last", "snoc", "stride"]
    library = nsr.Library(load_space("sequences").restrict(names))
    solutions = list(
        nsr.solve_all(
            tasks,
            library=library,
            budget=nsr.Budget(fuel=80_000),
            first_fuel=5_000,
            searcher="bottom-up",
        )
    )
    assert [bool(s) for s in solutions] == [True, True, False]
    assert {s.task.name for s in solutions} == {t.name for t in tasks}
    assert solutions[-1].task.name == "hopeless"
    assert len(library) == 2
    assert next(iter(library.definitions)) == "core"
    assert "core(x0)" in library.space.format(library.definitions["there_and_back"].term)
    with pytest.raises(InputError, match="fuel"):
        next(nsr.solve_all(tasks, budget=nsr.Budget(seconds=1)))


def test_a_task_may_have_any_name() -> None:
    tasks = [nsr.Task.from_pairs([(xs, xs[1:]) for xs in LISTS], name="3ac3eb23")]
    library = nsr.Library()
    assert all(nsr.solve_all(tasks, library=library, budget=nsr.Budget(fuel=80_000)))
    term = term_of(library.space, "tail(tail(x0))")
    assert library.add("7up", term, ["ints"]) == "f_7up"
    with pytest.raises(InputError, match="cannot be named"):
        library.add("+", term, ["ints"])


def test_functions_that_call_each_other_too_deeply_are_refused() -> None:
    library = nsr.Library()
    for number in range(3):
        inner = f"step_{number - 1}(x0)" if number else "x0"
        library.add(
            f"step_{number}", term_of(library.space, "tail(" * 30 + inner + ")" * 30), ["ints"]
        )
    term = term_of(library.space, "tail(" * 30 + "step_2(x0)" + ")" * 30)
    with pytest.raises(ProgramError, match="deeper than"):
        library.add("step_3", term, ["ints"])
    assert len(library) == 3


def test_a_library_that_cannot_be_written_is_one_error(
    library: nsr.Library, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="nowhere"):
        library.save(tmp_path / "nowhere" / "file")
