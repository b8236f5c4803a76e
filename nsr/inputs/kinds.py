"""One argument of the examples: what its values have in common, and how to make more of them.

See `nsr.inputs`, which puts the arguments together.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from nsr.inputs.brackets import Brackets
from nsr.values import Value

Items: TypeAlias = tuple[Any, ...]

_REPLICATES: Final = 8
_CONTRAST: Final = 4
_ACCIDENT: Final = 0.02


class Kind(Protocol):
    """The values of one argument."""

    @property
    def largest(self) -> int:
        """Size of the largest value seen."""
        ...

    def admits(self, value: Value) -> bool:
        """Whether a value is of the kind seen; its size may be any."""
        ...

    def draw(self, rng: np.random.Generator, scale: float) -> Value:
        """A value about `scale` times as large as the largest seen; `admits` may refuse it."""
        ...

    def smaller(self, value: Value) -> Iterator[Value]:
        """Values that are a little smaller or simpler; `admits` may refuse them."""
        ...

    def size(self, value: Value) -> int:
        """How large a value is."""
        ...


def kind_of(column: Sequence[Value], rng: np.random.Generator, *, alone: bool) -> Kind | None:
    """The kind of an argument's values, or `None` if it is not known.

    Args:
        column: the values seen, at least one.
        rng: for the copies by which accidents are told from properties.
        alone: whether all arguments are numbers; then larger ones are tried, else only lists grow.
    """
    if all(isinstance(v, bool) for v in column):
        return Flags()
    if all(isinstance(v, int) and not isinstance(v, bool) for v in column):
        return Numbers.learn(column, grows=alone)
    if all(isinstance(v, str) for v in column):
        return Texts.learn(column)
    if all(isinstance(v, tuple) for v in column):
        kinds = {type(item) for items in column for item in items}
        return Lists.learn(column, rng) if kinds in ({int}, {str}, set()) else None
    return None


def chunks(length: int) -> Iterator[tuple[int, int]]:
    """Slices of a list, the longest first.

    >>> list(chunks(2))
    [(0, 2), (0, 1), (1, 2)]
    """
    widths = {length >> k for k in range(length.bit_length())} | {w for w in (1, 2) if w <= length}
    for width in sorted(widths, reverse=True):
        for start in range(0, length - width + 1, max(1, width // 2)):
            yield start, start + width


@dataclass(frozen=True, slots=True)
class Flags:
    """True and false."""

    largest: int = 1

    def admits(self, value: Value) -> bool:
        """Both."""
        return isinstance(value, bool)

    def draw(self, rng: np.random.Generator, scale: float) -> bool:
        """One of both."""
        return bool(rng.integers(2))

    def smaller(self, value: Value) -> Iterator[bool]:
        """False is simpler."""
        if value:
            yield False

    def size(self, value: Value) -> int:
        """1 for true."""
        return int(value)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Integers of a range; `grows`: the range may be left, but its sign is kept."""

    low: int
    high: int
    step: int
    grows: bool

    @classmethod
    def learn(cls, column: Sequence[int], *, grows: bool) -> Numbers:
        """The range of the numbers, and 2 for `step` if all are even or all odd by no accident."""
        parities = {v % 2 for v in column}
        step = 2 if len(parities) == 1 and len(set(column)) > _CONTRAST else 1
        return cls(min(column), max(column), step, grows)

    @property
    def largest(self) -> int:
        """Digits of the largest in base two."""
        return max(self.size(self.low), self.size(self.high))

    def admits(self, value: Value) -> bool:
        """Whether a number has the sign and parity seen, and is in the range unless it grows."""
        if (value - self.low) % self.step:
            return False
        if not self.grows:
            return bool(self.low <= value <= self.high)
        return not (self.low >= 0 and value < min(self.low, 1)) and not (
            self.high <= 0 and value > max(self.high, -1)
        )

    def draw(self, rng: np.random.Generator, scale: float) -> int:
        """A number of the range, or of the range stretched."""
        stretch = max(1.0, scale) if self.grows else 1.0
        low = _stretched(self.low, stretch) if self.low < 0 else self.low
        high = _stretched(self.high, stretch) if self.high > 0 else self.high
        value = _between(rng, low, high)
        return value - (value - self.low) % self.step

    def smaller(self, value: Value) -> Iterator[int]:
        """Nearer to 0, the largest steps first."""
        gap = abs(value)
        while gap:
            yield value - gap if value > 0 else value + gap
            gap //= 2

    def size(self, value: Value) -> int:
        """Digits in base two."""
        return abs(int(value)).bit_length()


def _stretched(bound: int, stretch: float) -> int:
    # Floats are exact only so far.
    return int(bound * (stretch if abs(bound) < 2**53 else Fraction(stretch)))


