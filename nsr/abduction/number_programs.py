"""Learnt meanings as functions of the library, from which later meanings are made.

Li et al. (2024, section 3.2) let a learnt program be a primitive of the next one; here searchers
see it as one more production, and a program can be written out again in the plain space.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from nsr.budget import Budget
from nsr.domain import Primitive
from nsr.errors import UndefinedError
from nsr.executor import Executor
from nsr.library import inlined
from nsr.program import Apply, Lambda, Literal, Term, children, rebuild
from nsr.proofs import native
from nsr.space import Production, Space
from nsr.values import Undefined, Value

TYPE: Final = "int"
_RUN: Final = Budget(fuel=5_000_000)


def number_term(value: int) -> Term:
    """The program of a plain word: its number."""
    return Literal(value, "INT", TYPE)


def number_meaning(space: Space, term: Term) -> Callable[..., int]:
    """A program as a function of numbers that remembers its results.

    The function raises `UndefinedError` where the program has no value or spends its fuel.
    """
    executor = Executor(space.domain)

    @functools.lru_cache(maxsize=1 << 18)
    def run(*values: int) -> Value | Undefined:
        # What a guard interrupts raises: it has a value, and must not be remembered without one.
        return executor.value(term, values, meter=_RUN.meter())

    def meaning(*values: int) -> int:
        found = run(*values)
        if isinstance(found, Undefined):
            raise UndefinedError(found.reason)
        return int(found)

    return meaning


@dataclass(frozen=True)
class Function:
    """A learnt meaning: its name in the library, its plain program, its number of arguments."""

    name: str
    term: Term
    arity: int


@dataclass(frozen=True)
class NumberPrograms:
    """A space of number programs, and the functions learnt so far.

    Args:
        base: space of programs as it came.
        space: the same with the learnt functions as productions; numbers above `cap` are
            undefined, so that no step of a search takes long.
        cap: the largest number.
        functions: in the order in which they were learnt.
    """

    base: Space
    space: Space
    cap: int
    functions: tuple[Function, ...] = ()

    @classmethod
    def over(cls, space: Space, cap: int) -> NumberPrograms:
        """A library without functions."""
        small = replace(space.domain.type(TYPE), fits=lambda value: 0 <= value <= cap)
        domain = replace(space.domain, types={**space.domain.types, TYPE: small})
        return cls(space, replace(space, domain=domain), cap)

    def grown(self, term: Term, arity: int) -> NumberPrograms:
        """The library with one more function, given by a program of this library's space."""
        name = f"f{len(self.functions) + 1}"
        function = Function(name, self.plain(term, arity), arity)
        primitive = Primitive(name, self._meaning(term, arity), 1.0)
        domain = replace(
            self.space.domain, primitives={**self.space.domain.primitives, name: primitive}
        )
        template: list[str | int] = [f"{name}("]
        for i in range(arity):
            template += [i, ", "] if i + 1 < arity else [i, ")"]
        production = Production(TYPE, "apply", name, (TYPE,) * arity, tuple(template), 1.0)
        by_type = {**self.space.by_type, TYPE: (*self.space.by_type[TYPE], production)}
        space = replace(self.space, domain=domain, by_type=by_type)
        return NumberPrograms(self.base, space, self.cap, (*self.functions, function))

    def table(
        self, term: Term, arity: int, numbers: Iterable[int] | None = None
    ) -> npt.NDArray[np.int32]:
        """What a program of this space does.

        Args:
            term: the program.
            arity: number of its arguments.
            numbers: arguments that matter; by default all up to the cap.

        Returns:
            int32[(cap + 1,) * arity]; -1 where it is undefined, beyond the cap, or not asked for.
        """
        # A proof pays only where the whole table is wanted.
        meaning = self._meaning(term, arity) if numbers is None else self._run(term)
        size = self.cap + 1
        values = np.full((size,) * arity, -1, np.int32)
        for place in itertools.product(range(size) if numbers is None else numbers, repeat=arity):
            try:
                value = meaning(*place)
            except UndefinedError:
                continue
            if 0 <= value <= self.cap:
                values[place] = value
        return values

    def _meaning(self, term: Term, arity: int) -> Callable[..., int]:
        return native(self.base, self.plain(term, arity), self._run(term))

    def _run(self, term: Term) -> Callable[..., int]:
        return number_meaning(self.space, term)

    def plain(self, term: Term, inputs: int) -> Term:
        """A program of this space with the learnt functions written out."""
        programs = {function.name: function.term for function in self.functions}

        def write(node: Term, depth: int) -> Term:
            if isinstance(node, Lambda):
                depth += len(node.params)
            parts = tuple(write(part, depth) for part in children(node))
            if isinstance(node, Apply) and node.primitive in programs:
                return inlined(programs[node.primitive], parts, depth, 0)
            return rebuild(node, parts) if parts else node

        return write(term, inputs)
