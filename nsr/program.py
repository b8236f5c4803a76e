"""Programs as typed, immutable terms.

A term is a variable, a literal, a primitive applied to terms, a function literal, or a hole still
to be filled. Inputs of a program are the variables x0, x1, ...; a function literal goes on
counting, so every variable in scope has one name and equal programs are equal terms.
Text form and grammar live in `nsr.space`; meaning lives in `nsr.executor`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

MAX_DEPTH = 100
"""Programs deeper than this are refused when parsed or run."""


@dataclass(frozen=True, slots=True)
class Variable:
    """The `index`-th variable in scope, of a type."""

    index: int
    type: str

    @property
    def name(self) -> str:
        """Text of the variable: x0, x1, ..."""
        return f"x{self.index}"


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant that stands in the text itself. `terminal` names its literal type."""

    value: Hashable
    terminal: str
    type: str


@dataclass(frozen=True, slots=True)
class Hole:
    """A literal still to be chosen (a sketch has holes); `index` tells holes apart."""

    index: int
    terminal: str
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """A primitive applied to argument terms."""

    primitive: str
    args: tuple[Term, ...]
    type: str
    size: int = field(init=False, repr=False)
    depth: int = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Hash, size and depth are kept because searchers ask for them once per candidate.
        object.__setattr__(self, "size", 1 + sum(map(size, self.args)))
        object.__setattr__(self, "depth", 1 + max(map(depth, self.args), default=0))
        object.__setattr__(self, "_hash", hash((self.primitive, self.args)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Hashes of strings are those of one process: a copy in another makes its own.
        return Apply, (self.primitive, self.args, self.type)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Apply)
            and self._hash == other._hash
            and self.primitive == other.primitive
            and self.args == other.args
        )


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function literal. Its parameters are the variables `params`, in order, in `body`."""

    params: tuple[Variable, ...]
    body: Term
    type: str


Term: TypeAlias = Variable | Literal | Hole | Apply | Lambda


def size(term: Term) -> int:
    """Number of nodes."""
    if isinstance(term, Apply):
        return term.size
    return 1 + size(term.body) if isinstance(term, Lambda) else 1


def depth(term: Term) -> int:
    """Number of nodes on the longest path from the root."""
    if isinstance(term, Apply):
        return term.depth
    return 1 + depth(term.body) if isinstance(term, Lambda) else 1


def children(term: Term) -> tuple[Term, ...]:
    """Direct subterms."""
    if isinstance(term, Apply):
        return term.args
    return (term.body,) if isinstance(term, Lambda) else ()


def walk(term: Term) -> Iterator[Term]:
    """Every subterm, parents before children, left to right."""
    stack = [term]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def rebuild(term: Term, parts: tuple[Term, ...]) -> Term:
    """The same node over other children."""
    if isinstance(term, Apply):
        return Apply(term.primitive, parts, term.type)
    return Lambda(term.params, parts[0], term.type) if isinstance(term, Lambda) else term


def substitute(term: Term, replace: Callable[[Term], Term | None]) -> Term:
    """The term with every outermost node for which `replace` gives a term replaced by it."""
    new = replace(term)
    if new is not None:
        return new
    old = children(term)
    parts = tuple(substitute(part, replace) for part in old)
    return term if parts == old else rebuild(term, parts)


def paths(term: Term) -> Iterator[tuple[tuple[int, ...], Term]]:
    """Every subterm with its address: child numbers from the root."""
    stack: list[tuple[tuple[int, ...], Term]] = [((), term)]
    while stack:
        path, node = stack.pop()
        yield path, node
        stack.extend(((*path, i), part) for i, part in reversed(list(enumerate(children(node)))))


def replace_at(term: Term, path: tuple[int, ...], new: Term) -> Term:
    """The term with the subterm at an address replaced."""
    if not path:
        return new
    parts = list(children(term))
    parts[path[0]] = replace_at(parts[path[0]], path[1:], new)
    return rebuild(term, tuple(parts))
