"""PCFG SET: nested functions on strings of letters (Hupkes et al., JAIR 67, 2020, 1908.08351).

From `NSR_DATA`: training rows are those official training examples whose sources could be
recovered, each split by its own column; tests are the official ones. Without it the three main
splits are generated here.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.suites import Data, Pair, draw, folder, needed_folder, random_size
from benchmarks.suites._files import read_lines, read_rows
from benchmarks.suites._strings import MANY, generate, is_adjacent
from nsr.errors import InputError, UnknownNameError

UNARY: Final = ("copy", "reverse", "shift", "echo", "swap_first_last", "repeat")
BINARY: Final = ("append", "prepend", "remove_first", "remove_second")
FUNCTIONS: Final = (*UNARY, *BINARY)
COMMA: Final = ","
LETTERS: Final = tuple(
    f"{letter}{k}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for k in range(1, 21)
)
"""Every letter of a string."""

SYNONYMS: Final = ("swap_first_last", "repeat", "append", "remove_second")
"""Functions f that have a synonym `f_twin` in the substitutivity test."""

TWIN: Final = "_twin"
PRIMITIVE_PAIRS: Final = 20
"""Training pairs of each synonym as the only function: 0.1 % of the official training set."""

WORDS: Final = (*FUNCTIONS, *(f + TWIN for f in SYNONYMS))
COLUMNS: Final = ("iid", "systematicity", "productivity")
NEEDS: Final = "the PCFG SET data pack (pool.tsv.gz, *_test.idx.txt.gz, ...)"


@dataclass(frozen=True)
class Sample:
    """One sample of the localism test.

    Args:
        source: the whole input.
        target: its output.
        steps: inputs of one function each; `*k` stands for the output of step k, from 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    steps: tuple[tuple[str, ...], ...]


class Pcfg:
    """The suite.

    `substitutivity` has half of the synonyms' occurrences in training replaced at random;
    `substitutivity_primitive` shows each synonym only alone, in a few pairs.
    """

    name = "pcfg"
    splits = (*COLUMNS, "localism", "substitutivity", "substitutivity_primitive")
    compared = COLUMNS
    level_name = "functions"
    metric = "share of test inputs whose whole output string is right"
    licence = "MIT (i-machine-think)"
    source = (
        "https://github.com/i-machine-think/am-i-compositional, "
        "commit 4f75bdd78889150dd78e90bbb7ddec840204c159"
    )

    def load(self, split: str, *, seed: int = 0) -> Data:
        """The data of a split, see `Suite.load`.

        Training pairs of `random-N` are drawn from the i.i.d. training rows; their test is the
        i.i.d. test.
        """
        size = random_size(split)
        if size is None and split not in self.splits:
            raise UnknownNameError("split of pcfg", split, [*self.splits, "random-N"])
        if folder(self.name) is None and (split in COLUMNS or size is not None):
            return _generated(split, size, seed)
        data = needed_folder(self.name, NEEDS)
        if split in COLUMNS:
            return _column(data, split)
        plain = _column(data, "iid")
        if size is not None:
            return Data(draw(plain.train, size, seed)[0], plain.tests, origin="random")
        if split == "localism":
            samples = localism(data)
            lengths = [
                _pair(*row) for row in read_rows(data / "localism_increasing_length.tsv.gz", 2)
            ]
            whole = [(sample.source, sample.target) for sample in samples]
            return Data(plain.train, {"whole": whole, "increasing_length": lengths})
        return _substitutivity(data, plain.train, split.endswith("primitive"), seed)

    def level(self, test: str, x: tuple[str, ...], y: tuple[str, ...]) -> int:
        """See `Suite.level`."""
        return sum(word.removesuffix(TWIN) in FUNCTIONS for word in x)


GENERATED: Final = 20_000
"""Generated pairs of all splits together."""
TEST_SHARE: Final = 10
"""One in so many pairs is an i.i.d. test pair."""


@functools.cache
def _everything() -> list[Pair]:
    found: list[Pair] = list(
        generate(GENERATED, unary=UNARY, binary=BINARY, letters=LETTERS, apply=apply)
    )
    return found


