"""`nsr.solve`: ranking, attempts, honest ends."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nsr
from nsr.batch import explain, report, solve_many, solve_one
from nsr.domains.integers import MAX_ABS
from nsr.errors import (
    ContradictionError,
    DeclinedError,
    InputError,
    LimitReached,
    UnknownNameError,
)
from nsr.search import Candidate, Problem
from nsr.solver import AGAIN, GRACE, VOTE_BITS
from tests.fakes import OneStep

TURN = nsr.Task(
    train=(nsr.Example((((1, 2), (3, 4)),), ((4, 3), (2, 1))),),
    queries=((((5, 6, 7),),), (((1,), (2,)),)),
    name="turn",
)


def use(monkeypatch: pytest.MonkeyPatch, searcher: type) -> None:
    monkeypatch.setattr("nsr.solver.get_searcher", lambda _name: searcher)


@pytest.fixture(autouse=True)
def _one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, OneStep)


def scripted(*steps: Any) -> type:
    """A searcher that yields programs `(text, cost, source)`, and raises exceptions."""

    class Scripted:
        name = "scripted"

        def search(self, problem: Problem, **_options: Any) -> Iterator[Candidate | None]:
            for step in steps:
                if step is None:
                    yield None
                elif isinstance(step, Exception):
                    raise step
                else:
                    text, cost, source = step
                    term = problem.space.parse(
                        text, goal=problem.goal, inputs=list(problem.input_types)
                    )
                    outputs = nsr.Executor(problem.domain).run(term, problem.inputs)
                    assert problem.solved_by(outputs)
                    yield Candidate(term, cost, outputs, source)

    return Scripted


def doubling(*steps: Any, monkeypatch: pytest.MonkeyPatch, **options: Any) -> nsr.Solution:
    use(monkeypatch, scripted(*steps))
    task = nsr.Task.from_pairs([(2, 4), (0, 0)], queries=[5])
    return nsr.solve(task, domain="integers", **options)


def test_a_solution_explains_and_answers() -> None:
    solution = nsr.solve(TURN, domain="grids")
    assert solution
    assert solution.best is not None
    assert solution.best.text == "turn_around(x0)"
    assert solution.best.holds == (True,)
    assert solution.attempts(0)[0].tolist() == [[7, 6, 5]]
    assert solution.attempts(1)[0].tolist() == [[2], [1]]
    assert solution.best.apply(np.array([[1, 0]], np.uint8)).tolist() == [[0, 1]]
    assert solution.spent.fuel > 0
    assert solution.stopped_by is None
    assert "turn_around(x0)" in str(solution)


def test_attempts_are_distinct_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = doubling(
        ("add(x0, x0)", 5.0, "a"),
        None,
        ("mul(x0, 2)", 6.0, "a"),
        ("mul(x0, x0)", 4.0, "b"),
        ("max(x0, mul(x0, x0))", 9.0, "b"),
        monkeypatch=monkeypatch,
    )
    assert [h.text for h in solution.hypotheses] == ["mul(x0, x0)", "add(x0, x0)"]
    assert solution.attempts(0) == [25, 10]
    assert solution.attempts(0, 1) == [25]


def test_agreement_of_methods_is_worth_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = doubling(
        ("mul(x0, x0)", 4.0, "a"),
        ("mul(mul(x0, x0), 1)", 4.5, "a"),
        ("add(x0, x0)", 5.0, "a"),
        ("mul(x0, 2)", 7.0, "b"),
        monkeypatch=monkeypatch,
    )
    assert [h.text for h in solution.hypotheses] == ["add(x0, x0)", "mul(x0, x0)"]
    assert solution.hypotheses[0].sources == ("a", "b")
    assert solution.hypotheses[0].score == 5.0 - VOTE_BITS
    assert solution.hypotheses[1].score == 4.0


def test_a_limit_ends_the_search_and_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = doubling(("add(x0, x0)", 5.0, "a"), LimitReached("seconds"), monkeypatch=monkeypatch)
    assert solution.stopped_by == "seconds"
    assert len(solution.hypotheses) == 1


def test_enough_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (("add(x0, x0)", 5.0, "a"), ("mul(x0, x0)", 4.0, "b"), ZeroDivisionError())
    assert doubling(*steps, monkeypatch=monkeypatch, enough=2).stopped_by == "enough"


def test_the_search_ends_some_time_after_its_best_program(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        name = "endless"

        def search(
            self, problem: Problem, *, meter: nsr.Meter, **_options: Any
        ) -> Iterator[Candidate | None]:
            meter.spend(40_000)
            term = problem.space.parse("add(x0, x0)", goal="int", inputs=["int"])
            outputs = nsr.Executor(problem.domain).run(term, problem.inputs)
            yield Candidate(term, 5.0, outputs)
            while True:
                meter.spend(1_000)
                yield None

    use(monkeypatch, Endless)
    pairs = [(n, 2 * n) for n in range(12)]
    budget = nsr.Budget(fuel=10**7)
    solution = nsr.solve(pairs, domain="integers", budget=budget)
    assert solution.stopped_by == "enough"
    assert AGAIN * 40_000 + GRACE < solution.spent.fuel <= AGAIN * 40_000 + GRACE + 2_000
    longer = nsr.solve(pairs[:3:2], domain="integers", budget=budget)
    assert longer.stopped_by == "enough"
    assert longer.spent.fuel > 1.05 * solution.spent.fuel, "two examples say little"


def test_no_answer_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = doubling(None, monkeypatch=monkeypatch)
    assert not solution
    assert solution.best is None
    assert solution.attempts(0) == []
    assert str(solution) == "task: no answer (stopped by: exhausted)"


def test_declining_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = doubling(DeclinedError("needs grids"), monkeypatch=monkeypatch, searcher="s")
    assert solution.declined == {"s": "needs grids"}
    assert not solution


def test_apply_says_why_there_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    best = doubling(("div(mul(x0, 4), 2)", 5.0, "a"), monkeypatch=monkeypatch).best
    assert best is not None
    assert best.apply(MAX_ABS) == nsr.Undefined("mul: value too large")
    assert best.apply(3, budget=nsr.Budget(fuel=1)) == nsr.Undefined("stopped by the fuel limit")
    assert best.apply(3) == 6


def test_budget_of_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = nsr.solve(TURN, domain="grids", budget=nsr.Budget(fuel=5))
    assert solution.stopped_by == "fuel"
    assert solution.spent.fuel == 5


def test_unknown_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(UnknownNameError, match="unknown domain 'none'"):
        nsr.solve([(1, 2)], domain="none")
    with pytest.raises(UnknownNameError, match=r"unknown searcher 'none'; known: .*portfolio"):
        nsr.solve([(1, 2)], domain="integers", searcher="none")


@pytest.mark.parametrize(
    "pairs", [[], [(1, "x")], [((1, 2), 3), (1, 2)], [(1.5, 2)], [(None, None)]]
)
def test_bad_tasks(pairs: list[Any]) -> None:
    with pytest.raises(InputError):
        nsr.solve(pairs, domain="integers")


def test_report_is_plain_and_complete() -> None:
    found = report(nsr.solve(TURN, domain="grids"), attempts=2)
    assert found.task == "turn"
    assert found.solved
    assert found.programs[0] == "turn_around(x0)"
    assert found.answers[0][0] == [[7, 6, 5]]
    assert found.answers[1][0] == [[2], [1]]
    assert found.explanation[0][0] == "turn_around"
    assert found.explanation[0][1]


def test_explanation_names_each_primitive_once(monkeypatch: pytest.MonkeyPatch) -> None:
    best = doubling(("add(add(x0, 0), add(x0, 0))", 5.0, "a"), monkeypatch=monkeypatch).best
    assert best is not None
    assert explain(best) == (("add", "Sum."),)


def test_a_batch_does_not_stop_at_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, scripted(ZeroDivisionError("by zero")))
    found = solve_one(TURN, domain="grids")
    assert (found.solved, found.stopped_by) == (False, "error")
    assert found.error is not None
    assert found.error.startswith("ZeroDivisionError: by zero (test_solver.py:")
    assert found.answers == ((), ())


def test_a_batch_does_not_stop_at_a_search_that_forgets_its_meter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Endless:
        name = "endless"

        def search(self, problem: Problem, **_options: Any) -> Iterator[None]:
            while True:
                pass
            yield None

    use(monkeypatch, Endless)
    found = solve_one(TURN, domain="grids", budget=nsr.Budget(seconds=0.01))
    assert (found.solved, found.stopped_by) == (False, "seconds")


def test_bad_input_of_a_batch_is_raised() -> None:
    task = nsr.Task.from_pairs([("a", "b")])
    with pytest.raises(InputError):
        list(solve_many([task], domain="integers"))


@pytest.mark.parametrize("limit", ["fuel", "seconds", None])
def test_a_limit_that_ends_a_search_with_little_evidence_leaves_no_answer(
    monkeypatch: pytest.MonkeyPatch, limit: str | None
) -> None:
    """Fourteen truth values say fourteen bits: too little for a program of eight."""
    text = "eq(mod(add(x0, 1), 2), mod(len(cons(x0, [])), 2))"
    end = [] if limit is None else [LimitReached(limit)]
    use(monkeypatch, scripted((text, 8.0, "a"), *end))
    pairs = [(x, x % 2 == 0) for x in (1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 19, 20, 23)]
    solution = nsr.solve(pairs, domain="sequences")
    assert solution.hypotheses[0].text == text
    assert solution.unsure == (limit is not None)
    assert bool(solution) == (limit is None)
    if limit is not None:
        assert limit in str(solution)
        assert limit in solution.doubted


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_bad_seeds_are_refused(seed: Any) -> None:
    with pytest.raises(InputError, match="expected a seed of at least 0, got"):
        nsr.solve([([1], [1])], seed=seed)


def test_new_inputs_are_taken_as_those_of_the_task() -> None:
    grids = [([[1, 2]], [[2, 1]]), ([[3, 4, 5]], [[5, 4, 3]])]
    best = nsr.solve(grids, domain="grids", budget=nsr.Budget(fuel=200_000)).best
    assert best is not None
    assert np.array_equal(best.apply([[1, 0]]), best.apply(np.uint8([[1, 0]])))
    for inputs, said in (
        (([[1, 0]], [[1]]), "expected 1 inputs"),
        ((5,), "input 1"),
        (([[1], [1, 2]],), "input 1"),
    ):
        with pytest.raises(InputError, match=said):
            best.apply(*inputs)


def test_numbers_of_numpy_are_numbers() -> None:
    solution = nsr.solve([(np.array([1, 2]), np.int64(2)), ([5, 4], 4), ([3, 7, 9], np.uint8(9))])
    assert solution.best is not None
    assert solution.best.apply(np.arange(4)) == 3


@pytest.mark.parametrize(
    ("domain", "x", "outputs"), [("sequences", [1], [2, 3]), ("grids", [[1]], [[[2]], [[3]]])]
)
def test_examples_that_contradict_each_other_are_named(
    domain: str, x: Any, outputs: list[Any]
) -> None:
    pairs = [(x, outputs[0]), (x, outputs[0]), (x, outputs[1])]
    with pytest.raises(ContradictionError, match="example 2: the same inputs as example 0"):
        nsr.solve(pairs, domain=domain)
    small = nsr.Budget(fuel=2_000)
    assert nsr.solve(pairs, domain=domain, wrong=1, budget=small).stopped_by != "contradiction"
    found = solve_one(
        nsr.Task.from_pairs(pairs, [x]), domain=domain, searcher="bottom-up", budget=small
    )
    assert (found.solved, found.stopped_by, found.answers) == (False, "contradiction", ((),))
    assert "same inputs" in found.declined["examples"]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
@pytest.mark.parametrize(
    ("domain", "pairs", "new"),
    [
        ("sequences", [([1, 2], [2, 1]), ([3], [3])], (7, 8)),
        ("grids", [([[1, 2]], [[2, 1]])], None),
    ],
)
def test_a_solution_can_be_copied_and_pickled(
    copied: Any, domain: str, pairs: Any, new: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    solution = nsr.solve(nsr.Task.from_pairs(pairs, queries=[pairs[0][0]]), domain=domain)
    again = copied(solution)
    assert [h.text for h in again.hypotheses] == [h.text for h in solution.hypotheses]
    assert again.best.space.domain is solution.best.space.domain
    given = pairs[0][0] if new is None else new
    assert np.array_equal(again.best.apply(given), solution.best.apply(given))


def test_answers_are_of_queries() -> None:
    solution = nsr.solve([([1, 2], 2), ([3, 4, 5], 3)], budget=nsr.Budget(fuel=20_000))
    with pytest.raises(InputError, match="expected one of 0 queries, got 0"):
        solution.attempts(0)
