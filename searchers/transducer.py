"""One output item for every input item and a hidden state: `transduce`, such as a carry.

Only the output function is enumerated, over all items and states. One that can give every output
item with *some* state fixes the states where only one will do; then the step from state to state
is an inner problem with plain examples. So the cost is that of two searches, not of their product.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from nsr.budget import Meter
from nsr.columns import GAP
from nsr.executor import Executor
from nsr.program import Lambda, Term, Variable
from nsr.search import Guide, Problem
from nsr.search.bank import Bank
from nsr.search.deduction import (
    Inner,
    Stream,
    consistent,
    functions,
    literal,
    moved,
    operation,
    streams,
)
from nsr.search.scheme import Posed, Scheme, View, views
from nsr.task import Example
from nsr.values import Undefined

STATES: Final = (-1, 0, 1, 2)
"""What a hidden state may be."""
STARTS: Final = (0, 1)
STREAMS: Final = 16
COMBINE: Final = ("add", "sub", "mul", "max", "min")
"""How two lists are made one, item by item: names of primitives of two integers."""
ALPHABET: Final = 64
"""Items of at most so many kinds: the function's table has a row for each."""
AMBIGUOUS: Final = 0.5
"""Share of places at which the output function must leave a single state."""
BITS: Final = 9.0
"""Cost of the dearest output function tried."""
BATCH: Final = 128
"""Output functions looked at together."""
FUNCTIONS_PER_FUEL: Final = 4
NONE: Final = -(10**6)
"""Stands in tables for no value, and for large ones."""

_Alphabet: TypeAlias = tuple[int, ...]
_Batch: TypeAlias = tuple[list[Term], npt.NDArray[np.int64]]
"""Bodies and their tables, int64[body, state, item]."""


class Transducer(Scheme):
    """Goes through a list, or two lists joined item by item, with a state that is never seen."""

    name = "transducer"
    requires = ("transduce", "transduce_rest", "zip_long")
    unfit = "no list of few different items is as long as the outputs"
    deduces = False

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        lists = streams(problem, meter)[:STREAMS]
        cases = [
            (view, through, alphabet, rest)
            for view in views(problem)
            if view.problem.goal == "ints"
            for through, alphabet in (*map(_alone, lists), *_joined(view.problem, lists))
            for rest in _lengths(view.problem, through)
            if len(alphabet) <= ALPHABET and _causal(view.problem, through)
        ]
        if not cases:
            return []
        items = {item for _, _, alphabet, _ in cases for item in alphabet}
        outputs = _Outputs(problem, items, meter, guide)
        return [
            (
                view.bits + through.cost,
                _transduced(view, through, alphabet, rest, outputs, meter, guide),
            )
            for view, through, alphabet, rest in cases
        ]


def _alone(stream: Stream) -> tuple[Stream, _Alphabet]:
    return stream, _items(stream)


def _items(stream: Stream) -> _Alphabet:
    return tuple(sorted({item for x in stream.values for item in x}))


def _joined(problem: Problem, lists: Sequence[Stream]) -> Iterator[tuple[Stream, _Alphabet]]:
    """Two lists made one, and all items that it may have, also those that no example shows."""
    space = problem.space
    for left, right in itertools.combinations(lists, 2):
        if left.uses & right.uses:
            continue
        for name in COMBINE:
            production = space.applications.get(name)
            if production is None or production.args != ("int", "int"):
                continue
            function = problem.domain.primitives[name].function
            joined = operation(problem, name)
            zipped = problem.domain.primitives["zip_long"].function
            values = tuple(
                zipped(function, a, b) for a, b in zip(left.values, right.values, strict=True)
            )
            term = space.apply("zip_long", joined, left.term, right.term)
            cost = left.cost + right.cost + 1
            pairs = itertools.product({0, *_items(left)}, {0, *_items(right)})
            alphabet = tuple(sorted({function(a, b) for a, b in pairs}))
            yield Stream(term, values, left.uses | right.uses, cost), alphabet


def _causal(problem: Problem, stream: Stream) -> bool:
    """Whether outputs could come from a few states: they follow from what was read so far, and an
    item has no more different outputs than there are states."""
    after: dict[tuple[int, ...], int] = {}
    outputs: dict[int, set[int]] = {}
    for x, e in zip(stream.values, problem.examples, strict=False):
        for i, (item, output) in enumerate(zip(x, e.output, strict=False)):
            # No table holds so large a number.
            if abs(output) > -NONE or after.setdefault(x[: i + 1], output) != output:
                return False
            outputs.setdefault(item, set()).add(output)
    few = all(len(found) <= len(STATES) for found in outputs.values())
    return few and bool(outputs)


def _lengths(problem: Problem, stream: Stream) -> Iterator[bool]:
    """Whether outputs are as long as the list, or sometimes one longer: the final state."""
    more = {len(e.output) - len(x) for x, e in zip(stream.values, problem.examples, strict=False)}
    if more == {0}:
        yield False
    elif more == {0, 1}:
        yield True


