"""What the native kernels of the chart know of a symbol with arguments, as a row of numbers.

On a span i..j every pattern is: something at i, an argument that ends at a cut m, something at m, a
second argument from the cut on, something at j - 1. Something is the head, the literal or nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from nsr.parsing.entries import HEAD, LITERAL, SLOT

CLASS: Final = 0
FIRST: Final = 1
SECOND: Final = 2
"""Rows of the attachment weights of its slots; the second is -1 if it has one argument."""
FROM: Final = 3
"""The first argument starts at i + FROM; a single one ends at j + TO."""
LOW: Final = 4
HIGH: Final = 5
"""The first of two arguments ends at a cut i + LOW <= m < j + HIGH."""
GAP: Final = 6
TO: Final = 7
"""The second argument is m + GAP..j + TO."""
OPEN: Final = 8
MIDDLE: Final = 9
CLOSE: Final = 10
"""Which symbol stands at i, at m and at j - 1; the number of symbols if none does."""
PLACE: Final = 11
"""Where the head is: 0 at i, 1 at m, 2 at j - 1, 3 nowhere."""
WIDTH: Final = 12


def code(
    pattern: str, symbol: int, literal: int, nothing: int, cls: int, slots: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """The row of one symbol with arguments.

    Args:
        pattern: its pattern.
        symbol: its number.
        literal: number of its literal, or -1.
        nothing: the number of symbols.
        cls: its class.
        slots: rows of its attachment weights.
    """
    opening, _, rest = pattern.partition(SLOT)
    middle, second, closing = rest.partition(SLOT) if SLOT in rest else ("", "", rest)
    names = {HEAD: symbol, LITERAL: literal, "": nothing}
    row = np.empty(WIDTH, np.int64)
    row[[CLASS, FIRST, SECOND]] = cls, slots[0], slots[1] if second else -1
    row[[FROM, GAP, TO]] = len(opening), len(middle), -len(closing)
    row[[LOW, HIGH]] = len(opening) + 1, -len(middle) - len(closing)
    row[[OPEN, MIDDLE, CLOSE]] = names[opening], names[middle], names[closing]
    row[PLACE] = [opening, middle, closing, HEAD].index(HEAD)
    return row
