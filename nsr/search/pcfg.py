"""A program space under a guide as a probabilistic grammar.

A nonterminal is a type below a parent production, in a scope; its options are leaves (variables,
literals, holes) and rules (productions with a nonterminal per argument), each with its bits,
`-log2` of its probability. Options that lead to no finite term are left out. Parents under which
the guide weighs alike share one nonterminal, so a guide that ignores parents gives one per type
and scope.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from nsr.program import Apply, Hole, Lambda, Literal, Term, Variable, children
from nsr.search import Guide, Problem, choice_bits
from nsr.space import Production
from nsr.values import function_signature

NESTING: Final = 2
"""Function literals inside function literals go this deep."""


@dataclass(slots=True, eq=False)
class Nonterminal:
    """What may stand at a place of a program.

    Args:
        type: the type wanted.
        scope: types of the variables in scope.
        leaves: bits and term of every leaf.
        rules: bits, production and the nonterminals of its arguments.
        height: levels of the flattest term.
    """

    type: str
    scope: tuple[str, ...]
    leaves: list[tuple[float, Term]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    height: float = math.inf

    def make(self, production: Production, args: Sequence[Term]) -> Term:
        """The term that a rule's production makes of arguments."""
        if production.kind == "apply":
            return Apply(production.name, tuple(args), production.type)
        first = len(self.scope)
        types = _parameters(self.type)
        params = tuple(Variable(first + i, name) for i, name in enumerate(types))
        return Lambda(params, args[0], self.type)

    def rule(self, name: str) -> Rule:
        """The rule of a production; a lambda's is named "lambda".

        Raises:
            KeyError: if there is none.
        """
        for rule in self.rules:
            if rule[1].name == name:
                return rule
        raise KeyError(name)


Rule: TypeAlias = tuple[float, Production, tuple[Nonterminal, ...]]
"""Bits, production, and a nonterminal per argument."""


