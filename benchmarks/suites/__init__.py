"""Suites: data sets of pairs behind one protocol.

Data sets are never part of the repository. A suite reads its part of the folder that the
environment variable `NSR_DATA` names, or generates the data, or says what it needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from nsr.data.sets import data_folder
from nsr.errors import InputError, UnknownNameError

Pair: TypeAlias = tuple[tuple[str, ...], Any]
"""Tokens of an input, and its output: tokens or a number."""

NAMES: Final = ("algorithms", "arc", "hint", "patterns", "pcfg", "scan")
RANDOM: Final = "random-"


@dataclass(frozen=True)
class Data:
    """One split.

    Args:
        train: pairs to learn from, with their repeats.
        tests: name of a test set -> its pairs.
        validation: pairs to choose a model by; may be empty.
        origin: "published", "by rule" (made by the published rule of the split), "random", or
            "random by rule" (drawn from pairs made by the rule).
    """

    train: Sequence[Pair]
    tests: Mapping[str, Sequence[Pair]]
    validation: Sequence[Pair] = field(default=())
    origin: str = "published"


class Suite(Protocol):
    """A data set with its splits.

    Beside `splits` every suite of sentences has `random-N`: N training pairs drawn by the seed.

    Args:
        name, splits: as named.
        compared: the splits on which methods are compared if no other is asked for.
        level_name: what makes a pair hard, e.g. "actions in the output"; a suite may have
            `level_names` for splits where it is something else.
        metric, licence, source: in words.
    """

    name: str
    splits: tuple[str, ...]
    compared: tuple[str, ...]
    level_name: str
    metric: str
    licence: str
    source: str

    def load(self, split: str, *, seed: int = 0) -> Data:
        """The data of a split.

        Args:
            split: one of `splits`, or `random-N`.
            seed: of what is random in a split; published ones do not depend on it.

        Raises:
            UnknownNameError: if there is no such split.
            InputError: if the data are missing or damaged.
        """
        ...

    def level(self, test: str, x: Any, y: Any) -> int:
        """How much there is of what makes a pair of that test set hard."""
        ...


def get_suite(name: str) -> Suite:
    """The suite of that name.

    Raises:
        UnknownNameError: if there is none.
    """
    if name not in NAMES:
        raise UnknownNameError("suite", name, list(NAMES))
    suite: Suite = importlib.import_module(f"benchmarks.suites.{name}").SUITE
    return suite


def level_name(suite: str, split: str) -> str:
    """What the levels of a split count."""
    source = get_suite(suite)
    # Of pictures nobody says which are operators: all are counted.
    names: Mapping[str, str] = getattr(source, "level_names", {})
    return names.get(split, source.level_name)


def folder(name: str) -> Path | None:
    """The suite's folder below `NSR_DATA`, if there is one.

    Raises:
        InputError: if `NSR_DATA` names no folder.
    """
    root = data_folder()
    if root is None:
        return None
    if not root.is_dir():
        raise InputError(f"expected a directory of data, got {str(root)!r}", source="NSR_DATA")
    path = root / name
    return path if path.is_dir() else None


def needed_folder(name: str, what: str) -> Path:
    """The suite's folder below `NSR_DATA`.

    Raises:
        InputError: if there is none, saying what it must hold.
    """
    path = folder(name)
    if path is None:
        raise InputError(f"set NSR_DATA to a folder with {name}/ in it: {what}")
    return path


def random_size(split: str) -> int | None:
    """N of `random-N`, else `None`.

    >>> random_size("random-50"), random_size("simple"), random_size("random-0")
    (50, None, None)
    """
    number = split.removeprefix(RANDOM)
    if number == split or not number.isascii() or not number.isdigit() or int(number) < 1:
        return None
    return int(number)


def draw(pairs: Sequence[Pair], size: int, seed: int) -> tuple[list[Pair], list[Pair]]:
    """This many pairs drawn without replacement, and the rest in order.

    Raises:
        InputError: if there are fewer.
    """
    if size > len(pairs):
        raise InputError(f"cannot draw {size} of {len(pairs)} pairs")
    order = np.random.default_rng(seed).permutation(len(pairs))[:size].tolist()
    chosen = set(order)
    return [pairs[i] for i in order], [p for i, p in enumerate(pairs) if i not in chosen]
