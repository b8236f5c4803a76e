"""Candidate meanings: programs of a phrase space, arranged so that a forest can try them all.

A program that never looks at a word is known by where it moves positions (Wadler, "Theorems for
free!", 1989): run it once on the phrase of positions 0, 1, 2, ... of each length. So candidates
are run by nsr's own executor once per length, and after that applied as tables. Every program of
the space is a concatenation of *atoms*, programs without concatenation; the atoms come from the
bottom-up bank, distinct in what they do, and the candidates are all short concatenations of them.
"""

from __future__ import annotations

import functools
import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from nsr.budget import Budget
from nsr.columns import term_body
from nsr.domain import Domain
from nsr.domains.sequences.values import MAX_LENGTH
from nsr.errors import UndefinedError
from nsr.executor import Executor
from nsr.parsing.forest import Ints, Tries
from nsr.program import Apply, Literal, Term, Variable, substitute
from nsr.search import Problem
from nsr.search.bank import Bank
from nsr.space import Space, load_space
from nsr.values import Value

TYPE: Final = "strs"
CONCAT: Final = "concat_strs"
MAX_PHRASE: Final = 40
"""Longest phrase in a universe."""

PLAIN_COST: Final = 8.0
"""Bits of a concatenation of whole arguments, one per argument."""

RICH_COST: Final = 7.0
RICH_ATOMS: Final = 3
"""Bits and atoms of a concatenation of parts of one argument."""

RICH_COST_2: Final = 4.0
RICH_ATOMS_2: Final = 2
"""The same with two arguments."""

MAX_INVERSE: Final = 24
"""Longest value that is inverted by all candidates."""

_PROBES: Final = (2, 3, 5)

Moves: TypeAlias = Mapping[int, tuple[int, ...] | None]
"""Length of a phrase -> the positions that a program takes from it, `None` if undefined."""


@dataclass(frozen=True, slots=True)
class Program:
    """One candidate: its term, cost in bits, and which arguments it uses (bit set)."""

    term: Term
    cost: float
    uses: int


