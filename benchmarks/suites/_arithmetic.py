"""Expressions by the rules of HINT (Li et al., ICLR 2023, 2103.01403, section 3).

Digits, `+ - * /` and brackets where they are needed; `-` stops at zero, `/` rounds up, division by
zero does not occur. With three or more operators a value occurs in at most 5 % of the expressions
drawn together, and zero not at all, so that guessing a frequent value is worth little.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

SMALL: Final = 100
"""Largest result, also of parts, in training and in the subsets I, SS and LS."""
LARGE: Final = 10_000
"""The same in SL and LL, where one is above `SMALL`."""
TRAINED: Final = 10
"""Operators in training at most."""
LONGEST: Final = 20
SHARE: Final = 0.05
PLAIN: Final = 2
"""Up to so many operators, values are as frequent as they come."""

APPLY: Final[dict[str, Callable[[int, int], int]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: max(0, a - b),
    "*": lambda a, b: a * b,
    "/": lambda a, b: -(-a // b),
}
BINDS: Final = {"+": 1, "-": 1, "*": 2, "/": 2}
TIGHTEST: Final = 3


@dataclass(frozen=True, slots=True)
class Expression:
    """A drawn expression.

    Args:
        text: one character for each symbol.
        value: what it gives.
        most: the largest result, of parts too.
        binds: how tightly its last operation binds.
    """

    text: str
    value: int
    most: int
    binds: int = TIGHTEST


def draw(rng: random.Random, operators: int, limit: int) -> Expression | None:
    """An expression with so many operators; nothing if it divides by zero or exceeds the limit."""
    if not operators:
        digit = rng.randrange(10)
        return Expression(str(digit), digit, digit)
    left = draw(rng, inside := rng.randrange(operators), limit)
    right = None if left is None else draw(rng, operators - 1 - inside, limit)
    if left is None or right is None:
        return None
    sign = rng.choice("+-*/")
    if sign == "/" and right.value == 0:
        return None
    value = APPLY[sign](left.value, right.value)
    if value > limit:
        return None
    own = BINDS[sign]
    first = f"({left.text})" if left.binds < own else left.text
    second = f"({right.text})" if right.binds <= own else right.text
    return Expression(first + sign + second, value, max(value, left.most, right.most), own)


def drawn(
    rng: random.Random, operators: int, number: int, *, large: bool, known: Collection[str] = ()
) -> list[Expression]:
    """Expressions of one number of operators.

    Args:
        rng: of the draw.
        operators: in each.
        number: how many.
        large: whether some result is above `SMALL`, and at most `LARGE`.
        known: texts that must not come.
    """
    often: Counter[int] = Counter()
    found: list[Expression] = []
    for one in _endless(rng, operators, LARGE if large else SMALL):
        if len(found) == number:
            break
        if (one.most > SMALL) != large or one.text in known:
            continue
        if operators > PLAIN:
            if one.value == 0 or often[one.value] >= max(1, round(SHARE * number)):
                continue
            often[one.value] += 1
        found.append(one)
    return found


def _endless(rng: random.Random, operators: int, limit: int) -> Iterator[Expression]:
    while True:
        one = draw(rng, operators, limit)
        if one is not None:
            yield one


def dataset(seed: int, number: int, tested: int) -> dict[str, list[Expression]]:
    """Training expressions and the five test subsets.

    Args:
        seed: of everything.
        number: training expressions of each number of operators above one; fewer of digits alone
            and of single operations, of which there are not many.
        tested: expressions of a test subset of each number of operators.

    Returns:
        "train", "I", "SS", "LS", "SL", "LL". Those of I are training expressions.
    """
    rng = random.Random(seed)
    train: list[Expression] = []
    for operators in range(TRAINED + 1):
        share = {0: 5, 1: 1.25}.get(operators, 1)
        train += drawn(rng, operators, int(number / share), large=False)
    known = {one.text for one in train}

    def subset(first: int, last: int, large: bool) -> list[Expression]:
        return [
            one
            for operators in range(first, last + 1)
            for one in drawn(rng, operators, tested, large=large, known=known)
        ]

    return {
        "train": train,
        "I": rng.sample(train, min(len(train), tested * TRAINED)),
        "SS": subset(PLAIN + 1, TRAINED, False),
        "LS": subset(TRAINED + 1, LONGEST, False),
        "SL": subset(PLAIN, TRAINED, True),
        "LL": subset(TRAINED + 1, LONGEST, True),
    }
