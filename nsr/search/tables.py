"""Tables of distinct columns, the store of bottom-up search, with an account of their bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from nsr.columns import GAP, apply_columns
from nsr.errors import UndefinedError
from nsr.values import Column, Value, ValueType

Entry: TypeAlias = tuple[Any, ...]
"""One kept value: `(column, level, origin, *arguments)`, a plain tuple because there are millions.

`origin` is a production number with the entries of the arguments after it, or `LEAF` with the
number of the leaf, or `FUNCTION` with the function literals' bank and the entry of the body. Ask
the bank rather than looking inside, except for `entry[0]`, the column, and `entry[1]`, the level,
in hot loops. Entries are made of tuples and numbers only, so that the garbage collector stops
following them.
"""

LEAF: Final = -1
FUNCTION: Final = -2

_SLOT_BYTES: Final = 54
"""One slot of a hash table: between 36 and 72 bytes, depending on how full the table is."""


class Table:
    """The entries of one type: no two with the same column, except for functions.

    Distinct columns repeat the same few values over and over. Sharing the values saves memory, and
    size caps and bytes are asked for once per distinct value.

    Args:
        value_type: of the values; `None` for functions, which are told apart elsewhere.
        width: values in a column.
        partial: columns may hold `GAP`, though not only gaps.
    """

    def __init__(self, value_type: ValueType | None, width: int, *, partial: bool = False):
        self.levels: dict[int, list[Entry]] = {}
        self.size = 0
        self._type = value_type
        self._width = width
        self._partial = partial
        self._key = None if value_type is None else _key(value_type, partial)
        self._seen: dict[Any, Entry] = {}
        self._values: dict[Any, Any] = {}
        self._unpaid = 0

    def entries(self) -> Sequence[Entry]:
        """All entries, cheapest first."""
        return [entry for level in sorted(self.levels) for entry in self.levels[level]]

    def find(self, column: Column) -> Entry | None:
        """The entry with this column, if there is one."""
        return self._seen.get(column if self._key is None else tuple(map(self._key, column)))

    def unpaid(self) -> int:
        """Bytes taken since this was last asked."""
        nbytes, self._unpaid = self._unpaid, 0
        return nbytes

    def add(self, entry: Entry, nbytes: int = 0) -> bool:
        """Adds a leaf or a function; whether it is new.

        Args:
            entry: the entry.
            nbytes: what it takes beyond its tuples.
        """
        if self._type is not None:
            column = entry[0]
            key = column if self._key is None else tuple(map(self._key, column))
            if key in self._seen:
                return False
            kept = self._admit(self._type, column, key)
            if kept is None:
                return False
            self._seen[kept[1]] = entry
        self.levels.setdefault(entry[1], []).append(entry)
        self.size += 1
        self._unpaid += self._entry_bytes(1) + nbytes
        return True

    def apply(
        self,
        function: Callable[..., Value],
        combinations: Iterable[tuple[Entry, ...]],
        arity: int,
        origin: int,
        level: int,
        goal: tuple[Any, ...] | None,
        found: list[Entry],
    ) -> None:
        """Applies a primitive to combinations of entries and keeps what is new.

        The hottest loop of the engine: everything is local, and work for new columns only is left
        to `_admit`.

        Args:
            function: the primitive.
            combinations: one entry per argument each.
            arity: number of arguments.
            origin, level: of the new entries.
            goal: keys of the outputs; applications that reach them are found even when an entry
                with their column is there already.
            found: new entries are appended, also if a limit ends the loop.

        Raises:
            LimitReached: if a function argument runs out of fuel.
        """
        value_type, key_of, seen, admit = self._type, self._key, self._seen, self._admit
        assert value_type is not None
        repeats = 0
        try:
            for arguments in combinations:
                try:
                    if arity == 2:
                        left, right = arguments
                        column = tuple(map(function, left[0], right[0]))
                    elif arity == 1:
                        column = tuple(map(function, arguments[0][0]))
                    else:
                        column = apply_columns(function, [a[0] for a in arguments], self._width)
                except UndefinedError:
                    continue
                key = column if key_of is None else tuple(map(key_of, column))
                if key not in seen:
                    kept = admit(value_type, column, key)
                    if kept is not None:
                        column, key = kept
                        entry: Entry = (column, level, origin, *arguments)
                        seen[key] = entry
                        found.append(entry)
                elif goal is not None and key[: len(goal)] == goal:
                    repeats += 1
                    found.append((column, level, origin, *arguments))
        finally:
            fresh = found if not repeats else [e for e in found if self.find(e[0]) is e]
            if fresh:
                self.levels.setdefault(level, []).extend(fresh)
                self.size += len(fresh)
                self._unpaid += len(fresh) * self._entry_bytes(arity)

    def _admit(self, value_type: ValueType, column: Column, key: Any) -> tuple[Column, Any] | None:
        """Column and key made of shared values, or `None` where a value does not fit."""
        shared: tuple[Any, ...] | None = tuple(map(self._values.get, key))
        assert shared is not None
        if None in shared:
            shared = self._share(value_type, column, key, shared)
            if shared is None:
                return None
        key = shared
        if value_type.key is not None:
            shared, key = zip(*shared, strict=True)
        if self._partial and all(value is GAP for value in shared):
            return None
        return shared, key

    def _share(
        self, value_type: ValueType, column: Column, key: Any, shared: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """Shares new values, or pairs of value and key where the two differ."""
        known = self._values
        paired = value_type.key is not None
        found, nbytes = list(shared), 0
        for place, old in enumerate(shared):
            if old is not None:
                continue
            value, part = column[place], key[place]
            if value is not GAP:
                if not value_type.fits(value):
                    return None
                nbytes += _rounded(value_type.nbytes(value)) + _SLOT_BYTES
                if paired:
                    nbytes += _rounded(sys.getsizeof(part)) + _tuple_bytes(2)
            # The same new value may stand in the column twice.
            found[place] = known.setdefault(part, (value, part) if paired else value)
        self._unpaid += nbytes
        return tuple(found)

    def _entry_bytes(self, arity: int) -> int:
        """Bytes of one entry: its tuple, its column, its key and its places in the tables."""
        tuples = 1 if self._type is None or self._type.key is None else 2
        return _tuple_bytes(3 + arity) + tuples * _tuple_bytes(self._width) + _SLOT_BYTES + 9


def _key(value_type: ValueType, partial: bool) -> Callable[[Value], Any] | None:
    key = value_type.key
    if key is None or not partial:
        return key
    return lambda value: value if value is GAP else key(value)


def _rounded(nbytes: int) -> int:
    """As the allocator counts."""
    return (nbytes + 15) & ~15


def _tuple_bytes(length: int) -> int:
    return _rounded(40 + 8 * length)
