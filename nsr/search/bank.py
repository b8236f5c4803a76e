"""The bottom-up bank: distinct values of a program space, cheapest program first.

A term is kept only as its *column*, the tuple of its values on all inputs of the problem, and of
two terms with equal columns only the first, cheaper one is kept (observational equivalence; Udupa
et al., "TRANSIT", 2013; Albarghouthi et al., "Recursive program synthesis", 2013). No syntax tree
is stored: an entry points back to the entries of its arguments, and `Bank.term` rebuilds the
program when somebody asks.

Function literals are built by a nested bank over the scope extended by the parameters. Its inputs
are *probes*: the argument values that the higher-order primitives of the space really pass on, and
a few random values of the domain. Two functions that agree on all probes count as equal, so a
function that differs only elsewhere can be missed; what is found is always run for real.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from nsr.budget import Meter
from nsr.columns import (
    CLOSURE_BYTES,
    Body,
    apply_body,
    closed_body,
    function_body,
    guarded,
    is_slow,
    leaf_body,
    runs,
)
from nsr.errors import LimitReached
from nsr.program import Apply, Lambda, Literal, Term, Variable
from nsr.search import PULSE, Guide, Problem
from nsr.search.makeable import makeable, needed
from nsr.search.pcfg import NESTING
from nsr.search.probes import probes
from nsr.search.tables import FUNCTION, LEAF, Entry, Table
from nsr.space import INPUT_BITS, PARAMETER_BITS, Production
from nsr.values import Column, Value, function_signature

__all__ = ["QUANTUM", "Bank", "Entry"]

QUANTUM: Final = 0.5
"""Bits of one cost level; costs are rounded to a multiple of it."""


class Bank:
    """Distinct values of every type of a problem, grown level by level.

    Args:
        problem: columns cover its inputs, examples first, then queries; a term that is undefined
            on one of them, or whose value does not fit the caps of its type, is dropped.
        meter: pays one unit of fuel per application and input, and holds the bytes of the bank.
        guide: makes likely productions cheaper; without one the costs of the domain count.
        max_cost: the bank is complete after this many bits.
        caps: type -> bits after which that type is complete, where lower than `max_cost`.
        max_entries: stop after yielding this many entries.
        only: types worth building; by default every type that the goal can be made from.
        repeats: also yield applications that reach the problem's outputs with a column that is
            in the bank already (they are not kept).
        partial: keep terms that are undefined on some inputs, with `GAP` in their columns.
        max_probes: functions are told apart on at most so many arguments.
        parameter_bits: cost of a parameter of a function literal.
        max_body: greatest cost in bits of the bodies of function literals.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        meter: Meter,
        guide: Guide | None = None,
        max_cost: float | None = None,
        caps: Mapping[str, float] = MappingProxyType({}),
        max_entries: int | None = None,
        only: Collection[str] | None = None,
        repeats: bool = False,
        partial: bool = False,
        max_probes: int | None = None,
        parameter_bits: float = PARAMETER_BITS,
        max_body: float | None = None,
        _nesting: int = NESTING,
        _inputs: int | None = None,
    ):
        self.problem = problem
        self.meter = meter
        self.level = 0
        """The level grown last; it may be unfinished."""
        self._grew = True
        self._guide = guide
        self._max_level = math.inf if max_cost is None else _level(max_cost)
        self._caps = {type_name: _level(bits) for type_name, bits in caps.items()}
        self._max_entries = math.inf if max_entries is None else max_entries
        self._max_probes = max_probes
        self._parameter_bits = parameter_bits
        self._max_body = max_body
        self._nesting = _nesting
        self._outermost = len(problem.input_types) if _inputs is None else _inputs
        self._partial = partial
        self._inputs = problem.inputs
        self._width = len(self._inputs)
        self._held = 0
        self._tables: dict[str, Table] = {}
        self._functions: dict[str, _Functions | None] = {}
        self._terms: list[Variable | Literal] = []
        self._leaves: dict[int, list[tuple[str, Entry]]] = {}
        self._goal: Any = None
        if repeats:
            self._goal = problem.domain.type(problem.goal).column_key(problem.target)
        wanted = needed(problem, only)
        self._productions = [
            (number, production, level)
            for number, (production, level) in enumerate(self._priced(wanted))
        ]
        self._plant(wanted)

    # -- reading -----------------------------------------------------------------------------
    @property
    def size(self) -> int:
        """Number of entries of all types."""
        return sum(table.size for table in self._tables.values())

    def entries(self, type_name: str) -> Sequence[Entry]:
        """The entries of a type so far, cheapest first."""
        table = self._tables.get(type_name)
        return () if table is None else table.entries()

    def find(self, type_name: str, column: Column) -> Entry | None:
        """The entry with exactly this column, if it is there."""
        table = self._tables.get(type_name)
        return None if table is None else table.find(column)

    def column(self, entry: Entry) -> Column:
        """The values of an entry on all inputs of the problem."""
        column: Column = entry[0]
        return column

    def cost(self, entry: Entry) -> float:
        """Bits of an entry's program, rounded to levels and weighed by the guide."""
        level: int = entry[1]
        return level * QUANTUM

    def type(self, entry: Entry) -> str:
        """The type of an entry."""
        origin = entry[2]
        if origin >= 0:
            return self._productions[origin][1].type
        if origin == LEAF:
            return self._terms[entry[3]].type
        name: str = entry[3].type_name
        return name

    def term(self, entry: Entry) -> Term:
        """The program of an entry."""
        origin = entry[2]
        if origin == LEAF:
            return self._terms[entry[3]]
        if origin == FUNCTION:
            functions: _Functions = entry[3]
            return functions.term(entry[4])
        production = self._productions[origin][1]
        return Apply(production.name, tuple(map(self.term, entry[3:])), production.type)

    def close(self) -> None:
        """Forget everything and give the memory back to the meter."""
        for functions in self._functions.values():
            if functions is not None:
                functions.bank.close()
        self._tables.clear()
        self._functions.clear()
        self._leaves.clear()
        held, self._held = self._held, 0
        self.meter.hold(-held)

    # -- growing -----------------------------------------------------------------------------
    def grow(self) -> Iterator[Entry | None]:
        """Every new distinct entry, in order of non-decreasing level; `PULSE` now and then.

        Ends when the space is exhausted or `max_cost` or `max_entries` is reached.

        Raises:
            LimitReached: when the meter runs out; the entries so far stay.
        """
        yielded = 0
        while self._goes_on():
            self.level += 1
            for entry in self._grow_level(self.level):
                yield entry
                yielded += entry is not None
                if yielded >= self._max_entries:
                    return
            yield PULSE

    def _goes_on(self) -> bool:
        """Whether there may be entries beyond this level."""
        # After a level with new entries another one is cheaper than the exact answer.
        return self.level < self._max_level and (self._grew or self.level < self._last_level())

    def _grow_level(self, level: int) -> Iterator[Entry | None]:
        before = self.size
        for type_name, entry in self._leaves.pop(level, ()):
            table = self._table(type_name)
            if table.add(entry) and type_name in self.problem.domain.types:
                yield entry
            self._pay(table)
        for number, production, price in self._productions:
            rest = level - price
            if rest < 0 or level > self._caps.get(production.type, level):
                continue
            if self._nesting and any(map(function_signature, production.args)):
                yield from self._grow_functions(production, rest)
            for lists in self._splits(production.args, rest):
                yield from self._apply(number, production, lists, level)
        self._grew = self.size > before

    def _last_level(self) -> float:
        """No entry can have a level beyond this, unless one of a lower level is new."""
        top = {name: max(table.levels) for name, table in self._tables.items() if table.size}
        last: float = max(self._leaves, default=0)
        for _, production, price in self._productions:
            total: float = price
            for name in production.args:
                functions = self._functions.get(name)
                if functions is not None:
                    total += max(functions.last_level(), top.get(name, 0))
                elif name in top:
                    total += top[name]
                elif function_signature(name) and self._nesting:
                    total += math.inf if name not in self._functions else 0
                else:
                    total = 0
                    break
            last = max(last, total)
        return last

    def _splits(self, args: tuple[str, ...], rest: int) -> Iterator[list[list[Entry]]]:
        """Lists of entries per argument whose levels add up to `rest`."""
        if not args:
            if rest == 0:
                yield []
            return
        table = self._tables.get(args[0])
        if table is None:
            return
        if len(args) == 1:
            if rest in table.levels:
                yield [table.levels[rest]]
            return
        for level in sorted(table.levels):
            if level > rest:
                return
            for tail in self._splits(args[1:], rest - level):
                yield [table.levels[level], *tail]

    def _apply(
        self, number: int, production: Production, lists: list[list[Entry]], level: int
    ) -> Iterator[Entry | None]:
        """Applies one production to every combination of the listed arguments."""
        value_type = self.problem.domain.type(production.type)
        function = self.problem.domain.primitives[production.name].function
        if self._partial:
            function = guarded(function, value_type)
        table = self._table(production.type)
        goal = self._goal if production.type == self.problem.goal else None
        slow = is_slow(value_type, production.args)
        for run in runs(lists, self._width, self.meter, slow=slow):
            found: list[Entry] = []
            stopped: LimitReached | None = None
            try:
                table.apply(function, run, len(lists), number, level, goal, found)
                self._pay(table)
            except LimitReached as reached:
                stopped = reached
            yield from found
            if stopped is not None:
                raise stopped
            yield PULSE

    def _table(self, type_name: str) -> Table:
        if type_name not in self._tables:
            value_type = self.problem.domain.types.get(type_name)
            self._tables[type_name] = Table(value_type, self._width, partial=self._partial)
        return self._tables[type_name]

    def _pay(self, table: Table) -> None:
        nbytes = table.unpaid()
        self._held += nbytes
        self.meter.hold(nbytes)

    def _grow_functions(self, production: Production, rest: int) -> Iterator[None]:
        """Function literals for a production's arguments, up to level `rest`."""
        for name in production.args:
            if function_signature(name) is None:
                continue
            if name not in self._functions:
                found = probes(
                    self.problem,
                    name,
                    [production for _, production, _ in self._productions],
                    lambda t: [entry[0] for entry in self.entries(t)],
                    self.meter,
                )
                found = _spread(found, self._max_probes)
                self._functions[name] = _Functions(self, name, found) if found else None
            functions = self._functions[name]
            if functions is None:
                continue
            table = self._table(name)
            while functions.level < rest:
                for entry in functions.grow_level():
                    if entry is not None:
                        nbytes = (functions.fuel + self._width) * CLOSURE_BYTES
                        table.add(entry, nbytes)
                        self._pay(table)
                    yield PULSE

    # -- setting up --------------------------------------------------------------------------
    def _priced(self, wanted: Collection[str]) -> Iterator[tuple[Production, int]]:
        """Applications that make a wanted type, with their levels."""
        space = self.problem.space
        reachable = makeable(space, self.problem.input_types)
        weights = self._guide.weights(self.problem, None) if self._guide else {}
        top = max([1.0, *weights.values()])
        for type_name in space.types:
            for production in space.productions(type_name):
                if not reachable.issuperset(production.args):
                    continue
                if production.kind == "apply" and type_name in wanted:
                    bits = production.cost
                    if weights:
                        bits += math.log2(top / weights.get(production.name, 1.0))
                    yield production, max(1, _level(bits))

    def _plant(self, wanted: Collection[str]) -> None:
        """Variables and literals, by level."""
        problem, space = self.problem, self.problem.space
        plants: list[tuple[str, Variable | Literal, Column, float]] = []
        terminals: dict[str, None] = {}
        for type_name in wanted:
            for production in space.productions(type_name):
                terminals.update((a, None) for a in production.args if a in space.domain.literals)
                if production.kind == "variable":
                    for index, name in enumerate(problem.input_types):
                        if name == type_name:
                            column = tuple(inputs[index] for inputs in self._inputs)
                            outer = index < self._outermost
                            cost = INPUT_BITS if outer else self._parameter_bits
                            plants.append((type_name, Variable(index, name), column, cost))
                elif production.kind == "literal":
                    plants += self._literals(production.name, type_name)
        for terminal in terminals:
            plants += self._literals(terminal, terminal)
        for number, (type_name, term, column, cost) in enumerate(plants):
            level = max(1, _level(cost))
            self._terms.append(term)
            self._leaves.setdefault(level, []).append((type_name, (column, level, LEAF, number)))

    def _literals(
        self, terminal: str, type_name: str
    ) -> Iterator[tuple[str, Literal, Column, float]]:
        space = self.problem.space
        for literal in space.literals(terminal, type_name):
            cost = space.literal_cost(terminal, literal.value)
            yield type_name, literal, (literal.value,) * self._width, cost


