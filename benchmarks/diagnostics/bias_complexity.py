"""The information that it takes to generalise on a task, given its training set.

Boopathy et al. (2024, Towards Exact Computation of Inductive Bias, 2406.15941): among the
hypotheses that fit the training pairs, how rare are those that are right on the test? The measure
is -log2 P(test error <= e | training pairs are fitted), in bits, for hypotheses drawn from a space
that knows nothing of the task. What reaches the test all the same has brought so much with it.

Here the space is that of Gaussian processes on words by position and pairs of neighbours, with a
squared-exponential kernel. Hypotheses that fit the training pairs are then Gaussian, so the
distribution of their test error is known and nothing is sampled. Its tail is computed by Chernoff's
bound, which is exact in the exponent; so the true measure is a little larger. The earlier measure
of these authors is in `generalization_difficulty`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.tokens import output_tokens
from benchmarks.diagnostics import SPLITS
from benchmarks.records import save
from benchmarks.suites import Pair, get_suite

NAME: Final = "diagnose-bias"
DESCRIPTION: Final = "bits it takes to generalise beyond what the training pairs say"

TRAINED: Final = 1500
ASKED: Final = 150
"""Training and test pairs, drawn at random."""
ERROR: Final = 0.05
"""Mean squared error that counts as right, as a share of the error of the mean training output."""
JITTER: Final = 1e-6

Matrix = NDArray[np.float64]


def features(inputs: Sequence[tuple[str, ...]], words: Mapping[Any, int]) -> Matrix:
    """float[n, k]: which word stands where, and which follows which."""
    found = np.zeros((len(inputs), len(words)))
    for row, x in zip(found, inputs, strict=True):
        for key in _keys(x):
            if key in words:
                row[words[key]] = 1.0
    return found


def _keys(x: tuple[str, ...]) -> list[Any]:
    return [*enumerate(x), *(("pair", *two) for two in pairwise(x))]


def targets(outputs: Sequence[Any], words: Mapping[Any, int]) -> Matrix:
    """float[n, k]: which token stands where in the output, for numbers from the lowest digit."""
    found = np.zeros((len(outputs), len(words)))
    for row, y in zip(found, outputs, strict=True):
        for key in enumerate(output_tokens(y)):
            if key in words:
                row[words[key]] = 1.0
    return found


def information(mean: Matrix, covariance: Matrix, target: Matrix, error: float) -> float:
    """-log2 of a bound on P(squared error <= error), over independent Gaussian columns.

    P(e <= c) <= min over s >= 0 of exp(s c) E[exp(-s e)], whose logarithm is convex in s.

    Args:
        mean: float[n, k], of the hypotheses.
        covariance: float[n, n], of each column.
        target: float[n, k].
        error: sum of the squared differences that is allowed.

    >>> zero, one = np.zeros((1, 1)), np.ones((1, 1))
    >>> round(information(zero, one, one * 9, 1.0)) > round(information(zero, one, one, 1.0))
    True
    """
    spread, axes = np.linalg.eigh(covariance)
    spread = spread.clip(min=0.0)
    off = ((axes.T @ (mean - target)) ** 2).sum(axis=1)
    columns = target.shape[1]

    def exponent(log_s: float) -> float:
        s = np.exp(log_s)
        wide = 1 + 2 * s * spread
        return float(s * error - columns * np.log(wide).sum() / 2 - (s * off / wide).sum())

    from scipy.optimize import minimize_scalar

    found = minimize_scalar(exponent, bounds=(-20.0, 20.0), method="bounded")
    return max(0.0, -float(found.fun) / math.log(2))


def required(train: Sequence[Pair], test: Sequence[Pair]) -> float:
    """Bits for each test input."""
    inputs = [x for x, _ in train]
    known = {k: i for i, k in enumerate(sorted({k for x in inputs for k in _keys(x)}, key=repr))}
    said = {
        k: i
        for i, k in enumerate(
            sorted({k for _, y in [*train, *test] for k in enumerate(output_tokens(y))})
        )
    }
    a, b = features(inputs, known), features([x for x, _ in test], known)
    y, z = (targets([out for _, out in part], said) for part in (train, test))
    level = y.mean(axis=0)
    scale = float(np.median(_squares(a, a)))
    inner, cross, outer = (np.exp(-_squares(*two) / scale) for two in ((a, a), (a, b), (b, b)))
    weights = np.linalg.solve(inner + JITTER * np.eye(len(a)), cross)
    size = float(((y - level) ** 2).mean())  # of the outputs; it is that of the prior too
    mean = level + weights.T @ (y - level)
    covariance = size * (outer - cross.T @ weights)
    allowed = ERROR * float(((z - level) ** 2).sum())
    return float(information(mean, covariance, z, allowed) / len(test))


def _squares(a: Matrix, b: Matrix) -> Matrix:
    found: Matrix = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return found


def measured(suite: str, split: str) -> dict[str, float]:
    """Test set -> bits for each of its inputs."""
    data = get_suite(suite).load(split)
    rng = np.random.default_rng(0)
    every = list(dict(data.train).items())
    train = [every[i] for i in rng.permutation(len(every))[:TRAINED]]
    return {
        test: round(required(train, [pairs[i] for i in rng.permutation(len(pairs))[:ASKED]]), 1)
        for test, pairs in data.tests.items()
    }


def run(arguments: Sequence[str]) -> None:
    """Compute for every split and write a record."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {NAME}")
    parser.add_argument("--suite", choices=list(SPLITS), action="append", help="only this suite")
    options = parser.parse_args(arguments)
    rows = [
        {"suite": suite, "split": split, "test": test, "bits": bits}
        for suite in options.suite or SPLITS
        for split in SPLITS[suite]
        for test, bits in measured(suite, split).items()
    ]
    for row in rows:
        print(*row.values())
    settings = {"trained": TRAINED, "asked": ASKED, "error": ERROR}
    print(f"record in {save(NAME, {'settings': settings, 'rows': rows})}")
