"""Values as tokens, tokens as numbers.

Words are tokens. A list of integers has a token for each item, a number as an output has its
decimal digits, lowest first, as this is the order in which carries go (Zhou et al., 2310.16028).
Arguments are parted by a comma. Grids are read row by row, with a slash after each row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Final

from benchmarks.suites.arc import Question
from nsr.rows import Rows

PAD, START, END, UNKNOWN = range(4)
"""Numbers of the tokens that are not words."""

SPECIAL: Final = 4
COMMA: Final = ","
ROW_END: Final = "/"
MINUS: Final = "-"
TRUTH: Final = {False: "false", True: "true"}


class Vocabulary:
    """The tokens seen in training, numbered from `SPECIAL` in alphabetical order.

    >>> words = Vocabulary([("b", "a")])
    >>> words.encode(("a", "c")), words.decode([4, 5, 2, 4])
    ([4, 3], ('a', 'b'))
    """

    def __init__(self, sentences: Iterable[Sequence[str]]):
        self.words = sorted({word for sentence in sentences for word in sentence})
        self._number = {word: k for k, word in enumerate(self.words, SPECIAL)}

    def __len__(self) -> int:
        return SPECIAL + len(self.words)

    def encode(self, tokens: Sequence[str]) -> list[int]:
        """The numbers of tokens; a token never seen is `UNKNOWN`."""
        return [self._number.get(token, UNKNOWN) for token in tokens]

    def decode(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """The tokens up to the end; what is no word becomes `?`."""
        found = []
        for k in numbers:
            if k == END:
                break
            found.append(self.words[k - SPECIAL] if k >= SPECIAL else "?")
        return tuple(found)


def input_tokens(value: Sequence[Any]) -> tuple[str, ...]:
    """The tokens of an input: a sentence, a tuple of arguments, or a question with its examples.

    >>> input_tokens(("walk", "left")), input_tokens(((3, 1), 2))
    (('walk', 'left'), ('3', '1', ',', '2'))
    """
    if isinstance(value, Question):
        grids = [*itertools.chain(*value.pairs), value.query]
        return tuple(itertools.chain(*([*_cells(grid), COMMA] for grid in grids)))
    found: list[str] = []
    for k, part in enumerate(value):
        if isinstance(part, str):
            found.append(part)
            continue
        found += [COMMA] * (k > 0)
        found += [str(item) for item in part] if isinstance(part, tuple) else [str(part)]
    return tuple(found)


def output_tokens(value: Any) -> tuple[str, ...]:
    """The tokens of an output.

    >>> output_tokens(("I_RUN",)), output_tokens((12, 3)), output_tokens(-120), output_tokens(True)
    (('I_RUN',), ('12', '3'), ('0', '2', '1', '-'), ('true',))
    """
    if _is_grid(value):
        return _cells(value)
    if isinstance(value, tuple):
        return tuple(str(item) for item in value)
    if isinstance(value, bool):
        return (TRUTH[value],)
    return tuple(reversed(str(value)))


def output_value(tokens: Sequence[str], like: Any) -> Any:
    """The output that has these tokens, of the kind of another one; `None` if there is none.

    >>> output_value(("0", "2", "1", "-"), 7), output_value(("12",), (1, 2)), output_value((), 3)
    (-120, (12,), None)
    """
    if _is_grid(like):
        rows = "".join(tokens).removesuffix(ROW_END).split(ROW_END)
        plain = all(row.isascii() and row.isdigit() for row in rows)
        return tuple(tuple(map(int, row)) for row in rows) if plain else None
    if isinstance(like, tuple):
        if like and isinstance(like[0], str):
            return tuple(tokens)
        items = [number(token) for token in tokens]
        return None if None in items else tuple(items)
    if isinstance(like, bool):
        return next((value for value, text in TRUTH.items() if (text,) == tuple(tokens)), None)
    return number("".join(reversed(tokens)))


def _is_grid(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], tuple)


def _cells(grid: Rows) -> tuple[str, ...]:
    return tuple(itertools.chain(*([*map(str, row), ROW_END] for row in grid)))


def number(text: str) -> int | None:
    """The integer of a text in its one plain form, else `None`.

    >>> number("-12"), number("012"), number("?")
    (-12, None, None)
    """
    digits = text.removeprefix(MINUS)
    plain = digits.isascii() and digits.isdigit()
    return int(text) if plain and str(int(text)) == text else None
