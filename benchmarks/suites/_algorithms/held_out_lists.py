"""Held-out tasks from the induction of list functions; see `held_out`."""

from __future__ import annotations

from itertools import groupby
from typing import Final

import numpy as np

from benchmarks.suites._algorithms import Family, Ints
from benchmarks.suites._algorithms.inputs import (
    CLOSE,
    OPEN,
    between,
    even_lists,
    ints,
    number_and_list,
    one_list,
    one_tree,
    two_lists,
    varied_list,
)

RULE: Final = "Rule et al., list functions, wave 1 (Nature Communications 2024), no. "
DEEPCODER: Final = "Balog et al. 2017, DeepCoder (1611.01989), example program "
LAMBDA2: Final = "Feser et al. 2015, Synthesizing data structure transformations (λ²), "
NINETY_NINE: Final = "Hett, Ninety-Nine Problems, P"

LISTS: Final = Family("held_out")


# -- Rule et al. ---------------------------------------------------------------------------------
@LISTS.task(one_list(0, 30), RULE + "109")
def remainders(xs: Ints) -> Ints:
    """The remainder of every item by 7."""
    return tuple(x % 7 for x in xs)


@LISTS.task(one_list(0, 30), RULE + "110")
def remainders_of_sorted(xs: Ints) -> Ints:
    """The remainders by 7 of the items in ascending order."""
    return tuple(x % 7 for x in sorted(xs))


@LISTS.task(varied_list(2, 5, 30), RULE + "77")
def take_distinct(xs: Ints) -> Ints:
    """As many leading items as there are different items."""
    return xs[: len(set(xs))]


@LISTS.task(one_list(0, 9), RULE + "56")
def flag_odd(xs: Ints) -> Ints:
    """Every item followed by 1 if it is odd, else by 0."""
    return tuple(y for x in xs for y in (x, x % 2))


@LISTS.task(one_list(0, 30), RULE + "88")
def small_or_one_more(xs: Ints) -> Ints:
    """The items below 9 and those one more than a multiple of 5."""
    return tuple(x for x in xs if x % 5 == 1 or x < 9)


@LISTS.task(one_list(0, 9), RULE + "81")
def alternate_ends(xs: Ints) -> Ints:
    """From the largest item to the smallest: reverse what there is and append the next."""
    ys: Ints = ()
    for x in sorted(xs, reverse=True):
        ys = (*ys[::-1], x)
    return ys


def _head_within(rng: np.random.Generator, length: int) -> tuple[Ints]:
    return ((between(rng, 0, length), *ints(rng, length - 1, 0, 3)),)


@LISTS.task(_head_within, RULE + "102")
def count_last_among_first(xs: Ints) -> int:
    """How often the last item is among the first n, where n is the first item."""
    return xs[: xs[0]].count(xs[-1])


@LISTS.task(one_list(0, 9), RULE + "55")
def reverse_plus_place(xs: Ints) -> Ints:
    """The items from last to first, each plus its new place from 0."""
    return tuple(x + i for i, x in enumerate(reversed(xs)))


@LISTS.task(one_list(0, 99), RULE + "99")
def eighth_or_99(xs: Ints) -> Ints:
    """99 for every item below 50, and an eighth of the others, rounded down."""
    return tuple(99 if x < 50 else x // 8 for x in xs)


def _with_a_floor(rng: np.random.Generator, length: int) -> tuple[Ints]:
    return (ints(rng, length, between(rng, 0, 6), 9),)


@LISTS.task(_with_a_floor, RULE + "10")
def repeat_largest(xs: Ints) -> Ints:
    """The largest item as often as the smallest item says."""
    return (max(xs),) * min(xs)


# -- DeepCoder -----------------------------------------------------------------------------------
def _take_some(rng: np.random.Generator, length: int) -> tuple[int, Ints]:
    return between(rng, 0, length), ints(rng, length, 0, 9)


@LISTS.task(_take_some, DEEPCODER + "0")
def sum_of_smallest(k: int, xs: Ints) -> int:
    """The sum of the k smallest items."""
    return sum(sorted(xs)[:k])


@LISTS.task(even_lists(0, 30), DEEPCODER + "1")
def best_score(wins: Ints, ties: Ints) -> int:
    """The largest number of points, 3 for each win and 1 for each tie."""
    return max(3 * win + tie for win, tie in zip(wins, ties, strict=False))


def _above_one(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    return ints(rng, length, 1, 30), ints(rng, length, 1, 30)


@LISTS.task(_above_one, DEEPCODER + "6")
def least_reduced_sum(xs: Ints, ys: Ints) -> int:
    """The smallest sum of a pair of items at one place, each reduced by 1."""
    return min((x - 1) + (y - 1) for x, y in zip(xs, ys, strict=False))


@LISTS.task(one_list(0, 9), DEEPCODER + "8")
def gains_over_mirror(xs: Ints) -> int:
    """The sum of the positive differences of the reversed list and the list."""
    return sum(max(0, y - x) for x, y in zip(xs, reversed(xs), strict=True))


# -- λ² ------------------------------------------------------------------------------------------
@LISTS.task(one_list(0, 9), LAMBDA2 + "multlast")
def all_last(xs: Ints) -> Ints:
    """The last item in place of every item."""
    return xs[-1:] * len(xs)


@LISTS.task(number_and_list(0, 9, least=0, most=9), LAMBDA2 + "append")
def append(x: int, xs: Ints) -> Ints:
    """The list with the number behind it."""
    return (*xs, x)


@LISTS.task(two_lists(0, 9), LAMBDA2 + "concat")
def concat(xs: Ints, ys: Ints) -> Ints:
    """The items of both lists, one list after the other."""
    return xs + ys


@LISTS.task(varied_list(9, 99, 999), LAMBDA2 + "max")
def largest(xs: Ints) -> int:
    """The largest item."""
    return max(xs)


@LISTS.task(one_tree(8), LAMBDA2 + "incrt")
def increment_tree(tokens: Ints) -> Ints:
    """The tree with every value one larger."""
    return tuple(token if token in (OPEN, CLOSE) else token + 1 for token in tokens)


# -- Ninety-Nine Problems ------------------------------------------------------------------------
@LISTS.task(one_list(0, 2), NINETY_NINE + "10")
def run_length_encode(xs: Ints) -> Ints:
    """Length and value of every run of equal neighbours."""
    return tuple(y for x, run in groupby(xs) for y in (len(list(run)), x))


def _runs(rng: np.random.Generator, length: int) -> tuple[Ints]:
    pairs = range(max(1, length // 2))
    return (tuple(y for _ in pairs for y in (between(rng, 1, 5), between(rng, 0, 9))),)


@LISTS.task(_runs, NINETY_NINE + "12")
def run_length_decode(pairs: Ints) -> Ints:
    """Every second item as often as the item before it says."""
    return tuple(x for n, x in zip(pairs[::2], pairs[1::2], strict=True) for _ in range(n))


@LISTS.task(number_and_list(0, 9, least=0, most=4), NINETY_NINE + "15")
def repeat_items(n: int, xs: Ints) -> Ints:
    """Every item n times."""
    return tuple(y for x in xs for y in (x,) * n)


@LISTS.task(number_and_list(0, 9, least=1, most=4), NINETY_NINE + "16")
def drop_every(n: int, xs: Ints) -> Ints:
    """The items except every n-th."""
    return tuple(x for i, x in enumerate(xs, start=1) if i % n)


@LISTS.task(_take_some, NINETY_NINE + "20")
def remove_at(k: int, xs: Ints) -> Ints:
    """The list without the item at place k, counted from 0, if there is one."""
    return xs[:k] + xs[k + 1 :]
