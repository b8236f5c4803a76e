"""Ways to cut the lists of a problem into parts, and lists of what is in the parts."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from nsr.budget import Meter
from nsr.columns import term_body
from nsr.errors import UndefinedError
from nsr.executor import Executor
from nsr.program import Lambda, Term, Variable
from nsr.search import Guide, Problem
from nsr.search.bank import Bank
from nsr.search.deduction import (
    INTS,
    SEEING,
    Stream,
    literal,
    moved,
    operation,
    streams,
)
from nsr.task import Example
from nsr.values import Undefined

LISTS: Final = "lists"
"""The type of a list that is cut."""
PRIMITIVES: Final = ("groups", "inits", "windows", "chunks", "splits", "map_lists", "concat_lists")
RELATION: Final = "int_int_to_bool"
BITS: Final = 3.0
"""Cost of the dearest relation of neighbours that is tried."""
PAIRS: Final = 48
"""Neighbours on which relations are told apart."""
STREAMS: Final = 6
"""Lists that are cut."""
SIZES: Final = (2, 3)
"""Sizes of windows and chunks, besides the numbers given."""
PLAIN: Final = frozenset(("int", "bool"))

_Lists: TypeAlias = tuple[tuple[int, ...], ...]
_Way: TypeAlias = tuple[str, float, Term, Callable[[], Iterable[_Lists]]]
"""Primitive, bits, term, and what cuts the lists of all examples."""
_Number: TypeAlias = tuple[float, Term, Sequence[Any]]
"""Bits, term and values."""
_Relation: TypeAlias = tuple[float, Lambda, Callable[[int, int], bool]]
"""Bits, literal and function of two neighbours."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A list in parts.

    Args:
        kind: the primitive that cuts; none for an input that is a list of lists.
        term: of the list of parts.
        stream: the list.
        parts: of each example.
        bits: of the term.
    """

    kind: str
    term: Term
    stream: Stream
    parts: tuple[_Lists, ...]
    bits: float

    @property
    def seen(self) -> float:
        """Bits against looking at all items so far, which explains more than a few at a time."""
        return SEEING if self.kind == "inits" else 0.0


def cuts(problem: Problem, meter: Meter, guide: Guide) -> Iterator[Cut]:
    """Ways to cut lists, cheapest first, that leave several parts, not only single items.

    Raises:
        LimitReached: when the meter runs out.
        DeclinedError: if no list can be made of the inputs.
    """
    for index, name in enumerate(problem.input_types):
        if name == LISTS:
            values = tuple(e.inputs[index] for e in problem.examples)
            given = Variable(index, name)
            yield Cut("", given, Stream(given, values, frozenset((index,)), 1.0), values, 1.0)
    if INTS not in problem.input_types:
        return
    lists = streams(problem, meter)[:STREAMS]
    relations = list(_relations(problem, lists, meter, guide))
    ways = [
        (stream.cost + bits, kind, term, stream, cut)
        for padded, stream in (*((False, s) for s in lists), *_padded(problem, lists, meter))
        for kind, bits, term, cut in _ways(problem, stream, relations, padded=padded)
    ]
    seen: set[Any] = set()
    for bits, kind, term, stream, cut in sorted(ways, key=lambda way: way[0]):
        meter.spend(len(problem.examples))
        try:
            parts = tuple(cut())
        except UndefinedError:
            continue
        if parts in seen:
            continue
        seen.add(parts)
        if any(len(value) > 1 and max(map(len, value)) > 1 for value in parts):
            yield Cut(kind, term, stream, parts, bits)


def _ways(
    problem: Problem, stream: Stream, relations: Sequence[_Relation], *, padded: bool
) -> Iterator[_Way]:
    """Each way to cut a list."""
    apply, x = problem.space.apply, stream.term
    values = stream.values[: len(problem.examples)]
    run = {name: problem.domain.primitives[name].function for name in PRIMITIVES}
    given: list[_Number] = [
        (1.0, Variable(i, name), [e.inputs[i] for e in problem.examples])
        for i, name in enumerate(problem.input_types)
        if name == "int"
    ]
    sizes = given + [(2.0, literal(n), [n] * len(values)) for n in SIZES]
    for bits, size, numbers in sizes:
        cut = functools.partial(map, run["windows"], numbers, values)
        yield "windows", 1.0 + bits, apply("windows", size, x), cut
    if padded:
        return
    yield "inits", 2.0, apply("inits", x), functools.partial(map, run["inits"], values)
    for bits, relation, holds in relations:
        cut = functools.partial(map, functools.partial(run["groups"], holds), values)
        yield "groups", bits, apply("groups", relation, x), cut
    for bits, size, numbers in sizes:
        cut = functools.partial(map, run["chunks"], numbers, values)
        yield "chunks", 1.0 + bits, apply("chunks", size, x), cut
    items = {item for value in values for item in value}
    marks = [n for n in problem.space.literals("INT", "int") if n.value in items][:STREAMS]
    separators = [*given, *((1.0, mark, [mark.value] * len(values)) for mark in marks)]
    for bits, mark, numbers in separators:
        cut = functools.partial(map, run["splits"], numbers, values)
        yield "splits", 1.0 + bits, apply("splits", mark, x), cut


def _relations(
    problem: Problem, lists: Sequence[Stream], meter: Meter, guide: Guide
) -> Iterator[_Relation]:
    """Bits, literal and function of relations that differ on some neighbours, cheapest first."""
    every = list(dict.fromkeys(p for s in lists for x in s.values for p in itertools.pairwise(x)))
    shown = every[:: 1 + len(every) // PAIRS]
    space, upper = problem.space, len(problem.input_types)
    plain = [p.name for p in space.applications.values() if PLAIN.issuperset((p.type, *p.args))]
    examples = tuple(Example(pair, None) for pair in shown)
    part = Problem(space.restrict(plain), "bool", ("int", "int"), examples)
    params = (Variable(upper, "int"), Variable(upper + 1, "int"))
    bank = Bank(part, meter=meter, guide=guide, max_cost=BITS)
    for entry in bank.grow():
        if entry is not None and bank.type(entry) == "bool":
            term = bank.term(entry)
            body = term_body(term, problem.domain)
            meter.spend(len(every))
            try:
                table = {pair: bool(body(pair)) for pair in every}
            except UndefinedError:
                continue
            relation = Lambda(params, moved(term, [], 0, upper), RELATION)
            yield bank.cost(entry), relation, _lookup(table)
    bank.close()


def _lookup(table: dict[tuple[int, int], bool]) -> Callable[[int, int], bool]:
    return lambda x, y: table[x, y]


def _padded(
    problem: Problem, lists: Iterable[Stream], meter: Meter
) -> Iterator[tuple[bool, Stream]]:
    """The inputs with a 0 at both ends, or closed to a ring, so that every item has neighbours."""
    apply = problem.space.apply
    for stream in lists:
        x = stream.term
        if isinstance(x, Variable):
            for front, back in (
                (literal(0), literal(0)),
                (apply("last", x), apply("head", x)),
            ):
                term = apply("snoc", apply("cons", front, x), back)
                inputs = [e.inputs for e in problem.examples]
                values = Executor(problem.domain).run(term, inputs, meter=meter)
                yield True, Stream(term, values, stream.uses, stream.cost + 1.0)


def item_if(problem: Problem, condition: Lambda, item: Term) -> Lambda:
    """The function that gives an item of a part, if a condition holds of the part, or nothing."""
    apply = problem.space.apply
    nothing = apply("empty")
    kept_item = apply("cons", item, nothing)
    body = apply("if_ints", condition.body, kept_item, nothing)
    return Lambda(condition.params, body, "ints_to_ints")


# -- lists of what is in the parts -------------------------------------------------------------
def summaries(problem: Problem, meter: Meter, guide: Guide) -> Iterator[Stream]:
    """Lists of the lengths, first items and sums of parts.

    Raises:
        LimitReached: when the meter runs out.
        DeclinedError: if no list can be made of the inputs.
    """
    run = Executor(problem.domain).run
    for cut in cuts(problem, meter, guide):
        for bits, function in _summary(problem) if cut.kind != "inits" else ():
            term = problem.space.apply("map_lists", function, cut.term)
            values = run(term, [e.inputs for e in problem.examples], meter=meter)
            if not any(isinstance(value, Undefined) for value in values):
                yield Stream(term, values, cut.stream.uses, cut.bits + bits)


def _summary(problem: Problem) -> Iterator[tuple[float, Lambda]]:
    space, first = problem.space, len(problem.input_types)
    part = Variable(first, INTS)
    add = operation(problem, "add", first + 1)
    for bits, body in (
        (1.0, space.apply("len", part)),
        (1.0, space.apply("head", part)),
        (3.0, space.apply("fold", add, literal(0), part)),
    ):
        yield bits, Lambda((part,), body, "ints_to_int")
