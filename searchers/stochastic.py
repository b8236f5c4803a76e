"""Stochastic local search: annealed Metropolis walks over programs.

A walk edits one program: it resamples a subterm, swaps a production and keeps the arguments that
fit, changes a leaf, wraps a subterm or unwraps it. The energy is the distance of the outputs from
the wanted ones plus the description length (Schkufza et al., "Stochastic superoptimization",
2013). Walks restart with a fresh program or from the best one so far.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError, LimitReached
from nsr.executor import Executor
from nsr.program import MAX_DEPTH, Apply, Term, depth, replace_at, size
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.search.pcfg import Grammar, Nonterminal, Rule
from nsr.values import Column, Undefined

WALK: Final = 2000
"""Proposals between restarts."""

HOT: Final = 3.0
COLD: Final = 0.2
WRONG_BITS: Final = 24.0
"""Energy of outputs that are all wrong; description length counts `LENGTH_SHARE` of its bits."""

LENGTH_SHARE: Final = 0.3
UNDEFINED_DISTANCE: Final = 1.25
_MAX_SIZE: Final = 40
_FRESH_HEIGHT: Final = 5
_PATCH_HEIGHT: Final = 3
PROPOSAL_FUEL: Final = 25
"""What one edit is charged besides running the program: it takes about as long as so many
applications, and fuel is what a portfolio shares out."""

_RUN_FUEL: Final = 2_000
_REMEMBERED: Final = 50_000
_REMEMBERED_BYTES: Final = 1_000
_STALE: Final = 20_000
_SIGN_EVERY: Final = 32
_SHORTEN: Final = 300


class Stochastic:
    """Markov chain Monte Carlo over terms; finds long programs that enumeration does not reach.

    Ends when its proposals stay among the programs it knows, as they do in a small finite space.
    """

    name: ClassVar[str] = "stochastic"
    exhaustive: ClassVar[bool] = False

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Candidates in the order in which the walks meet them.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the space has no program of the goal type.
        """
        grammar = Grammar(problem, guide)
        if grammar.start.height == math.inf:
            raise DeclinedError(f"the space has no program of type {problem.goal!r}")
        # Python's generator is several times faster at single draws.
        walker = _Walker(grammar, meter, random.Random(int(rng.integers(2**63))))
        yielded: set[Term] = set()
        while walker.stale < _STALE:
            for found in walker.walk():
                if found is None:
                    yield PULSE
                elif found[0] not in yielded:
                    yielded.add(found[0])
                    cost = problem.space.cost(found[0])
                    yield Candidate(found[0], cost, found[1], self.name)


