"""The forest against brute force."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from nsr.abduction.em import Model
from nsr.parsing.entries import ARITY, PATTERNS
from nsr.parsing.forest import SKIPS, Floats, Statistics
from nsr.semantics import phrase_function, phrase_programs

Phrase = tuple[str, ...]
WORDS = ["f", "g", "v"]
CONSTANTS = {"a": "A", "b": "B"}


def model(*, partners: dict[str, str], joined: bool) -> Model:
    found = Model(
        WORDS,
        CONSTANTS,
        partners,
        phrase_programs(False),
        drop=False,
        joined=joined,
        noise=0.5,
        rng=np.random.default_rng(5),
    )
    # Only the cheapest programs, so that brute force can try them all.
    keep = np.zeros_like(found.theta)
    for word in range(len(found.words)):
        for pattern, base in enumerate(found.base[word]):
            if base >= 0:
                keep[base : base + {0: 1, 1: 3, 2: 6}[ARITY[PATTERNS[pattern]]]] = 1
    found.theta *= keep
    return found


def brute(found: Model, x: Phrase, y: Phrase, theta: Floats) -> float:
    """Total weight of all trees with value y: every tree, one after the other."""
    domain = found.library.space.domain
    hidden = len(found.words) - 1

    def trees(i: int, j: int) -> list[tuple[Phrase, float]]:
        cell = []
        if j == i + 1 and x[i] in CONSTANTS:
            cell.append(((CONSTANTS[x[i]],), 1.0))
        for pattern, shape in enumerate(PATTERNS):
            for spans, word, ways in readings(shape, i, j):
                base = found.base[word, pattern]
                if base < 0:
                    continue
                if not spans:
                    cell.append(((), theta[base]))
                    continue
                for parts in itertools.product(*[trees(*span) for span in spans]):
                    weight = math.prod(w for _, w in parts) / ways
                    values = [v for v, _ in parts]
                    for number, program in enumerate(found.library.programs[len(spans)][:6]):
                        share = theta[base + number]
                        if share > 0:
                            value = phrase_function(program.term, domain)(*values)
                            cell.append((value, share * weight))
        return cell

    def readings(shape, i, j):  # type: ignore[no-untyped-def]
        number, close = found.number, found.partners
        for k in range(i, j):
            if x[k] not in WORDS:
                continue
            word, last = number[x[k]], x[j - 1] == close.get(x[k])
            if shape == "w" and j == i + 1:
                yield [], word, 1
            if shape == "w_" and k == i < j - 1:
                yield [(i + 1, j)], word, 1
            if shape == "_w" and k == j - 1 > i:
                yield [(i, k)], word, 1
            if shape == "_w_" and i < k < j - 1:
                yield [(i, k), (k + 1, j)], word, 1
            if shape == "w__" and k == i:
                for m in range(i + 2, j):
                    yield [(i + 1, m), (m, j)], word, j - i - 2
            if shape == "__w" and k == j - 1:
                for m in range(i + 1, j - 1):
                    yield [(i, m), (m, k)], word, j - i - 2
            if shape == "w_v" and k == i and last and j > i + 2:
                yield [(i + 1, j - 1)], word, 1
            if shape == "w_v_" and k == i:
                for m in range(i + 2, j - 1):
                    if x[m] == close.get(x[k]):
                        yield [(i + 1, m), (m + 1, j)], word, 1
            if shape == "_w_v" and i < k < j - 2 and last:
                yield [(i, k), (k + 1, j - 1)], word, 1
        if shape == "__":
            for k in range(i + 1, j):
                yield [(i, k), (k, j)], hidden, 1

    return sum(weight for value, weight in trees(0, len(x)) if value == y)


CASES = [
    ({}, True, ("f", "a", "g", "b"), ("A", "A", "B")),
    ({}, True, ("a", "f", "b"), ("B", "A")),
    ({}, True, ("a", "b", "f", "a"), ("A", "B", "A")),
    ({}, False, ("f", "a", "b"), ("B", "A")),
    ({}, False, ("a", "b", "f", "g"), ("A", "B", "A", "B")),
    ({"f": "v"}, True, ("f", "a", "v", "b"), ("A", "B")),
    ({"f": "v"}, True, ("g", "f", "a", "b", "v"), ("A", "B", "A", "B")),
    ({"f": "v"}, True, ("a", "f", "b", "v", "g"), ("B", "A")),
]


@pytest.mark.parametrize(("partners", "joined", "x", "y"), CASES)
def test_total_weight_and_expected_uses_are_those_of_all_trees(
    partners: dict[str, str], joined: bool, x: Phrase, y: Phrase
) -> None:
    found = model(partners=partners, joined=joined)
    wanted = brute(found, x, y, found.theta)
    forest = found.forest((x, y))
    assert (forest is not None) == (wanted > 0)
    assert wanted > 0
    assert forest is not None
    counts, logs = Statistics([forest]).expect(found.theta)
    assert math.exp(logs[0]) == pytest.approx(wanted)
    # The expected number of uses is the derivative of the log-weight by the log of a feature.
    for feature in np.flatnonzero(found.theta[:-SKIPS]):
        nudged = found.theta.copy()
        nudged[feature] *= 1.0 + 1e-6
        slope = (math.log(brute(found, x, y, nudged)) - math.log(wanted)) / 1e-6
        assert counts[feature] == pytest.approx(slope, abs=1e-4)


def test_no_reading_no_forest() -> None:
    found = model(partners={}, joined=True)
    assert found.forest((("a", "b"), ("B", "B", "B"))) is None
    assert found.forest((("a", "g"), ("X",))) is None
