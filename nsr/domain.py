"""Domains: the types, primitives, literals and inverses that programs of one kind are made of.

A domain is data. Its grammar (`grammars/<name>.lark`) says which programs may be written; the
primitive of the same name as a grammar alias is the plain typed function that runs it. Third
parties add a domain by an entry point of the group `nsr.domains` that names a `Domain`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import inspect
import pkgutil
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, SupportsIndex, TypeAlias, TypeVar

from nsr.errors import GrammarError, LimitReached, NsrError, UnknownNameError
from nsr.program import Term
from nsr.values import Column, Value, ValueType

F = TypeVar("F", bound=Callable[..., Any])

Containers: TypeAlias = tuple[Container[Any], ...]


def _anything(_place: int, _column: Column, _target: Column) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Inverse:
    """Solves a primitive for one missing argument, on all examples at once.

    Args:
        solve: called with the columns of the arguments (`None` for the missing one) and the
            target column of the outputs, which may be shorter than the other columns: inputs
            without an output follow those with one. Gives values for the missing argument, best
            first: for a literal one value that serves every example, for any other type a column
            of the target's length. Nothing when there is none.
        admits: a cheap look at one argument alone: `admits(place, column, target)` is false when
            no values of the others can make up for it.
        symmetric: whether exchanging the known arguments only changes the solution's form.
        narrow: whether `admits` lets few values pass, so that what is missing is worth being
            taken apart in turn.
        loose: called as `solve` is; gives tuples of containers, one per example, where several
            values of the missing argument will do: any that is in the container does.
    """

    solve: Callable[[Sequence[Column | None], Column], Iterable[Value]]
    admits: Callable[[int, Column, Column], bool] = _anything
    symmetric: bool = False
    narrow: bool = False
    loose: Callable[[Sequence[Column | None], Column], Iterable[Containers]] | None = None


@dataclass(frozen=True, slots=True)
class Primitive:
    """A named, typed, pure function.

    Args:
        name: the alias of its grammar production.
        function: called with one value per argument; raises `UndefinedError` where it has no
            value. Arguments of function type are callables.
        cost: description length in bits that the primitive adds to a program.
        inverses: argument position -> `Inverse` for that position.
        definition: the program over the arguments that the primitive stands for, if it is a
            function of a library; the executor runs it in place of `function`.
    """

    name: str
    function: Callable[..., Value]
    cost: float = 1.0
    inverses: Mapping[int, Inverse] = field(default_factory=lambda: MappingProxyType({}))
    definition: Term | None = None

    @property
    def doc(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralType:
    """A terminal of the grammar whose values stand in the program text itself.

    Args:
        name: upper case, the terminal's name.
        parse: text -> value; the terminal's pattern has matched already. Raises `ValueError`.
        format: value -> text that the terminal's pattern matches.
        candidates: small constants worth enumerating. Literals without any are filled only by
            inverses and by sketch completion.
        bounds: for integer literals, the inclusive range a solver may choose from.
        cost: bits for one value.
        learnt: the value means something to what has learnt from other tasks. Then its bits rank
            programs, but what speaks for it is not that it is short.
    """

    name: str
    parse: Callable[[str], Value]
    format: Callable[[Value], str] = str
    candidates: tuple[Value, ...] = ()
    bounds: tuple[int, int] | None = None
    cost: Callable[[Value], float] = lambda _value: 1.0
    learnt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLanguage:
    """The words with which a domain's arrays can be covered cell by cell.

    Args:
        grid, field: types whose values are arrays; a field holds one number per cell.
        choose: primitive `(mask, grid, grid) -> grid`, the first grid where the mask holds.
        equals, at_most: primitives `(field, number) -> mask`.
        color_field: primitive `grid -> field` whose numbers are names, not quantities.
        number: the literal terminal of numbers.
        caps: type -> bits up to which features and leaves of that type are made.
    """

    grid: str
    field: str
    choose: str
    equals: str
    at_most: str
    color_field: str
    number: str
    caps: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonForms:
    """How programs of a domain are written in plain Python, for `nsr.python_code`.

    Args:
        expressions: primitive -> a lambda expression: `"lambda f, xs: [f(x) for x in xs]"`.
            Values must not be changed by it.
        helpers: name -> a function definition. Expressions and other helpers may use it by its
            name; the primitive of the same name needs no expression.
        types: type -> annotation.
        names: type -> names of variables, the best first; none of them a builtin or a helper.
    """

    expressions: Mapping[str, str]
    helpers: Mapping[str, str]
    types: Mapping[str, str]
    names: Mapping[str, Sequence[str]]

    def covers(self, primitive: str) -> bool:
        """Whether there is a form of that primitive."""
        return primitive in self.expressions or primitive in self.helpers


@dataclass(frozen=True, kw_only=True, eq=False)
class Domain:
    """Everything the engine needs to know about one kind of values.

    Args:
        name: also the name of the default grammar.
        types: name -> value type.
        primitives: name -> primitive.
        grammar: file of the default grammar, where it is not `grammars/<name>.lark`.
        literals: terminal name -> literal type.
        symmetries: name -> transformation of a value under which tasks may be the same, identity
            first; used to re-pose examples.
        caps: type -> bits up to which a two-sided search makes values of it; empty: no caps.
        cells: how to cover values cell by cell, if they are arrays.
        constants: `constants(inputs, outputs)`, the literals that a problem's data suggest, as
            terminal -> value -> bits; called with all values of its inputs and all its outputs.
        choices: type -> primitive `(bool, type, type) -> type` that chooses between two values.
        comparisons: primitive `(type, type) -> bool` of numbers -> the same for arrays of them.
        schemes: primitives whose function arguments are not enumerated: searchers deduce
            examples of them and solve these.
        knowledge: name -> primitives that a space has only if it is asked for by that name.
        portfolio: names of the searchers that share a budget on problems of this domain, the
            most useful first.
        symbolic: primitive name -> its meaning on z3 terms, for sketch completion.
        python: how programs are written in plain Python, if they can be.
        sample: `sample(type name, numpy Generator) -> value`, for tests and random inputs.
    """

    name: str
    types: Mapping[str, ValueType]
    primitives: Mapping[str, Primitive]
    grammar: Path | None = None
    literals: Mapping[str, LiteralType] = field(default_factory=lambda: MappingProxyType({}))
    symmetries: Mapping[str, Callable[[Value], Value]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    caps: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    cells: CellLanguage | None = None
    constants: (
        Callable[[Iterable[Value], Iterable[Value]], Mapping[str, Mapping[Value, float]]] | None
    ) = None
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    comparisons: Mapping[str, Callable[[Any, Any], Any]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    schemes: frozenset[str] = frozenset()
    knowledge: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    portfolio: tuple[str, ...] = ("top-down", "bottom-up", "sketch", "stochastic")
    symbolic: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: MappingProxyType({}))
    python: PythonForms | None = None
    sample: Callable[[str, Any], Value] | None = None

    def type(self, name: str) -> ValueType:
        """The value type of that name.

        Raises:
            GrammarError: if the domain has none.
        """
        try:
            return self.types[name]
        except KeyError:
            known = ", ".join(sorted(self.types))
            raise GrammarError(
                f"domain {self.name!r} has no type {name!r}; known: {known}"
            ) from None

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """A domain that can be had by its name is copied and pickled as that name."""
        if self.name in domain_names() and get_domain(self.name) is self:
            return get_domain, (self.name,)
        return super().__reduce_ex__(protocol)


class PrimitiveSet:
    """Collects the primitives of a domain; used as a decorator.

    >>> primitives = PrimitiveSet()
    >>> @primitives(cost=2.0)
    ... def double(x):
    ...     '''Twice x.'''
    ...     return x + x
    >>> primitives.table["double"].doc
    'Twice x.'
    """

    def __init__(self) -> None:
        self._table: dict[str, Primitive] = {}

    @property
    def table(self) -> Mapping[str, Primitive]:
        """Name -> primitive, in the order of definition."""
        return MappingProxyType(self._table)

    def __call__(
        self,
        *,
        cost: float = 1.0,
        name: str | None = None,
        inverses: Mapping[int, Inverse] | None = None,
    ) -> Callable[[F], F]:
        """Register the decorated function under its own name (a trailing `_` is dropped).

        Raises:
            GrammarError: if the name is taken.
        """

        def register(function: F) -> F:
            key = name or function.__name__.rstrip("_")
            if key in self._table:
                raise GrammarError(f"primitive {key!r} is defined twice")
            self._table[key] = Primitive(key, function, cost, MappingProxyType(inverses or {}))
            return function

        return register


def domain_names() -> list[str]:
    """Names of every domain that can be loaded, sorted."""
    package = importlib.import_module("nsr.domains")
    own = {m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")}
    return sorted(own | set(_entry_points()))


@functools.cache
def get_domain(name: str) -> Domain:
    """The domain of that name, from `nsr.domains` or from an installed plug-in.

    Raises:
        UnknownNameError: if there is none.
        GrammarError: if what was found is not a `Domain`.
        NsrError: if the plug-in cannot be loaded.
    """
    points = _entry_points()
    if name in points:
        found = load_plugin(points[name])
    elif name in domain_names():
        found = getattr(importlib.import_module(f"nsr.domains.{name}"), name.upper())
    else:
        raise UnknownNameError("domain", name, domain_names())
    if not isinstance(found, Domain):
        raise GrammarError(f"domain {name!r} must be a nsr.Domain, got {type(found).__name__}")
    return found


def load_plugin(point: importlib.metadata.EntryPoint) -> Any:
    """What an installed plug-in gives under its name.

    Raises:
        NsrError: if it cannot be imported, or lacks what it names.
    """
    try:
        return point.load()
    except LimitReached:
        raise
    except Exception as error:  # whatever its modules raise while they are imported
        reason = f"{type(error).__name__}: {error}"
        text = f"plug-in {point.name!r} ({point.value}) cannot be loaded: {reason}"
        raise NsrError(text) from error


@functools.cache
def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    return {point.name: point for point in importlib.metadata.entry_points(group="nsr.domains")}