def _generated(split: str, size: int | None, seed: int) -> Data:
    """The splits by their rules, from the same pairs for every seed."""
    pairs = _everything()
    if split == "systematicity":
        held = [is_adjacent(x) for x, _ in pairs]
    elif split == "productivity":
        held = [sum(word in FUNCTIONS for word in x) >= MANY for x, _ in pairs]
    else:
        held = [i % TEST_SHARE == 0 for i in range(len(pairs))]
    train = [pair for pair, out in zip(pairs, held, strict=True) if not out]
    tests = {"test": [pair for pair, out in zip(pairs, held, strict=True) if out]}
    if size is not None:
        return Data(draw(train, size, seed)[0], tests, origin="random by rule")
    return Data(train, tests, origin="by rule")


def _pair(source: str, target: str) -> Pair:
    return tuple(source.split()), tuple(target.split())


@functools.cache
def _pool(path: Path) -> list[list[str]]:
    header, *rows = read_rows(path, 7)
    if tuple(header[:5]) != ("src", "tgt", *COLUMNS):
        raise InputError("not the pool of PCFG SET", source=str(path), place="line 1")
    return rows


def _column(data: Path, column: str) -> Data:
    rows = _pool(data / "pool.tsv.gz")
    role = 2 + COLUMNS.index(column)
    train = [_pair(*row[:2]) for row in rows if row[role] == "train"]
    path = data / f"{column}_test.idx.txt.gz"
    numbers = read_lines(path)
    if not all(
        n.isdigit() and int(n) < len(rows) and rows[int(n)][role] == "test" for n in numbers
    ):
        raise InputError("expected numbers of test rows, one a line", source=str(path))
    return Data(train, {"test": [_pair(*rows[int(n)][:2]) for n in numbers]})


def localism(data: Path) -> list[Sample]:
    """The samples of the localism test.

    Raises:
        InputError: if the file cannot be read or a sample is not whole.
    """
    path = data / "localism_unrolled_test.tsv.gz"
    samples: list[Sample] = []
    steps: list[tuple[str, ...]] = []
    last = ""
    for number, (kind, source, target) in enumerate(read_rows(path, 3), 1):
        if kind == "unrolled":
            steps.append(tuple(source.split()))
            last = target
        elif kind == "original" and steps and target == last:
            samples.append(Sample(*_pair(source, target), tuple(steps)))
            steps = []
        else:
            raise InputError("not a whole sample", source=str(path), place=f"line {number}")
    return samples


def _substitutivity(data: Path, train: Sequence[Pair], primitive: bool, seed: int) -> Data:
    _, *rows = read_rows(data / "substitutivity_test.tsv.gz", 3)
    tests = {
        "sources": [_pair(source, target) for source, _, target in rows],
        "twins": [_pair(twin, target) for _, twin, target in rows],
    }
    rng = np.random.default_rng(seed)
    if primitive:
        return Data([*train, *alone(rng)], tests, origin="by rule")
    return Data([(_renamed(x, rng), y) for x, y in train], tests, origin="by rule")


def _renamed(x: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
    return tuple(w + TWIN if w in SYNONYMS and rng.random() < 0.5 else w for w in x)


def alone(rng: np.random.Generator) -> list[Pair]:
    """Pairs that show each synonym as the only function, on random strings."""
    pairs: list[Pair] = []
    for function in SYNONYMS:
        for _ in range(PRIMITIVE_PAIRS):
            strings = [
                tuple(
                    LETTERS[i] for i in rng.choice(len(LETTERS), rng.integers(2, 6), replace=False)
                )
                for _ in range(1 + (function in BINARY))
            ]
            x = strings[0] if len(strings) == 1 else (*strings[0], COMMA, *strings[1])
            pairs.append(((function + TWIN, *x), apply(function, *strings)))
    return pairs


def apply(function: str, *strings: tuple[str, ...]) -> tuple[str, ...]:
    """What a function of the language does (Hupkes et al., table 1).

    >>> apply("shift", ("A1", "B2", "C3")), apply("prepend", ("A1",), ("B2",))
    (('B2', 'C3', 'A1'), ('B2', 'A1'))
    """
    x, y = strings[0], strings[-1]
    results = {
        "copy": x,
        "reverse": x[::-1],
        "shift": x[1:] + x[:1],
        "echo": x + x[-1:],
        "swap_first_last": x[-1:] + x[1:-1] + x[:1] if len(x) > 1 else x,
        "repeat": x + x,
        "append": x + y,
        "prepend": y + x,
        "remove_first": y,
        "remove_second": x,
    }
    return results[function]


SUITE: Final = Pcfg()
