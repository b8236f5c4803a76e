"""Expressions of Python with places for arguments: how a primitive is written.

A form is the text of a lambda expression, `lambda f, xs: [f(x) for x in xs]`. Putting arguments
in its places gives an expression of its own, if no argument is then computed more often than the
primitive would; otherwise the form becomes a helper function.
"""

from __future__ import annotations

import ast
import builtins
import copy
import functools
import keyword
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nsr.errors import GrammarError


@dataclass(frozen=True, slots=True)
class Function:
    """A function literal: names of its parameters, and its body."""

    params: tuple[str, ...]
    body: ast.expr

    def expression(self) -> ast.expr:
        """The literal as Python has it; `lambda x, y: max(x, y)` is just `max`."""
        body = self.body
        if (
            isinstance(body, ast.Call)
            and isinstance(body.func, ast.Name)
            and body.func.id not in self.params
            and not body.keywords
            and _names(body.args) == self.params
        ):
            return body.func
        return ast.Lambda(_arguments(self.params), body)


Argument: TypeAlias = ast.expr | Function


@dataclass(frozen=True, slots=True)
class Form:
    """A parsed form.

    Args:
        params: names of its places.
        body: the expression.
        bound: names that the expression itself binds.
        uses: place -> how often it stands in the expression.
        repeated: places that are computed again and again.
        calls: place of a function -> the bound names it is called with, if that is its only use.
    """

    params: tuple[str, ...]
    body: ast.expr
    bound: tuple[str, ...]
    uses: Mapping[str, int]
    repeated: frozenset[str]
    calls: Mapping[str, tuple[str, ...]]

    def takes(self, arguments: Sequence[Argument]) -> bool:
        """Whether the arguments can be put in the places without computing any more often."""
        renamed: dict[str, str] = {}
        for name, argument in zip(self.params, arguments, strict=True):
            once = self.uses.get(name, 0) <= 1
            if isinstance(argument, Function):
                if not once:
                    return False
                for own, wanted in zip(self.calls.get(name, ()), argument.params, strict=False):
                    if renamed.setdefault(own, wanted) != wanted:
                        return False
            elif not is_atom(argument) and (not once or name in self.repeated):
                return False
        return len(set(renamed.values())) == len(renamed)

    def filled(
        self,
        arguments: Sequence[Argument],
        taken: Collection[str],
        alike: Iterable[Sequence[str]] = (),
    ) -> ast.expr:
        """The expression with these arguments in its places.

        Args:
            arguments: one per place, such that `takes` holds.
            taken: names in scope, which the expression must not bind.
            alike: groups of names, each of which may stand for the others.
        """
        names: dict[str, str] = {}
        for param, argument in zip(self.params, arguments, strict=True):
            if isinstance(argument, Function) and param in self.calls:
                names.update(zip(self.calls[param], argument.params, strict=True))
        used = {*taken, *names.values()}
        for argument in arguments:
            used |= names_in(argument.body if isinstance(argument, Function) else argument)
        for own in self.bound:
            if own not in names:
                others = next((group for group in alike if own in group), ())
                names[own] = fresh((own, *others), used)
                used.add(names[own])
        filled = _Fill(self, dict(zip(self.params, arguments, strict=True)), names)
        made: ast.expr = _Tidy().visit(filled.visit(copy.deepcopy(self.body)))
        return ast.fix_missing_locations(made)


@functools.lru_cache(maxsize=512)
def form(text: str) -> Form:
    """The form that a text spells.

    Raises:
        GrammarError: if it is not one lambda expression.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise GrammarError(f"{text!r} is not Python: {error.msg}") from None
    if not isinstance(tree, ast.Lambda):
        raise GrammarError(f"expected a lambda expression, got {text!r}")
    params = tuple(arg.arg for arg in tree.args.args)
    bound = tuple(dict.fromkeys(_binders(tree.body)))
    uses: dict[str, int] = {}
    repeated = set()
    calls: dict[str, tuple[str, ...]] = {}
    for node, again in _places(tree.body, False):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in params:
            assert isinstance(node, ast.Call)
            names = _names(node.args)
            if names and set(names) <= set(bound):
                calls[called.id] = names
        if isinstance(node, ast.Name) and node.id in params:
            uses[node.id] = uses.get(node.id, 0) + 1
            if again:
                repeated.add(node.id)
    return Form(params, tree.body, bound, uses, frozenset(repeated), calls)


def is_atom(node: ast.expr) -> bool:
    """Whether an expression is a name or a constant, which cost nothing."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand if isinstance(node.op, ast.USub) else node
    return isinstance(node, (ast.Name, ast.Constant))


def names_in(node: ast.AST) -> set[str]:
    """All names that occur."""
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return found | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}


