"""The functions inside schemes of recursion: examples of them are deduced, then solved.

A scheme such as a fold or a map has a function for an argument. What the function must do often
follows from the examples of the whole: if a list and the list without its last item are both
inputs, their outputs are a step of a fold. So a scheme turns a problem into *inner problems*, hands
these to a searcher, and checks what comes back on the whole problem. Where little follows, the
inner problem has few examples, many programs solve it, and the check decides.
"""

from __future__ import annotations

import collections
import functools
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError
from nsr.executor import Executor
from nsr.program import Apply, Lambda, Literal, Term, Variable, walk
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.search.bank import Bank
from nsr.search.goals import Goals
from nsr.search.refine import refined
from nsr.search.scheme import Posed, View, in_turns
from nsr.space import Space
from nsr.task import Example
from nsr.values import Column, Value, function_signature

STREAM_COST: Final = 3.5
"""Bits of the lists that a scheme goes through."""
STREAMS: Final = 48
"""At most so many of them."""
DERIVED_COST: Final = 8.0
DERIVED: Final = 50_000
"""The same for lists that loops of their own make of the inputs."""
SORTED_COST: Final = 2.5
"""Bits of an input list in order, which counts for less than its text."""
INTS: Final = "ints"
BOOL: Final = "bool"
TEXT: Final = "str"
TEXTS: Final = "strs"
PROBES: Final = 16
"""Made-up arguments on which the functions found for an inner problem are told apart."""
SEEING: Final = 3.0
"""Bits against a function that looks at inputs of the whole."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A function wanted.

    Args:
        params: types of its parameters.
        result: type of its value.
        examples: (number of the example of the whole, arguments, value wanted).
        visible: numbers of the inputs of the whole that the function may look at.
        probes: further arguments on which it should have a value.
    """

    params: tuple[str, ...]
    result: str
    examples: Sequence[tuple[int, tuple[Value, ...], Value]]
    visible: tuple[int, ...] = ()
    probes: Sequence[tuple[int, tuple[Value, ...]]] = ()

    @property
    def type(self) -> str:
        """Name of the function's type."""
        return "_".join(self.params) + "_to_" + self.result


@dataclass(frozen=True, slots=True)
class Stream:
    """A list that a scheme can go through.

    Args:
        term: over the inputs.
        values: of the term, one for each example; queries have none.
        uses: numbers of the inputs that the term looks at.
        cost: bits of the term.
    """

    term: Term
    values: Column
    uses: frozenset[int]
    cost: float


def streams(problem: Problem, meter: Meter) -> list[Stream]:
    """Lists of integers that a scheme can go through, cheapest first: the inputs and near to them,
    also in order.

    A list made of several inputs counts as one bit cheaper for each input more.

    Raises:
        LimitReached: when the meter runs out.
        DeclinedError: if there is none.
    """
    space = without_functions(problem.space)
    found = list(_lists(problem, space, STREAM_COST, STREAMS, meter))
    found += _sorted(problem, meter)
    if not found:
        raise DeclinedError("no list can be made of the inputs")
    return sorted(found, key=lambda stream: stream.cost - len(stream.uses))


def _sorted(problem: Problem, meter: Meter) -> Iterator[Stream]:
    """The input lists in order, where the space can sort."""
    for index, name in enumerate(problem.input_types):
        if name == INTS and "sort_by" in problem.space.applications:
            term = in_order(problem, Variable(index, name))
            inputs = [e.inputs for e in problem.examples]
            values = Executor(problem.domain).run(term, inputs, meter=meter)
            yield Stream(term, values, frozenset((index,)), SORTED_COST)


def in_order(problem: Problem, items: Term) -> Term:
    """The items of a list in order."""
    item = Variable(len(problem.input_types), "int")
    return problem.space.apply("sort_by", Lambda((item,), item, "int_to_int"), items)


