"""Honest choice: sharing, closed ranges, disagreement and its smallest input."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nsr
from nsr.choice import (
    LEAVING,
    ODDS,
    Choice,
    Group,
    Rated,
    closed_range,
)
from nsr.evidence import exception_bits, learnt_bits, listing_bits, shared_cost
from nsr.search import Candidate, Problem
from nsr.space import load_space

RNG = np.random.default_rng(0)
DIGITS = [tuple(RNG.integers(0, 10, 1 + i % 6).tolist()) for i in range(30)]


def scripted(*texts: str) -> type:
    """A searcher that yields these programs."""

    class Scripted:
        name = "scripted"

        def search(self, problem: Problem, **_options: Any) -> Iterator[Candidate | None]:
            yield from (candidate(problem, text) for text in texts)

    return Scripted


def candidate(problem: Problem, text: str) -> Candidate:
    term = problem.space.parse(text, goal=problem.goal, inputs=list(problem.input_types))
    outputs = nsr.Executor(problem.domain).run(term, problem.inputs)
    return Candidate(term, problem.space.cost(term), outputs, "scripted")


def posed(pairs: list[Any], queries: list[Any] | None = None) -> Problem:
    task = nsr.Task.from_pairs(pairs, queries or [])
    return Problem.from_task(task, load_space("sequences"))


def solved(
    monkeypatch: pytest.MonkeyPatch, pairs: list[Any], *texts: str, **options: Any
) -> nsr.Solution:
    monkeypatch.setattr("nsr.solver.get_searcher", lambda _name: scripted(*texts))
    task = nsr.Task.from_pairs(pairs, options.pop("queries", []))
    return nsr.solve(task, domain="sequences", **options)


def pairs_of(function: Any, lists: list[Any] = DIGITS) -> list[Any]:
    return [(list(xs), function(xs)) for xs in dict.fromkeys(lists)]


def short(function: Any) -> list[Any]:
    """Pairs of lists of at most three items."""
    return pairs_of(function, [xs[:3] for xs in DIGITS])


def test_equal_subterms_are_counted_once() -> None:
    space = load_space("integers")

    def cost(text: str) -> float:
        return shared_cost(space, space.parse(text, goal="int", inputs=["int"]))

    inner = "mul(add(x0, 1), 2)"
    assert cost(f"add({inner}, {inner})") == cost(inner) + 2.0
    assert cost(f"add({inner}, {inner})") < cost(f"add({inner}, mul(add(x0, 2), 2))")
    assert cost("add(x0, x0)") == space.cost(space.parse("add(x0, x0)", goal="int", inputs=["int"]))


def test_functions_share_subterms_too() -> None:
    space = load_space("sequences")
    both = "transduce(x1, x2 => mod(add(x1, x2), 2), x1, x2 => {}, 0, x0)"
    same, other = (
        space.parse(both.format(part), goal="ints", inputs=["ints"])
        for part in ("div(add(x1, x2), 2)", "div(mul(x1, x2), 2)")
    )
    saved = space.cost(same) - shared_cost(space, same)
    assert saved == 1.0, "the sum stands twice and is written once"
    assert shared_cost(space, other) == space.cost(other)


def test_programs_that_differ_on_longer_inputs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = solved(monkeypatch, short(lambda xs: xs), "x0", "take(3, x0)")
    assert [h.text for h in solution.hypotheses] == ["x0", "take(3, x0)"]
    assert solution.best is not None
    assert solution.disagreement is None

    pairs = short(lambda xs: xs[:3])
    contested = solved(monkeypatch, pairs, "take(3, concat(x0, []))", "take(4, concat(x0, []))")
    assert contested.disagreement is not None
    assert contested.best is None
    assert not contested
    assert len(contested.hypotheses) == 2
    (xs,) = contested.disagreement.inputs
    assert len(xs) == 4, "the smallest input on which they differ"
    assert contested.disagreement.answers == (xs[:3], xs)
    assert contested.disagreement.programs == (
        "take(3, concat(x0, []))",
        "take(4, concat(x0, []))",
    )
    text = str(contested)
    assert text.startswith("task: no answer, these programs disagree on [")
    assert "take(3, concat(x0, []))" in text


def test_the_smallest_disagreement_is_simple_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = short(lambda xs: xs)
    found = solved(monkeypatch, pairs, "take(3, x0)", "take(4, x0)").disagreement
    assert found is not None
    assert found.inputs == ((0, 0, 0, 0),)


def test_one_more_example_settles_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = short(lambda xs: xs)
    found = solved(monkeypatch, pairs, "take(3, x0)", "take(4, x0)").disagreement
    assert found is not None
    problem = posed([*pairs, (list(found.inputs[0]), found.inputs[0])])
    assert not problem.solved_by(candidate(problem, "take(3, x0)").outputs)
    assert problem.solved_by(candidate(problem, "take(4, x0)").outputs)


def test_programs_with_the_same_values_are_one_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = pairs_of(lambda xs: xs[::-1])
    solution = solved(
        monkeypatch, pairs, "reverse(concat(x0, []))", "reverse(x0)", "concat([], reverse(x0))"
    )
    assert [h.text for h in solution.hypotheses] == ["reverse(x0)"]
    assert solution.best is not None
    assert solution.best.cost == 2.0


def test_a_clearly_shorter_program_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    longer = "take(3, take(3, concat(x0, [])))"
    solution = solved(monkeypatch, short(lambda xs: xs), longer, "x0")
    assert solution.best is not None
    assert solution.best.text == "x0"
    assert solution.hypotheses[-1].cost - solution.best.cost > np.log2(ODDS)


def test_queries_decide_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = short(lambda xs: xs)
    solution = solved(monkeypatch, pairs, "take(4, x0)", "take(5, x0)", queries=[[5, 6]])
    assert solution.disagreement is None
    assert [h.text for h in solution.hypotheses] == ["take(4, x0)"]


def test_what_leaves_the_range_of_the_outputs_pays() -> None:
    ones = [(), (1,), (1, 1), (1,)]
    lists = [ones[i % 4] + (0,) * (i // 4 % 6) + ones[i // 24] for i in range(48)]
    lists = [xs for xs in lists if xs and sum(xs) < 3]
    problem = posed(pairs_of(lambda xs: sum(xs) % 2, lists))
    assert closed_range(problem) == (0, 1)
    choice = Choice(problem)
    total = "fold(x1, x2 => add(x1, x2), 0, x0)"
    for text in (f"mod({total}, 2)", f"max(mod({total}, 2), sub({total}, 2))"):
        found = candidate(problem, text)
        assert problem.solved_by(found.outputs)
        choice.add(found)
    low, high = choice.ranked()
    assert problem.space.format(low.best.candidate.program) == f"mod({total}, 2)"
    assert high.bits - low.bits >= LEAVING


@pytest.mark.parametrize("function", [sum, len, lambda xs: xs.count(3)])
def test_numbers_that_grow_are_not_bounded(function: Any) -> None:
    assert closed_range(posed(pairs_of(function))) is None


def test_lists_of_digits_are_bounded() -> None:
    lists = [tuple(RNG.integers(0, 10, 1 + i % 6).tolist()) for i in range(60)]
    assert closed_range(posed(pairs_of(lambda xs: xs[::-1], lists))) == (0, 9)


def test_what_is_longer_than_the_outputs_explains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flat = "if(lt(head(x0), 2), if(lt(1, last(x0)), 1, 0), if(lt(3, head(x0)), 1, last(x0)))"
    pairs = [([1, 2], 1), ([4, 1], 1), ([1, 0], 0)]
    solution = solved(monkeypatch, pairs, flat)
    assert solution.lengthy
    assert not solution.hypotheses
    assert "longer than the outputs themselves" in str(solution)
    assert not solved(monkeypatch, pairs_of(sum), "fold(x1, x2 => add(x1, x2), 0, x0)").lengthy
    assert listing_bits(posed(pairs)) < listing_bits(posed([*pairs, ([0, 1], 0)]))


def test_rivals_count_by_their_length_and_together() -> None:
    def doubt(count: int, *bits: float, **parts: float) -> float:
        choice = Choice(posed(pairs_of(sum, DIGITS[:count])))
        found = candidate(choice.problem, "fold(x1, x2 => add(x1, x2), 0, x0)")
        for each in bits:
            choice.groups.append(Group([Rated(found, each, (), **parts)]))
        return choice.doubt()

    assert doubt(30) == doubt(30, 5.0) == 0.0
    assert doubt(30, 5.0, 8.0) == 1 / 64 < 1 / ODDS
    assert doubt(30, 5.0, 6.0, 6.0) == 1 / 2
    assert doubt(3, 12.0, 15.0) > doubt(30, 12.0, 15.0), "few outputs say little"
    assert doubt(30, 25.0, 28.0, exceptions=20.0) == 1 / 64, "exceptions are no program"
    assert doubt(3, 202.0, 205.0, exceptions=200.0) <= 2**2 / 64, "nor less than no evidence"
    assert doubt(3, 202.0, 205.0, learnt=200.0) <= 2**2 / 64, "what is learnt needs none"


def test_exceptions_have_a_price() -> None:
    pairs = pairs_of(lambda xs: xs[::-1])
    pairs[5] = (pairs[5][0], (1, 2, 3))
    problem = posed(pairs)
    right = candidate(problem, "reverse(x0)")
    assert exception_bits(problem, problem.target) == 0.0
    assert 3 * 3.3 < exception_bits(problem, right.outputs) < 20


def test_choice_is_repeatable() -> None:
    problem = posed(pairs_of(lambda xs: xs[::-1]))
    first, again = Choice(problem, seed=3), Choice(problem, seed=3)
    assert first.fresh == again.fresh
    assert first.fresh != Choice(problem, seed=4).fresh
    lengths = [len(xs) for (xs,) in first.fresh]
    assert max(lengths) >= 3 * 6
    assert all(a <= b for a, b in itertools.pairwise(lengths))


def test_what_is_learnt_is_counted_as_often_as_it_is_written() -> None:
    space = load_space("sequences")
    zero = "latent(x0, n@0100)"
    for text, count in ((zero, 1), ("latent(latent(x0, n@0100), n@0100)", 2),
                        (f"concat({zero}, {zero})", 1)):  # fmt: skip
        term = space.parse(text, goal="ints", inputs=["ints"])
        bits = space.literal_cost("LATENT", space.domain.literals["LATENT"].parse("n@0100"))
        assert learnt_bits(space, term) == count * bits
        assert 0 < shared_cost(space, term) - learnt_bits(space, term) < 8
