"""Generators of arguments: lists, numerals, brackets and trees of a given length."""

from __future__ import annotations

import numpy as np

from benchmarks.suites._algorithms import Draw, Ints

OPEN, CLOSE = -1, -2
"""The brackets of trees; the values of nodes are 0 to 9."""


def ints(rng: np.random.Generator, length: int, low: int, high: int) -> Ints:
    """So many integers from `low` to `high`, both included."""
    return tuple(rng.integers(low, high + 1, size=length).tolist())


def between(rng: np.random.Generator, low: int, high: int) -> int:
    """One integer from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def coin(rng: np.random.Generator, chance: float = 0.5) -> bool:
    """True with this chance."""
    return bool(rng.random() < chance)


def lengths(rng: np.random.Generator, length: int) -> tuple[int, int]:
    """The length and one up to it, in either order."""
    shorter = between(rng, 1, length)
    return (length, shorter) if coin(rng) else (shorter, length)


# -- whole generators ----------------------------------------------------------------------------
def one_list(low: int, high: int, *, least: int = 1) -> Draw:
    """One list of values from `low` to `high`, of at least `least` items."""
    return lambda rng, length: (ints(rng, max(length, least), low, high),)


def varied_list(*highs: int) -> Draw:
    """One list of values from 0 to one of `highs`, so that repeats are rare or frequent."""
    return lambda rng, length: (ints(rng, length, 0, int(rng.choice(highs))),)


def two_lists(low: int, high: int) -> Draw:
    """Two lists; one of them may be shorter."""

    def draw(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
        one, other = lengths(rng, length)
        return ints(rng, one, low, high), ints(rng, other, low, high)

    return draw


def even_lists(low: int, high: int) -> Draw:
    """Two lists of one length."""
    return lambda rng, length: (ints(rng, length, low, high), ints(rng, length, low, high))


def number_and_list(low: int, high: int, *, least: int, most: int) -> Draw:
    """A number from `least` to `most` and a list of values from `low` to `high`."""
    return lambda rng, length: (between(rng, least, most), ints(rng, length, low, high))


# -- numerals ------------------------------------------------------------------------------------
def numeral(rng: np.random.Generator, length: int, base: int = 10) -> Ints:
    """Digits of a number, highest first; only the number 0 begins with a 0."""
    first = between(rng, 0 if length == 1 else 1, base - 1)
    return (first, *ints(rng, length - 1, 0, base - 1))


def value(digits: Ints, base: int = 10) -> int:
    """The number whose digits these are, highest first."""
    number = 0
    for digit in digits:
        number = number * base + digit
    return number


def digits_of(number: int, base: int = 10) -> Ints:
    """The digits of a number, highest first; those of 0 are `(0,)`."""
    digits = [number % base]
    while number >= base:
        number //= base
        digits.append(number % base)
    return tuple(reversed(digits))


def two_numerals(rng: np.random.Generator, length: int) -> tuple[Ints, Ints]:
    """Two decimal numerals; one of them may be shorter."""
    one, other = lengths(rng, length)
    return numeral(rng, one), numeral(rng, other)


# -- brackets and trees --------------------------------------------------------------------------
def balanced(rng: np.random.Generator, pairs: int, opening: int, closing: int) -> list[int]:
    """A balanced string of brackets of one kind."""
    tokens: list[int] = []
    depth = 0
    for left in range(2 * pairs, 0, -1):
        opens = depth == 0 or (depth < left and coin(rng))
        tokens.append(opening if opens else closing)
        depth += 1 if opens else -1
    return tokens


def exchanged(rng: np.random.Generator, tokens: Ints) -> Ints:
    """The same tokens with two places exchanged."""
    items = list(tokens)
    i, j = (int(k) for k in rng.integers(len(items), size=2))
    items[i], items[j] = items[j], items[i]
    return tuple(items)


def tree(rng: np.random.Generator, nodes: int, high: int = 9) -> Ints:
    """A binary tree: `OPEN value left right CLOSE`, or `OPEN CLOSE` if it is empty."""
    if nodes == 0:
        return (OPEN, CLOSE)
    left = between(rng, 0, nodes - 1)
    return (
        *(OPEN, between(rng, 0, high)),
        *tree(rng, left, high),
        *tree(rng, nodes - 1 - left, high),
        CLOSE,
    )


def one_tree(high: int = 9) -> Draw:
    """One tree with as many nodes as the length says."""
    return lambda rng, length: (tree(rng, length, high),)


Tree = tuple[()] | tuple[int, "Tree", "Tree"]
"""A tree as nested tuples: empty, or value, left, right."""


def parsed(tokens: Ints) -> Tree:
    """The tree that the tokens of `tree` stand for."""
    built, _ = _parsed_from(tokens, 0)
    return built


def _parsed_from(tokens: Ints, place: int) -> tuple[Tree, int]:
    """The tree that opens at a place, and the place after it."""
    if tokens[place + 1] == CLOSE:
        return (), place + 2
    left, after_left = _parsed_from(tokens, place + 2)
    right, after_right = _parsed_from(tokens, after_left)
    return (tokens[place + 1], left, right), after_right + 1
