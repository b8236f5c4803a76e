"""Fresh inputs of the kind seen: what programs are compared on where there are no queries.

A model of inputs is learnt from the inputs of the examples alone, by the structure of the values:
numbers, truth values, strings and tuples of such. It keeps to what all examples have in common
(values, lengths, order, balanced brackets, relations of arguments) as far as that is no accident:
a property counts if shuffled copies of the examples do not have it too. Values of other kinds
have no model.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from nsr.inputs.kinds import Kind, Lists, Numbers, chunks, kind_of
from nsr.values import Value

Row: TypeAlias = tuple[Value, ...]
"""The inputs of one example."""

SCALES: Final = (0.25, 0.5, 0.75, 1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Sizes of fresh inputs, in multiples of the largest one seen."""

_SHIFTS: Final = 5
_TRIES: Final = 20


class _Holds(Protocol):
    def __call__(self, left: Any, right: Any, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Relation:
    """What two arguments have to do with each other, and how to bring it about.

    Args:
        name: for people.
        kinds: the kinds of the two arguments.
        holds: of their two values.
        mend: two values -> two values that are more likely to be so.
        certain: whether it counts even where shuffled examples have it too.
    """

    name: str
    kinds: tuple[type, type]
    holds: _Holds
    mend: Callable[[Any, Any, np.random.Generator], tuple[Any, Any]]
    certain: bool = False


def _rank(value: Sequence[Any]) -> tuple[int, Sequence[Any]]:
    return len(value), value


def _cut(left: Any, right: Any, _rng: np.random.Generator) -> tuple[Any, Any]:
    length = min(len(left), len(right))
    return left[:length], right[:length]


def _swap(left: Any, right: Any, _rng: np.random.Generator) -> tuple[Any, Any]:
    return right, left


def _pick(number: Any, items: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    return (items[int(rng.integers(len(items)))] if items else number), items


def _place(number: Any, items: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    return int(rng.integers(max(1, len(items)))), items


def _count(number: Any, items: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    return int(rng.integers(min(1, len(items)), len(items) + 1)), items


def _gap(number: Any, items: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    return int(rng.integers(len(items) + 1)), items


RELATIONS: Final = (
    _Relation("equal lengths", (Lists, Lists), lambda a, b: len(a) == len(b), _cut, certain=True),
    _Relation("not before in length, then order", (Lists, Lists), lambda a, b: _rank(a) >= _rank(b),
              _swap),
    _Relation("not after in length, then order", (Lists, Lists), lambda a, b: _rank(a) <= _rank(b),
              _swap),
    _Relation("item of the list", (Numbers, Lists), lambda n, xs: n in xs, _pick),
    _Relation("place in the list", (Numbers, Lists), lambda n, xs: 0 <= n < len(xs), _place),
    _Relation("count of items", (Numbers, Lists), lambda n, xs: 1 <= n <= len(xs), _count),
    _Relation("place between items", (Numbers, Lists), lambda n, xs: 0 <= n <= len(xs), _gap),
    _Relation("at most", (Numbers, Numbers), lambda a, b: a <= b, _swap),
    _Relation("at least", (Numbers, Numbers), lambda a, b: a >= b, _swap),
)  # fmt: skip
"""Relations looked for, in both directions where the kinds differ."""


@dataclass(frozen=True, slots=True)
class InputModel:
    """Makes inputs like those of the examples: shorter, alike and longer.

    Args:
        rows: the inputs seen.
        kinds: one for each argument.
        relations: (relation, place of the first argument, place of the second).
    """

    rows: tuple[Row, ...]
    kinds: tuple[Kind, ...]
    relations: tuple[tuple[_Relation, int, int], ...]

    @classmethod
    def learn(cls, rows: Sequence[Row], seed: int = 0) -> InputModel | None:
        """The model of some inputs, or `None` if there is none for their kind of values.

        >>> model = InputModel.learn([((1, 2), (3, 4)), ((5,), (6,))])
        >>> model.admits(((1, 2), (6, 4))), model.admits(((1, 2), (6,)))
        (True, False)
        """
        rng = np.random.default_rng([seed, 0])
        columns = list(zip(*rows, strict=True))
        alone = all(isinstance(v, int) for column in columns for v in column)
        kinds = [kind_of(column, rng, alone=alone) for column in columns]
        found = tuple(kind for kind in kinds if kind is not None)
        if not found or len(found) < len(kinds):
            return None
        relations = tuple(
            (relation, i, j)
            for relation in RELATIONS
            for i, j in itertools.permutations(range(len(kinds)), 2)
            if (isinstance(kinds[i], relation.kinds[0]) and isinstance(kinds[j], relation.kinds[1]))
            and (i < j or relation.kinds[0] is not relation.kinds[1])
            and (relation.mend is not _swap or _comparable(kinds[i], kinds[j]))
            and _related(relation, columns[i], columns[j])
        )
        return cls(tuple(map(tuple, rows)), found, relations)

    def admits(self, row: Row) -> bool:
        """Whether inputs are of the kind seen; their size may be any."""
        return all(kind.admits(value) for kind, value in zip(self.kinds, row, strict=True)) and all(
            relation.holds(row[i], row[j]) for relation, i, j in self.relations
        )

    def draw(self, rng: np.random.Generator, scale: float) -> Row | None:
        """Fresh inputs, `scale` times as large as the largest seen; `None` if that fails."""
        for _ in range(_TRIES):
            lead = int(rng.integers(len(self.kinds)))
            equal = rng.random() < 0.5
            values = [
                kind.draw(rng, scale if i == lead or equal else scale * rng.random())
                for i, kind in enumerate(self.kinds)
            ]
            for relation, i, j in self.relations:
                if not relation.holds(values[i], values[j]):
                    values[i], values[j] = relation.mend(values[i], values[j], rng)
            row = tuple(values)
            if self.admits(row):
                return row
        return None

    def sample(self, count: int, seed: int = 0) -> tuple[Row, ...]:
        """Up to `count` distinct fresh inputs, smallest first; none of them was seen.

        Sizes go from a quarter of the largest seen to four times as much.
        """
        rng = np.random.default_rng([seed, 1])
        seen = set(self.rows)
        fresh: list[Row] = []
        for scale in itertools.islice(itertools.cycle(SCALES), 3 * count):
            row = self.draw(rng, scale)
            if row is not None and row not in seen:
                seen.add(row)
                fresh.append(row)
            if len(fresh) == count:
                break
        return tuple(sorted(fresh, key=self.size))

    def size(self, row: Row) -> int:
        """Number of items in all arguments; numbers count by their digits in base two."""
        return sum(kind.size(value) for kind, value in zip(self.kinds, row, strict=True))

    def is_larger(self, row: Row) -> bool:
        """Whether an argument is larger than the largest seen at its place."""
        return any(
            kind.size(value) > kind.largest for kind, value in zip(self.kinds, row, strict=True)
        )

    def smaller(self, row: Row) -> Iterator[Row]:
        """Inputs of the same kind that are a little smaller or simpler, the smallest steps last."""
        lists = [i for i, kind in enumerate(self.kinds) if isinstance(kind, Lists)]
        if len(lists) > 1:
            shortest = min(len(row[i]) for i in lists)
            for start, stop in chunks(shortest):
                cut = list(row)
                for i in lists:
                    cut[i] = row[i][:start] + row[i][stop:]
                if self.admits(tuple(cut)):
                    yield tuple(cut)
        for i, kind in enumerate(self.kinds):
            for value in kind.smaller(row[i]):
                new = (*row[:i], value, *row[i + 1 :])
                if self.admits(new):
                    yield new


def _comparable(left: Kind | None, right: Kind | None) -> bool:
    """Whether values can be compared and may change places: not lists of unlike items."""
    if not (isinstance(left, Lists) and isinstance(right, Lists)):
        return True
    return len({type(item) for side in (left, right) for part in side.places for item in part}) <= 1


def _related(relation: _Relation, left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether the relation holds in all examples, and not in shuffled ones too."""
    if not all(map(relation.holds, left, right)):
        return False
    if relation.certain:
        return True
    shifted = [(*right[s:], *right[:s]) for s in range(1, min(_SHIFTS, len(right) - 1) + 1)]
    return bool(shifted) and not any(all(map(relation.holds, left, other)) for other in shifted)
