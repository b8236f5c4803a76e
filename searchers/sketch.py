"""Sketch completion: programs with holes for integer literals, solved by z3.

Sketches are enumerated like programs, with every bounded integer literal (a number, a colour, an
offset) left open. The holes of a sketch are then solved over all examples at once: subterms
without holes are simply run, the others are computed symbolically (Solar-Lezama, "Program
synthesis by sketching", 2008). That finds constants that no list of candidates holds. A primitive
without symbolic meaning is run for every value of a hole that is its argument, if there are few.
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

FEW: Final = 32
"""A hole with up to so many values may stand below a primitive without symbolic meaning."""

_OPTIONS: Final = 400
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
            DeclinedError: if the domain has no bounded integer literal.
        """
        space = problem.space
        ranges = {
            name: literal.bounds
            for name, literal in problem.domain.literals.items()
            if literal.bounds is not None
        }
        if not ranges:
            raise DeclinedError(f"domain {problem.domain.name!r} has no bounded integer literals")
        few = frozenset(name for name, (low, high) in ranges.items() if high - low < FEW)
        symbolic = frozenset(problem.domain.symbolic)
        completion = _Completion(problem, meter)
        seen: set[Term] = set()
        sketches = enumerate_terms(problem, guide=guide, meter=meter, holes=tuple(ranges))
        for number, (_, term) in enumerate(sketches):
            meter.spend(SKETCH_FUEL)
            if number % _SIGN_EVERY == 0:
                yield PULSE
            count = sum(isinstance(node, Hole) for node in walk(term))
            if not 0 < count <= MAX_HOLES or not _expressible(term, symbolic, few):
                continue
            for program in completion.solve(_numbered(term)):
                outputs = completion.verify(program)
                if outputs is not None and program not in seen:
                    seen.add(program)
                    yield Candidate(program, space.cost(program), outputs, self.name)
            yield PULSE


def _expressible(term: Term, symbolic: frozenset[str], few: frozenset[str]) -> bool:
    """Whether every primitive above a hole has a symbolic meaning or can be tabulated."""
    stack = [term]
    while stack:
        node = stack.pop()
        open_parts = [part for part in children(node) if _is_open(part)]
        stack += open_parts
        if isinstance(node, Apply) and node.primitive not in symbolic:
            for part in open_parts:
                if isinstance(part, Lambda):
                    return False
                if isinstance(part, Hole) and part.terminal not in few:
                    return False
                if isinstance(part, Apply) and part.primitive in symbolic:
                    return False
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
        same = self.problem.domain.type(self.problem.goal).equal
        for example in self.problem.examples:
            try:
                value = self._value(sketch, example.inputs, unknowns)
            except UndefinedError:
                return
            condition = equals(value, example.output, same)
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
        domain = self.problem.domain
        function = domain.primitives[term.primitive].function
        fits = domain.type(term.type).fits

        def run(*values: Value) -> Value:
            self.meter.spend()
            value = function(*values)
            if not fits(value):
                raise UndefinedError(f"{term.primitive}: value too large")
            return value

        open_functions = any(isinstance(arg, Lambda) and _is_open(arg) for arg in term.args)
        if not open_functions and not any(map(is_symbolic, arguments)):
            return run(*arguments)
        meaning = domain.symbolic.get(term.primitive)
        if meaning is None:
            tables = [
                self._table(arg, value) if isinstance(arg, Hole) else value
                for arg, value in zip(term.args, arguments, strict=True)
            ]
            return distribute(run, tables, _OPTIONS)
        value = distribute(meaning, arguments)
        options = len(value.options) if isinstance(value, Choice) else 1
        self.meter.spend(SYMBOLIC_FUEL * options)
        return value

    def _table(self, hole: Hole, unknown: Any) -> Choice:
        """A hole as a choice between all its values."""
        bounds = self.problem.domain.literals[hole.terminal].bounds
        assert bounds is not None
        return Choice(tuple((unknown == v, v) for v in range(bounds[0], bounds[1] + 1)))


def _filled(sketch: Term, values: dict[int, int]) -> Term:
    def fill(node: Term) -> Term | None:
        if isinstance(node, Hole):
            return Literal(values[node.index], node.terminal, node.type)
        return None

    return substitute(sketch, fill)
