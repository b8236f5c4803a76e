"""How much of a test set is covered by substituting fragments of the training set.

The coverage principle (Chang et al. 2025, 2505.20278): what learns by matching patterns can be
trusted only on inputs that come from training inputs by exchanging fragments for others that have
the same result in the same contexts. Here a test input is covered if one exchange leads to a
training input. Two notions:

- *equal*: the two fragments share at least k contexts in training, all with the same output;
- *exchangeable*: they share at least k contexts, whatever the outputs (as in GECA, Andreas 2020,
  1904.09545).

A test set that is not covered and yet right was not solved by substitution alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from benchmarks.diagnostics import SPLITS
from benchmarks.records import save
from benchmarks.suites import Pair, get_suite

NAME: Final = "diagnose-coverage"
DESCRIPTION: Final = "how much of each test set single substitutions of fragments reach"

EVIDENCE: Final = (1, 2, 5)
"""Numbers of shared contexts that are asked for."""
ASKED: Final = 200
"""Test inputs of each set, drawn at random."""
LONGEST: Final = 15
"""Training inputs of at most so many words are cut into fragments: longer contexts hardly recur."""

Words: TypeAlias = tuple[str, ...]
Context: TypeAlias = tuple[Words, Words]
"""What stands before and after a fragment."""


class Fragments:
    """The fragments of training inputs with their contexts and outputs.

    Args:
        train: pairs; of those with the same input the first counts.
    """

    def __init__(self, train: Sequence[Pair]):
        self._of: dict[Words, dict[Context, Any]] = {}
        self._in: dict[Context, list[Words]] = {}
        self._known = {x for x, _ in train}
        for x, y in dict(train).items():
            if len(x) <= LONGEST:
                for fragment, context in cuts(x):
                    self._of.setdefault(fragment, {})[context] = y
                    self._in.setdefault(context, []).append(fragment)

    def evidence(self, x: Words, enough: int) -> tuple[int, int]:
        """Most shared contexts of an exchange that leads to a training input: equal, exchangeable.

        Args:
            x: the test input.
            enough: beyond this many it does not matter.
        """
        equal = exchangeable = 0
        if x in self._known:
            return enough, enough
        for fragment, context in cuts(x):
            own = self._of.get(fragment)
            if own is None:
                continue
            for other in self._in.get(context, ()):
                shared, same = _shared(own, self._of[other], enough, exchangeable >= enough)
                exchangeable = max(exchangeable, shared)
                if same:
                    equal = max(equal, shared)
                if equal >= enough:
                    return equal, exchangeable
        return equal, exchangeable


def _shared(
    one: dict[Context, Any], other: dict[Context, Any], enough: int, only_equal: bool
) -> tuple[int, bool]:
    """How many contexts two fragments share, and whether always with the same output.

    Counting ends where more would change nothing: outputs differ, and there are enough contexts or
    only equal fragments are looked for.
    """
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    shared, same = 0, True
    for context, output in few.items():
        if context in many:
            shared += 1
            same = same and bool(many[context] == output)
            if not same and (only_equal or shared >= enough):
                break
    return shared, same


def cuts(x: Words) -> Iterator[tuple[Words, Context]]:
    """Every fragment with its context; the whole input has an empty one."""
    for start in range(len(x)):
        for end in range(start + 1, len(x) + 1):
            yield x[start:end], (x[:start], x[end:])


def coverage(train: Sequence[Pair], tests: Sequence[Words]) -> dict[str, dict[str, float]]:
    """Notion -> number of contexts asked for -> share of the test inputs that are covered."""
    fragments = Fragments(train)
    found = [fragments.evidence(x, max(EVIDENCE)) for x in tests]
    return {
        name: {str(k): round(sum(e[i] >= k for e in found) / len(found), 4) for k in EVIDENCE}
        for i, name in enumerate(("equal", "exchangeable"))
    }


def run(arguments: Sequence[str]) -> None:
    """Compute for every split and write a record."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {NAME}")
    parser.add_argument("--suite", choices=list(SPLITS), action="append", help="only this suite")
    options = parser.parse_args(arguments)
    rows = [
        {"suite": suite, "split": split, "test": test, **found}
        for suite in options.suite or SPLITS
        for split in SPLITS[suite]
        for test, found in covered(suite, split).items()
    ]
    for row in rows:
        print(*row.values())
    record = {"settings": {"asked": ASKED, "evidence": EVIDENCE, "longest": LONGEST}, "rows": rows}
    print(f"record in {save(NAME, record)}")


def covered(suite: str, split: str) -> dict[str, dict[str, dict[str, float]]]:
    """Test set -> its coverage."""
    data = get_suite(suite).load(split)
    rng = np.random.default_rng(0)
    return {
        test: coverage(
            data.train, [pairs[i][0] for i in rng.permutation(len(pairs))[:ASKED].tolist()]
        )
        for test, pairs in data.tests.items()
    }
