"""Terms: identity, measures, addresses, edits."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.program import (
    Apply,
    Hole,
    Lambda,
    Literal,
    Term,
    Variable,
    children,
    depth,
    paths,
    rebuild,
    replace_at,
    size,
    substitute,
    walk,
)

X = Variable(0, "int")
ONE = Literal(1, "INT", "int")
HOLE = Hole(0, "INT", "int")
SUM = Apply("add", (X, ONE), "int")
FUNCTION = Lambda((Variable(1, "int"),), Apply("add", (Variable(1, "int"), SUM), "int"), "f")
NESTED = Apply("map", (FUNCTION, Apply("neg", (SUM,), "int")), "int")


@st.composite
def terms(draw: st.DrawFn, height: int = 4) -> Term:
    leaves = st.sampled_from([X, ONE, HOLE, Variable(1, "int"), Literal(-3, "INT", "int")])
    if height == 0 or draw(st.booleans()):
        return draw(leaves)
    if draw(st.integers(0, 4)) == 0:
        return Lambda((Variable(1, "int"),), draw(terms(height - 1)), "int_to_int")
    name = draw(st.sampled_from("abc"))
    args = draw(st.lists(terms(height - 1), max_size=3))
    return Apply(name, tuple(args), "int")


def copy(term: Term) -> Term:
    return rebuild(term, tuple(map(copy, children(term))))


def test_measures() -> None:
    assert (size(X), depth(X)) == (1, 1)
    assert (size(SUM), depth(SUM)) == (3, 2)
    assert (size(NESTED), depth(NESTED)) == (11, 5)
    assert (size(Apply("empty", (), "ints")), depth(Apply("empty", (), "ints"))) == (1, 1)


@given(terms())
def test_measures_agree_with_the_tree(term: Term) -> None:
    assert size(term) == len(list(walk(term))) == len(list(paths(term)))
    assert depth(term) == 1 + max(len(path) for path, _ in paths(term))


@given(terms())
def test_equal_terms_are_equal(term: Term) -> None:
    twin = copy(term)
    assert twin == term
    assert hash(twin) == hash(term)


@given(terms(), terms())
def test_different_terms_differ(one: Term, two: Term) -> None:
    assert (one == two) == (repr(one) == repr(two))


def test_names_types_and_values_tell_terms_apart() -> None:
    assert Variable(0, "int") != Variable(0, "bool")
    assert Literal(1, "INT", "int") != Literal(1, "COLOR", "int")
    assert Apply("a", (X, ONE), "int") != Apply("a", (ONE, X), "int")
    assert Apply("a", (X,), "int") != Apply("b", (X,), "int")


@given(terms(), st.data())
def test_replacing_by_address(term: Term, data: st.DataObject) -> None:
    path, node = data.draw(st.sampled_from(list(paths(term))))
    assert replace_at(term, path, node) == term
    marked = replace_at(term, path, Variable(9, "mark"))
    assert dict(paths(marked))[path] == Variable(9, "mark")
    assert size(marked) == size(term) - size(node) + 1


@given(terms())
def test_substitution_replaces_outermost_nodes(term: Term) -> None:
    filled = substitute(term, lambda node: ONE if isinstance(node, Hole) else None)
    assert not any(isinstance(node, Hole) for node in walk(filled))
    assert substitute(term, lambda node: None) == term
    assert substitute(term, lambda node: X) == X


def test_terms_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SUM.primitive = "sub"
    with pytest.raises(AttributeError):
        X.index = 2


def test_terms_are_the_same_in_another_process() -> None:
    code = (
        "import pickle, sys; from tests.test_program import NESTED;"
        "sys.stdout.buffer.write(pickle.dumps(NESTED))"
    )
    made = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parent.parent,
    )
    assert pickle.loads(made.stdout) in {NESTED}
