"""Wrong examples: found, told, and paid for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nsr
from nsr.errors import InputError
from nsr.noise import SAMPLES, most_wrong, samples

RNG = np.random.default_rng(5)
LISTS = [RNG.integers(0, 10, 1 + i % 7).tolist() for i in range(40)]
BUDGET = nsr.Budget(fuel=400_000)


def spoilt(function: Any, *places: int) -> list[Any]:
    pairs = [(xs, function(xs)) for xs in LISTS]
    for place in places:
        inputs, output = pairs[place]
        wrong = output[1:] if isinstance(output, list) and len(output) > 1 else [77]
        pairs[place] = inputs, wrong if isinstance(output, list) else output + 3
    return pairs


@pytest.mark.parametrize("searcher", ["bottom-up", "top-down"])
@pytest.mark.parametrize(
    ("function", "text"),
    [(lambda xs: xs[::-1], "reverse(x0)"), (lambda xs: xs[1:], "tail(x0)"), (len, "len(x0)")],
)
def test_one_wrong_output(searcher: str, function: Any, text: str) -> None:
    pairs = spoilt(function, 17)
    options: Any = {"domain": "sequences", "searcher": searcher, "budget": BUDGET, "enough": 3}
    assert not nsr.solve(pairs, **options)
    solution = nsr.solve(pairs, wrong=1, **options)
    assert solution.best is not None
    assert solution.best.text == text
    assert [i for i, holds in enumerate(solution.best.holds) if not holds] == [17]


def test_several_wrong_outputs() -> None:
    pairs = spoilt(lambda xs: xs[::-1], 3, 17, 29)
    options: Any = {"searcher": "bottom-up", "budget": BUDGET, "enough": 3}
    assert not nsr.solve(pairs, wrong=2, **options)
    for wrong in (3, None):
        best = nsr.solve(pairs, wrong=wrong, **options).best
        assert best is not None
        assert best.text == "reverse(x0)"
        assert best.holds.count(False) == 3


def test_right_examples_stay_right() -> None:
    solution = nsr.solve(
        [(xs, xs[::-1]) for xs in LISTS], searcher="bottom-up", budget=BUDGET, wrong=2, enough=3
    )
    assert solution.best is not None
    assert all(solution.best.holds)
    assert solution.best.cost == 2.0


def test_exceptions_are_paid_for() -> None:
    clean = nsr.solve([(xs, xs[::-1]) for xs in LISTS], searcher="bottom-up", budget=BUDGET).best
    noisy = nsr.solve(
        spoilt(lambda xs: xs[::-1], 17), searcher="bottom-up", budget=BUDGET, wrong=1
    ).best
    assert clean is not None
    assert noisy is not None
    assert noisy.cost > clean.cost + 8


def test_search_with_wrong_examples_is_repeatable() -> None:
    def run(seed: int) -> Any:
        found = nsr.solve(
            spoilt(len, 5),
            searcher="bottom-up",
            budget=nsr.Budget(fuel=200_000),
            wrong=1,
            seed=seed,
        )
        return [(h.text, h.cost) for h in found.hypotheses], found.spent.fuel

    assert run(1) == run(1)


def test_limits_hold_with_wrong_examples() -> None:
    pairs = [(xs, i % 7) for i, xs in enumerate(LISTS)]
    solution = nsr.solve(pairs, searcher="bottom-up", budget=nsr.Budget(fuel=50_000), wrong=1)
    assert solution.stopped_by == "fuel"
    assert solution.spent.fuel == 50_000


def test_a_searcher_that_declines_is_told() -> None:
    solution = nsr.solve(
        [(xs, len(xs)) for xs in LISTS], domain="sequences", searcher="cell-tree", wrong=1
    )
    assert "cell-tree" in solution.declined


@given(st.integers(2, 60), st.data())
def test_samples_leave_enough_examples(count: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(1, count - 1))
    found = samples(count, wrong, np.random.default_rng(0))
    assert 1 <= len(found) <= 3 + SAMPLES
    for part in found:
        assert part
        assert list(part) == sorted(set(part))
        assert set(part) <= set(range(count))
    if wrong == 1 and count > 2:
        for spoilt_one in range(count):
            assert any(spoilt_one not in part for part in found)


def test_bounds_of_wrong_examples() -> None:
    assert most_wrong(None, 50) == 5
    assert most_wrong(None, 5) == 0
    for wrong in (-1, 3):
        with pytest.raises(InputError, match="wrong examples"):
            nsr.solve([([1], 1), ([2], 2), ([3], 3)], wrong=wrong)
