"""What each searcher promises beyond the conformance suite."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nsr.budget import Budget, Meter
from nsr.errors import DeclinedError, LimitReached, UnknownNameError
from nsr.program import Apply, Hole, Term, size, walk
from nsr.search import Candidate, Fitted, Problem, Uniform, get_searcher, searcher_names
from nsr.search.pcfg import Grammar
from nsr.space import Production, load_space
from nsr.task import Task
from nsr.testing import Case, brute_force, run
from searchers.portfolio import Portfolio
from searchers.sketch import Sketch
from searchers.top_down import QUANTUM, enumerate_terms

ARITHMETIC = Case("integers", (((3,), 6), ((2,), 4)), primitives=("add", "dec", "lt", "if"), size=5)
LISTS = Case(
    "sequences",
    ((([3, 1],), [4, 2]), (([5],), [6])),
    primitives=("map", "head", "cons", "empty", "add"),
    size=6,
)


class Contextual:
    """A guide that looks at the parent."""

    def weights(self, problem: Problem, parent: Production | None) -> Mapping[str, float]:
        return {"add": 4.0} if parent is None else {parent.name: 0.3, "VAR": 2.5}


GUIDES = [Uniform(), Fitted({"add": 3.0, "head": 1.5, "map": 0.7}), Contextual()]


def test_searchers_are_found_by_name() -> None:
    assert {"bottom-up", "top-down", "stochastic", "sketch", "portfolio"} <= set(searcher_names())
    for name in searcher_names():
        assert get_searcher(name).name == name
    with pytest.raises(UnknownNameError, match="bottom-up"):
        get_searcher("sideways")


# -- top-down --------------------------------------------------------------------------------
def bits_of(grammar: Grammar, term: Term) -> float:
    """-log2 of the probability of a term, straight from the definition of the grammar."""
    total = 0.0
    for _, node, place in grammar.places(term):
        prices = [bits for bits, leaf in place.leaves if leaf == node]
        name = node.primitive if isinstance(node, Apply) else "lambda"
        total += prices[0] if prices else place.rule(name)[0]
    return total


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: type(guide).__name__)
@pytest.mark.parametrize("case", [ARITHMETIC, LISTS], ids=str)
def test_enumeration_is_complete_ordered_and_without_repeats(case: Case, guide: Any) -> None:
    problem = case.problem()
    grammar = Grammar(problem, guide)
    wanted = set(brute_force(problem, case.size))
    seen: set[Term] = set()
    last = 0.0
    missing = set(wanted)
    for bits, term in enumerate_terms(problem, guide=guide):
        assert term not in seen
        seen.add(term)
        missing.discard(term)
        assert bits >= last
        last = bits
        assert abs(bits - bits_of(grammar, term)) <= size(term) * QUANTUM
        if not missing or len(seen) > 60_000:
            break
    assert not missing


def test_a_finite_space_is_enumerated_whole() -> None:
    problem = Case("integers", (((3,), 6),), primitives=("lt", "eq")).problem()
    problem = replace(problem, goal="bool")
    found = [term for _, term in enumerate_terms(problem)]
    # Each of two comparisons of x0, 0, 1, 2 with each other.
    assert len(found) == len(set(found)) == 2 * 4 * 4


def test_candidates_come_by_probability() -> None:
    problem = ARITHMETIC.problem()
    guide = Contextual()
    grammar = Grammar(problem, guide)
    found, _ = search("top-down", problem, Budget(fuel=40_000), guide=guide)
    prices = [bits_of(grammar, candidate.program) for candidate in found]
    slack = 2 * QUANTUM * max(size(candidate.program) for candidate in found)
    assert len(found) > 10
    assert all(b >= a - slack for a, b in itertools.pairwise(prices))
    every = [t for _, t in itertools.islice(enumerate_terms(problem, guide=guide), 100_000)]
    order = {term: place for place, term in enumerate(every)}
    places = [order[c.program] for c in found if c.program in order]
    assert places == sorted(places)


def test_enumeration_pays_for_what_it_makes() -> None:
    meter = Budget(fuel=1000).meter()
    with pytest.raises(LimitReached, match="fuel"):
        list(enumerate_terms(ARITHMETIC.problem(), meter=meter))
    meter = Budget(memory=50_000).meter()
    with pytest.raises(LimitReached, match="memory"):
        list(enumerate_terms(LISTS.problem(), meter=meter))


def test_holes_stand_for_literals() -> None:
    problem = ARITHMETIC.problem()
    terms = [t for _, t in itertools.islice(enumerate_terms(problem, holes=("INT",)), 200)]
    assert len(set(terms)) == 200
    kinds = {type(node) for term in terms for node in walk(term)}
    assert Hole in kinds
    assert "Literal" not in {kind.__name__ for kind in kinds}


# -- bottom-up -------------------------------------------------------------------------------
def search(
    name: str, problem: Problem, budget: Budget, *, guide: Any = None, seed: int = 0
) -> tuple[list[Candidate], Meter]:
    meter = budget.meter()
    stream = get_searcher(name)().search(
        problem, meter=meter, guide=guide or Uniform(), rng=np.random.default_rng(seed)
    )
    found = []
    with contextlib.suppress(LimitReached):
        for candidate in stream:
            if candidate is not None:
                found.append(candidate)
    return found, meter


def test_bottom_up_is_cheapest_first() -> None:
    problem = LISTS.problem()
    found, _ = search("bottom-up", problem, Budget(fuel=300_000))
    costs = [candidate.cost for candidate in found]
    assert costs
    assert costs == sorted(costs)
    assert costs[0] == min(
        problem.space.cost(term)
        for term in brute_force(problem, 6)
        if run_of(problem, term) == problem.target
    )


def run_of(problem: Problem, term: Term) -> Any:
    from nsr.executor import Executor

    return Executor(problem.domain).run(term, problem.inputs)


# -- stochastic ------------------------------------------------------------------------------
def test_stochastic_depends_on_the_seed_only() -> None:
    problem = ARITHMETIC.problem()
    budget = Budget(fuel=20_000)
    runs = [
        [c.program for c in search("stochastic", problem, budget, seed=s)[0]] for s in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]


def test_stochastic_ends_in_a_small_finite_space() -> None:
    problem = replace(Case("integers", (((3,), 6),), primitives=("lt",)).problem(), goal="bool")
    problem = replace(problem, examples=(replace(problem.examples[0], output=True),))
    found, meter = search("stochastic", problem, Budget())
    assert found
    assert meter.stopped_by is None


# -- sketch ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("space", "pairs", "text"),
    [
        ("integers", [(1, 37), (2, 74), (5, 185)], "mul(x0, 37)"),
        ("integers", [(10, -4), (0, -14), (3, -11)], "sub(x0, 14)"),
        ("integers", [(29, 3), (14, 1), (13, 0)], "mod(x0, 13)"),
        ("sequences", [([3, 1], [20, 18]), ([5], [22])], "map(x1 => add(x1, 17), x0)"),
        ("sequences", [([1, 2, 3, 4, 5, 6], [1, 2, 3, 4]), ([9, 8], [9, 8])], "take(4, x0)"),
        ("sequences", [([4, 4, 7, 1, 9], 1), ([1, 0, 0, 5], 5)], "index(x0, 3)"),
    ],
)
def test_sketches_solve_for_constants(space: str, pairs: Any, text: str) -> None:
    problem = Problem.from_task(Task.from_pairs(pairs), load_space(space))
    meter = Budget(fuel=3_000_000).meter()
    stream = Sketch().search(problem, meter=meter, guide=Uniform(), rng=np.random.default_rng(0))
    assert any(found and problem.space.format(found.program) == text for found in stream)


@pytest.mark.parametrize(
    ("primitives", "pairs", "text"),
    [
        (
            ("paint", "keep", "flip_lr"),
            (
                (([[7, 2, 0, 0]],), [[8, 0, 0, 0]]),
                (([[0, 7, 0], [0, 7, 2]],), [[0, 8, 0], [0, 8, 0]]),
            ),
            "paint(keep(x0, 7), 8)",
        ),
        (("scale", "transpose"), ((([[1, 2]],), [[1] * 5 + [2] * 5] * 5),), "scale(x0, 5)"),
    ],
)
def test_small_holes_are_tabulated(primitives: Any, pairs: Any, text: str) -> None:
    problem = Case("grids", pairs, primitives=primitives).problem()
    found, _ = run("sketch", problem, budget=Budget(fuel=200_000))
    assert text in {problem.space.format(candidate.program) for candidate in found}


def without_bounds(problem: Problem) -> Problem:
    literals = {n: replace(t, bounds=None) for n, t in problem.domain.literals.items()}
    domain = replace(problem.domain, literals=literals)
    return replace(problem, space=replace(problem.space, domain=domain))


def test_sketch_says_what_it_lacks() -> None:
    problem = without_bounds(ARITHMETIC.problem())
    with pytest.raises(DeclinedError, match="bounded"):
        run("sketch", problem)


def test_contradictory_examples_have_no_sketch() -> None:
    problem = Case("integers", (((1,), 2), ((1,), 3))).problem()
    assert run("sketch", problem, budget=Budget(fuel=100_000)) == ([], "fuel")


# -- portfolio -------------------------------------------------------------------------------
def with_portfolio(problem: Problem, *names: str) -> Problem:
    domain = replace(problem.domain, portfolio=names)
    return replace(problem, space=replace(problem.space, domain=domain))


def test_members_share_one_budget() -> None:
    problem = ARITHMETIC.problem()
    found, meter = search("portfolio", problem, Budget(fuel=200_000))
    assert meter.fuel == 200_000
    assert meter.stopped_by == "fuel"
    assert {"bottom-up", "top-down"} <= {candidate.source for candidate in found}
    assert len({candidate.program for candidate in found}) == len(found)


def test_a_member_without_memory_leaves_the_others() -> None:
    problem = with_portfolio(ARITHMETIC.problem(), "bottom-up", "stochastic")
    budget = Budget(fuel=400_000, memory=100_000)
    _, alone = search("bottom-up", problem, budget)
    assert alone.stopped_by == "memory"
    found, meter = search("portfolio", problem, budget)
    assert meter.fuel > alone.fuel
    assert "stochastic" in {candidate.source for candidate in found}
    assert meter.held <= 100_000


def test_a_portfolio_of_decliners_declines_with_reasons() -> None:
    problem = without_bounds(with_portfolio(ARITHMETIC.problem(), "sketch"))
    with pytest.raises(DeclinedError, match=r"sketch: .*bounded"):
        run("portfolio", problem)


def test_one_decliner_does_not_matter() -> None:
    problem = without_bounds(with_portfolio(ARITHMETIC.problem(), "sketch", "bottom-up"))
    found, _ = run("portfolio", problem)
    assert {candidate.source for candidate in found} == {"bottom-up"}


def test_the_default_portfolio_finds_its_members() -> None:
    for name in ("integers", "sequences", "grids"):
        for member in load_space(name).domain.portfolio:
            assert get_searcher(member).name == member
    assert Portfolio.exhaustive


@pytest.mark.parametrize("searcher", ["bottom-up", "top-down", "sketch", "stochastic", "portfolio"])
def test_the_order_of_sets_does_not_matter(searcher: str) -> None:
    """Python hashes strings differently in every process, unless told otherwise."""
    code = (
        "from tests.test_strategies import LISTS, run\n"
        f"found, limit = run({searcher!r}, LISTS.problem())\n"
        "print([repr(c.program) for c in found], limit)"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert "Apply" in outputs[0]
