"""Diagnostics: coverage by substitution, data factors, variance between seeds."""

from __future__ import annotations

import doctest
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks.diagnostics import (
    bias_complexity,
    coverage,
    data_factors,
    generalization_difficulty,
    seed_variance,
)
from benchmarks.report import diagnosed, results
from benchmarks.suites import Pair
from tests.test_benchmarks_comparison import record


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(bias_complexity).failed == 0
    assert doctest.testmod(generalization_difficulty).failed == 0


def pairs(*texts: str) -> list[Pair]:
    """Pairs from texts like `a b = 3`."""
    halves = (text.split(" = ") for text in texts)
    return [(tuple(x.split()), int(y)) for x, y in halves]


TRAIN = pairs("two + 1 = 3", "II + 1 = 3", "two + 5 = 7", "II + 5 = 7", "two + 9 = 11", "6 + 1 = 7")


def covered(text: str) -> dict[str, dict[str, float]]:
    return coverage.coverage(TRAIN, [tuple(text.split())])


def test_an_exchange_of_equal_fragments_covers() -> None:
    assert covered("II + 9") == {
        "equal": {"1": 1.0, "2": 1.0, "5": 0.0},
        "exchangeable": {"1": 1.0, "2": 1.0, "5": 0.0},
    }


def test_fragments_that_gave_other_outputs_are_exchangeable_only() -> None:
    assert covered("6 + 5") == {
        "equal": {"1": 0.0, "2": 0.0, "5": 0.0},
        "exchangeable": {"1": 1.0, "2": 1.0, "5": 0.0},
    }


def test_a_fragment_never_seen_covers_nothing() -> None:
    assert covered("7 + 5")["exchangeable"]["1"] == 0.0


def test_a_training_input_is_covered() -> None:
    assert covered("6 + 1") == dict.fromkeys(("equal", "exchangeable"), dict.fromkeys("125", 1.0))


def test_every_fragment_has_its_context() -> None:
    assert list(coverage.cuts(("a", "b"))) == [
        (("a",), ((), ("b",))),
        (("a", "b"), ((), ())),
        (("b",), (("a",), ())),
    ]


def test_variance_is_that_of_the_seeds() -> None:
    rows = [record("lstm", "length", seed, exact) for seed, exact in enumerate((0.1, 0.2, 0.3))]
    rows += [record("nsr-machine", "length", seed, 1.0) for seed in range(2)]
    rows.append(record("lstm", "simple", 0, 1.0))
    first, second = seed_variance.variance(results.entries(rows))
    assert (first["method"], first["seeds"]) == ("lstm", 3)
    assert first["deviation"] == pytest.approx(10.0)
    assert (first["least"], first["most"]) == (pytest.approx(10.0), pytest.approx(30.0))
    assert (second["method"], second["deviation"]) == ("nsr-machine", 0.0)


def test_factors_stand_beside_each_other() -> None:
    rows = [record("lstm", split, 0, 0.5) for split in ("addprim_jump-x20", "addprim_jump")]
    rows.append(record("lstm", "easy-2000", 0, 0.5))
    (row,) = data_factors.factors(results.entries(rows))
    assert (row["factor"], row["method"]) == ("primitives", "lstm")
    assert list(row["figures"]) == ["addprim_jump", "addprim_jump-x20"]


def test_the_page_shows_them(tmp_path: Path) -> None:
    shares = {"1": 0.5, "2": 0.25, "5": 0.0}
    row: dict[str, Any] = {"suite": "scan", "split": "length", "test": "test"}
    row |= {"equal": shares, "exchangeable": shares}
    (tmp_path / "diagnose-coverage-20260101-000000.json").write_text(json.dumps({"rows": [row]}))
    found = results.entries([record("lstm", "length", seed, 0.125) for seed in (0, 1)])
    text = "".join(diagnosed.section(found, tmp_path))
    assert "<td>50.0</td><td>25.0</td><td>0</td><td>50.0</td><td></td><td>12.5</td>" in text
    assert "standard deviation" in text
    assert diagnosed.section([], tmp_path / "none") == []


def test_information_is_that_of_a_gaussian() -> None:
    """For one number the probability is known; the bound is near it, and never above it in bits."""
    zero = np.zeros((1, 1))
    found = bias_complexity.information(zero, np.ones((1, 1)), zero, 1e-4)
    exact = -math.log2(math.erf(0.01 / math.sqrt(2)))
    assert exact - 1.5 < found < exact
    assert bias_complexity.information(zero, np.ones((1, 1)), zero, 4.0) == 0.0


def test_what_is_farther_from_the_training_pairs_takes_more_bits() -> None:
    words = "abcdef"
    pairs: list[Pair] = [((a, b), (b, a)) for a in words for b in words]
    kept = [pair for i, pair in enumerate(pairs) if i % 5]
    near = bias_complexity.required(kept, pairs[::5])
    train = [pair for pair in pairs if "f" not in pair[0]]
    far = bias_complexity.required(train, [pair for pair in pairs if "f" in pair[0]])
    assert 0 < near < far


def test_what_was_trained_on_takes_none() -> None:
    pairs: list[Pair] = [((a, b), (b, a)) for a in "abcd" for b in "abcd"]
    assert bias_complexity.required(pairs, pairs[:5]) < 0.5


@pytest.mark.parametrize("sides", [1, 2, 3])
def test_the_dimension_of_a_box(sides: int) -> None:
    points = np.random.default_rng(0).random((1500, sides))
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(2))
    assert abs(generalization_difficulty.dimension(distances) - sides) < 0.3


@pytest.mark.parametrize(("m", "degree"), [(2, 4), (3, 3), (4, 5)])
def test_eigenfunctions_are_spherical_harmonics(m: int, degree: int) -> None:
    """All of a degree or less: sum of binom(m + k, m) - binom(m + k - 2, m) over k."""
    wanted = sum(math.comb(m + k, m) - math.comb(max(0, m + k - 2), m) for k in range(degree + 1))
    frequency = math.sqrt(degree * (degree + m - 1))
    found, count = generalization_difficulty.log_eigenfunctions(m, frequency)
    assert found == pytest.approx(degree)
    assert math.exp(count) == pytest.approx(wanted)


def test_difficulty_grows_with_dimension_and_shrinks_with_data() -> None:
    known: dict[str, Any] = {"radius": 2.0, "delta": 1.0, "outputs": 10}
    bits = {
        (m, train): generalization_difficulty.log10_bits(m=m, train=train, **known)
        for m in (3.0, 6.0)
        for train in (10, 500)
    }
    assert bits[6.0, 10] > bits[3.0, 10] + 1
    assert bits[3.0, 500] < bits[3.0, 10]
    assert generalization_difficulty.log10_bits(m=3.0, train=10**9, **known) == -math.inf


def test_it_is_a_command_like_the_others() -> None:
    assert command.modules()["diagnose-coverage"] is coverage
    assert command.modules()["diagnose-bias"] is bias_complexity
    assert command.modules()["diagnose-difficulty"] is generalization_difficulty