@dataclass(frozen=True)
class PhrasePrograms:
    """Candidate programs of one and two arguments.

    Args:
        space: where the terms belong.
        atoms: what each atom does: for each length the positions it takes, or `None`.
        programs: arity -> candidates; a candidate's number is its place.
        tries: the same as paths of atoms.
    """

    space: Space
    atoms: tuple[Moves, ...]
    programs: Mapping[int, tuple[Program, ...]]
    tries: Tries

    @functools.cached_property
    def gathers(self) -> tuple[Ints, Ints]:
        """Per atom and length, what the atom takes.

        Returns:
            Positions, int32[atoms, MAX_PHRASE + 1, MAX_PHRASE], padded; and their number,
            int32[atoms, MAX_PHRASE + 1], -1 where the atom is undefined or gives too many.
        """
        shape = (len(self.atoms), MAX_PHRASE + 1)
        places = np.zeros((*shape, MAX_PHRASE), np.int32)
        counts = np.full(shape, -1, np.int32)
        for a, moves in enumerate(self.atoms):
            for length, found in moves.items():
                if found is not None and len(found) <= MAX_PHRASE:
                    counts[a, length] = len(found)
                    places[a, length, : len(found)] = found
        return places, counts

    @functools.cached_property
    def inversions(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """For each length of a value, the ways in which candidates of one argument make it.

        A way is the argument's position behind each place of the value; every position is used,
        so that the value says the whole argument.
        """
        found: list[dict[tuple[int, ...], None]] = [{} for _ in range(MAX_INVERSE + 1)]
        for program in self.programs[1][1:]:
            run = phrase_function(program.term, self.space.domain)
            for length in range(MAX_INVERSE + 1):
                try:
                    places = run(tuple(range(length)))
                except UndefinedError:
                    continue
                if len(places) <= MAX_INVERSE and len(set(places)) == length:
                    found[len(places)][places] = None
        return tuple(map(tuple, found))


def move(executor: Executor, term: Term, length: int) -> tuple[int, ...] | None:
    """Which positions of a phrase of this length the term's value takes; `None`: undefined."""
    names = tuple(map(str, range(length)))
    found = executor.run(term, [(names,)])[0]
    return tuple(map(int, found)) if isinstance(found, tuple) else None


@functools.lru_cache(maxsize=8)
def phrase_programs(rich: bool) -> PhrasePrograms:
    """All candidates.

    Args:
        rich: with atoms that change a phrase; else concatenations of whole arguments only.
    """
    space = load_space("phrases", "sequences")
    executor = Executor(space.domain)
    x0, x1 = Variable(0, TYPE), Variable(1, TYPE)
    terms: list[tuple[Term, float]] = [(x0, 1.0)]
    if rich:
        names = [n for n, p in space.applications.items() if p.args == (TYPE,)]
        queries = tuple((tuple(map(str, range(k))),) for k in _PROBES)
        problem = Problem(space.restrict(names), TYPE, (TYPE,), (), queries)
        bank = Bank(problem, meter=Budget(fuel=100_000).meter(), max_cost=3.0)
        terms = [(bank.term(e), bank.cost(e)) for e in bank.grow() if e is not None]
    moves = tuple({k: move(executor, t, k) for k in range(MAX_PHRASE + 1)} for t, _ in terms)
    rows: list[tuple[int, int, int, int, int]] = [(-1, -1, 0, 0, -1), (-1, -1, 0, 0, -1)]
    uses = [0, 0]
    programs = {1: tuple(_grow(1, (x0,), terms, moves, rows, uses))}
    programs[2] = tuple(_grow(2, (x0, x1), terms, moves, rows, uses))
    return PhrasePrograms(space, moves, programs, _tries(rows, uses))


def _grow(
    arity: int,
    variables: Sequence[Variable],
    terms: Sequence[tuple[Term, float]],
    moves: Sequence[Moves],
    rows: list[tuple[int, int, int, int, int]],
    all_uses: list[int],
) -> Iterator[Program]:
    """Concatenations by rising cost, one per behaviour; adds their nodes to `rows`."""
    atoms = [(cost, arg, a) for a, (_, cost) in enumerate(terms) for arg in range(arity)]
    limit, most = (RICH_COST, RICH_ATOMS) if arity == 1 else (RICH_COST_2, RICH_ATOMS_2)
    probes = list(itertools.product(_PROBES, repeat=arity))
    start = tuple(() for _ in probes)
    seen: set[object] = {start}
    order = itertools.count()
    heap: list[Any] = [(0.0, next(order), arity - 1, -1, -1, 0, True, None, start, 0)]
    number = 0
    while heap:
        cost, _, parent, a, arg, count, plain, term, behaviour, uses = heapq.heappop(heap)
        node = parent
        if term is not None:
            if behaviour in seen:
                continue
            seen.add(behaviour)
            node = len(rows)
            rows.append((parent, number, a, arg, 0))
            all_uses.append(uses)
            number += 1
            yield Program(term, cost, uses)
        for price, arg, a in atoms:
            pure = plain and a == 0
            if cost + price > (PLAIN_COST if pure else limit) or (not pure and count >= most):
                continue
            grown = _extend(behaviour, moves[a], arg, probes)
            if grown is None or grown in seen:
                continue
            piece = _renamed(terms[a][0], variables[arg])
            whole = piece if term is None else Apply(CONCAT, (term, piece), TYPE)
            item = (node, a, arg, count + 1, pure, whole, grown, uses | 1 << arg)
            heapq.heappush(heap, (cost + price, next(order), *item))


def _renamed(term: Term, variable: Variable) -> Term:
    return substitute(term, lambda t: variable if isinstance(t, Variable) else None)


def _extend(behaviour: Any, moves: Moves, arg: int, probes: Sequence[tuple[int, ...]]) -> Any:
    """What a concatenation does with one more atom at its end; `None` if undefined."""
    grown = []
    for before, lengths in zip(behaviour, probes, strict=True):
        found = moves[lengths[arg]]
        if found is None:
            return None
        grown.append((*before, *((arg, place) for place in found)))
    return tuple(grown)


def _tries(rows: Sequence[tuple[int, int, int, int, int]], uses: Sequence[int]) -> Tries:
    child = np.full(len(rows), -1, np.int32)
    sibling = np.full(len(rows), -1, np.int32)
    for node in range(len(rows) - 1, 1, -1):
        parent = rows[node][0]
        sibling[node] = child[parent]
        child[parent] = node
    columns = np.array(rows, np.int32)
    program = columns[:, 1].copy()
    program[:2] = -1
    return Tries(
        child,
        sibling,
        columns[:, 2].copy(),
        columns[:, 3].copy(),
        program,
        np.array(uses, np.int32),
    )


def phrase_term(words: Sequence[str]) -> Term:
    """The program without arguments that gives these words.

    >>> load_space("phrases", "sequences").format(phrase_term(["a", "b"]))
    'concat(word("a"), word("b"))'
    """
    pieces = [Apply("word", (Literal(w, "STR", "STR"),), TYPE) for w in words]
    if not pieces:
        return Apply("nothing", (), TYPE)
    return functools.reduce(lambda left, right: Apply(CONCAT, (left, right), TYPE), pieces)


def phrase_function(term: Term, domain: Domain) -> Callable[..., Value]:
    """A program as a Python function of its arguments; raises `UndefinedError`.

    That is also raised when the result is longer than values may be.

    >>> from nsr.space import load_space
    >>> space = load_space("phrases", "sequences")
    >>> twice = space.parse("concat(x0, x0)", goal="strs", inputs=["strs"])
    >>> phrase_function(twice, space.domain)(("a",))
    ('a', 'a')
    """
    body = term_body(term, domain)

    def run(*values: Value) -> Value:
        found = body(values)
        if len(found) > MAX_LENGTH:
            raise UndefinedError(f"value longer than {MAX_LENGTH}")
        return found

    return run
