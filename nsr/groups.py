"""Lists cut into groups of neighbours, and lists of what is in the groups."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nsr.bank import Bank
from nsr.budget import Meter
from nsr.columns import Body, term_body
from nsr.deduction import LISTS, Stream, literal, moved, streams
from nsr.executor import Executor
from nsr.program import Lambda, Term, Variable
from nsr.search import Guide, Problem
from nsr.task import Example
from nsr.values import Undefined

RELATION: Final = "int_int_to_bool"
BITS: Final = 3.0
"""Cost of the dearest relation that is tried."""
PAIRS: Final = 48
"""Neighbours on which relations are told apart."""
STREAMS: Final = 6
"""Lists that are cut to be summed up."""
PLAIN: Final = frozenset(("int", "bool"))

Groups = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A list in groups.

    Args:
        relation: the function literal that holds of neighbours in one group.
        stream: the list.
        groups: of each example.
        bits: of the relation and the list.
    """

    relation: Lambda
    stream: Stream
    groups: tuple[Groups, ...]
    bits: float


def cuts(problem: Problem, lists: Sequence[Stream], meter: Meter, guide: Guide) -> Iterator[Cut]:
    """Every way in which a cheap relation cuts a list into groups, if it does so at all.

    Raises:
        LimitReached: when the meter runs out.
    """
    count = len(problem.examples)
    pairs = [pair for s in lists for x in s.values[:count] for pair in itertools.pairwise(x)]
    known = [
        (bits, term, term_body(term, problem.domain))
        for bits, term in _relations(problem, pairs, meter, guide)
    ]
    upper = len(problem.input_types)
    params = (Variable(upper, "int"), Variable(upper + 1, "int"))
    for stream in lists:
        values = stream.values[:count]
        seen: set[tuple[Groups, ...]] = set()
        for bits, term, holds in known:
            meter.spend(count)
            groups = tuple(_grouped(holds, x) for x in values)
            # Groups of one item, or a single group, leave nothing to be told.
            if groups in seen or all(
                len(g) == len(x) or len(g) < 2 for g, x in zip(groups, values, strict=True)
            ):
                continue
            seen.add(groups)
            relation = Lambda(params, moved(term, [], 0, upper), RELATION)
            yield Cut(relation, stream, groups, bits + stream.cost)


def _relations(
    problem: Problem, pairs: list[tuple[int, int]], meter: Meter, guide: Guide
) -> Iterator[tuple[float, Term]]:
    """Relations of two items that differ on some neighbours, cheapest first."""
    shown = list(dict.fromkeys(pairs))
    shown = shown[:: 1 + len(shown) // PAIRS]
    space = problem.space
    plain = [p.name for p in space.applications.values() if PLAIN.issuperset((p.type, *p.args))]
    examples = tuple(Example(pair, None) for pair in shown)
    part = Problem(space.restrict(plain), "bool", ("int", "int"), examples)
    bank = Bank(part, meter=meter, guide=guide, max_cost=BITS)
    for entry in bank.grow():
        if entry is not None and bank.type(entry) == "bool":
            yield bank.cost(entry), bank.term(entry)
    bank.close()


def _grouped(holds: Body, items: tuple[int, ...]) -> Groups:
    at = [0, *(i for i in range(1, len(items)) if not holds(items[i - 1 : i + 1])), len(items)]
    return tuple(items[i:j] for i, j in itertools.pairwise(at) if i < j)


def summed(problem: Problem, meter: Meter, guide: Guide) -> Iterator[Stream]:
    """Lists of the lengths, sums and first items of groups.

    Raises:
        LimitReached: when the meter runs out.
        DeclinedError: if no list can be made of the inputs.
    """
    space = problem.space
    if "map_groups" not in space.applications:
        return
    run = Executor(problem.domain).run
    for cut in cuts(problem, streams(problem, meter)[:STREAMS], meter, guide):
        for bits, function in _summaries(problem):
            term = space.apply("map_groups", cut.relation, function, cut.stream.term)
            values = run(term, [e.inputs for e in problem.examples], meter=meter)
            if not any(isinstance(value, Undefined) for value in values):
                yield Stream(term, values, cut.stream.uses, cut.bits + bits)


def _summaries(problem: Problem) -> Iterator[tuple[float, Lambda]]:
    space, first = problem.space, len(problem.input_types)
    group = Variable(first, LISTS)
    params = (Variable(first + 1, "int"), Variable(first + 2, "int"))
    add = Lambda(params, space.apply("add", *params), "int_int_to_int")
    for bits, body in (
        (1.0, space.apply("len", group)),
        (1.0, space.apply("head", group)),
        (3.0, space.apply("fold", add, literal(0), group)),
    ):
        yield bits, Lambda((group,), body, "ints_to_int")