def fresh(wanted: Sequence[str], taken: Collection[str]) -> str:
    """The first wanted name that is free, or the first one with a number."""
    for name in wanted:
        if name not in taken:
            return name
    number = 2
    while f"{wanted[0]}{number}" in taken:
        number += 1
    return f"{wanted[0]}{number}"


def definition(
    name: str,
    params: Sequence[ast.arg],
    body: Sequence[ast.stmt],
    returns: ast.expr | None = None,
) -> ast.FunctionDef:
    """A function definition."""
    # Parsed, because what a definition consists of differs between versions of Python.
    made = ast.parse(f"def {name}(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)
    made.args.args, made.body, made.returns = list(params), list(body), returns
    return ast.fix_missing_locations(made)


def helper(name: str, made_of: Form) -> ast.FunctionDef:
    """The form as a function of its own."""
    params = [ast.arg(p) for p in made_of.params]
    return definition(name, params, [ast.Return(copy.deepcopy(made_of.body))])


def helper_name(primitive: str, taken: Collection[str]) -> str:
    """What the form of a primitive is called as a function."""
    odd = hasattr(builtins, primitive) or keyword.iskeyword(primitive) or primitive in taken
    return f"{primitive}_" if odd else primitive


# -- syntax trees ----------------------------------------------------------------------------
def _arguments(names: Sequence[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])


def _names(nodes: Sequence[ast.expr]) -> tuple[str, ...]:
    """The names that the expressions are, or nothing if one of them is no name."""
    names = tuple(node.id for node in nodes if isinstance(node, ast.Name))
    return names if len(names) == len(nodes) else ()


def _binders(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.arg):
            yield part.arg


def _places(node: ast.AST, again: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, with whether it is computed more than once."""
    yield node, again
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        first = node.generators[0]
        yield from _places(first.iter, again)
        parts = [first.target, *first.ifs, *node.generators[1:]]
        if isinstance(node, ast.DictComp):
            parts += [node.key, node.value]
        else:
            parts.append(node.elt)
        for part in parts:
            yield from _places(part, True)
        return
    for part in ast.iter_child_nodes(node):
        yield from _places(part, again or isinstance(node, ast.Lambda))


class _Fill(ast.NodeTransformer):
    """Puts arguments in places and renames what is bound."""

    def __init__(self, made_of: Form, arguments: Mapping[str, Argument], names: Mapping[str, str]):
        self.form = made_of
        self.arguments = arguments
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        argument = self.arguments.get(node.id)
        if argument is None:
            return ast.Name(self.names.get(node.id, node.id), node.ctx)
        return argument.expression() if isinstance(argument, Function) else copy.deepcopy(argument)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name):
            argument = self.arguments.get(node.func.id)
            if isinstance(argument, Function) and node.func.id in self.form.calls:
                return argument.body
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names.get(node.arg, node.arg))


_OPPOSITE: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt},
    **{ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In},
}


class _Tidy(ast.NodeTransformer):
    """Writes some expressions as people do."""

    def visit_List(self, node: ast.List) -> ast.AST:
        """`[a, *[b, c]]` is `[a, b, c]`."""
        self.generic_visit(node)
        items: list[ast.expr] = []
        for item in node.elts:
            inner = item.value if isinstance(item, ast.Starred) else None
            items += inner.elts if isinstance(inner, ast.List) else [item]
        return ast.List(items, node.ctx)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """`not a == b` is `a != b`."""
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.UnaryOp):
            return inner.operand if isinstance(inner.op, ast.Not) else node
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            opposite = _OPPOSITE.get(type(inner.ops[0]))
            if opposite is not None:
                return ast.Compare(inner.left, [opposite()], inner.comparators)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`max(3, 0)` is `3`."""
        self.generic_visit(node)
        numbers = [_number(arg) for arg in node.args]
        if isinstance(node.func, ast.Name) and len(numbers) == 2 and None not in numbers:
            known = [number for number in numbers if number is not None]
            if node.func.id in {"min", "max"} and not node.keywords:
                return constant(min(known) if node.func.id == "min" else max(known))
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """`0 <= 2 < n` is `2 < n`."""
        self.generic_visit(node)
        left, right = _number(node.left), _number(node.comparators[0])
        if left is None or right is None or len(node.ops) < 2:
            return node
        if isinstance(node.ops[0], ast.LtE) and left <= right:
            return ast.Compare(node.comparators[0], node.ops[1:], node.comparators[1:])
        return node


def constant(value: object) -> ast.expr:
    """A literal."""
    return ast.parse(repr(value), mode="eval").body


def _number(node: ast.expr) -> int | None:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return sign * node.value
    return None