def operation(problem: Problem, name: str, first: int | None = None) -> Lambda:
    """A primitive of two integers as a function literal.

    Args:
        problem: in whose space.
        name: of the primitive.
        first: index of the first parameter; by default that after the inputs.
    """
    first = len(problem.input_types) if first is None else first
    params = (Variable(first, "int"), Variable(first + 1, "int"))
    body = problem.space.apply(name, *params)
    return Lambda(params, body, f"int_int_to_{body.type}")


def without_functions(space: Space) -> Space:
    """The space without primitives that take functions."""
    productions = space.applications.values()
    return space.restrict(p.name for p in productions if not any(map(function_signature, p.args)))


def derived_streams(problem: Problem, meter: Meter, guide: Guide) -> Iterator[Stream]:
    """Lists that loops of their own make of the inputs, such as maps, filters and scans.

    Raises:
        LimitReached: when the meter runs out.
    """
    space = problem.space.without(problem.domain.schemes)
    for stream in _lists(problem, space, DERIVED_COST, DERIVED, meter, guide):
        if any(isinstance(part, Lambda) for part in walk(stream.term)):
            yield stream


def _lists(
    problem: Problem,
    space: Space,
    max_cost: float,
    count: int,
    meter: Meter,
    guide: Guide | None = None,
) -> Iterator[Stream]:
    # The bank would watch for the outputs of a goal; there is none here.
    examples = tuple(replace(e, output=None) for e in problem.examples)
    part = replace(problem, space=space, goal=INTS, examples=examples, queries=())
    bank = Bank(part, meter=meter, guide=guide, max_cost=max_cost, max_probes=32)
    made = 0
    for entry in bank.grow():
        if entry is not None and bank.type(entry) == INTS:
            term = bank.term(entry)
            inputs = len(problem.input_types)
            used = {v.index for v in walk(term) if isinstance(v, Variable) and v.index < inputs}
            if used:
                made += 1
                yield Stream(term, bank.column(entry), frozenset(used), bank.cost(entry))
        if made == count:
            break
    bank.close()


def others(problem: Problem, *used: Iterable[int]) -> tuple[int, ...]:
    """Numbers of the inputs that none of these uses."""
    seen = set(itertools.chain(*used))
    return tuple(i for i in range(len(problem.input_types)) if i not in seen)


def consistent(inner: Inner, problem: Problem) -> bool:
    """Whether some function of what is visible has these examples."""
    return _known(inner, problem) is not None


def _known(inner: Inner, problem: Problem) -> dict[Any, Value] | None:
    """All that the function sees -> its value; `None` if there are two for the same."""
    known: dict[Any, Value] = {}
    seen = [tuple([e.inputs[i] for i in inner.visible]) for e in problem.examples]
    for number, arguments, value in inner.examples:
        if known.setdefault(seen[number] + arguments, value) != value:
            return None
    return known


