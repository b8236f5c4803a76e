"""Programs as Python functions: they agree with nsr, read well and need nothing else."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nsr
from nsr.budget import Budget
from nsr.domains.integers import INTEGERS
from nsr.errors import GrammarError, LimitReached, ProgramError
from nsr.executor import Executor
from nsr.latent.program import LATENT
from nsr.program import MAX_DEPTH, Apply, Hole, Literal, Term, Variable
from nsr.python_code import WIDTH, python_function
from nsr.python_forms import form
from nsr.search import Problem, Uniform
from nsr.search.pcfg import Grammar
from nsr.space import Space, load_space
from nsr.task import Example
from nsr.values import Undefined

SPACES = {
    "integers": load_space("integers"),
    "sequences": load_space("sequences", knowledge=["numerals"]),
    "peano": load_space("peano", "integers"),
    "phrases": load_space("phrases", "sequences"),
}
# What a network does cannot be written in plain Python.
PRODUCTIONS = [
    (space, name)
    for space in SPACES
    for name, production in SPACES[space].applications.items()
    if LATENT.name not in production.args
]
LISTS = SPACES["sequences"]


def written(
    text: str, goal: str, *types: str, space: Space = LISTS, name: str = "f"
) -> tuple[str, Callable[..., Any]]:
    source = python_function(
        space, space.parse(text, goal=goal, inputs=types), inputs=types, name=name
    )
    return source, loaded(source, name)


def loaded(source: str, name: str = "f") -> Callable[..., Any]:
    scope: dict[str, Any] = {}
    exec(compile(source, "written", "exec"), scope)
    function = scope[name]
    assert callable(function)
    return function


# -- agreement -------------------------------------------------------------------------------
def problems(space: Space) -> dict[str, Grammar]:
    """For each type a grammar of its terms over one or two inputs of every type."""
    kinds = tuple(t for t in space.types if t in space.domain.types)
    types = (*kinds, *(t for t in kinds if t in {"ints", "int"}))
    row = tuple(drawn(t, random.Random(0)) for t in types)
    found = {}
    for goal in kinds:
        example = Example(row, drawn(goal, random.Random(0)))
        task = nsr.Task((example,), input_types=types, output_type=goal)
        found[goal] = Grammar(Problem.from_task(task, space), Uniform())
    return found


def drawn(kind: str, draw: random.Random) -> Any:
    """A random value: also empty lists, trees of brackets, numbers in words."""
    if kind == "bool":
        return draw.random() < 0.5
    if kind == "int":
        return draw.choice([0, 1, 2, 3, 5, 9, -1, -4])
    if kind == "ints":
        if draw.random() < 0.4:
            return tree(*draw.sample([0, 1, 2], 2), draw, 3)
        return tuple(draw.choices(range(-3, 10), k=draw.randrange(7)))
    if kind == "lists":
        return tuple(drawn("ints", draw) for _ in range(draw.randrange(4)))
    if kind == "str":
        if draw.random() < 0.3:
            return str(draw.randrange(-20, 300))
        return "".join(draw.choices("abX -,.1", k=draw.randrange(6)))
    return tuple(drawn("str", draw) for _ in range(draw.randrange(5)))


def tree(opening: int, closing: int, draw: random.Random, height: int) -> tuple[int, ...]:
    if not height or draw.random() < 0.3:
        return (opening, closing)
    parts = [tree(opening, closing, draw, height - 1) for _ in range(2)]
    return (opening, draw.randrange(3, 8), *parts[0], *parts[1], closing)


def plain(value: Any) -> Any:
    return list(map(plain, value)) if isinstance(value, tuple) else value


def compared(space: Space, term: Term, types: Sequence[str], draw: random.Random) -> int:
    """On how many of some random inputs nsr has a value; the function must have it too."""
    function = loaded(python_function(space, term, inputs=types))
    executor, count = Executor(space.domain), 0
    for _ in range(6):
        row = tuple(drawn(t, draw) for t in types)
        try:
            (value,) = executor.run(term, [row], meter=Budget(fuel=2000).meter())
        except LimitReached:
            continue
        if isinstance(value, Undefined):
            continue
        arguments = [plain(v) for v in row]
        got = function(*arguments)
        assert got == plain(value), space.format(term)
        assert type(got) is type(plain(value)), space.format(term)
        assert arguments == [plain(v) for v in row], "the inputs were changed"
        count += 1
    return count


GRAMMARS = {name: problems(space) for name, space in SPACES.items()}


@pytest.mark.parametrize(("space", "name"), PRODUCTIONS)
def test_every_primitive_agrees(space: str, name: str) -> None:
    production = SPACES[space].applications[name]
    assert SPACES[space].domain.python is not None
    assert SPACES[space].domain.python.covers(name), f"nsr lacks a Python form of {name}"
    grammar = GRAMMARS[space][production.type]
    _, _, below = grammar.start.rule(name)
    count, draw = 0, random.Random(name)
    for height in (1, 2, 2, 3, 3, 4, 4, 4) * 3:
        arguments = [grammar.sample(place, draw, height) for place in below]
        term = grammar.start.make(production, arguments)
        count += compared(SPACES[space], term, grammar.problem.input_types, draw)
    assert count >= 12, f"{name} has hardly ever a value: {count}"


@pytest.mark.parametrize("space", SPACES)
@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), height=st.integers(2, 8))
def test_programs_agree(space: str, seed: int, height: int) -> None:
    draw = random.Random(seed)
    grammar = GRAMMARS[space][draw.choice(list(GRAMMARS[space]))]
    term = grammar.sample(grammar.start, draw, height)
    compared(SPACES[space], term, grammar.problem.input_types, draw)


def test_all_knowledge_is_tried() -> None:
    for space in SPACES.values():
        if space.name == space.domain.name:
            known = load_space(space.name, knowledge=list(space.domain.knowledge))
            assert set(known.applications) == set(space.applications)


def test_every_form_stands_for_something() -> None:
    for domain in {space.domain for space in SPACES.values()}:
        assert domain.python is not None
        assert set(domain.python.expressions) <= set(domain.primitives)
        assert set(domain.types) == set(domain.python.types) == set(domain.python.names)
        text = "\n".join([*domain.python.expressions.values(), *domain.python.helpers.values()])
        for name in set(domain.python.helpers) - set(domain.primitives):
            assert f"{name}(" in text, f"nothing uses the helper {name}"


# -- text ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "goal", "line"),
    [
        ("x0", "ints", "xs"),
        ("filter(x3 => lt(x3, x1), x0)", "ints", "[y for y in xs if y < x]"),
        ("head(x0)", "int", "xs[0] if xs else 0"),
        ("index(x0, 2)", "int", "xs[2] if 2 < len(xs) else 0"),
        ("take(2, reverse(x0))", "ints", "xs[::-1][:2]"),
        ("cons(x1, cons(1, []))", "ints", "[x, 1]"),
        ("mul(add(x1, 1), sub(x1, sub(2, x1)))", "int", "(x + 1) * (x - (2 - x))"),
        ("fold(x3, x4 => max(x3, x4), 0, x0)", "int", "functools.reduce(max, xs, 0)"),
        ("not(eq(x1, len(x0)))", "bool", "x != len(xs)"),
        ("not(and(x2, x2))", "bool", "not (p and p)"),
        (
            "argmax(x3 => len(filter(x4 => eq(x3, x4), x0)), x0)",
            "int",
            "max(xs, key=lambda y: len([z for z in xs if y == z]), default=0)",
        ),
        ("concat_map(x3 => repeat(x3, x3), x0)", "ints", "[z for y in xs for z in [y] * y]"),
        (
            "map(x3 => if(lt(x3, 0), sub(0, x3), x3), x0)",
            "ints",
            "[0 - y if y < 0 else y for y in xs]",
        ),
    ],
)
def test_text_is_what_people_write(text: str, goal: str, line: str) -> None:
    source, _ = written(text, goal, "ints", "int", "bool")
    assert source.splitlines()[-1] == f"    return {line}"
    assert "def f(xs: list[int], x: int, p: bool) -> " in source


def test_what_is_used_twice_is_computed_once() -> None:
    source, function = written("add(len(tail(x0)), len(tail(x0)))", "int", "ints")
    assert source.splitlines()[1:] == ["    x = len(xs[1:])", "    return x + x"]
    assert function([7, 8, 9]) == 4


def test_what_is_computed_again_and_again_is_not_put_inside() -> None:
    source, function = written(
        'remove_strs(head_strs(split(x0, " ")), split(x0, ","))', "strs", "str"
    )
    assert "def remove_strs(s, ss):" in source
    assert function("a b,a") == ["a b"]


def test_long_lines_are_broken() -> None:
    step = "concat(filter(x3 => le(x3, x2), x1), cons(x2, filter(x3 => lt(x2, x3), x1)))"
    text = f"map(x1 => mul(x1, add(x1, 3)), fold_ints(x1, x2 => {step}, [], concat(x0, tail(x0))))"
    source, function = written(text, "ints", "ints")
    assert max(map(len, source.splitlines())) <= WIDTH
    assert "    def step(ys, x):" in source
    assert function([3, 1]) == [4, 4, 18]


def test_names_are_told_apart() -> None:
    types = ["int"] * 14 + ["ints"] * 7
    text = "map(x21 => add(x21, x13), concat_map(x21 => cons(x12, x20), x20))"
    source, function = written(text, "ints", *types)
    arguments = ast.parse(source).body[-1].args.args  # type: ignore[attr-defined]
    assert len({a.arg for a in arguments}) == len(types)
    assert function(*range(14), *([[]] * 6), [5, 6]) == [25, 18, 19, 25, 18, 19]


def test_a_function_runs_without_nsr(tmp_path: Any) -> None:
    text = "reverse(transduce_rest(x2, x3 => mod(add(x2, x3), 10), x2, x3 => div(add(x2, x3), 10)"
    text += ", 0, zip_long(x2, x3 => add(x2, x3), reverse(x0), reverse(x1))))"
    source, _ = written(text, "ints", "ints", "ints", name="added")
    path = tmp_path / "program.py"
    path.write_text(
        source + "\n\nprint(added([9, 9, 5], [7]))\nimport sys\nassert 'nsr' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", path], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "[1, 0, 0, 2]\n"


@given(st.text(max_size=8))
def test_any_text_is_a_constant(text: str) -> None:
    term = LISTS.apply("split", Variable(0, "str"), Literal(text or " ", "STR", "STR"))
    function = loaded(python_function(LISTS, term, inputs=["str"]))
    assert function("a" + (text or " ") + "b") == ("a" + (text or " ") + "b").split(text or " ")


# -- errors ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["", "1f", "lambda", "max", "a b", "f()", "functools", "head"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(ProgramError):
        written("head(tail(x0))", "int", "ints", name=name)


def test_what_has_no_form_is_named() -> None:
    grids = load_space("grids")
    term = grids.parse("flip_lr(x0)", goal="grid", inputs=["grid"])
    with pytest.raises(ProgramError, match="grids"):
        python_function(grids, term, inputs=["grid"])
    assert INTEGERS.python is not None
    fewer = {k: v for k, v in INTEGERS.python.expressions.items() if k != "mul"}
    domain = replace(INTEGERS, python=replace(INTEGERS.python, expressions=fewer))
    space = load_space("integers", domain)
    term = space.parse("add(x0, mul(x0, x0))", goal="int", inputs=["int"])
    with pytest.raises(ProgramError, match="'mul'"):
        python_function(space, term, inputs=["int"])


def test_odd_programs_are_refused() -> None:
    with pytest.raises(ProgramError, match="hole"):
        python_function(LISTS, Hole(0, "INT", "int"), inputs=["ints"])
    with pytest.raises(ProgramError, match="x3"):
        python_function(LISTS, Variable(3, "int"), inputs=["ints"])


def test_deep_programs_are_written_or_refused() -> None:
    term: Term = Variable(0, "int")
    for step in range(MAX_DEPTH - 1):
        term = Apply(("max", "mul", "sub")[step % 3], (Variable(0, "int"), term), "int")
    function = loaded(python_function(LISTS, term, inputs=["int"]))
    (value,) = Executor(LISTS.domain).run(term, [(1,)])
    assert function(1) == value


@pytest.mark.parametrize("text", ["xs", "lambda xs: [", "f(1)", "def f(): pass"])
def test_odd_forms_are_refused(text: str) -> None:
    with pytest.raises(GrammarError):
        form(text)


def test_a_hypothesis_is_written_for_all_inputs_of_its_task() -> None:
    pairs = [(([n, n + 2], flag), [n, n + 2, 1]) for n in range(5) for flag in (0, 1)]
    best = nsr.solve(pairs, searcher="bottom-up", budget=Budget(fuel=200_000), enough=1).best
    assert best is not None
    source = best.python("turned")
    assert source.startswith("def turned(xs: list[int], x: int) -> list[int]:\n")
    assert loaded(source, "turned")([4, 5], 0) == list(best.apply((4, 5), 0))
