"""Libraries: solved tasks as functions for later ones.

A library function is a primitive of its own with one more production in the grammar, so programs
that call it are written, read, searched and run like all others. It costs no more than any other
primitive (Ellis et al., "DreamCoder", PLDI 2021, learn libraries by compression; here every solved
task becomes a function).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nsr.atomic import replace_file
from nsr.domain import Primitive
from nsr.errors import InputError, ProgramError
from nsr.executor import Executor
from nsr.program import MAX_DEPTH, Apply, Lambda, Term, Variable, children, depth, rebuild
from nsr.space import Production, Space, load_space

CALL_FUEL: Final = 20_000
"""Fuel of one call within a search that composes values; the executor counts the real fuel."""
CALL_BITS: Final = 1.0
"""Cost of a call."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE = re.compile(r"x[0-9]+")
_LINE = re.compile(r"(?P<name>\w+)\((?P<inputs>[\w, ]*)\) -> (?P<type>\w+) = (?P<program>.+)")


@dataclass(frozen=True, slots=True)
class Definition:
    """A function of a library: the program `term` over inputs of some types."""

    name: str
    input_types: tuple[str, ...]
    term: Term


class Library:
    """Named functions over a space, in the order in which they were added.

    Args:
        space: a space, or the name of a domain whose default space is meant.

    >>> library = Library("sequences")
    >>> term = library.space.parse("head(reverse(x0))", goal="int", inputs=["ints"])
    >>> library.add("final", term, ["ints"])
    'final'
    >>> call = library.space.parse("final(tail(x0))", goal="int", inputs=["ints"])
    >>> Executor(library.space.domain).run(call, [((1, 2, 3),)])
    (3,)
    >>> library.space.format(library.expand(call, 1))
    'head(reverse(tail(x0)))'
    """

    def __init__(self, space: Space | str = "sequences"):
        self.base = load_space(space) if isinstance(space, str) else space
        self._space = self.base
        self._definitions: dict[str, Definition] = {}

    @property
    def space(self) -> Space:
        """The space with the functions of the library as further primitives."""
        return self._space

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """Name -> definition."""
        return MappingProxyType(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def add(self, name: str, term: Term, input_types: Sequence[str]) -> str:
        """Make a program a function, and give the name under which it can be called.

        The name is spelled as the grammar wants it, and numbered if it is taken.

        Raises:
            InputError: if nothing of the name can be used.
            ProgramError: if the program uses what the space lacks, or an input without a type, or
                is too deep with all that it calls.
        """
        types = tuple(input_types)
        name = self._free_name(name)
        text = self._space.format(term)
        if self._space.parse(text, goal=term.type, inputs=types) != term:
            raise ProgramError(f"{text} is no program over ({', '.join(types)})")
        if depth(self.expand(term, len(types))) > MAX_DEPTH:
            raise ProgramError(f"functions call each other deeper than {MAX_DEPTH}")
        domain = self._space.domain
        function = Executor(domain).function(term, fuel=CALL_FUEL)
        function.__doc__ = text
        primitive = Primitive(name, function, CALL_BITS, definition=term)
        primitives = MappingProxyType({**domain.primitives, name: primitive})
        template: list[str | int] = [name, "("]
        for i in range(len(types)):
            template += [", ", i] if i else [i]
        production = Production(term.type, "apply", name, types, (*template, ")"), CALL_BITS)
        arguments = ' "," '.join(types)
        rule = f'%extend {term.type}: "{name}" "(" {arguments} ")" -> {name}\n'
        self._space = replace(
            self._space,
            domain=replace(domain, primitives=primitives),
            by_type={
                **self._space.by_type,
                term.type: (*self._space.by_type[term.type], production),
            },
            grammar=f"{self._space.grammar.rstrip()}\n{rule}",
        )
        self._definitions[name] = Definition(name, types, term)
        return name

    def expand(self, term: Term, inputs: int) -> Term:
        """A program over `inputs` inputs with every call replaced by what the function does."""
        return expand(self._space, term, inputs)

    # -- files ---------------------------------------------------------------------------------
    def save(self, path: Path | str) -> None:
        """Write the functions as plain text, one a line: `name(types) -> type = program`.

        Raises:
            InputError: if that is not possible; an older file is then left as it is.
        """
        replace_file(Path(path), "".join(f"{line}\n" for line in self._lines()))

    @classmethod
    def load(cls, path: Path | str, space: Space | str = "sequences") -> Library:
        """Read what `save` wrote.

        Raises:
            InputError: naming the file and line that cannot be read.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read library: {error}", source=str(path)) from None
        library = cls(space)
        for number, line in enumerate(text.splitlines(), 1):
            try:
                library._read(line)
            except (InputError, ProgramError) as error:
                place = f"line {number}"
                raise InputError(str(error), source=str(path), place=place) from None
        return library

    def _read(self, line: str) -> None:
        if not line.strip() or line.startswith("#"):
            return
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise InputError("expected `name(types) -> type = program`")
        inputs = [t.strip() for t in match["inputs"].split(",") if t.strip()]
        if unknown := {*inputs, match["type"]} - set(self._space.domain.types):
            raise InputError(f"there is no type {', '.join(sorted(unknown))}")
        term = self._space.parse(match["program"], goal=match["type"], inputs=inputs)
        if self.add(match["name"], term, inputs) != match["name"]:
            raise InputError(f"the name {match['name']} is taken or cannot be used")

    def _lines(self) -> Iterator[str]:
        for found in self._definitions.values():
            types = ", ".join(found.input_types)
            text = self._space.format(found.term)
            yield f"{found.name}({types}) -> {found.term.type} = {text}"

    def _free_name(self, name: str) -> str:
        plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
        if plain and not _NAME.fullmatch(plain):
            plain = f"f_{plain}"
        if not _NAME.fullmatch(plain):
            raise InputError(f"a function cannot be named {name!r}")
        taken = {
            *self._space.domain.primitives,
            *self._space.by_type,
            *(str(part) for ps in self._space.by_type.values() for p in ps for part in p.template),
        }
        number, free = 1, plain
        while free in taken or _VARIABLE.fullmatch(free):
            number += 1
            free = f"{plain}_{number}"
        return free


def expand(space: Space, term: Term, level: int) -> Term:
    """A program with every call of a library function replaced by what the function does.

    Args:
        space: with the functions as primitives.
        term: the program.
        level: number of its inputs (of a part of a program: of all variables in scope).
    """
    if isinstance(term, Lambda):
        inner = level + len(term.params)
        return rebuild(term, (expand(space, term.body, inner),))
    parts = tuple(expand(space, part, level) for part in children(term))
    if not isinstance(term, Apply):
        return term
    definition = space.domain.primitives[term.primitive].definition
    if definition is None:
        return rebuild(term, parts)
    body = expand(space, definition, len(parts))
    return inlined(body, parts, level, 0)


def inlined(body: Term, arguments: tuple[Term, ...], level: int, inside: int) -> Term:
    """The body with its inputs replaced by arguments that stand in a scope of `level` variables.

    Variables are numbered by level: parameters of the body move up to that scope, and arguments
    that come to stand `inside` parameters of the body move up by those.
    """
    if isinstance(body, Variable):
        if body.index < len(arguments):
            return _shifted(arguments[body.index], level, inside)
        return Variable(body.index - len(arguments) + level, body.type)
    if isinstance(body, Lambda):
        params = tuple(Variable(p.index - len(arguments) + level, p.type) for p in body.params)
        inner = inlined(body.body, arguments, level, inside + len(params))
        return Lambda(params, inner, body.type)
    if isinstance(body, Apply):
        parts = tuple(inlined(part, arguments, level, inside) for part in body.args)
        return rebuild(body, parts)
    return body


def _shifted(term: Term, level: int, by: int) -> Term:
    """The term with the variables that it binds itself (from `level` on) moved up."""
    if by == 0:
        return term
    if isinstance(term, Variable):
        return Variable(term.index + by, term.type) if term.index >= level else term
    if isinstance(term, Lambda):
        params = tuple(Variable(p.index + by, p.type) for p in term.params)
        return Lambda(params, _shifted(term.body, level, by), term.type)
    if isinstance(term, Apply):
        return rebuild(term, tuple(_shifted(part, level, by) for part in term.args))
    return term
