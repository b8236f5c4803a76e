"""The 25 further tasks of the feasibility study, on which an engine may be developed.

Formats as in `classic`; brackets of one kind are the tokens 0 (open) and 1 (close).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from benchmarks.suites._algorithms import Family, Ints
from benchmarks.suites._algorithms.inputs import (
    Tree,
    balanced,
    between,
    coin,
    digits_of,
    even_lists,
    exchanged,
    ints,
    number_and_list,
    numeral,
    one_list,
    one_tree,
    parsed,
    two_numerals,
    value,
    varied_list,
)

DELETANG: Final = "Delétang et al. 2023, Neural networks and the Chomsky hierarchy (2207.02098)"
RASP: Final = "Weiss et al. 2021, Thinking like Transformers (2106.06981)"
TEXTBOOK: Final = "textbook"

DEVELOPMENT: Final = Family("development")


# -- regular and counter languages ---------------------------------------------------------------
@DEVELOPMENT.task(one_list(0, 1), DELETANG)
def even_pairs(bits: Ints) -> bool:
    """Whether 01 and 10 together occur an even number of times."""
    return sum(a != b for a, b in pairwise(bits)) % 2 == 0


PLUS, MINUS, TIMES = 5, 6, 7


def _flat_term(rng: np.random.Generator, length: int) -> tuple[Ints]:
    tokens = list(ints(rng, length - 1 + length % 2, 0, 4))
    tokens[1::2] = ints(rng, len(tokens) // 2, PLUS, TIMES)
    return (tuple(tokens),)


@DEVELOPMENT.task(_flat_term, DELETANG)
def mod_arith(tokens: Ints) -> int:
    """The value modulo 5 of digits joined by +, - and x (5, 6, 7), products first."""
    total, product = 0, tokens[0]
    for operator, digit in zip(tokens[1::2], tokens[2::2], strict=True):
        if operator == TIMES:
            product *= digit
        else:
            total, product = total + product, digit if operator == PLUS else -digit
    return (total + product) % 5


@DEVELOPMENT.task(one_list(0, 2), DELETANG)
def cycle_nav(moves: Ints) -> int:
    """The place on a cycle of 5 after staying (0), going on (1) and going back (2)."""
    return (moves.count(1) - moves.count(2)) % 5


def _maybe_balanced(rng: np.random.Generator, length: int) -> tuple[Ints]:
    tokens = tuple(balanced(rng, (length + 1) // 2, 0, 1))
    if coin(rng, 0.4):
        return (tokens,)
    return (exchanged(rng, tokens) if coin(rng) else ints(rng, length, 0, 1),)


@DEVELOPMENT.task(_maybe_balanced, TEXTBOOK)
def dyck(tokens: Ints) -> bool:
    """Whether the brackets balance."""
    depth = 0
    for token in tokens:
        depth += 1 if token == 0 else -1
        if depth < 0:
            return False
    return depth == 0


def _never_below_zero(rng: np.random.Generator, length: int) -> tuple[Ints]:
    tokens: list[int] = []
    while len(tokens) < length:
        below = tokens.count(0) == tokens.count(1)
        tokens.append(0 if below or coin(rng) else 1)
    return (tuple(tokens),)


@DEVELOPMENT.task(_never_below_zero, TEXTBOOK)
def max_depth(tokens: Ints) -> int:
    """The largest number of brackets open at once; none closes before it opens."""
    depths = [tokens[:i].count(0) - tokens[:i].count(1) for i in range(len(tokens) + 1)]
    return max(depths)


@DEVELOPMENT.task(one_list(0, 1), TEXTBOOK)
def cumulative_parity(bits: Ints) -> Ints:
    """The parity of the ones so far, at every place."""
    return tuple(sum(bits[: i + 1]) % 2 for i in range(len(bits)))


# -- numbers -------------------------------------------------------------------------------------
def _larger_first(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    xs, ys = two_numerals(rng, length)
    if coin(rng, 0.3):  # alike at the front, so that the difference is short
        kept = between(rng, 1, len(xs))
        ys = xs[:kept] + ints(rng, len(xs) - kept, 0, 9)
    return (xs, ys) if value(xs) >= value(ys) else (ys, xs)


@DEVELOPMENT.task(_larger_first, TEXTBOOK)
def sub_msd(xs: Ints, ys: Ints) -> Ints:
    """The digits of the difference of two numbers, the second at most the first."""
    return digits_of(value(xs) - value(ys))


@DEVELOPMENT.task(lambda rng, length: (between(rng, 0, 9), numeral(rng, length)), TEXTBOOK)
def digit_times_number(digit: int, xs: Ints) -> Ints:
    """The digits of the product of a digit and a number."""
    return digits_of(digit * value(xs))


@DEVELOPMENT.task(two_numerals, TEXTBOOK)
def number_times_number(xs: Ints, ys: Ints) -> Ints:
    """The digits of the product of two numbers."""
    return digits_of(value(xs) * value(ys))


@DEVELOPMENT.task(one_list(0, 1), TEXTBOOK)
def binary_value(bits: Ints) -> int:
    """The number with these binary digits, highest first."""
    return value(bits, 2)


# -- lists ---------------------------------------------------------------------------------------
@DEVELOPMENT.task(one_list(0, 9), DELETANG)
def duplicate(xs: Ints) -> Ints:
    """The list twice in a row."""
    return xs + xs


def _maybe_mirrored(rng: np.random.Generator, length: int) -> tuple[Ints]:
    half = ints(rng, (length + 1) // 2, 0, 2)
    xs = half + half[::-1][length % 2 :]
    if coin(rng):
        return (xs,)
    return (exchanged(rng, xs) if coin(rng) else ints(rng, length, 0, 2),)


@DEVELOPMENT.task(_maybe_mirrored, TEXTBOOK)
def palindrome(xs: Ints) -> bool:
    """Whether the list reads alike from both ends."""
    return xs == xs[::-1]


def _two_or_more(rng: np.random.Generator, length: int) -> tuple[Ints]:
    return (ints(rng, max(length, 2), 0, int(rng.choice((5, 99)))),)


@DEVELOPMENT.task(_two_or_more, TEXTBOOK)
def second_max(xs: Ints) -> int:
    """The second item in descending order, equal items counted apart."""
    return sorted(xs)[-2]


@DEVELOPMENT.task(one_list(0, 2), TEXTBOOK)
def squeeze(xs: Ints) -> Ints:
    """The items that differ from the one before them."""
    return tuple(x for i, x in enumerate(xs) if i == 0 or x != xs[i - 1])


@DEVELOPMENT.task(one_list(-9, 9), TEXTBOOK)
def kadane(xs: Ints) -> int:
    """The largest sum of neighbouring items, 0 for none of them."""
    best = current = 0
    for x in xs:
        current = max(0, current + x)
        best = max(best, current)
    return best


@DEVELOPMENT.task(one_tree(), TEXTBOOK)
def post_order(tokens: Ints) -> Ints:
    """The values of a tree, each behind its subtrees."""

    def walk(tree: Tree) -> Ints:
        return (*walk(tree[1]), *walk(tree[2]), tree[0]) if tree else ()

    return walk(parsed(tokens))


@DEVELOPMENT.task(one_list(0, 9), TEXTBOOK)
def rotate(xs: Ints) -> Ints:
    """The list with its first item moved to the end."""
    return xs[1:] + xs[:1]


@DEVELOPMENT.task(number_and_list(0, 9, least=0, most=9), TEXTBOOK)
def filter_below(t: int, xs: Ints) -> Ints:
    """The items smaller than t."""
    return tuple(x for x in xs if x < t)


@DEVELOPMENT.task(one_list(0, 9), TEXTBOOK)
def sort_descending(xs: Ints) -> Ints:
    """The items in descending order."""
    return tuple(sorted(xs, reverse=True))


@DEVELOPMENT.task(varied_list(2, 5), RASP)
def frequency_list(xs: Ints) -> Ints:
    """For every item how often it occurs."""
    return tuple(xs.count(x) for x in xs)


@DEVELOPMENT.task(one_list(0, 9), DELETANG)
def odds_first(xs: Ints) -> Ints:
    """The first, third, fifth and so on item, then the others."""
    return xs[::2] + xs[1::2]


@DEVELOPMENT.task(one_list(0, 9), TEXTBOOK)
def swap_pairs(xs: Ints) -> Ints:
    """Every two neighbours exchanged; the last item of an odd number stays."""
    return tuple(x for i in range(0, len(xs), 2) for x in reversed(xs[i : i + 2]))


@DEVELOPMENT.task(even_lists(0, 9), TEXTBOOK)
def interleave(xs: Ints, ys: Ints) -> Ints:
    """The items of two lists of one length by turns."""
    return tuple(item for pair in zip(xs, ys, strict=True) for item in pair)


@DEVELOPMENT.task(varied_list(3, 9, 30), TEXTBOOK)
def count_distinct(xs: Ints) -> int:
    """The number of different items."""
    return len(set(xs))


@DEVELOPMENT.task(number_and_list(0, 4, least=0, most=4), TEXTBOOK)
def remove_first(t: int, xs: Ints) -> Ints:
    """The list without the first t in it, if there is one."""
    return tuple(x for i, x in enumerate(xs) if x != t or t in xs[:i])
