"""Sketch completion: programs with holes for integer literals, solved by z3.

Sketches are enumerated like programs, with every bounded integer literal left open. The holes of
a sketch are then solved over all examples at once: subterms without holes are simply run, the
others are computed symbolically (Solar-Lezama, "Program synthesis by sketching", 2008). That
finds constants that no list of candidates holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError, LimitReached, UndefinedError
from nsr.executor import Executor
from nsr.program import Apply, Hole, Lambda, Literal, Term, Variable, children, substitute, walk
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.symbolic import Choice, distribute, equals, is_symbolic
from nsr.values import Undefined, Value
from searchers.top_down import enumerate_terms

MAX_HOLES: Final = 3
SOLUTIONS: Final = 2
"""Completions tried for each sketch."""

SMALL: Final = 10
"""Constants of at most this size are tried first."""

CHECK_FUEL: Final = 1000
"""What one call of z3 is charged, which takes about as long as so many applications; z3's own
resource limit bounds it."""

SYMBOLIC_FUEL: Final = 20
"""What one symbolic application is charged for each possible value."""

SKETCH_FUEL: Final = 10
"""What looking at one sketch is charged."""

_RLIMIT: Final = 200_000
_SIGN_EVERY: Final = 256
_RUN_FUEL: Final = 2_000


class Sketch:
    """Enumerates sketches by probability and completes them."""

    name: ClassVar[str] = "sketch"
    exhaustive: ClassVar[bool] = False

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates in the order of their sketches.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the space has no bounded integer literal, or the domain no symbolic
                meaning for any primitive of it.
        """
        domain, space = problem.domain, problem.space
        holes = tuple(
            name for name, literal in domain.literals.items() if literal.bounds is not None
        )
        symbolic = frozenset(domain.symbolic) & frozenset(space.applications)
        if not holes or not symbolic:
            raise DeclinedError(
                f"domain {domain.name!r} has no bounded integer literals with symbolic primitives"
            )
        completion = _Completion(problem, meter)
        seen: set[Term] = set()
        sketches = enumerate_terms(problem, guide=guide, meter=meter, holes=holes)
        for number, (_, term) in enumerate(sketches):
            meter.spend(SKETCH_FUEL)
            if number % _SIGN_EVERY == 0:
                yield PULSE
            count = sum(isinstance(node, Hole) for node in walk(term))
            if not 0 < count <= MAX_HOLES or not _expressible(term, symbolic):
                continue
            for program in completion.solve(_numbered(term)):
                outputs = completion.verify(program)
                if outputs is not None and program not in seen:
                    seen.add(program)
                    yield Candidate(program, space.cost(program), outputs, self.name)
            yield PULSE


def _expressible(term: Term, symbolic: frozenset[str]) -> bool:
    """Whether every primitive above a hole has a symbolic meaning."""
    stack = [term]
    while stack:
        node = stack.pop()
        open_parts = [part for part in children(node) if _is_open(part)]
        if open_parts and isinstance(node, Apply) and node.primitive not in symbolic:
            return False
        stack += open_parts
    return True


def _is_open(term: Term) -> bool:
    return any(isinstance(node, Hole) for node in walk(term))


def _numbered(term: Term) -> Term:
    """The sketch with its holes numbered from the left."""
    numbers = itertools.count()
    return substitute(
        term,
        lambda node: (
            Hole(next(numbers), node.terminal, node.type) if isinstance(node, Hole) else None
        ),
    )


class _Completion:
    """Solves the holes of sketches of one problem."""

    def __init__(self, problem: Problem, meter: Meter):
        self.problem = problem
        self.meter = meter
        self._executor = Executor(problem.domain)
        # Imported late, because it takes a while; a context of its own keeps results the same
        # whatever else uses z3.
        import z3

        self._z3 = z3
        self._context = z3.Context()

    def solve(self, sketch: Term) -> Iterator[Term]:
        """Completions that z3 finds, small constants first; to be verified."""
        z3, context = self._z3, self._context
        holes = [node for node in walk(sketch) if isinstance(node, Hole)]
        unknowns = {hole.index: z3.Int(f"h{hole.index}", context) for hole in holes}
        conditions: list[Any] = []
        for example in self.problem.examples:
            try:
                value = self._value(sketch, example.inputs, unknowns)
            except UndefinedError:
                return
            condition = equals(value, example.output)
            if condition is False:
                return
            if condition is not True:
                conditions.append(condition)
        solver = z3.Solver(ctx=context)
        # Without its own handler z3 leaves the interrupt key to Python.
        solver.set("rlimit", _RLIMIT, "ctrl_c", False)
        solver.add(*conditions)
        bounds: dict[int, tuple[int, int]] = {}
        for hole in holes:
            literal = self.problem.domain.literals[hole.terminal]
            assert literal.bounds is not None
            bounds[hole.index] = literal.bounds
        for index, (low, high) in bounds.items():
            solver.add(unknowns[index] >= low, unknowns[index] <= high)
        small = [z3.And(u >= -SMALL, u <= SMALL) for u in unknowns.values()]
        for _ in range(SOLUTIONS):
            self.meter.spend(CHECK_FUEL)
            if solver.check(*small) != z3.sat:
                self.meter.spend(CHECK_FUEL)
                if solver.check() != z3.sat:
                    return
            model = solver.model()
            values = {
                i: model.eval(u, model_completion=True).as_long() for i, u in unknowns.items()
            }
            yield _filled(sketch, values)
            solver.add(z3.Or([unknowns[i] != value for i, value in values.items()]))

    def verify(self, program: Term) -> tuple[Value, ...] | None:
        """The outputs of a completed program, if it solves the problem."""
        inputs = self.problem.inputs
        share = self.meter.share(fuel=_RUN_FUEL * len(inputs))
        try:
            outputs = self._executor.run(program, inputs, meter=share)
        except LimitReached:
            if self.meter.stopped_by is not None:
                raise
            return None
        defined = not any(isinstance(value, Undefined) for value in outputs)
        return outputs if defined and self.problem.solved_by(outputs) else None

    def _value(self, term: Term, scope: tuple[Value, ...], unknowns: dict[int, Any]) -> Value:
        """The value of a term, symbolic where holes take part."""
        if isinstance(term, Variable):
            return scope[term.index]
        if isinstance(term, Literal):
            return term.value
        if isinstance(term, Hole):
            return unknowns[term.index]
        if isinstance(term, Lambda):
            body = term.body
            return lambda *arguments: self._value(body, scope + arguments, unknowns)
        arguments = [self._value(arg, scope, unknowns) for arg in term.args]
        self.meter.spend()
        domain = self.problem.domain
        open_functions = any(isinstance(arg, Lambda) and _is_open(arg) for arg in term.args)
        if open_functions or any(map(is_symbolic, arguments)):
            meaning = domain.symbolic.get(term.primitive)
            if meaning is None:
                raise UndefinedError(f"{term.primitive} has no symbolic meaning")
            value = distribute(meaning, arguments)
            options = len(value.options) if isinstance(value, Choice) else 1
            self.meter.spend(SYMBOLIC_FUEL * options)
            return value
        value = domain.primitives[term.primitive].function(*arguments)
        if not domain.type(term.type).fits(value):
            raise UndefinedError(f"{term.primitive}: value too large")
        return value


def _filled(sketch: Term, values: dict[int, int]) -> Term:
    def fill(node: Term) -> Term | None:
        if isinstance(node, Hole):
            return Literal(values[node.index], node.terminal, node.type)
        return None

    return substitute(sketch, fill)