def functions(
    problem: Problem, inner: Inner, *, meter: Meter, guide: Guide
) -> Iterator[Lambda | None]:
    """Function literals that have the examples of an inner problem, cheap ones first.

    Args:
        problem: the whole problem; its rows give the inputs that the function may look at.
        inner: examples of the function.
        meter: pays for the search.
        guide: weighs productions.

    Yields:
        Function literals over the inputs of the whole problem, `None` as a sign of life.

    Raises:
        LimitReached: when the meter runs out.
    """
    types = tuple(problem.input_types[i] for i in inner.visible) + inner.params
    space = _about(problem.space.without(problem.domain.schemes), {*types, inner.result})

    rows = problem.inputs

    def scope(number: int, arguments: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple([rows[number][i] for i in inner.visible]) + arguments

    known = {scope(number, args): value for number, args, value in inner.examples}
    probes = [scope(number, args) for number, args in inner.probes]
    fresh = [p for p in dict.fromkeys(probes) if p not in known][:PROBES]
    part = Problem(
        space, inner.result, types, tuple(map(Example, known.keys(), known.values())), tuple(fresh)
    )
    lower, upper = len(inner.visible), len(problem.input_types)
    params = tuple(Variable(upper + i, name) for i, name in enumerate(inner.params))
    renamed = [*inner.visible]
    seen: set[Term] = set()
    for candidate in in_turns(_searches(part, meter, guide), meter):
        if candidate is None or candidate.program in seen:
            yield PULSE
            continue
        seen.add(candidate.program)
        yield Lambda(params, moved(candidate.program, renamed, lower, upper), inner.type)


def _searches(problem: Problem, meter: Meter, guide: Guide) -> Iterator[Posed]:
    for part in tiers(problem):
        yield 0.0, refined(part, functools.partial(_terms, meter, guide), meter=meter)


def tiers(problem: Problem) -> Iterator[Problem]:
    """The problem in the space without functions inside, which can be searched deeper, and as is.

    Only the latter if there is no difference.
    """
    plain = without_functions(problem.space)
    if len(plain.applications) < len(problem.space.applications):
        yield replace(problem, space=plain)
    yield problem


def _terms(meter: Meter, guide: Guide, problem: Problem) -> Iterator[Candidate | None]:
    with closing(Goals(problem, meter=meter, guide=guide)) as goals:
        for term in goals.terms():
            yield PULSE if term is None else Candidate(term, 0.0, ())


def _about(space: Space, types: set[str]) -> Space:
    """The space without values of types that are neither given nor wanted, truth values apart.

    A function of two numbers hardly ever makes lists of them on the way. What a list holds is
    given with it; a type of lists is named in the plural. Texts are taken apart at places.
    """
    known = {*types, BOOL, *space.domain.literals, *(name.removesuffix("s") for name in types)}
    if TEXT in known:
        known |= {TEXTS, "int"}

    def plain(name: str) -> Iterator[str]:
        signature = function_signature(name)
        return iter((name,) if signature is None else (*signature[0], signature[1]))

    return space.restrict(
        p.name
        for p in space.applications.values()
        if known.issuperset(part for name in (p.type, *p.args) for part in plain(name))
    )


def moved(term: Term, renamed: list[int], lower: int, upper: int) -> Term:
    """A term over the visible inputs and parameters, in the scope of the whole program.

    Args:
        term: over variables 0 to `lower` - 1 for inputs, and parameters from `lower` on.
        renamed: for each of these inputs, its number in the whole program.
        lower: how many inputs the term sees.
        upper: how many inputs the whole program has: its parameters are counted from there.
    """
    if isinstance(term, Variable):
        index = renamed[term.index] if term.index < lower else term.index - lower + upper
        return Variable(index, term.type)
    if isinstance(term, Apply):
        args = tuple(moved(a, renamed, lower, upper) for a in term.args)
        return Apply(term.primitive, args, term.type)
    if isinstance(term, Lambda):
        params = tuple(Variable(p.index - lower + upper, p.type) for p in term.params)
        return Lambda(params, moved(term.body, renamed, lower, upper), term.type)
    return term


def surprise(view: View, inner: Inner, *through: Stream) -> float:
    """Bits against an inner problem: dearer steps and lists, more to look at, fewer examples.

    What many examples have in common is hardly so by accident, above all if they ask for the
    same twice; but not if nearly all have the same value.
    """
    bits = sum(stream.cost for stream in through) + SEEING * bool(inner.visible)
    values = collections.Counter(value for _, _, value in inner.examples)
    examples = len(inner.examples)
    told = examples - max(values.values(), default=0)
    repeats = examples - len(_known(inner, view.problem) or ())
    return view.bits + bits - math.log2(1 + told) / 2 - math.log2(1 + min(told, repeats))


def literal(value: int, type_name: str = "int") -> Literal:
    """An integer in a program."""
    return Literal(value, "INT", type_name)


def rng_of(values: Sequence[Any], count: int, rng: np.random.Generator) -> list[Any]:
    """`count` draws from a sequence, with repeats; empty for none."""
    return [values[i] for i in rng.integers(0, len(values), count)] if values else []
