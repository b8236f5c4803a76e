"""How much a task asks of whoever generalises on it, whatever the model: a bound in closed form.

Boopathy et al. (2023, Model-agnostic Measure of Generalization Difficulty, 2305.01034). Hypotheses
are the functions on the manifold of the inputs whose frequency stays below that which tells the
nearest two inputs with different outputs apart. Those that fit the n training pairs are left with
2 D E - n D free parameters, for D numbers of an output and E eigenfunctions of the Laplacian on a
sphere of m dimensions; each must be known so well that the error on the test, which lies a
Wasserstein distance W away, is small enough:

    (2 D E - n D) (log2 sqrt(D) - log2 e + log2 L_f + log2 W),  L_f = K sqrt(D) / R

with K the frequency of the largest eigenfunction, and R the largest norm of an input. The number of
parameters grows as M^m with M = 2 pi R / delta, so bits come as powers of ten. It is a bound, and a
loose one; `bias_complexity` is the measure of the same authors that is none.

Sentences lie on no manifold. Here their dimension is that which distances to near neighbours tell
(Levina & Bickel 2004) between sentences as words by position, and outputs are tokens by position.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.tokens import output_tokens
from benchmarks.diagnostics import SPLITS
from benchmarks.records import save
from benchmarks.suites import Pair, get_suite

NAME: Final = "diagnose-difficulty"
DESCRIPTION: Final = "how much a task asks of whoever generalises: a bound whatever the model"

SAMPLED: Final = 1500
"""Sentences between which distances are taken."""
NEIGHBOURS: Final = 20
"""By their distances the dimension is told."""
ERROR: Final = 0.05
"""Test error that counts as right."""

Matrix = NDArray[np.float64]


def dimension(distances: Matrix, neighbours: int = NEIGHBOURS) -> float:
    """The maximum-likelihood estimate of the dimension of points (Levina & Bickel 2004).

    Args:
        distances: float[n, n] between distinct points.
        neighbours: so many of each point are looked at.

    >>> line = np.abs(np.subtract.outer(np.arange(200.0), np.arange(200.0)))
    >>> round(dimension(line))
    1
    """
    near = np.sort(distances, axis=1)[:, 1 : neighbours + 1]
    ratios = np.log(near[:, -1:]) - np.log(near[:, :-1])
    return float(1 / ratios.mean())


def log_eigenfunctions(m: float, frequency: float) -> tuple[float, float]:
    """Degree and log of the number of spherical harmonics on a sphere of m dimensions.

    Those count whose eigenvalue, degree (degree + m - 1), is at most the square of the frequency.

    >>> degree, count = log_eigenfunctions(2, math.sqrt(6))
    >>> round(degree), round(math.exp(count))
    (2, 9)
    """
    degree = (math.hypot(m - 1, 2 * frequency) - (m - 1)) / 2
    both = (_log_binomial(m + degree, m), _log_binomial(m + degree - 1, m))
    return degree, float(np.logaddexp(*both))


def log10_bits(
    *, m: float, radius: float, delta: float, outputs: int, train: int, error: float = ERROR
) -> float:
    """Logarithm to base 10 of the bits that generalising takes; minus infinity for none.

    Args:
        m: dimension of the inputs.
        radius: largest norm of an input.
        delta: least distance of two inputs with different outputs.
        outputs: numbers that an output is made of.
        train: number of training pairs.
        error: that counts as right, as a share of the largest error.
    """
    degree, log_count = log_eigenfunctions(m, 2 * math.pi * radius / delta)
    # 2 D E - n D, on a scale where it does not overflow.
    scale = math.log(2 * outputs) + log_count
    left = 1 - math.exp(min(0.0, math.log(train * outputs) - scale))
    log_distance = (
        0.5 * math.log(m / 6)
        + (math.log(2) + (m + 1) / 2 * math.log(math.pi) - math.lgamma((m + 1) / 2)) / m
        + math.log(radius)
        - math.log(train) / m
    )
    steepest = math.log(degree) + 0.5 * math.log(outputs) - math.log(radius)
    each = 0.5 * math.log(outputs) - math.log(error) + steepest + log_distance
    if left <= 0 or each <= 0:
        return -math.inf
    return (scale + math.log(left) + math.log(each / math.log(2))) / math.log(10)


def required(train: Sequence[Pair]) -> dict[str, float]:
    """Dimension, least distance, and log10 of the bits of a training set."""
    known = dict(train)
    rng = np.random.default_rng(0)
    chosen = [list(known)[i] for i in rng.permutation(len(known))[:SAMPLED]]
    places = {key: i for i, key in enumerate({k: None for x in chosen for k in enumerate(x)})}
    points = np.zeros((len(chosen), len(places)))
    for row, x in zip(points, chosen, strict=True):
        row[[places[key] for key in enumerate(x)]] = 1.0
    squares = (points**2).sum(1)
    distances = np.sqrt((squares[:, None] + squares - 2 * points @ points.T).clip(min=0.0))
    outputs = [output_tokens(known[x]) for x in chosen]
    kinds = np.unique([str(y) for y in outputs], return_inverse=True)[1]
    delta = float(distances[kinds[:, None] != kinds].min())
    numbers = {key for y in outputs for key in enumerate(y)}
    m = dimension(distances)
    radius = math.sqrt(squares.max())
    bits = log10_bits(
        m=m, radius=radius, delta=delta, outputs=len(numbers), train=len(known), error=ERROR
    )
    return {"dimension": round(m, 1), "delta": round(delta, 3), "log10_bits": round(bits, 1)}


def _log_binomial(n: float, k: float) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def run(arguments: Sequence[str]) -> None:
    """Compute for every split and write a record."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {NAME}")
    parser.add_argument("--suite", choices=list(SPLITS), action="append", help="only this suite")
    options = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = [
        {"suite": suite, "split": split, **required(get_suite(suite).load(split).train)}
        for suite in options.suite or SPLITS
        for split in SPLITS[suite]
    ]
    for row in rows:
        print(*row.values())
    settings = {"sampled": SAMPLED, "neighbours": NEIGHBOURS, "error": ERROR}
    print(f"record in {save(NAME, {'settings': settings, 'rows': rows})}")
