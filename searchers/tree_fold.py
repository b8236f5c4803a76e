"""Folds of bracketed trees: what a node gives follows from its value and its subtrees' results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

import numpy as np

from nsr.budget import Meter
from nsr.program import Literal, Term, Variable
from nsr.search import Guide, Problem
from nsr.search.deduction import (
    Inner,
    consistent,
    functions,
    others,
    surprise,
)
from nsr.search.scheme import Posed, Scheme, View, views

FOLDS: Final = {"int": "fold_tree", "ints": "fold_tree_ints"}
"""Type of a node's result -> primitive."""

Tokens: TypeAlias = tuple[int, ...]
Node: TypeAlias = tuple[Any, ...]
"""Nothing for an empty tree, else value, tokens of the left and of the right subtree."""


class TreeFold(Scheme):
    """The input is a binary tree in brackets, `open value left right close`.

    Which tokens are brackets shows in the data: a pair that opens and closes every input and
    balances inside. A tree whose subtrees are inputs too, or empty, shows what a node does.
    """

    name = "tree-fold"
    requires = tuple(FOLDS.values())
    unfit = "no input is a binary tree in brackets"

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        return [
            search
            for view in views(problem)
            for place, type_name in enumerate(problem.input_types)
            if type_name == "ints" and view.problem.goal in FOLDS
            for search in _folds(view, place, meter, guide)
        ]


def _folds(view: View, place: int, meter: Meter, guide: Guide) -> Iterator[Posed]:
    problem = view.problem
    trees = [e.inputs[place] for e in problem.examples]
    brackets = _brackets(trees)
    if brackets is None:
        return
    nodes = [_node(tree, *brackets) for tree in trees]
    if None in nodes:
        return
    visible = others(problem, [place])

    def rest(number: int) -> tuple[Any, ...]:
        return tuple(problem.examples[number].inputs[i] for i in visible)

    empty: Any = () if problem.goal == "ints" else 0
    known = {(tree, rest(n)): problem.examples[n].output for n, tree in enumerate(trees)}
    examples = []
    for n, node in enumerate(nodes):
        if not node:
            continue
        value, *subtrees = node
        results = [empty if len(part) <= 2 else known.get((part, rest(n))) for part in subtrees]
        if None not in results:
            examples.append((n, (value, *results), problem.examples[n].output))
    goal = problem.goal
    inner = Inner(("int", goal, goal), goal, examples, visible)
    if consistent(inner, problem):
        yield surprise(view, inner), _folded(view, place, brackets, inner, meter, guide)


def _brackets(trees: list[Tokens]) -> tuple[int, int] | None:
    """The first and last token of every tree, if the two differ and always balance."""
    if not all(trees):
        return None
    opening, closing = trees[0][0], trees[0][-1]
    for tree in trees:
        if tree[0] != opening or tree[-1] != closing or opening == closing:
            return None
        if tree.count(opening) != tree.count(closing):
            return None
    return opening, closing


def _node(tree: Tokens, opening: int, closing: int) -> Node | None:
    """What stands between the outer brackets; `None` if that is no value and two trees."""
    inside = tree[1:-1]
    if not inside:
        return ()
    if inside[0] in (opening, closing):
        return None
    parts: list[Tokens] = []
    depth = start = 0
    for i, token in enumerate(inside[1:], 1):
        if depth == 0:
            start = i
        depth += (token == opening) - (token == closing)
        if depth < 0 or (depth == 0 and token != closing):
            return None
        if depth == 0:
            parts.append(inside[start : i + 1])
    if depth or len(parts) > 2:
        return None
    none = (opening, closing)
    return (inside[0], *(*parts, none, none)[:2])


def _folded(
    view: View, place: int, brackets: tuple[int, int], inner: Inner, meter: Meter, guide: Guide
) -> Iterator[Term | None]:
    space, primitive = view.problem.space, FOLDS[view.problem.goal]
    tokens = [Literal(token, "INT", "INT") for token in brackets]
    tree = Variable(place, "ints")
    for function in functions(view.problem, inner, meter=meter, guide=guide):
        yield function and view.wrap(space.apply(primitive, function, *tokens, tree))
