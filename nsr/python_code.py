"""Programs as plain Python functions that run without nsr.

How each primitive is written stands with the domain, as data: `Domain.python`. Here these forms
are put together as syntax trees, so parentheses stand where Python needs them and nowhere else.
Nothing is executed.

A function agrees with its program wherever the program has a value. Where it has none (division
by zero, values beyond nsr's caps), the function raises some error or gives a value.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import textwrap
from collections import Counter
from collections.abc import Sequence

from nsr.domain import PythonForms
from nsr.errors import ProgramError
from nsr.program import Apply, Lambda, Literal, Term, Variable, children, size
from nsr.python_forms import (
    Argument,
    Function,
    constant,
    definition,
    form,
    fresh,
    helper,
    helper_name,
    is_atom,
    names_in,
)
from nsr.space import Space

WIDTH = 88
"""Longer lines are broken by naming their parts."""

_MODULES = ("functools", "itertools")
_TAKEN = frozenset((*_MODULES, *dir(builtins)))
_STEPS = ("step", "rule", "part")
"""Names of functions within the function."""


def python_function(space: Space, term: Term, *, inputs: Sequence[str], name: str = "f") -> str:
    """The source of a Python function that does what a program does.

    Lists of nsr are Python lists, all other values are what they are in nsr. Helpers that the
    function needs stand before it, imports from the standard library before them.

    Args:
        space: the space of the program.
        term: the program.
        inputs: types of the inputs, as in `Space.parse`.
        name: of the function.

    Raises:
        ProgramError: if the domain has no Python form for a primitive of the program; if the name
            cannot be used; if the program has holes or is too deep for Python.

    >>> from nsr.space import load_space
    >>> space = load_space("sequences")
    >>> term = space.parse("head(filter(x1 => lt(x1, 3), x0))", goal="int", inputs=["ints"])
    >>> print(python_function(space, term, inputs=["ints"]), end="")
    def head(xs):
        return xs[0] if xs else 0
    <BLANKLINE>
    <BLANKLINE>
    def f(xs: list[int]) -> int:
        return head([x for x in xs if x < 3])
    """
    forms = space.domain.python
    if forms is None:
        raise ProgramError(f"domain {space.domain.name!r} cannot be written as Python")
    if not name.isidentifier() or keyword.iskeyword(name) or name in _TAKEN:
        raise ProgramError(f"expected a free name for the function, got {name!r}")
    writer = _Writer(forms, inputs)
    try:
        body = writer.write(term)
        params = [ast.arg(n, _type(forms, t)) for n, t in zip(writer.inputs, inputs, strict=True)]
        main = _text(definition(name, params, body, _type(forms, term.type)))
        if name in writer.helpers:
            raise ProgramError(f"the function cannot be called {name!r}: a helper is")
        source = "\n\n\n".join([*writer.helpers.values(), main]) + "\n"
        used = names_in(ast.parse(source))
    except (SyntaxError, RecursionError, MemoryError):
        raise ProgramError("the program is too deep to be written as Python") from None
    imports = [f"import {module}\n" for module in _MODULES if module in used]
    return "".join([*imports, "\n\n" if imports else "", source])


def _text(function: ast.FunctionDef) -> str:
    """As `ast.unparse`, with blank lines around functions inside, but not before the first."""
    empty = definition(function.name, function.args.args, [ast.Pass()], function.returns)
    head = ast.unparse(empty).removesuffix("    pass")
    lines: list[str] = []
    for statement in function.body:
        inner = isinstance(statement, ast.FunctionDef)
        if inner and lines and lines[-1]:
            lines.append("")
        lines.append(textwrap.indent(ast.unparse(statement), "    "))
        if inner:
            lines.append("")
    return head + "\n".join(lines)


def _type(forms: PythonForms, name: str) -> ast.expr:
    return ast.parse(forms.types[name], mode="eval").body


class _Writer:
    """Writes one function.

    Attributes:
        inputs: names of the inputs.
        helpers: name -> text of the functions that stand before it.
    """

    def __init__(self, forms: PythonForms, inputs: Sequence[str]):
        self.forms = forms
        self.helpers: dict[str, str] = {}
        self._taken: set[str] = set()
        self.inputs = self._named((), inputs)
        self._taken.update(self.inputs)
        self._shared: dict[Term, ast.expr] = {}
        self._statements: list[ast.stmt] = []

    def write(self, term: Term) -> list[ast.stmt]:
        """The statements of the function."""
        for part in _repeated(term):
            self._shared[part] = self._name(self._strict(part), part.type)
        result = self._strict(term)
        return [*self._statements, ast.Return(result)]

    # -- expressions ---------------------------------------------------------------------------
    def _strict(self, term: Term) -> ast.expr:
        """The expression of a subterm outside of functions; parts may become statements."""
        if not isinstance(term, Apply) or term in self._shared:
            return self._expression(term, self.inputs)
        arguments: list[Argument] = [
            self._function(arg, self.inputs) if isinstance(arg, Lambda) else self._strict(arg)
            for arg in term.args
        ]
        made = self._put_together(term, arguments, self.inputs)
        while len(ast.unparse(made)) > WIDTH - len("    return "):
            lengths = [_length(argument) for argument in arguments]
            place = max(range(len(lengths)), key=lengths.__getitem__)
            if lengths[place] <= 1:
                break
            arguments[place] = self._name(arguments[place], term.args[place].type)
            made = self._put_together(term, arguments, self.inputs)
        return made

    def _expression(self, term: Term, scope: tuple[str, ...]) -> ast.expr:
        if term in self._shared:
            return self._shared[term]
        if isinstance(term, Variable):
            if term.index >= len(scope):
                raise ProgramError(f"variable {term.name} is not among the {len(scope)} inputs")
            return ast.Name(scope[term.index], ast.Load())
        if isinstance(term, Literal):
            return constant(term.value)
        if not isinstance(term, Apply):
            raise ProgramError("a program with a hole cannot be written as Python")
        arguments: list[Argument] = [
            self._function(arg, scope) if isinstance(arg, Lambda) else self._expression(arg, scope)
            for arg in term.args
        ]
        return self._put_together(term, arguments, scope)

    def _function(self, term: Lambda, scope: tuple[str, ...]) -> Function:
        params = self._named(scope, [p.type for p in term.params])[len(scope) :]
        return Function(params, self._expression(term.body, scope + params))

    def _put_together(
        self, term: Apply, arguments: Sequence[Argument], scope: tuple[str, ...]
    ) -> ast.expr:
        text = self.forms.expressions.get(term.primitive)
        taken = {*scope, *self._taken}
        if text is not None and form(text).takes(arguments):
            made = form(text).filled(arguments, taken, self.forms.names.values())
            self._need(names_in(form(text).body))
            return made
        name = helper_name(term.primitive, self.forms.helpers)
        if text is not None:
            self._need(names_in(form(text).body))
            self.helpers.setdefault(name, ast.unparse(helper(name, form(text))))
        elif term.primitive in self.forms.helpers:
            name = term.primitive
            self._need({name})
        else:
            raise ProgramError(f"there is no Python form of the primitive {term.primitive!r}")
        parts = [a.expression() if isinstance(a, Function) else a for a in arguments]
        return ast.fix_missing_locations(ast.Call(ast.Name(name, ast.Load()), parts, []))

    def _need(self, names: set[str]) -> None:
        """Write the helpers of these names, after those that they need themselves."""
        for name in sorted(names & self.forms.helpers.keys() - self.helpers.keys()):
            text = self.forms.helpers[name].strip()
            self._need(names_in(ast.parse(text)) - {name})
            self.helpers[name] = text

    # -- names ---------------------------------------------------------------------------------
    def _named(self, scope: tuple[str, ...], types: Sequence[str]) -> tuple[str, ...]:
        """The scope with one more variable for each of the types."""
        for type_name in types:
            scope = (*scope, fresh(self.forms.names[type_name], {*scope, *self._taken}))
        return scope

    def _name(self, value: Argument, type_name: str) -> ast.expr:
        """A statement that names a value or a function."""
        if isinstance(value, Function):
            name = fresh(_STEPS, {*self._taken, *self.helpers})
            params = [ast.arg(p) for p in value.params]
            self._statements.append(definition(name, params, [ast.Return(value.body)]))
        elif is_atom(value):
            return value
        else:
            name = fresh(self.forms.names[type_name], self._taken | names_in(value))
            target = ast.Name(name, ast.Store())
            statement = ast.Assign([target], value)
            self._statements.append(ast.fix_missing_locations(statement))
        self._taken.add(name)
        return ast.Name(name, ast.Load())


def _length(argument: Argument) -> int:
    """Characters that naming an argument would save; 0 for what is a name already."""
    if isinstance(argument, Function):
        return len(ast.unparse(argument.body))
    return 0 if is_atom(argument) else len(ast.unparse(argument))


def _repeated(term: Term) -> list[Term]:
    """Subterms that stand several times, once at least outside of functions; smallest first."""
    outside: dict[Term, None] = {}
    stack = [term]
    while stack:
        node = stack.pop()
        if isinstance(node, Apply):
            outside[node] = None
            stack.extend(node.args)
    counts: Counter[Term] = Counter()
    seen: set[Term] = set()
    stack = [term]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            counts.update(children(node))
            stack.extend(children(node))
    return sorted((part for part in outside if counts[part] > 1 and size(part) > 1), key=size)
