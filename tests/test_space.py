"""Spaces: grammars read as search spaces, text of programs, errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.domains.integers import INTEGERS
from nsr.errors import GrammarError, ProgramError
from nsr.program import MAX_DEPTH, Apply, Lambda, Literal, Variable, size
from nsr.search import Problem, Uniform
from nsr.search.pcfg import Grammar
from nsr.space import Space, load_space
from nsr.task import Example
from nsr.testing import random_terms

INTS = load_space("integers")


def test_productions_are_read() -> None:
    add = INTS.applications["add"]
    assert (add.type, add.args, add.cost) == ("int", ("int", "int"), 1.0)
    assert INTS.applications["recur"].args == ("int", "int", "int_int_to_int")
    assert [p.kind for p in INTS.productions("int")[:2]] == ["variable", "literal"]
    assert [p.kind for p in INTS.productions("int_int_to_int")] == ["lambda"]
    assert INTS.productions("nothing") == ()


@pytest.mark.parametrize("name", ["integers", "sequences", "grids"])
def test_every_production_has_its_primitive(name: str) -> None:
    space = load_space(name)
    for production in space.applications.values():
        assert production.name in space.domain.primitives


@pytest.mark.parametrize("name", ["integers", "sequences", "grids"])
def test_text_of_random_programs_reads_back(name: str) -> None:
    space = load_space(name)
    for problem, term in random_terms(space, 100, height=6):
        text = space.format(term)
        assert space.parse(text, goal=problem.goal, inputs=problem.input_types) == term


@given(st.integers(-(10**12), 10**12))
def test_literals_read_back(number: int) -> None:
    term = INTS.parse(f"add(x0, {number})", goal="int", inputs=["int"])
    assert isinstance(term, Apply)
    assert term.args[1] == Literal(number, "INT", "int")


@given(st.text(st.characters(codec="utf-8"), max_size=8))
def test_any_string_is_a_literal(text: str) -> None:
    space = load_space("sequences")
    term = space.apply("split", Variable(0, "str"), Literal(text, "STR", "STR"))
    assert space.parse(space.format(term), goal="strs", inputs=["str"]) == term


@given(st.text("addxsub0123(), =>?-", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        term = INTS.parse(text, goal="int", inputs=["int", "int"])
    except ProgramError:
        return
    assert INTS.parse(INTS.format(term), goal="int", inputs=["int", "int"]) == term


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("add(x0 x0)", "line 1 column 8"),
        ("add(x0, x1)", "x1 is not in scope"),
        ("add(x0, lt(x0, x0))", "not a int"),
        ("fly(x0)", "not a int"),
        ("", "int"),
        ("recur(x0, 1, x5, x6 => x5)", "parameters must be x1, x2"),
    ],
)
def test_errors_say_where(text: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message.replace("(", r"\(")):
        INTS.parse(text, goal="int", inputs=["int"])


def test_types_of_variables_count() -> None:
    with pytest.raises(ProgramError, match="x0 is of type bool, needed: int"):
        INTS.parse("neg(x0)", goal="int", inputs=["bool"])


def test_too_deep_or_too_long_is_refused() -> None:
    deep = "neg(" * (MAX_DEPTH + 1) + "x0" + ")" * (MAX_DEPTH + 1)
    with pytest.raises(ProgramError):
        INTS.parse(deep, goal="int", inputs=["int"])
    with pytest.raises(ProgramError, match="characters"):
        INTS.parse("9" * 200_000, goal="int")
    with pytest.raises(ProgramError, match="no type"):
        INTS.parse("1", goal="grid")


def test_apply_checks_types() -> None:
    one = Literal(1, "INT", "int")
    assert INTS.apply("add", one, one).type == "int"
    with pytest.raises(ProgramError, match="takes"):
        INTS.apply("add", one)
    with pytest.raises(ProgramError, match="no primitive"):
        INTS.apply("fly", one)


def test_restricting_keeps_leaves_and_functions() -> None:
    small = INTS.restrict(["add", "recur"])
    assert set(small.applications) == {"add", "recur"}
    assert [p.kind for p in small.productions("int")] == ["variable", "literal", "apply", "apply"]
    assert isinstance(small.parse("recur(x0, 1, x1, x2 => x2)", goal="int", inputs=["int"]), Apply)
    with pytest.raises(ProgramError, match="no primitive"):
        small.format(INTS.parse("neg(x0)", goal="int", inputs=["int"]))
    with pytest.raises(GrammarError, match="fly"):
        INTS.restrict(["fly"])


def test_cost_sums_over_productions() -> None:
    term = INTS.parse("recur(x0, 1, x1, x2 => add(x2, 3))", goal="int", inputs=["int"])
    # recur 2, x0 1, 1 as a literal 1.5, the function 0, add 1, x2 0.5, 3 as a literal 2.
    assert INTS.cost(term) == 8.0


def load(tmp_path: Path, text: str) -> Space:
    path = tmp_path / "own.lark"
    path.write_text(text, encoding="utf-8")
    return load_space("own", INTEGERS, path=path)


def test_a_grammar_of_ones_own(tmp_path: Path) -> None:
    text = 'int: VAR\n   | int "plus" int -> add\nVAR: /x[0-9]+/\n%ignore " "\n'
    space = load(tmp_path, text)
    term = space.parse("x0 plus x1", goal="int", inputs=["int", "int"])
    assert term == Apply("add", (Variable(0, "int"), Variable(1, "int")), "int")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('int: VAR | "f" "(" int ")" -> fly\nVAR: /x[0-9]+/\n', "no primitive 'fly'"),
        ('int: VAR | "f" "(" int ")"\nVAR: /x[0-9]+/\n', "needs an alias"),
        ('int: VAR | "a" int -> neg | "b" int -> neg\nVAR: /x[0-9]+/\n', "stands twice"),
        ("int: VAR | COLOR\nVAR: /x[0-9]+/\nCOLOR: /[0-9]/\n", "no literal type 'COLOR'"),
        ("tree: VAR\nVAR: /x[0-9]+/\n", "no type 'tree'"),
        ("int: VAR |\n  ((\n", "own"),
    ],
)
def test_bad_grammars_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        load(tmp_path, text)


def test_missing_grammars_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GrammarError, match="cannot read"):
        load_space("own", INTEGERS, path=tmp_path / "none.lark")
    with pytest.raises(GrammarError, match="no grammar"):
        load_space("none", INTEGERS)


class _Contextual:
    """A guide that dislikes repeated primitives."""

    def weights(self, problem: object, parent: object) -> dict[str, float]:
        name = getattr(parent, "name", None)
        return {} if name is None else {name: 0.25}


def test_grammar_shares_nonterminals_where_weights_agree() -> None:
    problem = Problem(
        INTS.restrict(["add", "neg", "lt", "if"]), "int", ("int",), (Example((1,), 1),)
    )
    assert len(Grammar(problem, Uniform()).nonterminals) == 2
    assert len(Grammar(problem, _Contextual()).nonterminals) > 4


def test_grammar_leaves_out_what_has_no_finite_term() -> None:
    space = load_space("sequences")
    problem = Problem(space, "ints", ("ints",), (Example(((1,),), (1,)),))
    names = {rule[1].name for one in Grammar(problem, Uniform()).nonterminals for rule in one.rules}
    assert "map" in names
    assert "length" not in names  # no string can be made of lists


def test_probabilities_of_a_nonterminal_add_up_to_one() -> None:
    space = load_space("sequences")
    problem = Problem(space, "ints", ("ints", "int"), (Example(((1,), 2), (1,)),))
    for one in Grammar(problem, _Contextual()).nonterminals:
        bits = [b for b, _ in one.leaves] + [rule[0] for rule in one.rules]
        assert sum(2.0**-b for b in bits) == pytest.approx(1.0)


def test_parameters_are_named_by_scope() -> None:
    term = INTS.parse("recur(x0, 1, x2, x3 => mul(x1, x3))", goal="int", inputs=["int", "int"])
    assert isinstance(term, Apply)
    function = term.args[2]
    assert isinstance(function, Lambda)
    assert function.params == (Variable(2, "int"), Variable(3, "int"))


def test_two_literals_deep_is_in_the_grammar_whatever_was_seen_first() -> None:
    space = load_space("sequences").restrict(["fold", "add", "map", "head"])
    examples = (Example(((1, 2),), 3),)
    grammar = Grammar(Problem(space, "int", ("ints",), examples), Uniform())
    for text in (
        "fold(x1, x2 => fold(x3, x4 => add(x3, x4), x2, x0), 0, x0)",
        "fold(x1, x2 => head(map(x3 => add(x3, x2), x0)), 0, x0)",
        "head(map(x1 => head(map(x2 => add(x1, x2), x0)), x0))",
        "head(map(x1 => fold(x2, x3 => add(x2, x3), x1, x0), x0))",
    ):
        term = space.parse(text, goal="int", inputs=["ints"])
        assert len(list(grammar.places(term))) == size(term)
