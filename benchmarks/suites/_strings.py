"""PCFG SET generated anew (Hupkes et al., JAIR 67, 2020, 1908.08351, section 4.1).

Sources are drawn from the published grammar with the rates that its authors ended with, and no
string of letters occurs twice. Their last step matches depths and lengths of English sentences;
here the number of functions is matched to that of the published data instead, which needs no
sentences.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

Tokens = tuple[str, ...]

UNARY_RATE: Final = 0.603
"""Probability that a function has one argument,"""
NESTED_RATE: Final = 0.577
"""and that an argument is again a function."""
DEEPEST: Final = 22
LONGEST: Final = 160
"""Tokens of a source; the published limit is 500 characters."""
LENGTHS: Final = {2: 16, 3: 30, 4: 28, 5: 27}
"""Letters of a string -> its share in per cent."""
FUNCTIONS: Final = {1: 15, 2: 128, 3: 194, 4: 188, 5: 132, 6: 103, 7: 66, 8: 51}
"""Functions of a source -> its share in per mille; the rest has `MANY` or more."""
MANY: Final = 9
ADJACENT: Final = (
    ("swap_first_last", "repeat"),
    ("append", "remove_second"),
    ("repeat", "remove_second"),
    ("append", "swap_first_last"),
)
"""Pairs of functions that only the systematicity test has side by side."""


def generate(
    number: int,
    *,
    unary: Sequence[str],
    binary: Sequence[str],
    letters: Sequence[str],
    apply: Callable[..., Tokens],
    seed: int = 0,
) -> list[tuple[Tokens, Tokens]]:
    """Sources with their targets, in random order.

    Args:
        number: how many.
        unary, binary: names of functions; a comma parts the arguments of the second kind.
        letters: of strings.
        apply: function name and strings -> string.
        seed: of everything.
    """
    rng = random.Random(seed)
    used: set[Tokens] = set()

    def string() -> Tokens:
        while True:
            (length,) = rng.choices(list(LENGTHS), list(LENGTHS.values()))
            found = tuple(rng.choices(letters, k=length))
            if found not in used:
                used.add(found)
                return found

    def draw(depth: int) -> tuple[Tokens, Tokens, int] | None:
        """A source, its target, its number of functions; nothing if it is too deep or long."""
        if depth > DEEPEST:
            return None
        name = rng.choice(unary if rng.random() < UNARY_RATE else binary)
        parts: list[tuple[Tokens, Tokens, int]] = []
        for _ in range(1 if name in unary else 2):
            if rng.random() < NESTED_RATE:
                part = draw(depth + 1)
                if part is None:
                    return None
            else:
                letter = string()
                part = letter, letter, 0
            parts.append(part)
        source = (name, *parts[0][0])
        for part in parts[1:]:
            source = (*source, ",", *part[0])
        if len(source) > LONGEST:
            return None
        return source, apply(name, *(p[1] for p in parts)), 1 + sum(p[2] for p in parts)

    room = {k: round(number * share / 1000) for k, share in FUNCTIONS.items()}
    room[MANY] = number - sum(room.values())
    count: Counter[int] = Counter()
    pairs: list[tuple[Tokens, Tokens]] = []
    while len(pairs) < number:
        found = draw(1)
        kind = 0 if found is None else min(found[2], MANY)
        if found is None or count[kind] == room[kind]:
            continue
        count[kind] += 1
        pairs.append(found[:2])
    rng.shuffle(pairs)
    return pairs


def is_adjacent(source: Tokens) -> bool:
    """Whether a source belongs to the systematicity test."""
    return any(pair in ADJACENT for pair in itertools.pairwise(source))