def _between(rng: np.random.Generator, low: int, high: int) -> int:
    """A number from low to high, which may be larger than the generator's own integers."""
    if low >= -(2**63) and high < 2**63:
        return int(rng.integers(low, high + 1))
    span = high - low + 1
    return low + int.from_bytes(rng.bytes(span.bit_length() // 8 + 8), "big") % span


_RUN = re.compile(r"[a-z]+|[A-Z]+|[0-9]+|.", re.DOTALL)
_CLASSES: Final = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")


@dataclass(frozen=True, slots=True)
class Texts:
    """Strings of the shapes seen: runs of small letters, capitals and digits between other signs.

    Args:
        shapes: for each shape seen, its runs: the place of the class of letters, or a sign.
        letters: for each class, the characters seen.
        largest: length of the longest string.
    """

    shapes: tuple[tuple[int | str, ...], ...]
    letters: tuple[str, ...]
    largest: int

    @classmethod
    def learn(cls, column: Sequence[str]) -> Texts:
        """Shapes and characters of some strings."""
        shapes = dict.fromkeys(map(_shape, column))
        text = "".join(column)
        letters = tuple("".join(c for c in known if c in text) for known in _CLASSES)
        return cls(tuple(shapes), letters, max(map(len, column)))

    def admits(self, value: Value) -> bool:
        """Whether a string has one of the shapes."""
        return isinstance(value, str) and _shape(value) in self.shapes

    def draw(self, rng: np.random.Generator, scale: float) -> str:
        """A shape filled with characters seen; one run may be several times as long."""
        shape = self.shapes[int(rng.integers(len(self.shapes)))]
        runs = max(1, sum(isinstance(run, int) for run in shape))
        length = max(1, round(scale * self.largest / runs))
        parts = []
        for run in shape:
            if isinstance(run, int):
                known = self.letters[run]
                count = int(rng.integers(1, length + 1))
                parts.append("".join(known[int(i)] for i in rng.integers(len(known), size=count)))
            else:
                parts.append(run)
        return "".join(parts)

    def smaller(self, value: Value) -> Iterator[str]:
        """The string without a slice."""
        for start, stop in chunks(len(value)):
            yield value[:start] + value[stop:]

    def size(self, value: Value) -> int:
        """The length."""
        return len(value)


def _shape(text: str) -> tuple[int | str, ...]:
    def name(run: str) -> int | str:
        return next((i for i, known in enumerate(_CLASSES) if run[0] in known), run)

    return tuple(map(name, _RUN.findall(text)))


def _ascending(items: Items) -> bool:
    return all(a <= b for a, b in itertools.pairwise(items))


def _descending(items: Items) -> bool:
    return all(a >= b for a, b in itertools.pairwise(items))


def _has_one_mode(items: Items) -> bool:
    counts = sorted(Counter(items).values(), reverse=True)
    return len(counts) < 2 or counts[0] > counts[1]


def _with_one_mode(items: Items) -> Items:
    return (*items, Counter(items).most_common(1)[0][0]) if items else items


@dataclass(frozen=True, slots=True)
class Trait:
    """A property of lists, and how to bring it about."""

    name: str
    holds: Callable[[Items], bool]
    mend: Callable[[Items], Items]


TRAITS: Final = (
    Trait("distinct", lambda xs: len(set(xs)) == len(xs), lambda xs: tuple(dict.fromkeys(xs))),
    Trait("ascending", _ascending, lambda xs: tuple(sorted(xs))),
    Trait("descending", _descending, lambda xs: tuple(sorted(xs, reverse=True))),
    Trait("the same from both ends", lambda xs: xs == xs[::-1], lambda xs: xs + xs[-2::-1]),
    Trait("one most frequent item", _has_one_mode, _with_one_mode),
)
"""Properties looked for in lists."""
ORDERED: Final = frozenset({"ascending", "descending"})
"""Traits that make an item come after another like a bracket."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of numbers or strings.

    Args:
        seen: the lists.
        places: items seen at even and at odd places where these differ, else twice all items.
        firsts, lasts: items that lists of two and more begin and end with.
        shortest, longest: of the lengths seen.
        step: greatest common divisor of the differences of lengths.
        traits: what all lists seen have in common.
        brackets: the pair of items that balance, if there is one.
    """

    seen: tuple[Items, ...]
    places: tuple[Items, Items]
    firsts: frozenset[Any]
    lasts: frozenset[Any]
    shortest: int
    longest: int
    step: int
    traits: tuple[Trait, ...]
    brackets: Brackets | None

    @classmethod
    def learn(cls, column: Sequence[Items], rng: np.random.Generator) -> Lists:
        """What some lists have in common."""
        lengths = [len(xs) for xs in column]
        step = int(np.gcd.reduce([n - min(lengths) for n in lengths]))
        if len(set(lengths)) <= 2:
            step = 1
        even = sorted({x for xs in column for x in xs[::2]})
        odd = sorted({x for xs in column for x in xs[1::2]})
        apart = not set(even) & set(odd) and sum(map(len, column)) > _CONTRAST * len(column) / 2
        both = sorted({*even, *odd})
        places = (tuple(even), tuple(odd)) if apart and odd else (tuple(both), tuple(both))
        longer = [xs for xs in column if len(xs) > 1]
        traits = tuple(t for t in TRAITS if _is_trait(t, longer, rng))
        brackets = None if {t.name for t in traits} & ORDERED else Brackets.learn(column)
        return cls(
            tuple(column),
            places,
            _ends([xs[0] for xs in longer], column),
            _ends([xs[-1] for xs in longer], column),
            min(lengths),
            max(lengths),
            max(step, 1),
            () if brackets else traits,
            brackets,
        )

    @property
    def largest(self) -> int:
        """The greatest length seen."""
        return self.longest

    def admits(self, value: Value) -> bool:
        """Whether a list has items, ends, places and properties as those seen."""
        length = len(value)
        if length < self.shortest or (length - self.shortest) % self.step:
            return False
        if not all(x in self.places[i % 2] for i, x in enumerate(value)):
            return False
        if length > 1 and not (value[0] in self.firsts and value[-1] in self.lasts):
            return False
        if self.brackets is not None and not self.brackets.admits(value):
            return False
        return all(trait.holds(value) for trait in self.traits)

    def draw(self, rng: np.random.Generator, scale: float) -> Items:
        """A list made in one of several ways: of items, of few items, of lists seen, mirrored."""
        length = max(self.shortest, 1, round(scale * self.longest))
        length -= (length - self.shortest) % self.step
        if not self.places[0]:
            return ()
        if self.brackets is not None:
            return self.brackets.draw(rng, length)
        way = int(rng.integers(5))
        if way < 2:
            items = self._fresh(rng, length, self.places)
        elif way == 2:
            few = self._few(self.places[0], rng), self._few(self.places[1], rng)
            items = self._fresh(rng, length, few)
        elif way == 3:
            items = ()
            while len(items) < length:
                items += self.seen[int(rng.integers(len(self.seen)))] or (self.places[0][0],)
        else:
            half = self._fresh(rng, (length + 1) // 2, self.places)
            items = half + half[::-1][length % 2 :]
        for trait in self.traits:
            if not trait.holds(items):
                items = trait.mend(items)
        return items

    def smaller(self, value: Value) -> Iterator[Items]:
        """The list without a slice, then with one item replaced by a smaller one."""
        if self.brackets is not None:
            yield from self.brackets.smaller(value)
        for start, stop in chunks(len(value)):
            yield value[:start] + value[stop:]
        for i, item in enumerate(value):
            for lower in self.places[i % 2]:
                if lower >= item:
                    break
                yield (*value[:i], lower, *value[i + 1 :])

    def size(self, value: Value) -> int:
        """The length."""
        return len(value)

    def _fresh(self, rng: np.random.Generator, length: int, places: tuple[Items, Items]) -> Items:
        items = [places[i % 2][int(rng.integers(len(places[i % 2])))] for i in range(length)]
        if length > 1:
            for place, known in ((0, self.firsts), (-1, self.lasts)):
                if known and items[place] not in known:
                    choice = sorted(known)
                    items[place] = choice[int(rng.integers(len(choice)))]
        return tuple(items)

    @staticmethod
    def _few(items: Items, rng: np.random.Generator) -> Items:
        """One or two of the items, or the largest alone; so runs and carries come up."""
        if rng.random() < 0.3:
            return items[-1:]
        count = min(len(items), 1 + int(rng.integers(2)))
        return tuple(items[int(i)] for i in rng.permutation(len(items))[:count])


def _ends(ends: Sequence[Any], lists: Sequence[Items]) -> frozenset[Any]:
    """Items that may stand at an end: all but those that are missing there by no accident."""
    counts = Counter(itertools.chain.from_iterable(lists))
    total = sum(counts.values())
    return frozenset(
        x for x, n in counts.items() if x in ends or (1 - n / total) ** len(ends) > _ACCIDENT
    )


def _is_trait(trait: Trait, lists: Sequence[Items], rng: np.random.Generator) -> bool:
    """Whether all lists have the trait, and random lists of their lengths and items do not."""
    if not lists or not all(map(trait.holds, lists)):
        return False
    pool = [x for xs in lists for x in xs]
    for _ in range(_REPLICATES):
        copies = (
            tuple(pool[int(i)] for i in rng.integers(len(pool), size=len(xs))) for xs in lists
        )
        if all(map(trait.holds, copies)):
            return False
    return True
