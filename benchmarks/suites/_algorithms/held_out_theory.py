"""Held-out tasks from the theory of sequence models and from textbooks; see `held_out`."""

from __future__ import annotations

from itertools import groupby
from math import isqrt
from typing import Final

import numpy as np

from benchmarks.suites._algorithms import Family, Ints
from benchmarks.suites._algorithms.inputs import (
    balanced,
    between,
    coin,
    digits_of,
    even_lists,
    exchanged,
    ints,
    lengths,
    number_and_list,
    numeral,
    one_list,
    two_lists,
    value,
    varied_list,
)

DELETANG: Final = "Delétang et al. 2023, Neural networks and the Chomsky hierarchy (2207.02098)"
RASP: Final = "Weiss et al. 2021, Thinking like Transformers (2106.06981)"
RASP_L: Final = "Zhou et al. 2023, What algorithms can Transformers learn? (2310.16028)"
NTM: Final = "Graves et al. 2014, Neural Turing machines (1410.5401)"
CLRS: Final = "Veličković et al. 2022, The CLRS algorithmic reasoning benchmark (2205.15659)"
CORMEN: Final = "Cormen et al., Introduction to Algorithms"
BIRD: Final = "Bird and Wadler, Introduction to Functional Programming"

THEORY: Final = Family("held_out")


# -- Delétang et al. -----------------------------------------------------------------------------
POP: Final = 2


def _stack_and_actions(rng: np.random.Generator, length: int) -> tuple[Ints]:
    stack = between(rng, 1, length)
    return (ints(rng, stack, 0, 1) + ints(rng, length - stack, POP, POP + 2),)


@THEORY.task(_stack_and_actions, DELETANG)
def stack_manipulation(tokens: Ints) -> Ints:
    """The stack, top first, after pushes of 0 and 1 (tokens 0, 3 and 1, 4) and pops (2)."""
    stack: list[int] = []
    for token in tokens:
        if token != POP:
            stack.append(token % 3)
        elif stack:
            stack.pop()
    return tuple(reversed(stack))


def _twice_with_a_gap(rng: np.random.Generator, length: int) -> tuple[Ints]:
    tokens = list(ints(rng, length, 0, 1)) * 2
    tokens[between(rng, 0, 2 * length - 1)] = 2
    return (tuple(tokens),)


