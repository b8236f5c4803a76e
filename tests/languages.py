"""Small languages with made-up words: random sentences and their meaning."""

from __future__ import annotations

import random
from collections.abc import Callable

Phrase = tuple[str, ...]
Pair = tuple[Phrase, Phrase]
Sentence = Callable[[random.Random, int], Pair]

NOUNS = ("mip", "dax", "lug", "wif", "zup")


def noun(rng: random.Random) -> Pair:
    word = rng.choice(NOUNS)
    return (word,), (word.upper(),)


def prefix(rng: random.Random, depth: int) -> Pair:
    """`ro a b` = b a, `ka a b` = a b a, `fe a` = a a."""
    kind = rng.choice(["ro", "ka", "fe", ""]) if depth else ""
    if not kind:
        return noun(rng)
    x, a = prefix(rng, depth - 1)
    if kind == "fe":
        return (kind, *x), a + a
    y, b = prefix(rng, depth - 1)
    return (kind, *x, *y), b + a if kind == "ro" else a + b + a


def postfix(rng: random.Random, depth: int) -> Pair:
    """`a b ro` = b a, `a b ka` = a b a, `a fe` = a a: reverse Polish."""
    kind = rng.choice(["ro", "ka", "fe", ""]) if depth else ""
    if not kind:
        return noun(rng)
    x, a = postfix(rng, depth - 1)
    if kind == "fe":
        return (*x, kind), a + a
    y, b = postfix(rng, depth - 1)
    return (*x, *y, kind), b + a if kind == "ro" else a + b + a


def _chain(
    rng: random.Random,
    below: Callable[[], Pair],
    words: dict[str, Callable[..., Phrase]],
    most: int,
) -> Pair:
    """A left-associative chain of operators over what `below` makes."""
    x, a = below()
    for _ in range(rng.randint(0, most)):
        word = rng.choice(sorted(words))
        y, b = below()
        x, a = (*x, word, *y), words[word](a, b)
    return x, a


TIGHT: dict[str, Callable[..., Phrase]] = {"bo": lambda a, b: a + b + b}
LOOSE: dict[str, Callable[..., Phrase]] = {"su": lambda a, b: b + a, "te": lambda a, b: a + a + b}


def infix(rng: random.Random, depth: int) -> Pair:
    """`bo` binds tighter than `su` and `te`; all are done from the left."""
    return _chain(rng, lambda: _chain(rng, lambda: noun(rng), TIGHT, depth - 1), LOOSE, depth - 1)


def brackets(rng: random.Random, depth: int) -> Pair:
    """The infix language with `gi ... na` around what comes first."""

    def atom() -> Pair:
        if depth > 1 and rng.random() < 0.3:
            x, a = brackets(rng, depth - 1)
            return ("gi", *x, "na"), a
        return noun(rng)

    return _chain(rng, lambda: _chain(rng, atom, TIGHT, 1), LOOSE, 1)


def mixed(rng: random.Random, depth: int) -> Pair:
    """Neighbours are exchanged, `_ fe` = twice, `_ su _` = exchanged, `ni _` = the last word."""

    def small() -> Pair:
        x, a = noun(rng)
        if rng.random() < 0.4:
            y, b = noun(rng)
            x, a = x + y, b + a
        if rng.random() < 0.4:
            x, a = (*x, "fe"), a + a
        return x, a

    def part() -> Pair:
        x, a = small()
        return (("ni", *x), a[-1:]) if rng.random() < 0.3 else (x, a)

    return _chain(rng, part, {"su": lambda a, b: b + a}, depth - 1)


LANGUAGES: dict[str, Sentence] = {
    "prefix": prefix,
    "postfix": postfix,
    "infix": infix,
    "brackets": brackets,
    "mixed": mixed,
}


def pairs(language: str, count: int, *, depth: int, seed: int, longest: int = 16) -> list[Pair]:
    """Distinct pairs."""
    rng = random.Random(seed)
    found: dict[Phrase, Phrase] = {}
    while len(found) < count:
        x, y = LANGUAGES[language](rng, depth)
        if len(x) <= longest and len(y) <= 400:
            found[x] = y
    return list(found.items())