def _transduced(
    view: View,
    stream: Stream,
    alphabet: _Alphabet,
    rest: bool,
    outputs: _Outputs,
    meter: Meter,
    guide: Guide,
) -> Iterator[Term | None]:
    problem = view.problem
    space = problem.space
    rows = [(x, e.output) for x, e in zip(stream.values, problem.examples, strict=False)]
    items = np.array([outputs.place[a] for x, _ in rows for a in x], dtype=np.intp)
    wanted = np.array([b for x, y in rows for b in y[: len(x)]], dtype=np.int64)
    kinds = np.unique(np.stack([items, wanted]), axis=1)
    primitive = "transduce_rest" if rest else "transduce"
    upper = len(problem.input_types)
    params = (Variable(upper, "int"), Variable(upper + 1, "int"))
    for terms, tables in outputs.batches():
        yield None
        meter.spend(1 + len(terms) // FUNCTIONS_PER_FUEL)
        able = (tables[:, :, kinds[0]] == kinds[1]).any(axis=1).all(axis=1)
        for number in np.flatnonzero(able).tolist():
            possible = wanted[:, None] == tables[number][:, items].T
            out = Lambda(params, moved(terms[number], [], 0, upper), "int_int_to_int")
            for start in STARTS:
                inner = _state_steps(rows, possible, start, rest)
                if inner is None or not consistent(inner, problem):
                    yield None
                    continue
                closed = (
                    step
                    for step in _some(problem, inner, meter, guide)
                    if _closed(problem, step, inner, alphabet)
                )
                for step in itertools.islice(closed, 2):
                    yield view.wrap(space.apply(primitive, out, step, literal(start), stream.term))


def _closed(problem: Problem, step: Lambda, inner: Inner, alphabet: _Alphabet) -> bool:
    """Whether every state known goes to a state known with every item, also where none shows it."""
    states = {s for _, (before, _), after in inner.examples for s in (before, after)}
    stay = Lambda(step.params, step.params[0], step.type)
    # The step as output function of a transducer that stays in one state: a row of its table.
    row = [
        problem.space.apply("transduce", step, stay, literal(state), Variable(0, "ints"))
        for state in sorted(states)
    ]
    inputs = (alphabet,) + (None,) * (len(problem.input_types) - 1)
    run = Executor(problem.domain).run
    values = [run(term, [inputs])[0] for term in row]
    return all(not isinstance(value, Undefined) and states.issuperset(value) for value in values)


def _some(problem: Problem, inner: Inner, meter: Meter, guide: Guide) -> Iterator[Lambda]:
    """Functions for an inner problem, until as much fuel is spent as seems worth it."""
    end = meter.fuel + 300_000
    for function in functions(problem, inner, meter=meter, guide=guide):
        if function is not None:
            yield function
        if meter.fuel > end:
            return


class _Outputs:
    """Output functions, found once for all lists.

    Args:
        problem: whose space they are written in.
        alphabet: the items of all lists.
        meter: pays.
        guide: of the bank.
    """

    def __init__(self, problem: Problem, alphabet: Iterable[int], meter: Meter, guide: Guide):
        self.place = {item: i for i, item in enumerate(sorted(alphabet))}
        self._known: list[_Batch] = []
        self._more = self._grow(problem, meter, guide)

    def batches(self) -> Iterator[_Batch]:
        """Bodies over (state, item) with their tables, cheapest first."""
        for number in itertools.count():
            if number == len(self._known):
                batch = next(self._more, None)
                if batch is None:
                    return
                self._known.append(batch)
            yield self._known[number]

    def _grow(self, problem: Problem, meter: Meter, guide: Guide) -> Iterator[_Batch]:
        grid = itertools.product(STATES, self.place)
        space = problem.space.without(problem.domain.schemes)
        plain = [p.name for p in space.applications.values() if set(p.args) <= {"int", "bool"}]
        part = Problem(
            space.restrict(plain),
            "int",
            ("int", "int"),
            tuple(Example(scope, None) for scope in grid),
        )
        bank = Bank(part, meter=meter, guide=guide, max_cost=BITS, partial=True)
        entries = (e for e in bank.grow() if e is not None and bank.type(e) == "int")
        while batch := list(itertools.islice(entries, BATCH)):
            columns = [
                [NONE if v is GAP or abs(v) > -NONE else v for v in bank.column(e)] for e in batch
            ]
            tables = np.array(columns, np.int64).reshape(len(batch), len(STATES), -1)
            yield [bank.term(e) for e in batch], tables


def _state_steps(
    rows: Sequence[tuple[Any, Any]], possible: npt.NDArray[np.bool_], start: int, rest: bool
) -> Inner | None:
    """What the states must have been, as examples of (state, item) -> next state.

    Args:
        rows: lists and outputs.
        possible: bool[place, state]: which states give the output item there.
        start: the state at the start of every list.
        rest: whether outputs end with the final state where it is not 0.
    """
    examples = []
    single = possible.sum(axis=1) == 1
    if single.mean() < AMBIGUOUS:
        return None
    which = possible.argmax(axis=1)
    at = 0
    for n, (x, y) in enumerate(rows):
        if x and not possible[at, STATES.index(start)]:
            return None
        states: list[int | None] = [start] if x else []
        states += [STATES[which[at + i]] if single[at + i] else None for i in range(1, len(x))]
        if rest and x:
            states.append(y[-1] if len(y) > len(x) else 0)
            if len(y) > len(x) and y[-1] == 0:
                return None
        for i, (before, after) in enumerate(itertools.pairwise(states)):
            if before is not None and after is not None:
                examples.append((n, (before, x[i]), after))
        at += len(x)
    return Inner(("int", "int"), "int", examples) if examples else None
