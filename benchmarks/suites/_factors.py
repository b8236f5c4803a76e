"""Training sets that differ in one factor: how many primitives, how hard the examples.

Zhou, Jiang & Bansal (2023, Data Factors for Better Compositional Generalization, 2311.04420): a
Transformer generalises better when there are more different primitives in training, and from easy
examples rather than hard ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from benchmarks.suites import Pair
from nsr.errors import InputError

TIMES: Final = re.compile(r"(?P<split>.+)-x(?P<times>[1-9][0-9]{0,2})")
GRADED: Final = re.compile(r"(?P<grade>easy|hard)-(?P<size>[1-9][0-9]*)")


def copied(pairs: Sequence[Pair], times: int, primitives: dict[str, str], seed: int) -> list[Pair]:
    """Every pair so many times, its primitives renamed in all but the first.

    Each occurrence of a primitive becomes one of its copies at random, in the output alike, so that
    there are so many times as many different primitives.

    Args:
        pairs: of words.
        times: copies, the original one among them.
        primitives: word of an input -> its word in outputs.
        seed: of the choice.

    >>> copied([(("walk",), ("W",))], 2, {"walk": "W"}, 0)[0]
    (('walk',), ('W',))
    """
    rng = np.random.default_rng(seed)
    found = list(pairs)
    for _ in range(times - 1):
        for x, y in pairs:
            used = {word: int(rng.integers(times)) for word in x if word in primitives}
            names = {word: _copy(word, k) for word, k in used.items()}
            names |= {primitives[word]: _copy(primitives[word], k) for word, k in used.items()}
            found.append((tuple(names.get(w, w) for w in x), tuple(names.get(w, w) for w in y)))
    return found


def _copy(word: str, k: int) -> str:
    return f"{word}.{k}" if k else word


def graded(
    pairs: Sequence[Pair], grade: str, size: int, seed: int, level: Callable[[Pair], int]
) -> list[Pair]:
    """So many pairs drawn from the easier or the harder half.

    Args:
        pairs: to draw from.
        grade: "easy" or "hard".
        size: how many.
        seed: of the draw.
        level: how hard a pair is.

    Raises:
        InputError: if there are fewer.
    """
    ranked = sorted(pairs, key=level)  # stable: equals stay in order
    half = len(ranked) // 2
    part = ranked[:half] if grade == "easy" else ranked[half:]
    if size > len(part):
        raise InputError(f"cannot draw {size} of {len(part)} {grade} pairs")
    return [part[i] for i in np.random.default_rng(seed).permutation(len(part))[:size]]