class _Functions:
    """Function literals of one type: a bank of bodies over the extended scope."""

    def __init__(self, outer: Bank, type_name: str, scopes: list[tuple[Value, ...]]):
        signature = function_signature(type_name)
        assert signature is not None
        params, result = signature
        problem = outer.problem
        types = problem.input_types
        self.type_name = type_name
        self.level = 0
        self.fuel = 0
        """Of one call of the function made last."""
        self._inputs = outer._inputs
        self._result = result
        self._params = tuple(Variable(len(types) + i, t) for i, t in enumerate(params))
        self._plain = len(params) == 1 and problem.domain.type(params[0]).key is None
        """One parameter, of hashable values."""
        self.bank = Bank(
            Problem(problem.space, result, types + params, (), tuple(scopes)),
            meter=outer.meter,
            guide=outer._guide,
            partial=True,
            max_probes=outer._max_probes,
            parameter_bits=outer._parameter_bits,
            max_cost=outer._max_body,
            max_body=outer._max_body,
            _nesting=outer._nesting - 1,
            _inputs=outer._outermost,
        )

    def grow_level(self) -> Iterator[Entry | None]:
        """Entries of the next level: callables, one per input of the outer bank."""
        self.level += 1
        body_level = self.level
        if not self.bank._goes_on():
            return
        self.bank.level = body_level
        for body in self.bank._grow_level(body_level):
            if body is None or self.bank.type(body) != self._result:
                yield PULSE
                continue
            run, fuel = _compile(self.bank, body)
            self.fuel = 1 + fuel
            if self._plain and not _looks_outside(self.bank, body, len(self._inputs[0])):
                only = closed_body(run, self.fuel, self.bank.meter, self._inputs[0])
                yield (only,) * len(self._inputs), self.level, FUNCTION, self, body
                continue
            make = function_body(run, self.fuel, self.bank.meter)
            yield tuple(map(make, self._inputs)), self.level, FUNCTION, self, body

    def last_level(self) -> float:
        """The highest level a function can have."""
        return min(self.bank._last_level(), self.bank._max_level)

    def term(self, body: Entry) -> Lambda:
        """The function literal with the program of an entry as its body."""
        return Lambda(self._params, self.bank.term(body), self.type_name)


