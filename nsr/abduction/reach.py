"""Which values the nodes of one pair's tree can have, given what is decided so far.

Upwards, decided entries give the values of spans that hold no undecided word. Downwards, the
output is inverted by decided programs, and where two undecided words may meet, by every
candidate. The reference can only look up arguments it has met before (Li et al., 2024, section
3.2); here a program that moves words is inverted as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nsr.abduction.sources import Phrase
from nsr.abduction.universe import Codes, factors, inverses, prefixes
from nsr.errors import UndefinedError
from nsr.parsing.entries import HIDDEN, Entry
from nsr.semantics import MAX_INVERSE, MAX_PHRASE, PhrasePrograms

MOST: Final = 1200
"""Values of one pair; more are cut off."""

_SPAN: Final = 24
_BACK: Final = 200


@dataclass(frozen=True)
class Decided:
    """Entries that are as good as certain.

    Args:
        entries: word -> entry.
        meanings: word -> compiled program; it works on numbered words as on words.
        ways: word with one argument -> for each length of a value, how it is inverted.
    """

    entries: Mapping[str, Entry]
    meanings: Mapping[str, Callable[..., Codes]]
    ways: Mapping[str, Mapping[int, Sequence[Codes]]]


def decided(
    entries: Mapping[str, Entry], meaning: Callable[[Entry], Callable[..., Codes]]
) -> Decided:
    """Prepare entries."""
    meanings = {w: meaning(e) for w, e in entries.items()}
    ways: dict[str, dict[int, list[Codes]]] = {}
    for word, entry in entries.items():
        if entry.arity != 1:
            continue
        own: dict[int, list[Codes]] = {}
        for length in range(MAX_INVERSE + 1):
            try:
                places = meanings[word](tuple(range(length)))
            except UndefinedError:
                continue
            if len(set(places)) == length:
                own.setdefault(len(places), []).append(places)
        ways[word] = own
    return Decided(entries, meanings, ways)


def reach(
    x: Phrase,
    goal: Codes,
    constants: Mapping[str, Codes],
    unknown: int,
    known: Decided,
    library: PhrasePrograms,
) -> list[Codes]:
    """Values beside the factors of the goal; every prefix of one is there too.

    Args:
        x: the input.
        goal: the output, numbered.
        constants: plain word -> numbered value.
        unknown: how many undecided words the input holds.
        known: the decided entries.
        library: all candidates.
    """
    found: dict[Codes, None] = {}

    def add(values: Iterable[Codes]) -> None:
        if len(found) < MOST:
            found.update((v, None) for v in values)

    for value in _upwards(x, constants, known):
        add(prefixes(value))
    back: dict[Codes, None] = {goal: None}
    queue = [goal]
    while queue and len(back) < _BACK:
        value = queue.pop(0)
        add(factors(value))
        for part in factors(value):
            for word in dict.fromkeys(x):
                for before in inverses(part, known.ways.get(word, {}).get(len(part), ())):
                    if before not in back:
                        back[before] = None
                        queue.append(before)
    if unknown > 1:
        for value in list(back)[:20]:
            if len(value) <= MAX_INVERSE:
                for before in inverses(value, library.inversions[len(value)]):
                    add(prefixes(before))
    return list(found)


def _upwards(x: Phrase, constants: Mapping[str, Codes], known: Decided) -> list[Codes]:
    n = len(x)
    chart: dict[tuple[int, int], dict[Codes, None]] = {}
    hidden = known.meanings.get(HIDDEN, lambda a, b: a + b)

    def pairs(left: dict[Codes, None], right: dict[Codes, None]) -> Iterable[tuple[Codes, ...]]:
        return ((a, b) for a in left for b in right)

    for size in range(1, n + 1):
        for i in range(n - size + 1):
            j = i + size
            cell: dict[Codes, None] = {}
            if size == 1 and x[i] in constants:
                cell[constants[x[i]]] = None
            for k in range(i, j):
                if k > i:
                    _put(cell, hidden, pairs(chart[i, k], chart[k, j]))
                entry = known.entries.get(x[k])
                if entry is None:
                    continue
                for left, right in _arguments(entry, x, i, j, k):
                    meaning = known.meanings[x[k]]
                    if left is None:
                        _put(cell, meaning, [()])
                    elif right is None:
                        _put(cell, meaning, ((a,) for a in chart.get(left, ())))
                    else:
                        _put(cell, meaning, pairs(chart.get(left, {}), chart.get(right, {})))
            chart[i, j] = cell
    return list({v: None for cell in chart.values() for v in cell})


_Span = tuple[int, int]


def _arguments(
    entry: Entry, x: Phrase, i: int, j: int, k: int
) -> Iterable[tuple[_Span | None, _Span | None]]:
    """The spans of the arguments of a head at k that covers i to j."""
    pattern = entry.pattern
    if pattern == "w" and j == i + 1:
        yield None, None
    elif pattern == "w_" and k == i:
        yield (i + 1, j), None
    elif pattern == "_w" and k == j - 1:
        yield (i, k), None
    elif pattern == "_w_":
        yield (i, k), (k + 1, j)
    elif pattern == "w__" and k == i:
        yield from (((i + 1, m), (m, j)) for m in range(i + 2, j))
    elif pattern == "__w" and k == j - 1:
        yield from (((i, m), (m, k)) for m in range(i + 1, k))
    elif pattern == "w_v" and k == i and x[j - 1] == entry.literal:
        yield (i + 1, j - 1), None
    elif pattern == "w_v_" and k == i:
        yield from (((i + 1, m), (m + 1, j)) for m in range(i + 2, j - 1) if x[m] == entry.literal)
    elif pattern == "_w_v" and x[j - 1] == entry.literal:
        yield (i, k), (k + 1, j - 1)


def _put(
    cell: dict[Codes, None],
    meaning: Callable[..., Codes],
    arguments: Iterable[tuple[Codes, ...]],
) -> None:
    for values in arguments:
        if len(cell) >= _SPAN:
            return
        try:
            value = meaning(*values)
        except UndefinedError:
            continue
        if len(value) <= MAX_PHRASE:
            cell[value] = None
