"""The 15 tasks that the literature on length generalisation asks again and again.

Trees are token lists: `-1 value left right -2`, an empty tree is `-1 -2`. Numbers are lists of
digits without leading zeros, highest first if nothing else is said.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.suites._algorithms import Family, Ints
from benchmarks.suites._algorithms.inputs import (
    Tree,
    between,
    coin,
    digits_of,
    ints,
    numeral,
    one_list,
    one_tree,
    parsed,
    two_numerals,
    value,
    varied_list,
)

COUNTED: Final = 3
"""The token that `count` counts."""

ZHOU: Final = "Zhou et al. 2023, What algorithms can Transformers learn? (2310.16028)"
DELETANG: Final = "Delétang et al. 2023, Neural networks and the Chomsky hierarchy (2207.02098)"
KAZEMNEJAD: Final = "Kazemnejad et al. 2023, Positional encoding and length (2305.19466)"
TEXTBOOK: Final = "textbook"

CLASSIC: Final = Family("classic")


@CLASSIC.task(one_list(0, 9), KAZEMNEJAD)
def copy(xs: Ints) -> Ints:
    """The list itself."""
    return xs


@CLASSIC.task(one_list(0, 9), DELETANG)
def reverse(xs: Ints) -> Ints:
    """The items from last to first."""
    return xs[::-1]


@CLASSIC.task(one_list(0, 9), ZHOU)
def sort(xs: Ints) -> Ints:
    """The items in ascending order."""
    return tuple(sorted(xs))


@CLASSIC.task(one_list(0, 5), ZHOU)
def count(xs: Ints) -> int:
    """How often the token 3 occurs."""
    return xs.count(COUNTED)


def _with_one_mode(rng: np.random.Generator, length: int) -> tuple[Ints]:
    while True:
        xs = ints(rng, length, 0, 5)
        occurrences = sorted(xs.count(x) for x in set(xs))
        if len(occurrences) == 1 or occurrences[-1] > occurrences[-2]:
            return (xs,)


@CLASSIC.task(_with_one_mode, ZHOU)
def mode(xs: Ints) -> int:
    """The most frequent item; inputs have just one."""
    return max(xs, key=xs.count)


@CLASSIC.task(one_list(0, 1), DELETANG)
def parity(bits: Ints) -> int:
    """Whether the number of ones is odd, as 0 or 1."""
    return sum(bits) % 2


@CLASSIC.task(one_list(0, 9), KAZEMNEJAD)
def sum_mod_10(xs: Ints) -> int:
    """The last digit of the sum."""
    return sum(xs) % 10


@CLASSIC.task(two_numerals, KAZEMNEJAD)
def addition(xs: Ints, ys: Ints) -> Ints:
    """The digits of the sum of two numbers."""
    return digits_of(value(xs) + value(ys))


def _reversed_numerals(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    xs, ys = two_numerals(rng, length)
    return xs[::-1], ys[::-1]


@CLASSIC.task(_reversed_numerals, ZHOU)
def addition_reversed(xs: Ints, ys: Ints) -> Ints:
    """The digits of the sum of two numbers, all lowest digit first."""
    return addition(xs[::-1], ys[::-1])[::-1]


def _bits_with_carry(rng: np.random.Generator, length: int) -> tuple[Ints]:
    bits = numeral(rng, length, base=2)
    ones = between(rng, 0, length) if coin(rng) else 0
    return ((*bits[: length - ones], *(1,) * ones),)


@CLASSIC.task(_bits_with_carry, TEXTBOOK)
def binary_successor(bits: Ints) -> Ints:
    """The binary digits of the next number."""
    return digits_of(value(bits, 2) + 1, 2)


@CLASSIC.task(one_tree(), TEXTBOOK)
def pre_order(tokens: Ints) -> Ints:
    """The values of a tree, each before its subtrees."""

    def walk(tree: Tree) -> Ints:
        return (tree[0], *walk(tree[1]), *walk(tree[2])) if tree else ()

    return walk(parsed(tokens))


@CLASSIC.task(one_tree(), TEXTBOOK)
def in_order(tokens: Ints) -> Ints:
    """The values of a tree, each between its subtrees."""

    def walk(tree: Tree) -> Ints:
        return (*walk(tree[1]), tree[0], *walk(tree[2])) if tree else ()

    return walk(parsed(tokens))


@CLASSIC.task(
    lambda rng, length: (ints(rng, length, 0, 9), between(rng, -3, 3)),
    KAZEMNEJAD,
)
def polynomial(coefficients: Ints, t: int) -> int:
    """The value at t of the polynomial with these coefficients, highest power first."""
    powers = range(len(coefficients) - 1, -1, -1)
    return sum(c * t**power for c, power in zip(coefficients, powers, strict=True))


@CLASSIC.task(varied_list(3, 9), TEXTBOOK)
def dedupe(xs: Ints) -> Ints:
    """The items without their repeats, in order of first occurrence."""
    return tuple(dict.fromkeys(xs))


@CLASSIC.task(varied_list(9, 99), TEXTBOOK)
def running_maximum(xs: Ints) -> Ints:
    """The largest item so far, at every place."""
    return tuple(max(xs[: i + 1]) for i in range(len(xs)))
