"""Handwritten arithmetic after HINT (Li et al., ICLR 2023, 2103.01403): symbols and values.

Inputs are the symbols of an expression, outputs its value, a natural number. Tests are the five
subsets of the paper; few-shot sets have one new concept each. The data come from `NSR_DATA`; they
are made by the published rules and are not the published release.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.suites import Data, Pair, draw, needed_folder, random_size
from benchmarks.suites._files import read_arrays
from nsr.errors import InputError, UnknownNameError

DIGITS: Final = tuple("0123456789")
OPERATORS: Final = tuple("+-*/")
BRACKETS: Final = tuple("()")
CONCEPTS: Final = tuple("xyabcd")
"""New concepts: 11, 12, max, min, mean rounded up, harmonic mean rounded up."""

WORDS: Final = (*DIGITS, *OPERATORS, *BRACKETS)
SUBSETS: Final = ("I", "SS", "LS", "SL", "LL")
FEWSHOT: Final = "fewshot-"
NEEDS: Final = "the handwritten arithmetic pack (train.npz, val.npz, test.npz, fewshot/)"


class Hint:
    """The suite, with symbols as inputs."""

    name = "hint"
    splits = ("symbols", *(FEWSHOT + c for c in CONCEPTS))
    compared = ("symbols",)
    level_name = "operators"
    metric = "share of test expressions whose value is right"
    licence = "CC BY-NC-SA 3.0 (handwriting, CROHME); the expressions carry no claim"
    source = "IAPR TC-11 CROHME 2011-2016; expressions by the rules of arXiv 2103.01403"

    def load(self, split: str, *, seed: int = 0) -> Data:
        """The data of a split, see `Suite.load`.

        A few-shot split has only the examples with its concept. Tests are named by subset.
        """
        size = random_size(split)
        if size is None and split not in self.splits:
            raise UnknownNameError("split of hint", split, [*self.splits, "random-N"])
        data = needed_folder(self.name, NEEDS)
        if split.startswith(FEWSHOT):
            concept = split.removeprefix(FEWSHOT)
            paths = [data / "fewshot" / f"{concept}_{part}.npz" for part in PARTS]
        else:
            paths = [data / f"{part}.npz" for part in PARTS]
        train, validation, test = map(_read, paths)
        pairs = [pair for pair, _ in train]
        if size is not None:
            pairs = draw(pairs, size, seed)[0]
        tests = {s: [pair for pair, subset in test if subset == s] for s in SUBSETS}
        return Data(
            pairs,
            {name: found for name, found in tests.items() if found},
            [pair for pair, _ in validation],
            origin="published" if size is None else "random",
        )

    def level(self, test: str, x: tuple[str, ...], y: int) -> int:
        """See `Suite.level`."""
        return sum(word not in DIGITS and word not in BRACKETS for word in x)


PARTS: Final = ("train", "val", "test")


def _read(path: Path) -> list[tuple[Pair, str]]:
    """Pairs with the names of their subsets."""
    found: list[Any] = read_arrays(path, "expr", "value", "subset", "subset_names")
    expressions, values, subsets, names = found
    if not len(expressions) == len(values) == len(subsets):
        raise InputError("arrays of different lengths", source=str(path))
    texts = [expression.decode("ascii") for expression in expressions.tolist()]
    of = [str(names[i]) for i in subsets.tolist()]
    return [
        ((tuple(text), value), subset)
        for text, value, subset in zip(texts, values.tolist(), of, strict=True)
    ]


def corrupted(pairs: Sequence[Pair], share: float, seed: int) -> list[Pair]:
    """The pairs with this share of all tokens replaced, each by any other word of the pairs alike.

    Args:
        pairs: inputs and outputs; outputs stay.
        share: probability that a token is replaced.
        seed: of the choice.
    """
    words = sorted({w for x, _ in pairs for w in x})
    number = {w: i for i, w in enumerate(words)}
    rng = np.random.default_rng(seed)
    noisy: list[Pair] = []
    for x, y in pairs:
        hit = rng.random(len(x)) < share
        steps = rng.integers(1, len(words), len(x))
        noisy.append(
            (
                tuple(
                    words[(number[w] + int(k)) % len(words)] if h else w
                    for w, h, k in zip(x, hit, steps, strict=True)
                ),
                y,
            )
        )
    return noisy


SUITE: Final = Hint()
