"""List algorithms: learnt from short examples, asked on inputs of 10 times the length.

Three families: `classic` (15 tasks of the literature on length generalisation), `development` (25
more) and `held_out` (not to be tuned on). Everything is generated from the seed. Training inputs
have lengths 1 to 8 (a tree: nodes; a bracketed term: leaves), each length as likely as the next.

A split is `family/name`, or `family/name-N` with N training pairs instead of 100, or
`family/name-N-noisy` with one wrong label among them. Fewer pairs are the first of more, and the
tests of a seed are the same for up to 100.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from typing import Any, Final, TypeAlias
from zlib import crc32

import numpy as np

from benchmarks.suites import Data
from benchmarks.suites._algorithms import Algorithm
from benchmarks.suites._algorithms.classic import CLASSIC
from benchmarks.suites._algorithms.development import DEVELOPMENT
from benchmarks.suites._algorithms.held_out import HELD_OUT
from nsr.errors import InputError, UnknownNameError
from nsr.task import Task

Arguments: TypeAlias = tuple[Any, ...]
Pairs: TypeAlias = list[tuple[Arguments, Any]]
"""Pairs of a tuple of arguments and the output."""

FAMILIES: Final[Mapping[str, tuple[Algorithm, ...]]] = {
    family.name: tuple(family.members) for family in (CLASSIC, DEVELOPMENT, HELD_OUT)
}
ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    algorithm.name: algorithm for members in FAMILIES.values() for algorithm in members
}
LONGEST_TRAINED: Final = 8
TESTS: Final = {"2x": 16, "5x": 40, "10x": 80}
"""Name of a test set -> its length."""

CURVE: Final = {"1x": 8, "1.5x": 12, **TESTS, "3x": 24}
"""The same with more lengths; those of 1x are as long as the longest seen."""

EXAMPLES: Final = 100
QUESTIONS: Final = 200
PATIENCE: Final = 1000
"""Draws after which an input may come again,"""
HURRY: Final = 10
"""and draws for each of the later ones."""

TRAIN, NOISE, TEST = 0, 1, 2
"""Streams of random numbers."""


def find(name: str) -> Algorithm:
    """The algorithm of that name, with or without its family: `sort` or `classic/sort`.

    Raises:
        UnknownNameError: if there is none.
    """
    family, _, short = name.rpartition("/")
    algorithm = ALGORITHMS.get(short)
    if algorithm is None or family not in ("", algorithm.family):
        # Those held out are not even named to who develops the engine.
        shown = [a.split for a in ALGORITHMS.values() if a.family != HELD_OUT.name]
        raise UnknownNameError("algorithm", name, shown)
    return algorithm


def examples(name: str, number: int = EXAMPLES, *, seed: int = 0, noisy: int = 0) -> Pairs:
    """Training pairs, as many of them wrong as `noisy` says.

    A wrong label is the output of another pair or, for lists, the true one with one item replaced
    or left out; which pairs are wrong does not show.

    Raises:
        UnknownNameError: if there is no such algorithm.
        InputError: if there are more wrong labels than pairs.

    >>> examples("classic/reverse", 1)
    [(((0, 7),), (7, 0))]
    """
    algorithm = find(name)
    if not 0 <= noisy <= number:
        raise InputError(f"expected 0 to {number} wrong labels, got {noisy}", source=name)
    rng = _stream(algorithm, seed, TRAIN)
    lengths = range(1, LONGEST_TRAINED + 1)
    pairs = _distinct(algorithm, rng, lambda: int(rng.choice(lengths)), number)
    noise = _stream(algorithm, seed, NOISE)
    outputs = [output for _, output in pairs]
    for place in noise.permutation(number)[:noisy].tolist():
        inputs, output = pairs[place]
        pairs[place] = inputs, _wrong(noise, output, outputs)
    return pairs


def questions(
    name: str,
    length: int,
    number: int = QUESTIONS,
    *,
    seed: int = 0,
    known: Set[Arguments] | None = None,
) -> Pairs:
    """Right pairs of one length; fewer if there are not so many inputs.

    Args:
        name: of the algorithm.
        length: of the inputs.
        number: of the pairs.
        seed: see `examples`.
        known: inputs that must not come; by default those of 100 training pairs.

    Raises:
        UnknownNameError: if there is no such algorithm.
    """
    algorithm = find(name)
    rng = _stream(algorithm, seed, TEST + length)
    if known is None:
        known = {inputs for inputs, _ in examples(name, seed=seed)}
    return _distinct(algorithm, rng, lambda: length, number, known)


def task(name: str, number: int = EXAMPLES, *, seed: int = 0, noisy: int = 0) -> Task:
    """The training pairs as a task with its types, to be given to `nsr.solve`.

    >>> task("addition", 5).input_types
    ('ints', 'ints')
    """
    algorithm = find(name)
    return Task.from_pairs(
        examples(name, number, seed=seed, noisy=noisy),
        name=algorithm.name,
        input_types=algorithm.input_types,
        output_type=algorithm.output_type,
    )


def _stream(algorithm: Algorithm, seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(algorithm.split.encode()), stream])


def _distinct(
    algorithm: Algorithm,
    rng: np.random.Generator,
    length: Callable[[], int],
    number: int,
    known: Set[Arguments] | None = None,
) -> Pairs:
    """So many pairs whose inputs are not repeated while the patience lasts.

    If some inputs are known, none of them comes, and none is repeated: there may be fewer pairs.
    """
    pairs: Pairs = []
    seen = set(known or ())
    patience = PATIENCE
    while len(pairs) < number:
        for _ in range(patience):
            inputs = algorithm.draw(rng, length())
            if inputs not in seen:
                break
        else:
            if known is not None:
                break
            patience = HURRY  # there are hardly any others, so that looking for them takes minutes
        seen.add(inputs)
        pairs.append((inputs, algorithm.truth(*inputs)))
    return pairs


def _wrong(rng: np.random.Generator, output: Any, outputs: list[Any]) -> Any:
    """A label of the same type that is not the output."""
    others = [other for other in outputs if other != output]
    if others and (not isinstance(output, tuple) or rng.random() < 0.5):
        return others[int(rng.integers(len(others)))]
    if isinstance(output, bool):
        return not output
    if isinstance(output, int):
        return output + 1
    if not output:
        return (0,)
    place = int(rng.integers(len(output)))
    items = sorted({item for other in (*others, output) for item in other} - {output[place]})
    kept = (items[int(rng.integers(len(items)))],) if items and rng.random() < 0.5 else ()
    return output[:place] + kept + output[place + 1 :]


class Algorithms:
    """Every algorithm is a split of its own."""

    name = "algorithms"
    splits: tuple[str, ...] = tuple(a.split for a in ALGORITHMS.values())
    compared = tuple(a.split for a in FAMILIES["classic"])
    level_name = "length of the input"
    metric = "exact output"
    licence = "MIT"
    source = "generated; each task names where it comes from"

    def load(self, split: str, *, seed: int = 0) -> Data:
        """The training pairs of a split, and 200 tests each of 1 to 10 times the length.

        No test is a training input. Of few inputs there may be no test that is none: with 10,000
        pairs all lists of 8 bits were seen.

        Raises:
            UnknownNameError: if there is no such split.
            InputError: if the split has more wrong labels than pairs.
        """
        parts = re.fullmatch(r"(?P<name>.*?)(-(?P<number>[1-9][0-9]*)(?P<noisy>-noisy)?)?", split)
        if parts is None or parts["name"] not in self.splits:
            known = [*self.splits, "NAME-N", "NAME-N-noisy"]
            raise UnknownNameError("split of algorithms", split, known)
        name, number = parts["name"], int(parts["number"] or EXAMPLES)
        train = examples(name, number, seed=seed, noisy=1 if parts["noisy"] else 0)
        # Against 100 at least, so that the tests are the same for up to 100.
        more = train if number >= EXAMPLES else examples(name, seed=seed)
        seen = {inputs for inputs, _ in more}
        tests = {
            test: questions(name, length, seed=seed, known=seen) for test, length in CURVE.items()
        }
        return Data(
            train, {test: found for test, found in tests.items() if found}, origin="by rule"
        )

    def level(self, test: str, x: Arguments, y: Any) -> int:
        """See `Suite.level`."""
        return CURVE[test]


SUITE: Final = Algorithms()
