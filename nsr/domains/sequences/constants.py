"""Constants that a problem's data suggest: numbers and texts worth writing in a program."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from nsr.domains.integers import is_int

FEW: Final = 16
"""Up to so many different numbers or marks of a problem are constants worth trying."""

COMMON: Final = {0: 1.0, 1: 1.0, 2: 2.0, 10: 2.5}
"""Numbers that are always worth trying, and their bits."""

MARK: Final = 2.0
"""Bits of a mark, such as a comma, that the data show."""

PLAIN: Final = {"": MARK, " ": MARK}
"""Texts that are always worth trying where there are texts, and their bits."""

BITS: Final = 2.5
"""Of a constant that the data show."""

LETTER: Final = 0.5
"""Bits of every further character of a text."""


def constants(inputs: Iterable[Any], outputs: Iterable[Any]) -> Mapping[str, Mapping[Any, float]]:
    """Numbers and texts worth writing in a program, and their bits, by terminal.

    Args:
        inputs: all values of the inputs, those of queries too.
        outputs: all outputs.

    >>> constants([(3, 5)], [3])
    {'INT': {0: 1.0, 1: 1.0, 2: 2.0, 10: 2.5, 6: 1.5, 3: 2.5, 5: 2.5}}
    >>> constants(["a-b", "c"], ["<b>", "<c>"])
    {'STR': {'': 2.0, ' ': 2.0, '-': 2.0, '<': 2.0, '>': 2.0}}
    """
    given, made = list(inputs), list(outputs)
    found: dict[str, Mapping[Any, float]] = {
        "INT": numbers(itertools.chain(given, made)),
        "STR": texts(given, made),
    }
    return {terminal: values for terminal, values in found.items() if values}


def numbers(values: Iterable[Any]) -> Mapping[int, float]:
    """Common numbers, the size of the alphabet, and the numbers that occur if these are few."""
    found: set[int] = set()
    for value in values:
        items = value if isinstance(value, tuple) else (value,)
        found.update(item for item in items if is_int(item))
    if not found:
        return {}
    top = max(found)
    if len(found) > FEW:
        found = {min(found), top}
    bits = dict.fromkeys(sorted(found, key=lambda n: (abs(n), n)), BITS)
    return COMMON | {top + 1: 1.5} | {n: b for n, b in bits.items() if n not in COMMON}


def texts(inputs: Sequence[Any], outputs: Sequence[Any]) -> Mapping[str, float]:
    """Marks that occur, what all outputs have in common but no input shows, and the reverse.

    >>> texts(["12:30", "7:05"], ["Dr. 12h30", "Dr. 7h05"])
    {'': 2.0, ' ': 2.0, '.': 2.0, ':': 2.0, 'D': 2.5, 'h': 2.5, 'r': 2.5, 'Dr. ': 4.0}
    """
    given, made = list(_strings(inputs)), list(_strings(outputs))
    if not given and not made:
        return {}  # lists of numbers are searched without texts
    marks = Counter(c for text in given + made for c in set(text) if not c.isalnum())
    bits = PLAIN | dict.fromkeys(sorted(mark for mark, _ in marks.most_common(FEW)), MARK)
    whole = [text for text in outputs if isinstance(text, str)]
    if len(set(whole)) > 1:
        common = set(whole[0]).intersection(*whole).difference(*given)
        ending = _beginning([text[::-1] for text in whole])[::-1]
        for text in (*sorted(common)[:FEW], _beginning(whole), ending):
            bits.setdefault(text, BITS + LETTER * (len(text) - 1))
    if len(set(given)) > 1:
        gone = set(given[0]).intersection(*given).difference(*made)
        bits |= {text: BITS for text in sorted(gone)[:FEW] if text not in bits}
    return bits


def _beginning(whole: Sequence[str]) -> str:
    """The longest common beginning.

    >>> _beginning(["Dr. Who", "Dr. No"])
    'Dr. '
    """
    same = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*whole, strict=False))
    return "".join(column[0] for column in same)


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, str):
                yield item