@THEORY.task(_twice_with_a_gap, DELETANG)
def missing_duplicate(tokens: Ints) -> int:
    """The bit that the token 2 hides in a bit string written twice."""
    gap = tokens.index(2)
    return tokens[(gap + len(tokens) // 2) % len(tokens)]


@THEORY.task(lambda rng, length: (numeral(rng, length, 2),), DELETANG)
def square_root(bits: Ints) -> Ints:
    """The binary digits, highest first, of the square root rounded down."""
    return digits_of(isqrt(value(bits, 2)), 2)


PLUS, MINUS, TIMES, LEFT, RIGHT = 5, 6, 7, 8, 9


def _term(rng: np.random.Generator, leaves: int) -> Ints:
    if leaves == 1:
        return (between(rng, 0, 4),)
    first = between(rng, 1, leaves - 1)
    operator = between(rng, PLUS, TIMES)
    return (LEFT, *_term(rng, first), operator, *_term(rng, leaves - first), RIGHT)


@THEORY.task(lambda rng, length: (_term(rng, length),), DELETANG)
def bracketed_arithmetic(tokens: Ints) -> int:
    """The value modulo 5 of a term of digits, +, - and x (5, 6, 7) in brackets (8, 9)."""
    stack: list[int] = []
    for token in tokens:
        if token != RIGHT:
            stack.append(token)
            continue
        right, operator, left = stack.pop(), stack.pop(), stack.pop()
        stack[-1] = {PLUS: left + right, MINUS: left - right, TIMES: left * right}[operator] % 5
    return stack[0]


# -- RASP, RASP-L, neural Turing machine ---------------------------------------------------------
@THEORY.task(varied_list(2, 4, 9), RASP)
def double_histogram(xs: Ints) -> Ints:
    """For every item the number of different values that occur as often as it does."""
    often = {x: xs.count(x) for x in xs}
    return tuple(sum(often[y] == often[x] for y in often) for x in xs)


@THEORY.task(varied_list(2, 4, 9), RASP)
def by_frequency(xs: Ints) -> Ints:
    """The different items, most frequent first, equally frequent ones by first occurrence."""
    return tuple(sorted(dict.fromkeys(xs), key=lambda x: -xs.count(x)))


def _shuffled_brackets(rng: np.random.Generator, length: int) -> tuple[Ints]:
    pairs = (length + 1) // 2
    ones = between(rng, 0, pairs)
    queues = [balanced(rng, ones, 0, 1), balanced(rng, pairs - ones, 2, 3)]
    order = rng.permutation([0] * (2 * ones) + [1] * (2 * (pairs - ones))).tolist()
    tokens = tuple(queues[kind].pop(0) for kind in order)
    if coin(rng, 0.4):
        return (tokens,)
    return (exchanged(rng, tokens) if coin(rng) else ints(rng, length, 0, 3),)


@THEORY.task(_shuffled_brackets, RASP)
def shuffled_dyck(tokens: Ints) -> bool:
    """Whether brackets of two kinds (0 1 and 2 3) balance, each kind for itself."""
    depths = [0, 0]
    for token in tokens:
        depths[token // 2] += 1 if token % 2 == 0 else -1
        if min(depths) < 0:
            return False
    return depths == [0, 0]


def _first_and_last(rng: np.random.Generator, length: int) -> tuple[int, int]:
    first = between(rng, 0, 999)
    return first, first + length - 1


@THEORY.task(_first_and_last, RASP_L)
def count_up(first: int, last: int) -> Ints:
    """The integers from the first to the last."""
    return tuple(range(first, last + 1))


@THEORY.task(number_and_list(0, 9, least=0, most=4), NTM)
def repeat_copy(times: int, xs: Ints) -> Ints:
    """The list so many times in a row."""
    return xs * times


def _item_and_list(rng: np.random.Generator, length: int) -> tuple[int, Ints]:
    xs = ints(rng, max(length, 2), 0, 30)
    return xs[between(rng, 0, len(xs) - 2)], xs


@THEORY.task(_item_and_list, NTM)
def associative_recall(query: int, xs: Ints) -> int:
    """The item that follows the first occurrence of the query; there is one."""
    return xs[xs.index(query) + 1]


@THEORY.task(even_lists(0, 20), NTM)
def priority_sort(xs: Ints, priorities: Ints) -> Ints:
    """The items of the first list by ascending priority, equal priorities by place."""
    places = sorted(range(len(xs)), key=lambda i: priorities[i])
    return tuple(xs[i] for i in places)


# -- CLRS-30 -------------------------------------------------------------------------------------
@THEORY.task(varied_list(4, 99), CLRS + ", minimum")
def place_of_smallest(xs: Ints) -> int:
    """The place, from 0, of the first smallest item."""
    return xs.index(min(xs))


def _number_and_sorted(rng: np.random.Generator, length: int) -> tuple[int, Ints]:
    return between(rng, 0, 21), tuple(sorted(ints(rng, length, 1, 20)))


@THEORY.task(_number_and_sorted, CLRS + ", binary search")
def binary_search(x: int, xs: Ints) -> int:
    """The first place of an ascending list at which the number can be put in."""
    return sum(y < x for y in xs)


@THEORY.task(one_list(0, 30), CLRS + ", quickselect")
def median(xs: Ints) -> int:
    """The middle item in ascending order, the lower one of two."""
    return sorted(xs)[(len(xs) - 1) // 2]


def _activities(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    starts = ints(rng, length, 0, 2 * length)
    return starts, tuple(start + between(rng, 1, 8) for start in starts)


@THEORY.task(_activities, CLRS + ", activity selector")
def select_activities(starts: Ints, ends: Ints) -> Ints:
    """1 for every activity that is taken, earliest end first if none taken is going on, else 0."""
    taken = [0] * len(starts)
    free = 0
    for i in sorted(range(len(starts)), key=lambda i: ends[i]):
        if starts[i] >= free:
            taken[i], free = 1, ends[i]
    return tuple(taken)


def _pattern_and_text(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    text = ints(rng, length, 0, 2)
    size = between(rng, 1, max(1, length // 2))
    start = between(rng, 0, length - size)
    return text[start : start + size], text


@THEORY.task(_pattern_and_text, CLRS + ", naive string matcher")
def find_pattern(pattern: Ints, text: Ints) -> int:
    """The first place at which the pattern occurs in the text, -1 if nowhere."""
    places = range(len(text) - len(pattern) + 1)
    return next((i for i in places if text[i : i + len(pattern)] == pattern), -1)


@THEORY.task(two_lists(0, 2), CLRS + ", LCS length")
def common_length(xs: Ints, ys: Ints) -> int:
    """The length of the longest common subsequence."""
    above = [0] * (len(ys) + 1)
    for x in xs:
        row = [0]
        for j, y in enumerate(ys):
            row.append(above[j] + 1 if x == y else max(above[j + 1], row[j]))
        above = row
    return above[-1]


# -- textbooks -----------------------------------------------------------------------------------
def _two_sorted(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    one, other = (sorted(ints(rng, size, 0, 20)) for size in lengths(rng, length))
    return tuple(one), tuple(other)


@THEORY.task(_two_sorted, CORMEN + ", merge")
def merge(xs: Ints, ys: Ints) -> Ints:
    """The items of two ascending lists in ascending order."""
    return tuple(sorted(xs + ys))


@THEORY.task(varied_list(4, 30), CORMEN + ", problem 2-4")
def inversions(xs: Ints) -> int:
    """The number of pairs of items of which the earlier is larger."""
    return sum(x > y for i, x in enumerate(xs) for y in xs[i + 1 :])


@THEORY.task(one_list(0, 9), CORMEN + ", stacks")
def next_larger(xs: Ints) -> Ints:
    """For every item the next larger one behind it, -1 if there is none."""
    return tuple(next((y for y in xs[i + 1 :] if y > x), -1) for i, x in enumerate(xs))


def _part_and_list(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    whole = ints(rng, length, 0, 3)
    size = between(rng, 1, length)
    if coin(rng):
        return ints(rng, size, 0, 3), whole
    places = sorted(rng.permutation(length)[:size].tolist())
    return tuple(whole[i] for i in places), whole


@THEORY.task(_part_and_list, BIRD + ", subsequences")
def is_subsequence(xs: Ints, ys: Ints) -> bool:
    """Whether the first list is the second with some items left out."""
    rest = iter(ys)
    return all(x in rest for x in xs)


@THEORY.task(one_list(0, 1), BIRD + ", segments")
def longest_run(xs: Ints) -> int:
    """The length of the longest run of equal neighbours."""
    return max(len(list(run)) for _, run in groupby(xs))


@THEORY.task(two_lists(0, 30), BIRD + ", lists as sets")
def difference(xs: Ints, ys: Ints) -> Ints:
    """The items of the first list that are not in the second."""
    return tuple(x for x in xs if x not in ys)
