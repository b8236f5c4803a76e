"""Top-down search: programs in the order of their probability under the guide.

The space and the guide are a probabilistic grammar: a nonterminal is a type below a parent, in a
scope. Bits are rounded to eighths, and programs are generated bit level by bit level: those of a
level are the productions over all splits of the remaining bits (Ameen and Lelis, "Program
synthesis with best-first bottom-up search", 2023). Subterms are kept with their values on all
inputs, so a program costs one application instead of a run; whole programs are not kept, because
later levels need only much shorter ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np

from nsr.budget import Budget, Meter
from nsr.columns import (
    CLOSURE_BYTES,
    Body,
    apply_body,
    apply_columns,
    function_body,
    is_slow,
    leaf_body,
    runs,
)
from nsr.errors import UndefinedError
from nsr.program import Apply, Hole, Lambda, Literal, Term, Variable
from nsr.search import PULSE, Candidate, Guide, Problem, Uniform
from nsr.search.pcfg import Grammar
from nsr.space import Production
from nsr.values import ValueType, function_signature

QUANTUM: Final = 0.125
"""Bits are rounded to multiples of this, and upwards to one."""

_TERM_BYTES: Final = 280

_Item: TypeAlias = tuple[Any, Term, int]
"""A kept subterm: its column (or, inside a function literal, its `Body`), the term, its fuel."""


class TopDown:
    """Best-first enumeration by probability, each program once."""

    name: ClassVar[str] = "top-down"
    exhaustive: ClassVar[bool] = True

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates of non-increasing probability, until the space is exhausted.

        Raises:
            LimitReached: when the meter runs out.
        """
        value_type = problem.domain.type(problem.goal)
        enumeration = _Enumeration(Grammar(problem, guide), meter, evaluate=True)
        for found in enumeration.programs(_matcher(problem, value_type)):
            if found is None:
                yield PULSE
            else:
                _, term, column = found
                yield Candidate(term, problem.space.cost(term), column, self.name)


def enumerate_terms(
    problem: Problem,
    *,
    guide: Guide | None = None,
    meter: Meter | None = None,
    holes: Collection[str] = (),
) -> Iterator[tuple[float, Term]]:
    """Every term of the problem's goal type once, most probable first, without running any.

    Args:
        problem: its space, goal and input types count; its examples do not.
        guide: the weights of productions; uniform by default.
        meter: pays one unit per term and kept subterm, and holds the bytes of kept subterms.
        holes: literal terminals that are left open, see `Grammar`.

    Returns:
        Pairs of bits, `-log2` of the probability with every choice rounded to an eighth, and term;
        bits do not decrease.

    Raises:
        LimitReached: when the meter runs out.
    """
    meter = meter or Budget().meter()
    grammar = Grammar(problem, guide or Uniform(), holes=holes)
    for found in _Enumeration(grammar, meter, evaluate=False).programs(None):
        if found is not None:
            yield found[0], found[1]


_Match: TypeAlias = Callable[[Any], bool]


def _matcher(problem: Problem, value_type: ValueType) -> _Match:
    """Whether a column holds the outputs of the examples."""
    count = len(problem.examples)
    wanted, key, fits = problem.target, value_type.key, value_type.fits

    def plain(column: Any) -> bool:
        return bool(column[:count] == wanted) and all(map(fits, column))

    if key is None:
        return plain
    keys = tuple(map(key, wanted))

    def keyed(column: Any) -> bool:
        return (
            key(column[0]) == keys[0]
            and tuple(map(key, column[:count])) == keys
            and all(map(fits, column))
        )

    return keyed


@dataclass(slots=True, eq=False)
class _Place:
    """A nonterminal with its bits in levels and the subterms generated so far.

    `lists` holds the terms of the levels built so far; `least` and `most` are the first and last
    levels that have terms.
    """

    type: str
    scope: tuple[str, ...]
    leaves: dict[int, list[Term]] = field(default_factory=dict)
    rules: list[tuple[int, Production, tuple[_Place, ...]]] = field(default_factory=list)
    lists: dict[int, list[_Item]] = field(default_factory=dict)
    least: float = math.inf
    most: float | None = None