class _Walker:
    """The state that walks share: energies of programs met before, and the best program."""

    def __init__(self, grammar: Grammar, meter: Meter, rng: random.Random):
        self.grammar = grammar
        self.problem = grammar.problem
        self.meter = meter
        self.rng = rng
        self.stale = 0
        self._executor = Executor(self.problem.domain)
        memory = meter.budget.memory
        room = _REMEMBERED if memory is None else memory // (2 * _REMEMBERED_BYTES)
        self._room = min(_REMEMBERED, max(1, room))
        self._known: dict[Term, float] = {}
        self._best: tuple[float, Term] | None = None

    def walk(self) -> Iterator[tuple[Term, Column] | None]:
        """One walk; yields ever shorter programs that solve the problem, with their outputs."""
        rng = self.rng
        if self._best is not None and rng.random() < 0.3:
            term = self._best[1]
        else:
            term = self._sample(self.grammar.start, _FRESH_HEIGHT)
        energy, outputs = self._energy(term)
        if outputs is not None:
            yield term, outputs
        shortest = math.inf if outputs is None else energy
        since = 0
        for step in range(WALK):
            temperature = HOT * (COLD / HOT) ** (step / WALK)
            proposal = self._propose(term)
            if size(proposal) > _MAX_SIZE or depth(proposal) > MAX_DEPTH:
                proposal = term
            new, outputs = self._energy(proposal)
            # Once solved, a walk goes on for a while to shorten what it found.
            if outputs is not None and new < shortest:
                shortest, since = new, step
                yield proposal, outputs
            if new <= energy or rng.random() < math.exp((energy - new) / temperature):
                term, energy = proposal, new
            if self._best is None or energy < self._best[0]:
                self._best = (energy, term)
            if step % _SIGN_EVERY == 0:
                yield PULSE
            if shortest < math.inf and step - since > _SHORTEN:
                # A restart from a solution would find nothing but its neighbours.
                self._best = None
                return

    # -- energy ------------------------------------------------------------------------------
    def _energy(self, term: Term) -> tuple[float, Column | None]:
        """Energy of a program, and its outputs if it is new and solves the problem."""
        self.meter.spend(PROPOSAL_FUEL)
        known = self._known.get(term)
        if known is not None:
            self.stale += 1
            return known, None
        self.stale = 0
        outputs = self._run(term)
        distance = self._distance(outputs)
        energy = WRONG_BITS * distance + LENGTH_SHARE * self.problem.space.cost(term)
        if len(self._known) >= self._room:
            self.meter.hold(-len(self._known) * _REMEMBERED_BYTES)
            self._known.clear()
        self.meter.hold(_REMEMBERED_BYTES)
        self._known[term] = energy
        defined = not any(isinstance(value, Undefined) for value in outputs)
        solved = distance == 0 and defined and self.problem.solved_by(outputs)
        return energy, outputs if solved else None

    def _run(self, term: Term) -> Column:
        inputs = self.problem.inputs
        share = self.meter.share(fuel=_RUN_FUEL * len(inputs))
        try:
            return self._executor.run(term, inputs, meter=share)
        except LimitReached as reached:
            if self.meter.stopped_by is not None:
                raise
            return (Undefined(str(reached)),) * len(inputs)

    def _distance(self, outputs: Column) -> float:
        """Mean distance from the wanted outputs; 0 just when all are equal."""
        value_type = self.problem.domain.type(self.problem.goal)
        total = 0.0
        for value, wanted in zip(outputs, self.problem.target, strict=False):
            if isinstance(value, Undefined):
                total += UNDEFINED_DISTANCE
            elif not value_type.equal(value, wanted):
                total += 1.0 if value_type.distance is None else value_type.distance(value, wanted)
        return total / len(self.problem.examples)

    # -- edits -------------------------------------------------------------------------------
    def _propose(self, term: Term) -> Term:
        """One edit of a program."""
        rng = self.rng
        places = list(self.grammar.places(term))
        path, node, place = places[rng.randrange(len(places))]
        edit = rng.random()
        if edit < 0.3:
            new = self._sample(place, _PATCH_HEIGHT)
        elif edit < 0.5:
            new = self._swap(node, place)
        elif edit < 0.7:
            new = self._leaf(place) or self._sample(place, _PATCH_HEIGHT)
        elif edit < 0.85:
            new = self._wrap(node, place)
        else:
            new = self._unwrap(node)
        return replace_at(term, path, new)

    def _sample(self, place: Nonterminal, height: float) -> Term:
        return self.grammar.sample(place, self.rng, height)

    def _leaf(self, place: Nonterminal) -> Term | None:
        return self.rng.choice(place.leaves)[1] if place.leaves else None

    def _rule(self, place: Nonterminal) -> Rule | None:
        rules = [r for r in place.rules if r[1].kind == "apply"]
        return self.rng.choices(rules, [2.0 ** -r[0] for r in rules])[0] if rules else None

    def _swap(self, node: Term, place: Nonterminal) -> Term:
        """Another production at the root; arguments of fitting types are kept in order."""
        rule = self._rule(place)
        if rule is None or not isinstance(node, Apply):
            return self._sample(place, _PATCH_HEIGHT)
        kept = list(node.args)
        args = []
        for one in rule[2]:
            match = next((arg for arg in kept if arg.type == one.type), None)
            if match is None:
                args.append(self._sample(one, _PATCH_HEIGHT - 1))
            else:
                kept.remove(match)
                args.append(match)
        return place.make(rule[1], args)

    def _wrap(self, node: Term, place: Nonterminal) -> Term:
        """The node as an argument of a new application of its own type."""
        rules = [
            r
            for r in place.rules
            if r[1].kind == "apply" and any(a.type == place.type for a in r[2])
        ]
        if not rules:
            return self._sample(place, _PATCH_HEIGHT)
        _, production, below = self.rng.choices(rules, [2.0 ** -r[0] for r in rules])[0]
        slots = [i for i, a in enumerate(below) if a.type == place.type]
        slot = self.rng.choice(slots)
        args = [
            node if i == slot else self._sample(a, _PATCH_HEIGHT - 1) for i, a in enumerate(below)
        ]
        return place.make(production, args)

    def _unwrap(self, node: Term) -> Term:
        """One of the node's arguments of its own type in its place."""
        inner = [arg for arg in getattr(node, "args", ()) if arg.type == node.type]
        return self.rng.choice(inner) if inner else node
