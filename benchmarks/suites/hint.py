"""Handwritten arithmetic after HINT (Li et al., ICLR 2023, 2103.01403): symbols and values.

Inputs are the symbols of an expression, or pictures of them; outputs are its value, a natural
number. Tests are the five subsets of the paper; few-shot sets have one new concept each. The data
come from `NSR_DATA`; they are made by the published rules and are not the published release.
Without them expressions are generated here by the same rules, and pictures are rendered glyphs.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.suites import Data, Pair, draw, folder, needed_folder, random_size
from benchmarks.suites._arithmetic import Expression, dataset
from benchmarks.suites._factors import GRADED, graded
from benchmarks.suites._files import read_arrays
from benchmarks.suites._glyphs import glyphs
from nsr.errors import InputError, UnknownNameError

DIGITS: Final = tuple("0123456789")
OPERATORS: Final = tuple("+-*/")
BRACKETS: Final = tuple("()")
CONCEPTS: Final = tuple("xyabcd")
"""New concepts: 11, 12, max, min, mean rounded up, harmonic mean rounded up."""

PLAIN: Final = frozenset((*DIGITS, *BRACKETS))
WORDS: Final = (*DIGITS, *OPERATORS, *BRACKETS)
SUBSETS: Final = ("I", "SS", "LS", "SL", "LL")
FEWSHOT: Final = "fewshot-"
NEEDS: Final = "the handwritten arithmetic pack (train.npz, val.npz, test.npz, fewshot/)"


class Hint:
    """The suite: `symbols`, `images`, or a new concept with its few examples.

    Inputs of `images` are tuples of uint8[45, 45]; equal pictures are the same array.
    """

    name = "hint"
    splits = ("symbols", "images", *(FEWSHOT + c for c in CONCEPTS))
    compared = ("symbols",)
    level_name = "operators"
    level_names: Final = {"images": "symbols"}
    metric = "share of test expressions whose value is right"
    licence = "CC BY-NC-SA 3.0 (handwriting, CROHME); the expressions carry no claim"
    source = "IAPR TC-11 CROHME 2011-2016; expressions by the rules of arXiv 2103.01403"

    def load(self, split: str, *, seed: int = 0) -> Data:
        """The data of a split, see `Suite.load`.

        `easy-N` and `hard-N` are N training expressions with few or many operators. A few-shot
        split has only the examples with its concept. Tests are named by subset.
        """
        if grade := GRADED.fullmatch(split):
            return self._graded(grade["grade"], int(grade["size"]), seed)
        size = random_size(split)
        if size is None and split not in self.splits:
            raise UnknownNameError(
                "split of hint", split, [*self.splits, "random-N", "easy-N", "hard-N"]
            )
        if folder(self.name) is None and not split.startswith(FEWSHOT):
            return _generated(split, size, seed)
        data = needed_folder(self.name, NEEDS)
        if split == "images":
            return _pictured(data)
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

    def _graded(self, grade: str, size: int, seed: int) -> Data:
        plain = self.load("symbols", seed=seed)
        some = graded(plain.train, grade, size, seed, lambda pair: self.level("", *pair))
        origin = "random" if plain.origin == "published" else "random by rule"
        return replace(plain, train=some, origin=origin)

    def level(self, test: str, x: tuple[Any, ...], y: int) -> int:
        """See `Suite.level`; of pictures, how many there are."""
        return sum(not isinstance(w, str) or w not in PLAIN for w in x)


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


def _pictured(data: Path) -> Data:
    """The same expressions as pictures."""
    images: Any = read_arrays(data / "symbols.npz", "images")[0]
    pictures = list(images)
    parts: dict[str, list[tuple[Any, int]]] = {}
    subsets: dict[str, Any] = {}
    for part in PARTS:
        found: list[Any] = read_arrays(
            data / f"{part}.npz", "symbol_index", "offset", "value", "subset", "subset_names"
        )
        index, offset, values, subset, names = found
        ends = offset.tolist()
        rows = [index[a:b].tolist() for a, b in pairwise(ends)]
        parts[part] = [
            (tuple(pictures[i] for i in row), value)
            for row, value in zip(rows, values.tolist(), strict=True)
        ]
        subsets[part] = names[subset]
    tests = {
        name: [
            pair for pair, own in zip(parts["test"], subsets["test"], strict=True) if own == name
        ]
        for name in SUBSETS
    }
    return Data(parts["train"], tests, parts["val"])


GENERATED: Final = 2500
"""Generated training expressions of each number of operators,"""
TESTED: Final = 100
"""those of a test subset,"""
DRAWN: Final = 300
"""and pictures of each symbol; a third as many for validation and for tests."""


def _generated(split: str, size: int | None, seed: int) -> Data:
    """Expressions made here; the training ones and the tests are the same for every seed."""
    sets = _expressions()
    pairs = {
        name: [(tuple(one.text), one.value) for one in expressions]
        for name, expressions in sets.items()
    }
    tests: dict[str, list[Any]] = {name: pairs[name] for name in SUBSETS}
    train: list[Any] = pairs["train"]
    validation: list[Any] = [pair for name in SUBSETS for pair in pairs[name + "-validation"]]
    if size is not None:
        train = draw(train, size, seed)[0]
    if split == "images":
        train = _drawn(train, "train", DRAWN)
        validation = _drawn(validation, "val", DRAWN // 3)
        tests = {name: _drawn(own, "test", DRAWN // 3) for name, own in tests.items()}
    return Data(train, tests, validation, origin="by rule" if size is None else "random by rule")


@functools.cache
def _expressions() -> dict[str, list[Expression]]:
    sets = dataset(0, GENERATED, TESTED)
    later = dataset(1, TESTED, TESTED // 10)
    known = {one.text for name in ("train", *SUBSETS) for one in sets[name]}
    sets |= {
        f"{name}-validation": [one for one in later[name] if one.text not in known]
        for name in SUBSETS
    }
    return sets


def _drawn(pairs: Sequence[Pair], part: str, number: int) -> list[Any]:
    """The pairs with a picture in the place of each symbol."""
    found = glyphs("".join(WORDS), number, part, 0)
    pictures = {word: list(images) for word, images in found.items()}
    rng = random.Random(part)
    return [(tuple(rng.choice(pictures[word]) for word in x), y) for x, y in pairs]


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