def _compile(bank: Bank, entry: Entry) -> tuple[Body, int]:
    """An entry as a function of its scope, and the fuel of one run without nested calls."""
    origin = entry[2]
    if origin == LEAF:
        return leaf_body(bank._terms[entry[3]]), 0
    if origin == FUNCTION:
        body, fuel = _compile(entry[3].bank, entry[4])
        return function_body(body, 1 + fuel, bank.meter), 0
    production = bank._productions[origin][1]
    parts = [_compile(bank, argument) for argument in entry[3:]]
    domain = bank.problem.domain
    function = domain.primitives[production.name].function
    value_type = domain.type(production.type)
    body = apply_body(production.name, function, value_type, [body for body, _ in parts])
    return body, 1 + sum(fuel for _, fuel in parts)


def _looks_outside(bank: Bank, entry: Entry, inputs: int) -> bool:
    """Whether a body uses one of the first variables, those around its function literal."""
    origin = entry[2]
    if origin == LEAF:
        leaf = bank._terms[entry[3]]
        return isinstance(leaf, Variable) and leaf.index < inputs
    if origin == FUNCTION:
        return _looks_outside(entry[3].bank, entry[4], inputs)
    return any(_looks_outside(bank, argument, inputs) for argument in entry[3:])


def _spread(items: list[Any], most: int | None) -> list[Any]:
    """At most so many of the items, from all places of the list."""
    if most is None or len(items) <= most:
        return items
    return [items[i * len(items) // most] for i in range(most)]


def _level(bits: float) -> int:
    return round(bits / QUANTUM)
