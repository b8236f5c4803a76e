"""Cell trees and two-sided search find rules planted in random grids."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np
import pytest

from nsr.budget import Budget
from nsr.errors import DeclinedError, LimitReached
from nsr.executor import Executor
from nsr.search import Candidate, Problem, Uniform, get_searcher
from nsr.space import load_space
from nsr.task import Task

SPACE = load_space("grids")


def planted(text: str, seed: int, *, examples: int = 3, colors: int = 3) -> Problem:
    """Random grids with the outputs of a program, and one more input as query."""
    rng = np.random.default_rng(seed)
    rule = SPACE.parse(text, goal="grid", inputs=["grid"])
    inputs = []
    while len(inputs) <= examples:
        sides = rng.integers(4, 9, size=2)
        grid = np.where(rng.random(sides) < 0.35, rng.integers(1, colors + 1, sides), 0)
        grid = np.ascontiguousarray(grid, dtype=np.uint8)
        grid.flags.writeable = False
        inputs.append((grid,))
    outputs = Executor(SPACE.domain).run(rule, inputs)
    pairs = [(x[0], y) for x, y in zip(inputs, outputs, strict=True)]
    task = Task.from_pairs(pairs[:-1], [pairs[-1][0]], input_types=["grid"], output_type="grid")
    return Problem.from_task(task, SPACE)


def found(name: str, problem: Problem, fuel: int = 150_000) -> list[Candidate]:
    candidates = []
    search = get_searcher(name)().search(
        problem, meter=Budget(fuel=fuel).meter(), guide=Uniform(), rng=np.random.default_rng(0)
    )
    with contextlib.suppress(LimitReached):
        for candidate in search:
            if candidate is not None:
                candidates.append(candidate)
    return candidates


def answers(rule: str, problem: Problem) -> np.ndarray:
    term = SPACE.parse(rule, goal="grid", inputs=["grid"])
    return Executor(SPACE.domain).run(term, problem.queries)[0]


CELL_RULES = [
    "where(is(cells(x0), 1), blank(x0, 4), x0)",
    "where(most(near8(x0), 1), blank(x0, 0), x0)",
    "where(is(spread(pieces(x0), area), 1), blank(x0, 5), x0)",
    "where(is(cells(x0), 2), next(x0, north), x0)",
]


@pytest.mark.parametrize("rule", CELL_RULES)
def test_cell_trees_find_a_planted_rule(rule: str) -> None:
    problem = planted(rule, seed=1, examples=4)
    candidates = found("cell-tree", problem)
    assert candidates
    best = min(candidates, key=lambda c: c.cost)
    assert np.array_equal(best.outputs[-1], answers(rule, problem))


TWO_SIDED_RULES = [
    "recolor(flip_lr(x0), {0: 5, 1: 2, 2: 7})",
    "mosaic(crop(x0), [same fliph / flipv rot180])",
    "scale(x0, 2)",
    "beside(x0, flip_lr(x0))",
    "paint(turn_left(x0), 4)",
]


@pytest.mark.parametrize("rule", TWO_SIDED_RULES)
def test_two_sided_search_finds_a_planted_rule(rule: str) -> None:
    problem = planted(rule, seed=2)
    candidates = found("two-sided", problem)
    assert candidates
    best = min(candidates, key=lambda c: c.cost)
    assert np.array_equal(best.outputs[-1], answers(rule, problem))


@pytest.mark.parametrize("name", ["cell-tree", "two-sided"])
def test_candidates_are_sound_and_distinct(name: str) -> None:
    problem = planted(CELL_RULES[0], seed=3)
    candidates = found(name, problem)
    assert candidates
    assert len({c.program for c in candidates}) == len(candidates)
    for candidate in candidates:
        outputs = Executor(SPACE.domain).run(candidate.program, problem.inputs)
        assert problem.solved_by(outputs)
        assert SPACE.parse(SPACE.format(candidate.program), goal="grid", inputs=["grid"]) == (
            candidate.program
        )


@pytest.mark.parametrize("name", ["cell-tree", "two-sided"])
def test_the_same_again(name: str) -> None:
    def run() -> list[tuple[str, float]]:
        candidates = found(name, planted(CELL_RULES[1], seed=4))
        return [(SPACE.format(c.program), c.cost) for c in candidates]

    assert run() == run()


@pytest.mark.parametrize("name", ["cell-tree", "two-sided"])
def test_what_they_cannot_do_they_decline(name: str) -> None:
    # No arrays, and nothing that has an inverse or tells cases apart.
    space = load_space("integers").restrict(["min", "max"])
    problem = Problem.from_task(Task.from_pairs([(1, 2)]), space)
    with pytest.raises(DeclinedError):
        found(name, problem)


def test_noise_has_no_short_explanation() -> None:
    """Outputs without any rule: whatever fits must be long, and is ranked as such."""
    rng = np.random.default_rng(5)
    make: Callable[[], np.ndarray] = lambda: rng.integers(0, 10, (6, 6)).astype(np.uint8)  # noqa: E731
    pairs = [(make().tolist(), make().tolist()) for _ in range(3)]
    task = Task.from_pairs(pairs, input_types=["grid"], output_type="grid")
    problem = Problem.from_task(task, SPACE)
    assert not found("two-sided", problem, fuel=100_000)
    assert not found("cell-tree", problem, fuel=300_000)
