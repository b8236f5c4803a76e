"""Tasks that are rare but legal are searched to the end; others give one clear error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nsr
from nsr.errors import InputError
from nsr.inputs.kinds import Numbers

README = Path(__file__).parent.parent / "README.md"
BUDGET = nsr.Budget(fuel=60_000)
HUGE = 2**70
E = nsr.Example

LEGAL = {
    "sum with queries": ([([1, 2, 3], 6), ([4, 5], 9), ([7], 7)], [[9, 9, 8]]),
    "list and number with queries": (
        [(([1, 2, 3], 2), [1, 2]), (([4, 5], 1), [4]), (([7, 1, 1], 0), [])],
        [([5, 6], 1)],
    ),
    "two lists with queries": (
        [(([1, 2], [3, 4]), [4, 6]), (([5], [5]), [10]), (([0, 2], [9, 1]), [9, 3])],
        [([1], [1])],
    ),
    "lists of numbers beside lists of strings": (
        [(([1, 2], ["a", "b"]), ["a", "b"]), (([3], ["c"]), ["c"]), (([], []), [])],
        [],
    ),
    "large numbers": ([(HUGE, HUGE + 1), (2 * HUGE, 2 * HUGE + 1), (-HUGE, 1 - HUGE)], []),
    "lists of large numbers": (
        [([HUGE, 1], [1, HUGE]), ([2, HUGE, 3], [3, HUGE, 2]), ([5], [5])],
        [],
    ),
    "empty lists only": ([([], []), ([], [])], []),
}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_tasks_are_searched_to_the_end(name: str) -> None:
    pairs, queries = LEGAL[name]
    solution = nsr.solve(nsr.Task.from_pairs(pairs, queries=queries), budget=BUDGET)
    assert solution.spent.fuel > 0
    if solution.best is not None:
        task = solution.task
        for example in task.train:
            assert solution.best.apply(*example.inputs) == example.output
        for number, inputs in enumerate(task.queries):
            assert solution.attempts(number)[0] == solution.best.apply(*inputs)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (None, "expected pairs"),
        ([(1, 2, 3)], r"example 0: expected a pair \(input, output\), got \(1, 2, 3\)"),
        ([((), 0), ((), 0)], "at least one input"),
        (nsr.Task(()), "at least one example"),
        (nsr.Task((E((1,), 2), E((2, 99), 3))), r"same number of inputs, got \[1, 2\]"),
        (nsr.Task((E((1,), 2),), queries=((),)), r"same number of inputs, got \[0, 1\]"),
        ([(10**5000, 1)], r"example 0, input 0: expected a smaller int \(from -2"),
    ],
)
def test_other_tasks_give_one_error(task: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        nsr.solve(task)


def test_a_bad_query_is_called_a_query() -> None:
    task = nsr.Task.from_pairs([(1, 2)], queries=["a"])
    with pytest.raises(InputError, match="query 0, input 0"):
        nsr.solve(task)


@pytest.mark.parametrize("bound", [9, 2**62, HUGE, 2**1000])
def test_numbers_of_any_size_are_drawn_from_their_range(bound: int) -> None:
    import numpy as np

    kind = Numbers.learn([-bound, bound, 1, 0], grows=True)
    drawn = [kind.draw(np.random.default_rng(seed), 2.0) for seed in range(200)]
    assert all(-2 * bound <= number <= 2 * bound for number in drawn)
    assert max(drawn) > bound
    assert min(drawn) < -bound


def test_the_example_of_the_readme_prints_what_it_says() -> None:
    block = README.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```", 1)[0]
    said = [line.split("  # ", 1)[1] for line in block.splitlines() if "  # " in line]
    assert len(said) == 2
    run = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=False)
    assert run.stdout.splitlines() == said, run.stderr