class Grammar:
    """The nonterminals of a problem, from the goal on.

    Args:
        problem: gives space, goal type and input types.
        guide: weighs the productions.
        holes: literal terminals that are left open: a `Hole` instead of their candidates. The
            index of every hole is 0; whoever uses the terms numbers them.
    """

    def __init__(self, problem: Problem, guide: Guide, *, holes: Collection[str] = ()):
        self.problem = problem
        self._guide = guide
        self._holes = holes
        self._made: dict[Any, Nonterminal] = {}
        self._drawn: dict[tuple[int, float], tuple[list[Term | Rule], list[float]]] = {}
        self._types: dict[tuple[tuple[str, ...], int], set[str]] = {}
        self.start = self._nonterminal(problem.goal, None, problem.input_types, 0)
        self._settle()

    @property
    def nonterminals(self) -> tuple[Nonterminal, ...]:
        """All of them, in the order in which the goal reaches them."""
        return tuple(self._made.values())

    def places(self, term: Term) -> Iterator[tuple[tuple[int, ...], Term, Nonterminal]]:
        """Address, subterm and nonterminal of every node of a term of the goal type.

        Raises:
            KeyError: if the term uses a production that the grammar lacks.
        """
        stack: list[tuple[tuple[int, ...], Term, Nonterminal]] = [((), term, self.start)]
        while stack:
            path, node, place = stack.pop()
            yield path, node, place
            if isinstance(node, Apply | Lambda):
                name = node.primitive if isinstance(node, Apply) else "lambda"
                below = zip(children(node), place.rule(name)[2], strict=True)
                stack += [((*path, i), part, one) for i, (part, one) in enumerate(below)]

    def sample(self, place: Nonterminal, rng: random.Random, height: float) -> Term:
        """A random term for a place, by probability.

        Args:
            place: a nonterminal of this grammar that has terms at all.
            rng: draws the choices.
            height: limit of the term's levels, where the place has a term that flat.
        """
        height = max(height, place.height)
        options, weights = self._draws(place, height)
        choice = rng.choices(options, cum_weights=weights)[0]
        if not isinstance(choice, tuple):
            return choice
        _, production, below = choice
        return place.make(production, [self.sample(one, rng, height - 1) for one in below])

    def _draws(self, place: Nonterminal, height: float) -> tuple[list[Term | Rule], list[float]]:
        """What may be drawn at a place, with running sums of the weights."""
        key = (id(place), height)
        if key not in self._drawn:
            rules = [rule for rule in place.rules if all(a.height < height for a in rule[2])]
            options: list[Term | Rule] = [term for _, term in place.leaves]
            bits = [b for b, _ in place.leaves] + [rule[0] for rule in rules]
            weights = list(itertools.accumulate(2.0**-b for b in bits))
            self._drawn[key] = ([*options, *rules], weights)
        return self._drawn[key]

    def _nonterminal(
        self, type_name: str, parent: Production | None, scope: tuple[str, ...], nesting: int
    ) -> Nonterminal:
        literal = type_name in self.problem.domain.literals
        options = () if literal else self._options(type_name, scope, nesting)
        bits = choice_bits(self._guide, self.problem, parent, options) if options else ()
        key = (type_name, scope, nesting, bits)
        if key in self._made:
            return self._made[key]
        made = self._made[key] = Nonterminal(type_name, scope)
        if literal:
            self._add_literals(made, type_name, 0.0)
        for option, price in zip(options, bits, strict=True):
            if option.kind == "variable":
                mine = [i for i, t in enumerate(scope) if t == type_name]
                share = price + math.log2(len(mine))
                made.leaves += [(share, Variable(i, type_name)) for i in mine]
            elif option.kind == "literal":
                self._add_literals(made, option.name, price)
            else:
                inner, deeper = scope, nesting
                if option.kind == "lambda":
                    inner, deeper = scope + _parameters(type_name), nesting + 1
                args = tuple(self._nonterminal(a, option, inner, deeper) for a in option.args)
                made.rules.append((price, option, args))
        return made

    def _options(
        self, type_name: str, scope: tuple[str, ...], nesting: int
    ) -> tuple[Production, ...]:
        makeable = self._makeable(scope, nesting)
        return tuple(
            production
            for production in self.problem.space.productions(type_name)
            if self._possible(production, scope, nesting, makeable)
        )

    def _possible(
        self, production: Production, scope: tuple[str, ...], nesting: int, makeable: set[str]
    ) -> bool:
        if production.kind == "variable":
            return production.type in scope
        if production.kind == "literal":
            return self._has_literals(production.name)
        if production.kind == "lambda":
            inner = scope + _parameters(production.type)
            return nesting < NESTING and production.args[0] in self._makeable(inner, nesting + 1)
        return makeable.issuperset(production.args)

    def _makeable(self, scope: tuple[str, ...], nesting: int) -> set[str]:
        """The types that have a finite term in a scope."""
        if (scope, nesting) in self._types:
            return self._types[scope, nesting]
        space = self.problem.space
        makeable = {name for name in space.domain.literals if self._has_literals(name)}
        self._types[scope, nesting] = makeable
        size = -1
        while len(makeable) != size:
            size = len(makeable)
            for type_name in space.types:
                options = space.productions(type_name)
                if any(self._possible(p, scope, nesting, makeable) for p in options):
                    makeable.add(type_name)
        return makeable

    def _has_literals(self, terminal: str) -> bool:
        return terminal in self._holes or any(True for _ in self.problem.space.literals(terminal))

    def _add_literals(self, made: Nonterminal, terminal: str, price: float) -> None:
        if terminal in self._holes:
            made.leaves.append((price, Hole(0, terminal, made.type)))
            return
        space = self.problem.space
        literals: list[Literal] = list(space.literals(terminal, made.type))
        masses = [2.0 ** -space.literal_cost(terminal, literal.value) for literal in literals]
        for literal, mass in zip(literals, masses, strict=True):
            made.leaves.append((price - math.log2(mass / sum(masses)), literal))

    def _settle(self) -> None:
        changed = True
        while changed:
            changed = False
            for one in self._made.values():
                heights = [1 + max((a.height for a in args), default=0) for _, _, args in one.rules]
                height = min([1.0] if one.leaves else heights, default=math.inf)
                if height < one.height:
                    one.height, changed = height, True


def _parameters(type_name: str) -> tuple[str, ...]:
    signature = function_signature(type_name)
    assert signature is not None
    return signature[0]
