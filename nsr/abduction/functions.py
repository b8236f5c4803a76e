"""Candidate meanings of words for numbers: every distinct function that short programs compute.

The bottom-up bank keeps programs apart by what they do, so its columns over a few arguments are
the functions to choose from. How much of the data each would explain is then one table look-up.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nsr.abduction.library import TYPE, Library
from nsr.bank import Bank, Entry
from nsr.budget import Budget
from nsr.columns import GAP
from nsr.errors import LimitReached
from nsr.program import Term
from nsr.search import Problem

MAX_COST = 9.0
"""Bits of the longest program."""

_MEMORY = 1 << 30


@dataclass(frozen=True)
class Functions:
    """Distinct functions, cheapest program first.

    Args:
        points: int[G, arity], the arguments on which they were told apart.
        values: int32[F, G], -1 where undefined.
        costs: float[F], bits of their programs.
    """

    points: npt.NDArray[np.int64]
    values: npt.NDArray[np.int32]
    costs: npt.NDArray[np.float64]
    _bank: Bank
    _entries: Sequence[Entry]

    def term(self, number: int) -> Term:
        """The program of one function."""
        return self._bank.term(self._entries[number])


def functions(library: Library, points: Sequence[tuple[int, ...]], fuel: int) -> Functions:
    """What programs within some fuel compute at these points.

    Args:
        library: of programs.
        points: arguments, all of one arity.
        fuel: units, see `Budget`.
    """
    arity = len(points[0])
    problem = Problem(library.space, TYPE, (TYPE,) * arity, (), tuple(points))
    meter = Budget(fuel=fuel, memory=_MEMORY).meter()
    bank = Bank(problem, meter=meter, only=(TYPE,), partial=True, max_cost=MAX_COST)
    entries: list[Entry] = []
    with contextlib.suppress(LimitReached):
        entries.extend(e for e in bank.grow() if e is not None and bank.type(e) == TYPE)
    values = np.array(
        [[-1 if v is GAP else v for v in bank.column(e)] for e in entries], np.int32
    ).reshape(len(entries), len(points))
    costs = np.array([bank.cost(e) for e in entries])
    return Functions(np.array(points, np.int64), values, costs, bank, entries)