class _Enumeration:
    """The programs of a grammar, level by level."""

    def __init__(self, grammar: Grammar, meter: Meter, *, evaluate: bool):
        self.problem = grammar.problem
        self.meter = meter
        self.evaluate = evaluate
        self._inputs = self.problem.inputs
        self._width = len(self._inputs)
        self._depth = len(self.problem.input_types)
        places = {id(one): _Place(one.type, one.scope) for one in grammar.nonterminals}
        for one in grammar.nonterminals:
            place = places[id(one)]
            for bits, term in one.leaves:
                place.leaves.setdefault(_level(bits), []).append(term)
            for bits, production, args in one.rules:
                below = tuple(places[id(a)] for a in args)
                place.rules.append((_level(bits), production, below))
        self._start = places[id(grammar.start)]
        changed = True
        while changed:
            changed = False
            for place in places.values():
                firsts = [price + sum(a.least for a in args) for price, _, args in place.rules]
                least = min([*place.leaves, *firsts], default=math.inf)
                if least < place.least:
                    place.least, changed = least, True
        for place in places.values():
            _last(place, set())

    # -- generating --------------------------------------------------------------------------
    def programs(self, match: _Match | None) -> Iterator[tuple[float, Term, Any] | None]:
        """Bits, term and column of every program that matches, or of all without a matcher."""
        start = self._start
        if start.least == math.inf:
            return
        for level in itertools.count(int(start.least)):
            if level > _most(start):
                return
            for term in start.leaves.get(level, ()):
                item = self._leaf(term, start)
                if item is not None and (match is None or match(item[0])):
                    yield level * QUANTUM, term, item[0]
            for price, production, args in start.rules:
                for levels in _splits(args, level - price):
                    yield from self._demand(args, levels)
                    lists = [a.lists[i] for a, i in zip(args, levels, strict=True)]
                    if all(lists) and production.kind == "apply":
                        for found in self._apply(production, lists, match):
                            yield found and (level * QUANTUM, *found)

    def _apply(
        self, production: Production, lists: Sequence[list[_Item]], match: _Match | None
    ) -> Iterator[tuple[Term, Any] | None]:
        """Programs over listed arguments that match; `PULSE` after every run."""
        name, type_name = production.name, production.type
        function = self.problem.domain.primitives[name].function
        slow = is_slow(self.problem.domain.type(type_name), production.args)
        width = self._width if self.evaluate else 1
        column: Any = None
        for run in runs(lists, width, self.meter, slow=slow):
            for items in run:
                if match is not None:
                    try:
                        column = apply_columns(function, [item[0] for item in items], width)
                    except UndefinedError:
                        continue
                    if not match(column):
                        continue
                yield Apply(name, tuple([item[1] for item in items]), type_name), column
            yield PULSE

    def _demand(self, args: Sequence[_Place], levels: Sequence[int]) -> Iterator[None]:
        """Builds the lists of these levels, if they are not there yet."""
        for one, level in zip(args, levels, strict=True):
            if level not in one.lists:
                yield from self._build(one, level)

    def _build(self, one: _Place, level: int) -> Iterator[None]:
        found: list[_Item] = []
        for term in one.leaves.get(level, ()):
            item = self._leaf(term, one)
            if item is not None:
                found.append(item)
        for price, production, args in one.rules:
            for levels in _splits(args, level - price):
                yield from self._demand(args, levels)
                lists = [a.lists[i] for a, i in zip(args, levels, strict=True)]
                if all(lists):
                    for items in self._items(one, production, lists):
                        if items:
                            found += items
                        yield PULSE
        one.lists[level] = found

    def _leaf(self, term: Term, one: _Place) -> _Item | None:
        self.meter.hold(_TERM_BYTES)
        if isinstance(term, Hole):
            return None, term, 0
        assert isinstance(term, Variable | Literal)
        body = leaf_body(term)
        if len(one.scope) > self._depth:
            return body, term, 0
        return tuple(map(body, self._inputs)), term, 0

    def _items(
        self, one: _Place, production: Production, lists: Sequence[list[_Item]]
    ) -> Iterator[list[_Item]]:
        """Kept subterms over listed arguments, run by run."""
        if production.kind == "lambda":
            yield self._functions(one, lists[0])
        elif len(one.scope) > self._depth or not self.evaluate:
            yield from self._bodies(production, lists)
        else:
            yield from self._columns(production, lists)

    def _functions(self, one: _Place, bodies: list[_Item]) -> list[_Item]:
        signature = function_signature(one.type)
        assert signature is not None
        params = tuple(Variable(len(one.scope) + i, t) for i, t in enumerate(signature[0]))
        inside = len(one.scope) > self._depth
        found: list[_Item] = []
        for body, term, fuel in bodies:
            value: Any = None
            if self.evaluate:
                make = function_body(body, 1 + fuel, self.meter)
                value = make if inside else tuple(map(make, self._inputs))
            found.append((value, Lambda(params, term, one.type), 0))
        self.meter.hold(len(found) * (_TERM_BYTES + CLOSURE_BYTES * (1 if inside else self._width)))
        return found

    def _bodies(
        self, production: Production, lists: Sequence[list[_Item]]
    ) -> Iterator[list[_Item]]:
        domain = self.problem.domain
        function = domain.primitives[production.name].function
        value_type = domain.type(production.type)
        body: Body | None = None
        for run in runs(lists, 1, self.meter):
            found: list[_Item] = []
            for items in run:
                term = Apply(production.name, tuple([i[1] for i in items]), production.type)
                if self.evaluate:
                    parts = [item[0] for item in items]
                    body = apply_body(production.name, function, value_type, parts)
                found.append((body, term, 1 + sum(item[2] for item in items)))
            self.meter.hold(len(found) * (_TERM_BYTES + CLOSURE_BYTES))
            yield found

    def _columns(
        self, production: Production, lists: Sequence[list[_Item]]
    ) -> Iterator[list[_Item]]:
        domain = self.problem.domain
        function = domain.primitives[production.name].function
        value_type = domain.type(production.type)
        fits, nbytes, width = value_type.fits, value_type.nbytes, self._width
        slow = is_slow(value_type, production.args)
        for run in runs(lists, width, self.meter, slow=slow):
            found: list[_Item] = []
            held = 0
            for items in run:
                try:
                    column = apply_columns(function, [item[0] for item in items], width)
                except UndefinedError:
                    continue
                if all(map(fits, column)):
                    args = tuple([item[1] for item in items])
                    found.append((column, Apply(production.name, args, production.type), 0))
                    held += _TERM_BYTES + sum(map(nbytes, column))
            self.meter.hold(held)
            yield found


def _splits(args: Sequence[_Place], rest: int) -> Iterator[tuple[int, ...]]:
    """Levels of the arguments that add up to `rest`; levels known to be empty are left out."""
    if not args:
        if rest == 0:
            yield ()
        return
    first, others = args[0], args[1:]
    needed = sum(a.least for a in others)
    if not others:
        if first.least <= rest <= _most(first) and first.lists.get(rest, True):
            yield (rest,)
        return
    for level in range(int(first.least), int(min(rest - needed, _most(first))) + 1):
        if first.lists.get(level, True):
            for levels in _splits(others, rest - level):
                yield (level, *levels)


def _most(one: _Place) -> float:
    return math.inf if one.most is None else one.most


def _last(one: _Place, above: set[int]) -> float:
    """Settles the last level of a nonterminal; one that reaches itself has none."""
    if one.most is None:
        if id(one) in above:
            return math.inf
        above.add(id(one))
        lasts = [price + sum(_last(a, above) for a in args) for price, _, args in one.rules]
        above.discard(id(one))
        one.most = max([*one.leaves, *lasts], default=0)
    return one.most


def _level(bits: float) -> int:
    return max(1, round(bits / QUANTUM))
